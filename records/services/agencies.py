"""Agencies kept right: their profile, what they came from, and the yearly word that all of it is right."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction

from core import audit, clocks
from core.actors import Actor
from core.calendar import WorkCalendar
from core.clocks import ClockStart
from core.errors import Invalid, NotAllowed, NotFound, WrongState
from core.locks import locked, locked_many, one_at_a_time
from core.models import Clock
from core.rules import rule_on
from records.choices import SuccessionKind
from records.families import ancestors
from records.models import AgencyProfile, Subject, Succession
from records.permissions import may_keep_registry

RULE = "registry.confirmation"
OBJECT = Subject._meta.label_lower
# What the page asks for, by the table that holds it.
OF_SUBJECT = ("region_code", "address", "contact", "representative", "parent_id")
OF_PROFILE = ("kind", "level", "established_on", "dissolved_on")
ENDING = (SuccessionKind.MERGED, SuccessionKind.RENAMED, SuccessionKind.ABSORBED)


def clock_kind(year: int) -> str:
    return f"{RULE}.{year}"


def _locked_agency(agency_id: int, actor: Actor) -> tuple[Subject, AgencyProfile]:
    """The agency and its profile; one that was merged is kept as the agency that it turned out to be."""
    agency: Subject = locked(Subject.objects.agencies(), agency_id)
    if reason := may_keep_registry(agency.pk, actor):
        raise NotAllowed("not_allowed", reason)
    if agency.merged_into_id:
        raise WrongState("merged", "该单位已并入其他主体，请维护保留的主体。")
    profile, _ = AgencyProfile.objects.get_or_create(subject=agency)
    return agency, profile


@transaction.atomic
def save_agency(agency_id: int, values: Mapping[str, Any], *, actor: Actor, reason: str = "") -> AgencyProfile:
    """维护机构档案: `values` by field name; fields that are not given stay. Nothing is written when nothing differs."""
    agency, profile = _locked_agency(agency_id, actor)
    given = {name: value for name, value in values.items() if name in (*OF_SUBJECT, *OF_PROFILE)}
    if given.get("parent_id"):
        _check_parent(agency, given["parent_id"])
    before = {name: getattr(agency if name in OF_SUBJECT else profile, name) for name in given}
    changes = audit.difference(before, given)
    if not changes:
        return profile
    for name in changes:
        setattr(agency if name in OF_SUBJECT else profile, name, given[name])
    _check_days(profile)
    agency.save(update_fields=[n for n in OF_SUBJECT if n in changes])
    profile.save()
    audit.record("records.agency_saved", agency, actor=actor, changes=changes, reason=reason)
    return profile


def _check_days(profile: AgencyProfile) -> None:
    start, end = profile.established_on, profile.dissolved_on
    if start and end and end < start:
        message = f"裁撤日期（{end}）不能早于成立日期（{start}），请核对批准文件后改正。"
        raise Invalid("dissolved_before_established", message, fields={"dissolved_on": [message]})


def _check_parent(agency: Subject, parent_id: int) -> None:
    """No agency stands above itself, however far up."""
    above: int | None = parent_id
    for _ in range(20):
        if above is None:
            return
        if above == agency.pk:
            break
        above = Subject.objects.agencies().filter(pk=above).values_list("parent", flat=True).first()
    message = "上级单位不能是本单位或其下属单位，请重新选择。"
    raise Invalid("parent_cycle", message, fields={"parent_id": [message]})


@transaction.atomic
def add_succession(
    predecessor_id: int,
    successor_id: int,
    *,
    actor: Actor,
    day: date,
    kind: str,
    instrument: str,
    takes_over: bool = True,
    ends: bool | None = None,
) -> Succession:
    """登记机构沿革. `ends`: the predecessor ends on the day (by default unless it was split). Cycles are refused."""
    if not actor.has("credit_office", "system"):
        raise NotAllowed("not_allowed", "只有信用办可以登记机构沿革，请把批准文件报送信用办。")
    one_at_a_time("successions")
    found = {s.pk: s for s in locked_many(Subject.objects.agencies(), [predecessor_id, successor_id])}
    if len(found) != 2:
        message = "请选择两个不同的政府机构作为原单位和承继单位。"
        raise Invalid("two_agencies", message, fields={"successor_id": [message]})
    predecessor, successor = found[predecessor_id], found[successor_id]
    if not instrument.strip():
        raise Invalid("instrument_required", "请填写批准文号。", fields={"instrument": ["请填写批准文号。"]})
    _check_order(predecessor, successor)
    profile, _ = AgencyProfile.objects.get_or_create(subject=predecessor)
    if profile.established_on and day < profile.established_on:
        message = f"沿革日期早于“{predecessor.name}”的成立日期（{profile.established_on}），请核对。"
        raise Invalid("before_established", message, fields={"day": [message]})
    row = Succession.objects.create(
        predecessor=predecessor, successor=successor, day=day, kind=kind, instrument=instrument.strip(),
        takes_over=takes_over,
    )  # fmt: skip
    if (kind in ENDING if ends is None else ends) and profile.dissolved_on is None:
        profile.dissolved_on = day
        profile.save(update_fields=["dissolved_on"])
    changes = {"successor": [None, successor.name], "day": [None, day.isoformat()], "kind": [None, kind],
               "takes_over": [None, takes_over]}  # fmt: skip
    audit.record("records.succession_added", predecessor, actor=actor, changes=changes, reason=instrument.strip())
    audit.record(
        "records.succession_added", successor, actor=actor, changes={"predecessor": [None, predecessor.name]},
        reason=instrument.strip(),
    )  # fmt: skip
    return row


@transaction.atomic
def remove_succession(succession_id: int, *, actor: Actor, reason: str) -> None:
    """撤销登记 of what was registered wrongly; what it was stays in the audit trail of both agencies.

    The end of the predecessor goes with it when it came with it. To correct one, remove it and register it again.
    """
    if not actor.has("credit_office", "system"):
        raise NotAllowed("not_allowed", "只有信用办可以撤销沿革登记，请把批准文件报送信用办。")
    if not reason.strip():
        raise Invalid("reason_required", "请填写撤销的理由。", fields={"reason": ["请填写撤销的理由。"]})
    one_at_a_time("successions")
    row = Succession.objects.select_related("predecessor", "successor").filter(pk=succession_id).first()
    if row is None:
        raise NotFound("not_found", "该沿革登记已不存在，可能已被撤销，请刷新页面。")
    profile: AgencyProfile = locked(AgencyProfile.objects.all(), row.predecessor_id)
    others = Succession.objects.filter(predecessor=row.predecessor, day=row.day).exclude(pk=row.pk)
    dissolved_on = profile.dissolved_on
    if dissolved_on == row.day and not others.exists():
        profile.dissolved_on = None
        profile.save(update_fields=["dissolved_on"])
    gone = {name: [str(getattr(row, name)), None] for name in ("day", "kind", "instrument", "takes_over")}
    ends = audit.difference({"dissolved_on": dissolved_on}, {"dissolved_on": profile.dissolved_on})
    of_predecessor = {"successor": [row.successor.name, None], **gone, **ends}
    of_successor = {"predecessor": [row.predecessor.name, None], **gone}
    audit.record("records.succession_removed", row.predecessor, actor=actor, changes=of_predecessor, reason=reason)
    audit.record("records.succession_removed", row.successor, actor=actor, changes=of_successor, reason=reason)
    row.delete()


def _check_order(predecessor: Subject, successor: Subject) -> None:
    for one in (predecessor, successor):
        if one.merged_into_id:
            raise WrongState("merged", f"“{one.name}”已并入其他主体，请选择保留的主体。")
    if Succession.objects.filter(predecessor=predecessor, successor=successor).exists():
        raise Invalid("succession_once", f"“{predecessor.name}”到“{successor.name}”的沿革已经登记，请勿重复登记。")
    if any(ancestor.subject_id == successor.pk for ancestor in ancestors(predecessor.pk)):
        message = f"“{successor.name}”是“{predecessor.name}”的前身，不能又承继它。请核对原单位和承继单位是否填反。"
        raise Invalid("succession_cycle", message, fields={"successor_id": [message]})


# ---------------------------------------------------------------- the yearly confirmation


@transaction.atomic
def confirm_agency(agency_id: int, *, actor: Actor, today: date, note: str = "") -> AgencyProfile:
    """确认无误: somebody of the agency looked at every base field on this day; this year's clock stops."""
    agency, profile = _locked_agency(agency_id, actor)
    if not (profile.kind and profile.level):
        raise Invalid("incomplete", "请先填写单位性质和单位层级，再确认基础信息无误。")
    before, profile.confirmed_on = profile.confirmed_on, today
    profile.confirmed_by_id = actor.user_id
    profile.save(update_fields=["confirmed_on", "confirmed_by"])
    open_confirmations(today=today, agency_ids=[agency.pk])
    clocks.finish(clock_kind(today.year), OBJECT, [agency.pk], on=today)
    changes = audit.difference({"confirmed_on": before}, {"confirmed_on": today})
    audit.record("records.agency_confirmed", agency, actor=actor, changes=changes, reason=note)
    return profile


@transaction.atomic
def open_confirmations(*, today: date, agency_ids: list[int] | None = None) -> int:
    """This year's clock for every agency that has none yet; running it again adds nothing. Returns how many started."""
    kind, start = clock_kind(today.year), date(today.year, 1, 1)
    one_at_a_time(kind)
    agencies = Subject.objects.agencies().standing().exclude(agency_profile__dissolved_on__lt=today)
    if agency_ids is not None:
        agencies = agencies.filter(pk__in=agency_ids)
    have = Clock.objects.filter(kind=kind, object_type=OBJECT).values("object_id")
    missing = list(agencies.exclude(pk__in=have).order_by("pk").values_list("pk", flat=True))
    if not missing:
        return 0
    rule = rule_on(RULE, start)
    starts = [ClockStart(pk, pk, start, rule) for pk in missing]
    clocks.start_many(kind, OBJECT, starts, WorkCalendar.load())
    return len(missing)
