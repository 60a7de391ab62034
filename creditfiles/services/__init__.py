"""Every significant write of this room."""

from creditfiles.services.looks import open_file
from creditfiles.services.orders import order_reports, run_order, unattended
from creditfiles.services.reports import issue_report, public_report

__all__ = ["issue_report", "open_file", "order_reports", "public_report", "run_order", "unattended"]
