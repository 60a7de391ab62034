"""履行完毕: what has effect until it is paid or performed ends with that day."""

from datetime import date

from django.db import transaction

from core import acts, audit
from core.actors import Actor
from core.errors import Invalid, NotAllowed, WrongState
from core.formats import day
from core.locks import locked
from integrity import policy
from integrity.effects import effect
from integrity.models import Dishonesty
from integrity.validation import IN_EFFECT
from records.choices import RecordStatus
from records.models import CreditRecord
from records.permissions import makes_findings
from records.services.publication import correct_published

PERFORMABLE = ("judgment", "breach", "arrears", "defaulter")


@transaction.atomic
def register_fulfilment(record_id: int, *, on: date, evidence: str, actor: Actor, today: date) -> CreditRecord:
    """登记履行完毕 by the credit office, on evidence (paper and number). A public record says so from now on.

    Raises NotFound, NotAllowed, WrongState, Invalid.
    """
    record: CreditRecord = locked(CreditRecord.objects.visible_to(actor), record_id)
    if reason := makes_findings(record, actor):
        raise NotAllowed("not_allowed", reason)
    detail = Dishonesty.objects.filter(pk=record_id).first()
    if detail is None or policy.source_of(detail.measure) not in PERFORMABLE or record.status not in IN_EFFECT:
        raise WrongState("wrong_state", "只有生效中的判决、违约、拖欠账款和失信被执行人记录可以登记履行完毕。")
    if detail.fulfilled_on:
        raise WrongState("fulfilled", f"已登记于{day(detail.fulfilled_on)}履行完毕，请刷新后查看。")
    begins = record.effective_from or record.decided_on
    errors = {} if evidence.strip() else {"evidence": ["请填写履行凭证的名称和编号。"]}
    if not begins <= on <= today:
        errors["on"] = [f"履行完毕日期须在生效（{day(begins)}）之后、今天之前。"]
    if errors:
        raise Invalid("invalid_fulfilment", "请按各栏下方的提示改正。", fields=errors)
    measure = policy.measure_of(detail.rule)
    answer = effect(measure, begins=begins, months=detail.months, several=detail.several, performed=on)
    detail.fulfilled_on, detail.effect, record.effective_to = on, answer.sentence, answer.ends
    detail.save(update_fields=["fulfilled_on", "effect"])
    if record.status == RecordStatus.PUBLISHED:
        correct_published(record, actor=actor, reason="已履行完毕。", basis=evidence.strip())
    else:
        record.version += 1
        record.updated_at = actor.now()
        record.save(update_fields=["effective_to", "version", "updated_at"])
    changes = {"履行完毕日期": [None, on.isoformat()]}
    audit.record("integrity.fulfilled", record, actor=actor, changes=changes, reason=evidence.strip())
    acts.announce("records.corrected", reasons={record.pk: "已履行完毕。"}, actor=actor, today=today)
    return record
