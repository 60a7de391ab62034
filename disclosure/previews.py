"""What the public will see of a decision that is not in the ledger yet."""

from datetime import date
from typing import Any

from core.clocks import due
from core.text import fold_document_number
from disclosure.entry import DETAILS, detail_columns, detail_values, title_of
from disclosure.validation import Ground, party_of, tier_of
from records.choices import PublicState, RecordKindCode
from records.kinds import kind_of
from records.matching import Party, SubjectBook
from records.models import CreditRecord, Subject
from records.policy import Decision, PublicationPolicy
from records.projection import project


def preview(kind: str, values: dict[str, Any], ground: Ground, *, errors: list[Any] | None = None) -> dict[str, Any]:
    """The projection as of today, made by the same functions that publish; nothing is saved."""
    if errors or not values.get("party_name"):
        return _hidden("该行有错误，改正后才能预览公示内容。")
    record, detail, subject = _unsaved(kind, values, ground)
    decision = PublicationPolicy().decide(record, subject.kind, on=ground.today)
    if decision is None:
        return _hidden("没有公示规则适用于该记录，审核通过后只在内部留存，不公示。")
    if not decision.shown_on(ground.today):
        return _hidden(_why_not(decision), decision)
    _as_published(record, decision, ground.today)
    agency = Subject(pk=ground.agency_id, name=ground.agency.name, code=ground.agency.code, kind="agency")
    public = project(
        record,
        detail,
        kind=kind_of(kind),
        subject=subject,
        agency=agency,
        rule=decision.rule,
        state=PublicState.PUBLISHED,
    )
    until = decision.until.isoformat() if decision.until else None
    reason = f"审核通过后即公示，至{until}止。" if until else "审核通过后即公示，长期有效。"
    return {
        "visible": True,
        "reason": reason,
        "rule": decision.rule.title,
        "basis": decision.rule.basis,
        "until": until,
        "public": public,
    }


def _hidden(reason: str, decision: Decision | None = None) -> dict[str, Any]:
    rule = decision.rule if decision else None
    return {
        "visible": False,
        "reason": reason,
        "rule": rule.title if rule else "",
        "basis": rule.basis if rule else "",
        "until": None,
        "public": None,
    }


def _why_not(decision: Decision) -> str:
    if decision.until is not None and decision.visibility in ("public", "masked"):
        return f"最长公示期已于{decision.until:%Y-%m-%d}届满，审核通过后只留存，不公示。"
    return f"依《{decision.rule.title}》不公示，审核通过后只在内部留存。"


def _unsaved(kind: str, values: dict[str, Any], ground: Ground) -> tuple[CreditRecord, Any, Subject]:
    decided_on: date = values["decided_on"]
    tier = tier_of(values, ground.tiers.on(decided_on).value) if kind == RecordKindCode.PENALTY else ""
    subject = _subject(party_of(values))
    record = CreditRecord(
        pk=0,
        kind=kind,
        subject=subject,
        agency_id=ground.agency_id,
        title=title_of(kind, values),
        document_number=values["document_number"],
        document_number_folded=fold_document_number(values["document_number"]),
        decided_on=decided_on,
        effective_from=values.get("effective_from"),
        effective_to=values.get("effective_to"),
        tier=tier,
        due_on=due(ground.calendar, decided_on, ground.deadline.on(decided_on))[0],
        submitted_on=ground.today,
    )
    names, blanks = detail_columns(kind)
    detail = DETAILS[kind](**dict(zip(names, detail_values(values, blanks), strict=True)))
    return record, detail, subject


def _subject(party: Party) -> Subject:
    match = SubjectBook([party]).match(party)
    if match.subject_id is not None:
        return Subject.objects.get(pk=match.subject_id)
    return Subject(pk=0, kind=party.kind, name=party.name, code=party.code or None)


def _as_published(record: CreditRecord, decision: Decision, today: date) -> None:
    record.version = 1
    record.published_on = record.publish_from = today
    record.publish_until, record.repairable_from = decision.until, decision.repairable_from
