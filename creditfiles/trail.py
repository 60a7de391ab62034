"""Actions of the audit trail that this room writes."""

from core import audit

audit.register(
    creditfiles_file_opened="查阅信用档案",
    creditfiles_report_issued="出具信用报告",
    creditfiles_looks_exported="导出查询留痕",
    creditfiles_reports_ordered="批量出具信用报告",
    creditfiles_list_looked_up="名单查询",
    creditfiles_list_exported="导出名单查询结果",
    creditfiles_list_erased="清除名单查询的名单",
    creditfiles_own_issued="签发本人查阅码",
    creditfiles_own_revoked="吊销本人查阅码",
    creditfiles_own_opened="凭本人查阅码查阅",
    creditfiles_own_refused="本人查阅码核对未通过",
    creditfiles_own_locked="本人查阅码锁定",
    creditfiles_unusual_exported="导出异常查询",
)
