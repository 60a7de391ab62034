"""认定 by the credit office: found and told to the subject, then in effect; or remitted, dismissed, revoked."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from core import audit, clocks
from core.actors import Actor
from core.bulk import update_rows
from core.calendar import WorkCalendar
from core.clocks import ClockStart
from core.errors import Invalid, NotAllowed, WrongState
from core.formats import day
from core.locks import locked
from core.masking import scrub
from core.models import Clock
from core.rules import rule_on
from integrity import policy
from integrity.choices import Service
from integrity.effects import effect
from integrity.models import Dishonesty, Finding
from integrity.validation import running_until
from records.lifecycle import RECORD
from records.models import CreditRecord
from records.policy import PublicationPolicy
from records.services.endings import Ending, announce_ended
from records.services.publication import publish_approved

CLOCK, OBJECT = policy.STATEMENT_RULE, Finding._meta.label_lower


def needed(text: str, field: str, label: str) -> str:
    """The text; Invalid when there is none, or when a personal number seems to stand in it."""
    problem = "" if text.strip() else f"请填写{label}。"
    if scrub(text) != text:
        problem = f"{label}中像是写有个人证件号码、手机号或银行账号，请删去。"
    if problem:
        raise Invalid("reason_required", problem, fields={field: [problem]})
    return text.strip()


def locked_for(record_id: int, transition: str, actor: Actor) -> CreditRecord:
    record: CreditRecord = locked(CreditRecord.objects.visible_to(actor), record_id)
    RECORD.check(record, transition, actor=actor)
    return record


def move(record: CreditRecord, transition: str, actor: Actor, **values: Any) -> None:
    """Carry out a transition that was checked, with other columns of the row."""
    RECORD.move(record, transition)
    given: Mapping[str, Any] = {"status": record.status, "updated_at": actor.now(), **values}
    update_rows(CreditRecord, list(given), [(record.pk, *given.values())])


@transaction.atomic
def remit(record_id: int, *, actor: Actor, reason: str) -> None:
    """退回补正: the agency's clerk mends it and both pairs of eyes look again."""
    reason = needed(reason, "reason", "退回理由")
    record = locked_for(record_id, "remit", actor)
    move(record, "remit", actor, return_reason=reason, approved_by=None)
    audit.record("integrity.remitted", record, actor=actor, reason=reason)


@transaction.atomic
def find(record_id: int, *, opinion: str, served_on: date, service: str, actor: Actor, today: date) -> Finding:
    """认定并告知: what was found, and when and how the subject was told; the time to state their case runs from then.

    Raises NotFound, NotAllowed, WrongState, Invalid (day of notice, no responsible person).
    """
    opinion = needed(opinion, "opinion", "认定意见")
    record = locked_for(record_id, "find", actor)
    earliest = record.submitted_on or record.decided_on
    if not earliest <= served_on <= today:
        sentence = f"告知日期须在提交审核（{day(earliest)}）之后、今天之前。"
        raise Invalid("bad_notice", sentence, fields={"served_on": [sentence]})
    if service not in Service.values:
        raise Invalid("bad_notice", "请选择告知方式。", fields={"service": ["请选择告知方式。"]})
    _responsible(record)
    finding, _ = Finding.objects.update_or_create(
        dishonesty_id=record.pk,
        defaults={
            "opinion": opinion, "found_by_id": actor.user_id, "found_at": actor.now(), "served_on": served_on,
            "service": service,
        },
    )  # fmt: skip
    start = ClockStart(record.pk, record.agency_id, served_on, rule_on(policy.STATEMENT_RULE, served_on))
    clocks.start_many(CLOCK, OBJECT, [start], WorkCalendar.load())
    move(record, "find", actor)
    changes = {"告知日期": [None, served_on.isoformat()]}
    audit.record("integrity.found", record, actor=actor, changes=changes, reason=opinion)
    return finding


def _responsible(record: CreditRecord) -> None:
    if not Dishonesty.objects.get(pk=record.pk).responsibilities.all():
        raise WrongState("nobody_responsible", "还没有登记责任人，不能认定。请先登记责任人，或退回补正。")


def statement_clock(record_id: int) -> Clock | None:
    """The clock of a finding's statement, with its rule."""
    found = Clock.objects.filter(kind=CLOCK, object_type=OBJECT, object_id=record_id)
    return found.select_related("rule").first()


def confirm_problem(finding: Finding, clock: Clock | None, today: date) -> str | None:
    """Why the finding may not take effect yet."""
    statements = list(finding.statements.all())
    if any(not s.outcome for s in statements):
        return "有尚未答复的陈述申辩，请先答复。"
    if not statements and clock is not None and today <= clock.due_on:
        return f"陈述申辩期到{day(clock.due_on)}为止，期满之后才能生效。"
    return None


@transaction.atomic
def confirm(record_id: int, *, actor: Actor, today: date) -> CreditRecord:
    """生效: the time is over or the statement was answered. The policy decides who may see it; the effect is counted
    again, because another 处分 may have taken effect meanwhile."""
    record = locked_for(record_id, "confirm", actor)
    finding = Finding.objects.get(pk=record_id)
    if problem := confirm_problem(finding, statement_clock(record_id), today):
        raise WrongState("not_yet", problem)
    _count_effect(record)
    RECORD.move(record, "confirm")
    publish_approved([record], PublicationPolicy(), actor=actor, today=today)
    finding.confirmed_by_id, finding.confirmed_on = actor.user_id, today
    finding.save(update_fields=["confirmed_by", "confirmed_on"])
    clocks.finish(CLOCK, OBJECT, [record_id], on=today)
    audit.record("integrity.confirmed", record, actor=actor)
    return record


def _count_effect(record: CreditRecord) -> None:
    detail = Dishonesty.objects.get(pk=record.pk)
    measure, begins = policy.measure_of(detail.rule), record.effective_from
    assert begins is not None  # noqa: S101 - constraint integrity_record_has_instrument
    running = running_until(record.subject_id, begins, record.pk) if measure.carries else None
    answer = effect(measure, begins=begins, months=detail.months, several=detail.several, running=running)
    record.effective_to, detail.effect = answer.ends, answer.sentence
    update_rows(CreditRecord, ["effective_to"], [(record.pk, answer.ends)])
    detail.save(update_fields=["effect"])


@transaction.atomic
def dismiss(record_id: int, *, actor: Actor, reason: str, today: date) -> None:
    """不予认定: the record never has effect; it keeps its row and its trail, and frees its document number."""
    reason = needed(reason, "reason", "不予认定的理由")
    record = locked_for(record_id, "dismiss", actor)
    move(record, "dismiss", actor)
    clocks.finish(CLOCK, OBJECT, [record_id], on=today)
    audit.record("integrity.dismissed", record, actor=actor, reason=reason)


@transaction.atomic
def revoke(record_id: int, *, actor: Actor, reason: str) -> None:
    """撤销认定 of a record that is not public (a public one is withdrawn): by another person than who found it."""
    reason = needed(reason, "reason", "撤销的理由")
    record = locked_for(record_id, "revoke", actor)
    finding = Finding.objects.get(pk=record_id)
    if actor.user_id is not None and actor.user_id in (finding.found_by_id, finding.confirmed_by_id):
        raise NotAllowed("not_allowed", "这是您本人认定的记录，须由信用办的另一位工作人员撤销。")
    move(record, "revoke", actor, disputed=False)
    audit.record("integrity.revoked", record, actor=actor, reason=reason)
    announce_ended([Ending(record, reason)], actor=actor, today=timezone.localdate(actor.now()))
