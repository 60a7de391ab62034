"""Views of the public site: parse, ask `portal.pages`, answer."""

from portal.views.exports import export_disclosure, export_integrity, export_statistics
from portal.views.ledger import corrections, corrections_feed, feed
from portal.views.own import own_file, own_leave, own_notice, own_report, own_start
from portal.views.reading import (
    home,
    integrity,
    licences,
    measures,
    notices,
    penalties,
    record,
    search,
    statistics,
    subject,
)
from portal.views.site import about, data, elder, help_, robots, sitemap
from portal.views.verification import report, verify, verify_keys, verify_start

__all__ = [
    "about",
    "corrections",
    "corrections_feed",
    "data",
    "elder",
    "export_disclosure",
    "export_integrity",
    "export_statistics",
    "feed",
    "help_",
    "home",
    "integrity",
    "licences",
    "measures",
    "notices",
    "own_file",
    "own_leave",
    "own_notice",
    "own_report",
    "own_start",
    "penalties",
    "record",
    "report",
    "robots",
    "search",
    "sitemap",
    "statistics",
    "subject",
    "verify",
    "verify_keys",
    "verify_start",
]
