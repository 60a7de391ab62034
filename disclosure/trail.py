"""Actions of the audit trail that this room writes."""

from core import audit

audit.register(disclosure_declared="申报月度数量", disclosure_report_exported="导出双公示报表")
