"""Actions of the audit trail that this room writes. Deliveries themselves keep their own trail: attempts."""

from core import audit

audit.register(
    sharing_resent="原样重新报送",
    sharing_pause_ended="结束暂停报送",
    sharing_switched="启用或停用上级平台",
    sharing_reconciliation_requested="发起核对",
)
