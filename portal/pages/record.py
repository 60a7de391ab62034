"""One record: what is public of it, its clock, its history; or why it is no longer public."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import Http404
from django.urls import reverse

from core.calendar import WorkCalendar
from core.compiled import CompiledQuery
from core.formats import day
from core.models import Clock
from portal.environment import record_url, subject_url
from portal.facts import Change, Fact, changes, facts
from portal.kept import kept
from portal.pages.measures import measures_of
from portal.presentation import ACTS, LATE, ON_TIME, Badge, ended_view, meaning_of, state_view
from records.choices import ENDING_ACTS, RevisionAct
from records.models import CreditRecord, Revision, Subject

CLOCK = "disclosure"


@dataclass(slots=True)
class Point:
    """One point of the clock: what happened or was due, when, and how it is drawn."""

    what: str
    on: str | None
    tone: str = "done"
    note: str = ""


@dataclass(slots=True)
class ClockBlock:
    points: list[Point]
    verdict: Badge | None
    explanation: str = ""
    skipped: list[str] = field(default_factory=list)
    until: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class RevisionLine:
    version: int
    at: datetime
    act: Badge
    act_label: str
    reason: str
    basis: str
    changes: list[Change]


class PageRevision(NamedTuple):
    """One revision as the page needs it; what else the page shows rides along: one trip to the database."""

    record_id: int
    version: int
    act: str
    at: datetime
    reason: str
    basis: str
    public: Any
    days: int | None
    contact: str | None


def _query(record_id: int) -> "QuerySet[Revision, Any]":
    clock = Clock.objects.filter(kind=CLOCK, object_type=CreditRecord._meta.label_lower, object_id=record_id)
    contact = Subject.objects.filter(pk=OuterRef("record__agency"))
    rows = Revision.objects.filter(record=record_id).order_by("version")
    rows = rows.annotate(days=Subquery(clock.values("days")[:1]), contact=Subquery(contact.values("contact")))
    columns: QuerySet[Revision, Any] = rows.values_list(*PageRevision._fields)
    return columns


_compiled = CompiledQuery(_query, prepare=True)


def revisions_of(record_id: int) -> list[PageRevision]:
    """Every revision, oldest first; 404 where nothing was ever public."""
    found = [PageRevision(*row) for row in _compiled(record_id)]
    if not found:
        raise Http404("no such record")
    return found


def is_ended(revisions: list[PageRevision]) -> bool:
    return revisions[-1].act in ENDING_ACTS


def record_page(revisions: list[PageRevision], *, today: date) -> dict[str, Any]:
    """Context of a record that is public now."""
    public = revisions[-1].public
    corrected = next((r for r in reversed(revisions) if r.act == RevisionAct.CORRECTED), None)
    subject, agency = public["subject"], public["agency"]
    return {
        "r": public,
        "state": state_view(
            public,
            today=today,
            corrected_on=corrected.at if corrected else None,
            reason=corrected.reason if corrected else "",
        ),
        "facts": facts(public),
        "meaning": meaning_of(public),
        "measures": measures_of(public["record"], public["kind"], today),
        "revisions": _history(revisions),
        "clock": _clock(public, revisions[-1].days),
        "subject_link": subject_url(subject["id"]) if subject["id"] else "",
        "agency_link": subject_url(agency["id"]),
        "contact": revisions[-1].contact or "",
        "json_url": reverse("api:record", args=[public["record"]]),
        "citation": _citation(public),
    }


def gone_page(revisions: list[PageRevision]) -> dict[str, Any]:
    """Context of the page that explains why nothing is shown any more (410)."""
    last = revisions[-1]
    record = CreditRecord.objects.select_related("agency").get(pk=last.record_id)
    shown = [Fact("kind", "信息种类", record.get_kind_display()), Fact("agency", "公示单位", record.agency.name)]
    if last.act == RevisionAct.WITHDRAWN:
        # 行政处罚法第四十八条: a decision withdrawn is explained in public, so it must be recognisable.
        shown.append(Fact("document_number", "文书号", record.document_number))
    shown.append(Fact("ended_on", "停止公示", day(last.public["ended_on"])))
    return {"state": ended_view(last.public), "kind_label": record.get_kind_display(), "facts": shown}


def _history(revisions: list[PageRevision]) -> list[RevisionLine]:
    """Newest first; a correction with the old and the new beside each other."""
    lines = []
    before: dict[str, Any] | None = None
    for r in revisions:
        differ = changes(before, r.public) if before and r.act == RevisionAct.CORRECTED else []
        lines.append(RevisionLine(r.version, r.at, ACTS[r.act], ACT_WORDS[r.act], r.reason, r.basis, differ))
        before = r.public
    return lines[::-1]


ACT_WORDS = {act: str(RevisionAct(act).label) for act in RevisionAct.values}


def work_calendar() -> WorkCalendar:
    """The calendar, read at most once in a while: notices come once a year."""
    return kept("calendar", 300, WorkCalendar.load)


def _clock(public: dict[str, Any], length: int | None) -> ClockBlock:
    calendar = work_calendar()
    decided, due = date.fromisoformat(public["decided_on"]), date.fromisoformat(public["due_on"])
    published = date.fromisoformat(public["published_on"])
    # What a rule opened after its deadline was reported in time: `on_time` says so, not the two days.
    late_by = calendar.between(due, published) if not public["on_time"] else 0
    opened = published > due and public["on_time"]
    block = ClockBlock(
        points=[
            Point("作出决定", public["decided_on"]),
            Point("最迟公示日", public["due_on"], "due", f"{length} 个工作日" if length else ""),
            Point("公示", public["published_on"], "late" if late_by else "done", "依公示规则公开" if opened else ""),
        ],
        verdict=Badge("late", f"逾期 {late_by} 个工作日公示", LATE.tone, LATE.icon) if late_by else ON_TIME,
        until=_until(public),
    )
    block.points.sort(key=lambda p: p.on or "")
    if length:
        counted = calendar.explain(decided, length)
        block.explanation = f"自{day(decided)}的次一工作日起算，满 {length} 个工作日，{day(due)}到期。"
        if counted.provisional:
            block.explanation += "所涉年度的放假安排尚未公布，暂按周一至周五计算，公布后自动重算。"
        block.skipped = [f"{day(d)}（{name}）不计入" for d, name in counted.skipped]
        block.skipped += [f"{day(d)}（调休上班）计入" for d in counted.makeup]
    return block


def _until(public: dict[str, Any]) -> list[str]:
    policy, until = public["policy"], public["publish_until"]
    lines = [f"最长公示至{day(until)}，届满自动停止。" if until else "在有效期内持续公示，未设截止日。"]
    if public["repairable_from"]:
        lines.append(f"自{day(public['repairable_from'])}起，符合条件的可以申请信用修复。")
    lines.append(f"规则：{policy['title']}。依据：{policy['basis']}")
    return lines


def _citation(public: dict[str, Any]) -> str:
    """How to quote this page."""
    address = settings.PUBLIC_URL.rstrip("/") + record_url(public["record"])
    return (
        f"{public['agency']['name']}：《{public['title']}》（{public['document_number']}），"
        f"{settings.SITE['name']}，第 {public['version']} 版，{address}"
    )
