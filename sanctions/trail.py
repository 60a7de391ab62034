"""Actions of the audit trail that this room writes."""

from core import audit

audit.register(
    sanctions_edition_loaded="录入惩戒措施清单",
    sanctions_edition_approved="批准惩戒措施清单",
    sanctions_edition_refused="退回惩戒措施清单",
    sanctions_edition_ended="惩戒措施清单被新版本取代",
    sanctions_proposed="提出惩戒",
    sanctions_imposed="批准惩戒",
    sanctions_declined="不予采取惩戒",
    sanctions_executed="登记惩戒执行情况",
    sanctions_evidence_opened="打开惩戒执行凭证",
    sanctions_shortened="缩短惩戒期限",
    sanctions_lifted="解除惩戒",
    sanctions_stopped="确认停止执行惩戒",
)
