"""Every significant write of this room."""

from creditfiles.services.looks import open_file
from creditfiles.services.lookups import erase_lists, open_lookup, run_lookup, unattended_lookups
from creditfiles.services.orders import order_reports, run_order, unattended
from creditfiles.services.own import issue_own_access, open_own, revoke_own_access
from creditfiles.services.reports import issue_lookup_report, issue_report, public_report

__all__ = [
    "erase_lists",
    "issue_lookup_report",
    "issue_own_access",
    "issue_report",
    "open_file",
    "open_lookup",
    "open_own",
    "order_reports",
    "public_report",
    "revoke_own_access",
    "run_lookup",
    "run_order",
    "unattended",
    "unattended_lookups",
]
