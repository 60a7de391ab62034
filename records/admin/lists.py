"""Lists of records: one engine with filters and keyset pages, four lists of work."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import F, Q
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

from accounts.choices import Role
from core import desk
from core.actors import Actor
from core.admin import actor_of
from core.calendar import WorkCalendar
from core.pages import render
from records import kinds
from records.admin.forms import ListFilter, OptionalFilter, in_year
from records.admin.record import reads_records
from records.admin.words import record_badge
from records.choices import RecordStatus
from records.clerks import handled_by
from records.models import CreditRecord, ImportBatch, Subject
from records.querysets import DISTRICT_WIDE

PAGE = 50
CAP = 1_000
SHOWN_APPROVALS = 5
S = RecordStatus
OPEN = (S.DRAFT, S.SUBMITTED, S.RETURNED)


@dataclass(frozen=True, slots=True)
class Tab:
    """One state of the work: which rows, in which order (field names; a leading minus turns round)."""

    key: str
    label: str
    where: Q
    order: tuple[str, str] = ("due_on", "pk")
    empty: str = "换一个条件看看，或从导航进入其他列表。"


@dataclass(frozen=True, slots=True)
class WorkList:
    """A page of the navigation: its tabs and whether rows can be chosen for acts on many."""

    title: str
    lead: str
    tabs: tuple[Tab, ...]
    select: bool = False


ENTRIES = WorkList(
    "录入记录",
    "本单位已录入、尚未公示的记录，按公示期限从近到远排列。",
    (
        Tab("open", "全部在办", Q(status__in=OPEN), empty="本单位没有在办的记录。可以录入一条，或导入双公示表格。"),
        Tab("returned", "被退回", Q(status=S.RETURNED), empty="没有被退回的记录。"),
        Tab("draft", "草稿", Q(status=S.DRAFT), empty="没有草稿。"),
        Tab("submitted", "待审核", Q(status=S.SUBMITTED), empty="没有等待审核的记录。"),
        Tab("found", "认定中", Q(status__in=[S.FINDING, S.NOTIFIED]), empty="没有等待信用办认定或正在告知的记录。"),
        Tab("discarded", "已作废", Q(status=S.DISCARDED), ("-decided_on", "-pk"), empty="没有作废的记录。"),
    ),
)
QUEUE = WorkList(
    "待审核",
    "经办人已提交、等待另一位工作人员审核的记录，按公示期限从近到远排列。",
    (Tab("submitted", "待审核", Q(status=S.SUBMITTED), empty="目前没有等待审核的记录。经办人提交后会出现在这里。"),),
    select=True,
)
PUBLISHED = WorkList(
    "公示管理",
    "已审核的记录：正在公示的、按规则不公示的、已停止公示的。",
    (
        Tab(
            "published",
            "公示中",
            Q(status=S.PUBLISHED, public_row__isnull=False),
            ("-public_row__decided_on", "-pk"),
            empty="没有正在公示的记录。记录审核通过后会出现在这里。",
        ),
        Tab(
            "disputed",
            "异议处理中",
            Q(status=S.PUBLISHED, disputed=True),
            ("-decided_on", "-pk"),
            "没有异议处理中的记录。",
        ),
        Tab("approved", "依规不公示", Q(status=S.APPROVED), ("-decided_on", "-pk"), "没有按规则不公示的记录。"),
        Tab(
            "ended",
            "已停止公示",
            Q(status__in=[S.WITHDRAWN, S.EXPIRED, S.REPAIRED]),
            ("-decided_on", "-pk"),
            "没有停止公示的记录。",
        ),
    ),
)


@desk.page("entries/", "entries", may=reads_records)
def entries(request: HttpRequest) -> HttpResponseBase:
    return list_page(request, ENTRIES)


@desk.page("review/", "review_queue", may=desk.roles(Role.REVIEWER, Role.CREDIT_OFFICE, Role.AUDITOR))
def review_queue(request: HttpRequest) -> HttpResponseBase:
    approvals = ImportBatch.objects.visible_to(actor_of(request)).approving().select_related("approval_by")
    return list_page(request, QUEUE, approvals=approvals.order_by("-approval_at")[:SHOWN_APPROVALS])


@desk.page("published/", "published", may=reads_records)
def published(request: HttpRequest) -> HttpResponseBase:
    return list_page(request, PUBLISHED)


def list_page(request: HttpRequest, work: WorkList, **more: Any) -> HttpResponseBase:
    actor, today = actor_of(request), timezone.localdate()
    form = list_filter(request.GET, actor)
    chosen = form.chosen()
    tab = next((t for t in work.tabs if t.key == request.GET.get("tab")), work.tabs[0])
    rows = filtered(CreditRecord.objects.visible_to(actor).filter(tab.where), chosen, actor, today)
    page, following = keyset_page(rows.select_related("subject", "agency"), tab.order, request.GET.get("after", ""))
    context = {
        "title": work.title,
        "lead": work.lead,
        "work": work,
        "tab": tab,
        "form": form,
        "rows": decorate(page, today),
        "following": following,
        "total": capped(rows),
        "chosen": chosen,
        "several": "agency" in form.fields,
        "select": work.select and actor.has(Role.REVIEWER, Role.CREDIT_OFFICE),
        **more,
    }
    return render(request, "admin/records/list.html", context)


def list_filter(data: Mapping[str, Any], actor: Actor, form: type[OptionalFilter] = ListFilter) -> OptionalFilter:
    """The filters above a list, with the kinds there are and the agencies that this actor may look into."""
    agencies = Subject.objects.agencies().order_by("name")
    if not actor.has(*DISTRICT_WIDE):
        agencies = agencies.filter(pk__in=actor.unit_ids)
    choices = [(str(pk), name) for pk, name in agencies.values_list("pk", "name")]
    return form(data, kinds=[(k.code, k.label) for k in kinds.registered()], agencies=choices)


def by_whom(rows: Any, field: str, word: str, actor: Actor) -> Any:
    """本人 or 他人; rows that nobody is named for are others'."""
    return _whose(rows, Q(**{field: actor.user_id}), word)


def _whose(rows: Any, mine: Q, word: str) -> Any:
    if word == "mine":
        return rows.filter(mine)
    return rows.filter(~mine) if word == "others" else rows


def filtered(rows: Any, chosen: Mapping[str, Any], actor: Actor, today: date) -> Any:
    if q := chosen.get("q"):
        rows = rows.found_by(q)
    if kind := chosen.get("kind"):
        rows = rows.filter(kind=kind)
    if agency := chosen.get("agency"):
        rows = rows.filter(agency=agency)
    if batch := chosen.get("batch"):
        rows = rows.filter(batch=batch)
    rows = _whose(rows, handled_by(actor.user_id), chosen.get("who", ""))
    return rows.filter(in_year("decided_on", chosen.get("year", "")), deadline_is(chosen.get("late", ""), today))


def deadline_is(word: str, today: date) -> Q:
    """A choice of the deadline filter as a condition; the first page counts by the same."""
    if word == "today":
        return Q(due_on=today)
    if word == "soon":
        return Q(due_on__range=(today, today + timedelta(days=3)))
    if word == "late":
        return Q(published_on__gt=F("due_on")) | Q(published_on__isnull=True, due_on__lt=today)
    if word == "kept":
        return Q(published_on__lte=F("due_on")) | Q(published_on__isnull=True, due_on__gte=today)
    return Q()


def keyset_page(rows: Any, order: tuple[str, str], after: str) -> tuple[list[CreditRecord], str]:
    """One page after a cursor “value_pk”, and the cursor of the next page (empty at the end)."""
    name, descending = order[0].lstrip("-"), order[0].startswith("-")
    compare = "lt" if descending else "gt"
    if place := _cursor(after):
        value, pk = place
        rows = rows.filter(Q(**{f"{name}__{compare}": value}) | Q(**{name: value, f"pk__{compare}": pk}))
    found = list(rows.order_by(*order)[: PAGE + 1])
    if len(found) <= PAGE:
        return found, ""
    last = found[PAGE - 1]
    value = last.decided_on if "decided_on" in name else getattr(last, name)
    return found[:PAGE], f"{value.isoformat()}_{last.pk}"


def _cursor(text: str) -> tuple[date, int] | None:
    value, _, pk = text.partition("_")
    try:
        return date.fromisoformat(value), int(pk)
    except ValueError:
        return None


def capped(rows: Any) -> str:
    count = rows.order_by()[: CAP + 1].count()
    return f"{CAP:,}+" if count > CAP else f"{count:,}"


def decorate(rows: list[CreditRecord], today: date) -> list[dict[str, Any]]:
    calendar = WorkCalendar.load()
    return [
        {"record": r, "badge": record_badge(r.status, r.disputed), "deadline": deadline_words(r, today, calendar)}
        for r in rows
    ]


def deadline_words(record: CreditRecord, today: date, calendar: WorkCalendar) -> dict[str, str]:
    """The deadline as one phrase with its tone: met, late by how much, or how much is left."""
    if record.published_on:
        late = record.published_on > record.due_on
        return {"tone": "red" if late else "plain", "text": "逾期公示" if late else "按期公示"}
    if record.status not in OPEN:
        return {"tone": "plain", "text": ""}
    if record.due_on < today:
        return {"tone": "red", "text": f"已逾期{calendar.between(record.due_on, today)}个工作日"}
    left = calendar.between(today, record.due_on)
    if left == 0:
        return {"tone": "amber", "text": "今日到期"}
    return {"tone": "amber" if left <= 2 else "plain", "text": f"还剩{left}个工作日"}
