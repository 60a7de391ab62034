"""惩戒: what waits for approval, what is to be executed, what is to be stopped, and what was."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from accounts.choices import Role
from core import desk
from core.actors import Actor
from core.admin import actor_of
from core.desk import Place, Queue, Section
from core.pages import render
from core.text import fold_document_number, fold_text
from records.admin.lists import capped
from records.admin.record import reads_records
from records.models import Subject
from records.querysets import DISTRICT_WIDE
from sanctions.admin.words import sanction_badge
from sanctions.choices import SanctionStatus
from sanctions.forms import SanctionFilter
from sanctions.models import Sanction
from sanctions.policy import period

PAGE = 50
S = SanctionStatus
decides = desk.roles(Role.CREDIT_OFFICE)
carries_out = desk.roles(Role.CLERK, Role.REVIEWER, Role.AGENCY_ADMIN)


@dataclass(frozen=True, slots=True)
class Tab:
    """One state of the work. `mine`: only what the reader's own agencies execute, for those who execute."""

    key: str
    label: str
    where: Q
    empty: str
    mine: bool = False


TABS = (
    Tab("proposed", "待批准", Q(status=S.PROPOSED), "没有等待批准的惩戒。可以从失信记录的页面提出。"),
    Tab("execute", "待执行", Q(status=S.ACTIVE, executed_on__isnull=True), "没有等待执行的惩戒。", mine=True),
    Tab("active", "执行中", Q(status=S.ACTIVE), "没有正在执行的惩戒。"),
    Tab("stop", "待停止执行", Q(status=S.LIFTED, stopped_on__isnull=True), "没有已解除、待停止执行的惩戒。", mine=True),
    Tab("lifted", "已解除", Q(status=S.LIFTED), "没有已解除的惩戒。"),
    Tab("declined", "不予采取", Q(status=S.DECLINED), "没有不予采取的惩戒。"),
)


@desk.page("sanctions/", "sanctions", may=reads_records)
def sanctions(request: HttpRequest) -> HttpResponseBase:
    actor = actor_of(request)
    form = SanctionFilter(request.GET, agencies=_agencies(actor))
    chosen = form.chosen()
    tab = next((t for t in TABS if t.key == request.GET.get("tab")), TABS[0])
    rows = _filtered(_of_tab(tab, actor), chosen)
    total = capped(rows)
    if (after := request.GET.get("after", "")).isdecimal():
        rows = rows.filter(pk__lt=int(after))
    found = list(rows.select_related("measure", "subject", "executor", "cause").order_by("-pk")[: PAGE + 1])
    context = {
        "title": "惩戒", "tabs": TABS, "tab": tab, "form": form, "chosen": chosen, "total": total,
        "lead": "依清单、因记录采取的惩戒：一人提出、另一人批准；期满或原因记录终止时自动解除，由执行单位确认停止。",
        "rows": [
            {"sanction": s, "badge": sanction_badge(s), "period": period(s.starts_on, s.ends_on)} for s in found[:PAGE]
        ],
        "following": found[PAGE - 1].pk if len(found) > PAGE else "",
    }  # fmt: skip
    return render(request, "admin/sanctions/list.html", context)


def _agencies(actor: Actor) -> list[tuple[str, str]]:
    rows = Subject.objects.agencies().order_by("name")
    rows = rows if actor.has(*DISTRICT_WIDE) else rows.filter(pk__in=sorted(actor.unit_ids))
    return [(str(pk), name) for pk, name in rows.values_list("pk", "name")]


def _of_tab(tab: Tab, actor: Actor) -> Any:
    rows = Sanction.objects.visible_to(actor).filter(tab.where)
    return rows if actor.has(*DISTRICT_WIDE) or not tab.mine else rows.filter(executor__in=sorted(actor.unit_ids))


def _filtered(rows: Any, chosen: Mapping[str, Any]) -> Any:
    if q := chosen.get("q"):
        where = Q(cause__document_number_folded=fold_document_number(q))
        if len(fold_text(q)) > 1:
            where |= Q(subject__in=Subject.objects.matching(q).values("pk")[:1000])
        rows = rows.filter(where)
    if executor := chosen.get("executor"):
        rows = rows.filter(executor=executor)
    if category := chosen.get("category"):
        rows = rows.filter(measure__category=category)
    return rows


def _count(key: str) -> Callable[[Actor, date], int]:
    tab = next(t for t in TABS if t.key == key)

    def count(actor: Actor, today: date) -> int:
        rows = _of_tab(tab, actor)
        if key == "proposed":
            rows = rows.exclude(proposed_by=actor.user_id)
        return int(rows.order_by()[: desk.CAP + 1].count())

    return count


desk.add_places(Place(Section.CONSEQUENCES, "惩戒", "sanctions", reads_records, order=10))
desk.add_queues(
    Queue("惩戒待批准", "等待信用办另一位工作人员批准", "sanctions", decides, _count("proposed"), "tab=proposed"),
    Queue("待执行的惩戒", "由本单位执行，请登记执行情况", "sanctions", carries_out, _count("execute"), "tab=execute"),
    Queue(
        "已解除、待停止执行", "请立即停止执行，并确认已停止", "sanctions", carries_out, _count("stop"), "tab=stop",
        urgent=True,
    ),
)  # fmt: skip
