"""Identity numbers are masked for everybody; seeing one whole asks for a reason and leaves a row in the trail."""

from typing import Any

from django.db import models, transaction

from core import audit
from core.actors import Actor
from core.errors import Invalid, NotAllowed, NotFound, WrongState
from core.locks import locked
from records.choices import Verification
from records.models import CreditRecord, Subject

MAY_REVEAL = ("clerk", "reviewer", "credit_office", "auditor")


@transaction.atomic
def reveal_record(record_id: int, *, actor: Actor, reason: str) -> CreditRecord:
    """查看证件号码 of a record's party and representative: the caller shows them once."""
    record: CreditRecord = _reveal(CreditRecord.objects.visible_to(actor), record_id, actor, reason)
    return record


@transaction.atomic
def reveal_subject(subject_id: int, *, actor: Actor, reason: str) -> Subject:
    """查看证件号码 of a person in the library."""
    subject: Subject = _reveal(Subject.objects.visible_to(actor), subject_id, actor, reason)
    return subject


@transaction.atomic
def verify_subject(subject_id: int, *, actor: Actor, reason: str) -> Subject:
    """核验: the credit office compared name and code with the register; `reason` says how."""
    if not actor.has("credit_office", "system"):
        raise NotAllowed("not_allowed", "只有信用办可以核验主体。")
    subject: Subject = locked(Subject.objects.all(), subject_id)
    if subject.verification == Verification.VERIFIED:
        raise WrongState("wrong_state", "该主体已核验，请刷新后查看。")
    subject.verification = Verification.VERIFIED
    subject.save(update_fields=["verification"])
    changes = {"verification": [Verification.UNVERIFIED, Verification.VERIFIED]}
    audit.record("records.subject_verified", subject, actor=actor, changes=changes, reason=reason)
    return subject


def _reveal(visible: "models.QuerySet[Any]", pk: int, actor: Actor, reason: str) -> Any:
    if not actor.has(*MAY_REVEAL):
        raise NotAllowed("not_allowed", "您的角色不能查看证件号码。")
    reason = reason.strip()
    if not reason:
        raise Invalid("reason_required", "请填写查看理由。", fields={"reason": ["请填写查看理由。"]})
    found = visible.filter(pk=pk).first()
    if found is None:
        raise NotFound("not_found", "没有找到该内容，可能不属于您的单位。")
    audit.record("records.identity_revealed", found, actor=actor, reason=reason)
    return found
