"""Actions of the audit trail that this room writes."""

from core import audit

audit.register(
    creditfiles_file_opened="查阅信用档案",
    creditfiles_report_issued="出具信用报告",
    creditfiles_looks_exported="导出查询留痕",
    creditfiles_reports_ordered="批量出具信用报告",
)
