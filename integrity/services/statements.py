"""陈述申辩: what the subject says, what it hands in, and the credit office's answer with reasons."""

from datetime import date

from django.db import transaction

from core import audit
from core.actors import Actor
from core.bulk import update_rows
from core.errors import Invalid, WrongState
from core.formats import day
from core.locks import locked
from core.masking import scrub
from core.scans import read_scan
from integrity.choices import Outcome
from integrity.models import Finding, Statement
from integrity.services.finding import dismiss, locked_for, needed, statement_clock
from integrity.services.scans import put_scan
from records.choices import RecordStatus, Tier
from records.models import CreditRecord
from records.querysets import CreditRecordQuerySet

PAPER = "书面，由信用办登记"


@transaction.atomic
def record_statement(
    record_id: int, *, received_on: date, text: str, scan: bytes | None = None, actor: Actor, today: date
) -> Statement:
    """登记陈述申辩 that came on paper, by the credit office. Late ones are taken too, until it takes effect.

    Raises NotFound, NotAllowed, WrongState, Invalid (day, no text, personal numbers, bad file).
    """
    record = locked_for(record_id, "confirm", actor)
    return _add(record, received_on, text, scan, PAPER, actor, today)


def speaks_for(actor: Actor) -> list[int]:
    """Subjects in whose name this actor states a case: an agency's administrator, or a subject that has its own file
    open (role `subject`)."""
    return sorted(actor.unit_ids) if actor.has("agency_admin", "subject") else []


def told_to(actor: Actor) -> CreditRecordQuerySet:
    """Findings that whoever acts was told, and about which they may still be heard."""
    found: CreditRecordQuerySet = CreditRecord.objects.filter(status=RecordStatus.NOTIFIED)
    return found.filter(subject__in=speaks_for(actor))


@transaction.atomic
def state_case(
    record_id: int, *, text: str, scan: bytes | None = None, way: str = "", actor: Actor, today: date
) -> Statement:
    """提出陈述申辩 by the subject that the finding was told to, within its time. Raises as `record_statement`.

    `way` says how the subject proved itself, where it has no account; an agency's administrator is named.
    """
    record: CreditRecord = locked(told_to(actor), record_id)
    clock = statement_clock(record_id)
    if clock is not None and today > clock.due_on:
        sentence = f"陈述申辩期已于{day(clock.due_on)}届满。确需补充的，请书面提交信用办登记。"
        raise WrongState("time_over", sentence)
    return _add(record, today, text, scan, way or f"由{actor.unit}管理员{actor.name}在工作台提交", actor, today)


def _add(
    record: CreditRecord, received_on: date, text: str, scan: bytes | None, way: str, actor: Actor, today: date
) -> Statement:
    finding = Finding.objects.get(pk=record.pk)
    errors = {}
    if not finding.served_on <= received_on <= today:
        errors["received_on"] = [f"收到日期须在告知（{day(finding.served_on)}）之后、今天之前。"]
    if not text.strip():
        errors["text"] = ["请填写陈述申辩内容。"]
    if scrub(text) != text:
        errors["text"] = ["像是写有个人证件号码、手机号或银行账号，请删去；原件可作为材料上传。"]
    if errors:
        raise Invalid("invalid_statement", "请按各栏下方的提示改正后重新提交。", fields=errors)
    statement = Statement(finding=finding, received_on=received_on, text=text.strip(), way=way[:400])
    if scan:
        put_scan(statement, read_scan(scan, field="scan"))
    statement.save()
    changes = {"收到日期": [None, received_on.isoformat()], "提出方式": [None, way]}
    audit.record("integrity.statement_recorded", record, actor=actor, changes=changes)
    return statement


@transaction.atomic
def answer_statement(
    statement_id: int, *, outcome: str, answer: str, tier: str = "", actor: Actor, today: date
) -> Statement:
    """答复陈述申辩 with reasons. Adopted: the record is dismissed; in part: `tier` may become another one."""
    answer = needed(answer, "answer", "答复理由")
    statement: Statement = locked(Statement.objects.all(), statement_id)
    record = locked_for(statement.finding_id, "confirm", actor)
    if outcome not in Outcome.values:
        raise Invalid("no_outcome", "请选择处理结果。", fields={"outcome": ["请选择处理结果。"]})
    if statement.outcome:
        raise WrongState("answered", "该陈述申辩已经答复，请刷新后查看。")
    statement.outcome, statement.answer = outcome, answer
    statement.answered_by_id, statement.answered_at = actor.user_id, actor.now()
    statement.save(update_fields=["outcome", "answer", "answered_by", "answered_at"])
    changes = {"处理结果": [None, statement.get_outcome_display()]}
    if outcome == Outcome.PARTLY and tier in Tier.values and tier and tier != record.tier:
        changes["失信程度"] = [record.get_tier_display(), Tier(tier).label]
        update_rows(CreditRecord, ["tier", "updated_at"], [(record.pk, tier, actor.now())])
    audit.record("integrity.statement_answered", record, actor=actor, changes=changes, reason=answer)
    if outcome == Outcome.ADOPTED:
        dismiss(record.pk, actor=actor, reason=f"陈述申辩成立：{answer}", today=today)
    return statement
