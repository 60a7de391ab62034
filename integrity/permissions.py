"""Who may name responsible persons and keep the paper; findings are judged by the ledger's own lifecycle."""

from core.actors import Actor
from records.choices import RecordStatus
from records.models import CreditRecord
from records.permissions import is_clerk_of, makes_findings

OPEN = (RecordStatus.DRAFT, RecordStatus.RETURNED)


def may_name(record: CreditRecord, actor: Actor) -> str | None:
    """责任人: the agency's clerk while it is a draft or returned, the credit office while it is to be found."""
    if record.status == RecordStatus.FINDING:
        return makes_findings(record, actor)
    if record.status in OPEN:
        return is_clerk_of(record, actor)
    return "提交之后责任人不能再改。确有错误的，请由审核人或信用办退回后修改。"
