"""Actions of the audit trail that this room writes."""

from core import audit

audit.register(
    integrity_instrument_replaced="更换文书扫描件",
    integrity_instrument_opened="打开文书扫描件",
    integrity_responsible_named="登记责任人",
    integrity_remitted="退回补正",
    integrity_found="认定并告知",
    integrity_dismissed="不予认定",
    integrity_statement_recorded="登记陈述申辩",
    integrity_statement_opened="打开陈述申辩材料",
    integrity_statement_answered="答复陈述申辩",
    integrity_confirmed="生效",
    integrity_fulfilled="登记履行完毕",
    integrity_revoked="撤销认定",
)
