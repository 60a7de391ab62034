"""Writes of this room beside the ledger: the monthly numbers that agencies declare themselves."""

from collections.abc import Mapping
from datetime import date

from django.db import transaction
from django.utils import timezone

from core import audit
from core.actors import Actor
from core.errors import Invalid, NotAllowed, NotFound
from disclosure.models import MonthlyDeclaration
from disclosure.reports import month_bounds
from records.choices import RecordKindCode, RecordStatus
from records.models import CreditRecord, Subject

KINDS = (RecordKindCode.LICENCE, RecordKindCode.PENALTY)


def may_declare_for(agency_id: int, actor: Actor) -> str | None:
    if actor.has("system") or (actor.has("clerk", "agency_admin") and agency_id in actor.unit_ids):
        return None
    return "只有本单位的经办人或部门管理员可以申报月度数量。"


@transaction.atomic
def declare_month(
    agency_id: int,
    month: date,
    *,
    produced: Mapping[str, int],
    basis: Mapping[str, str] | None = None,
    actor: Actor,
    today: date | None = None,
) -> list[MonthlyDeclaration]:
    """月度申报: how many licences and penalties the agency decided in a month; zero is a zero report (零报告).

    `produced`: kind → number, `basis`: kind → why fewer were reported (未报送依据). Declaring again replaces the
    numbers; the trail keeps the earlier ones. Raises NotAllowed, Invalid (future month, fewer than were reported).
    """
    if reason := may_declare_for(agency_id, actor):
        raise NotAllowed("not_allowed", reason)
    agency = Subject.objects.agencies().filter(pk=agency_id).first()
    if agency is None:
        raise NotFound("not_found", "没有找到该单位。")
    first, last = month_bounds(month)
    if first > (today or timezone.localdate()):
        raise Invalid(
            "future_month", "该月份还没有开始，不能申报。", fields={"month": ["该月份还没有开始，不能申报。"]}
        )
    _not_fewer_than_reported(agency_id, first, last, produced)
    return [
        _declare(agency, kind, first, number, (basis or {}).get(kind, ""), actor) for kind, number in produced.items()
    ]


def reported(agency_id: int, first: date, last: date) -> dict[str, int]:
    """Records of these days that the agency has submitted, by kind."""
    rows = CreditRecord.objects.filter(
        agency_id=agency_id, decided_on__range=(first, last), submitted_on__isnull=False
    ).exclude(status=RecordStatus.DISCARDED)
    return {kind: rows.filter(kind=kind).count() for kind in KINDS}


def _not_fewer_than_reported(agency_id: int, first: date, last: date, produced: Mapping[str, int]) -> None:
    sent = reported(agency_id, first, last)
    fields = {
        kind: [f"本月已报送{sent[kind]}条，产生数量不能少于已报送数量，请核对。"]
        for kind, number in produced.items()
        if number < sent[kind]
    }
    if fields:
        raise Invalid("fewer_than_reported", "产生数量少于已报送数量，请核对后重新填写。", fields=fields)


def _declare(agency: Subject, kind: str, month: date, number: int, basis: str, actor: Actor) -> MonthlyDeclaration:
    known = MonthlyDeclaration.objects.filter(agency=agency, kind=kind, month=month).first()
    before = {"produced": known.produced, "unreported_basis": known.unreported_basis} if known else {}
    values = {"produced": number, "unreported_basis": basis.strip()}
    declaration, _ = MonthlyDeclaration.objects.update_or_create(
        agency=agency,
        kind=kind,
        month=month,
        defaults={**values, "declared_by_id": actor.user_id, "declared_at": timezone.now()},
    )
    audit.record("disclosure.declared", declaration, actor=actor, changes=audit.difference(before, values))
    return declaration
