"""Every significant write of this room."""

from creditfiles.services.looks import open_file
from creditfiles.services.lookups import erase_lists, open_lookup, run_lookup, unattended_lookups
from creditfiles.services.orders import order_reports, run_order, unattended
from creditfiles.services.reports import issue_lookup_report, issue_report, public_report

__all__ = [
    "erase_lists",
    "issue_lookup_report",
    "issue_report",
    "open_file",
    "open_lookup",
    "order_reports",
    "public_report",
    "run_lookup",
    "run_order",
    "unattended",
    "unattended_lookups",
]
