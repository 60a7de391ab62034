"""报送情况: deliveries by state, newest first, of the agencies that the reader may see."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

from accounts.choices import Role
from core import desk
from core.actors import Actor
from core.admin import actor_of
from core.pages import render
from records.admin.forms import OptionalFilter, in_year
from records.admin.lists import capped, list_filter
from records.models import CreditRecord
from sharing.admin.section import can_resend, column_labels, shown
from sharing.choices import DeliveryState
from sharing.models import Delivery, Platform

READERS = (Role.CLERK, Role.REVIEWER, Role.AGENCY_ADMIN, Role.CREDIT_OFFICE, Role.AUDITOR)
reads_deliveries = desk.roles(*READERS)
PAGE = 50
S = DeliveryState


@dataclass(frozen=True, slots=True)
class Tab:
    key: str
    label: str
    states: tuple[str, ...]
    empty: str
    # a named read of deliveries instead of the states alone
    read: str = ""


TABS = (
    Tab("refused", "平台退回", (S.REFUSED,), "没有被平台退回、等待更正的记录。", "refused"),
    Tab("chased", "撤回受阻", (S.RECALLING,), "没有被平台拒绝的撤回。", "chased"),
    Tab("recalling", "撤回待确认", (S.RECALLING,), "没有等待平台确认的撤回。"),
    Tab("pending", "待报送", (S.PENDING,), "没有等待报送的内容，公示、更正后几秒钟内会自动报送。"),
    Tab("accepted", "已报送", (S.ACCEPTED,), "没有等待平台入库的记录。"),
    Tab("stored", "已入库", (S.STORED,), "还没有平台确认入库的记录。"),
    Tab("recalled", "已撤回", (S.RECALLED,), "还没有平台确认撤回的记录。"),
    Tab("superseded", "被替代", (S.SUPERSEDED,), "没有被后续版本替代的报送。"),
)


class DeliveryFilter(OptionalFilter):
    platform = forms.ModelChoiceField(Platform.objects.all(), label="平台", required=False, empty_label="全部平台")


@desk.page("deliveries/", "deliveries", may=reads_deliveries)
def deliveries(request: HttpRequest) -> HttpResponseBase:
    actor, now = actor_of(request), timezone.now()
    form = list_filter(request.GET, actor, DeliveryFilter)
    tab = next((t for t in TABS if t.key == request.GET.get("tab")), TABS[0])
    rows = filtered(rows_of(tab, actor), form.chosen(), actor)
    page, following = newest_page(rows, request.GET.get("after", ""))
    labels = column_labels(page)
    context = {
        "title": "报送情况",
        "tabs": TABS,
        "tab": tab,
        "form": form,
        "chosen": form.chosen(),
        "total": capped(rows),
        "rows": [shown(d, labels, now) | {"may_resend": can_resend(d, actor)} for d in page],
        "following": following,
    }
    return render(request, "admin/sharing/deliveries.html", context)


def rows_of(tab: Tab, actor: Actor) -> Any:
    """Refused ones only while nothing newer of the record is on its way: the others are history."""
    rows = Delivery.objects.visible_to(actor)
    return getattr(rows, tab.read)() if tab.read else rows.filter(state__in=tab.states)


def filtered(rows: Any, chosen: dict[str, Any], actor: Actor) -> Any:
    plain = {"platform": "platform", "agency": "record__agency", "kind": "record__kind"}
    rows = rows.filter(**{path: chosen[name] for name, path in plain.items() if name in chosen})
    rows = rows.filter(in_year("record__decided_on", chosen.get("year", "")))
    if text := chosen.get("q"):
        rows = rows.filter(record__in=CreditRecord.objects.visible_to(actor).found_by(text))
    return rows


def newest_page(rows: Any, after: str) -> tuple[list[Delivery], str]:
    """A page by key, and the key after which the next one starts."""
    if after.isascii() and after.isdigit():
        rows = rows.filter(pk__lt=int(after[:18]))
    related = rows.select_related("platform", "record", "record__subject", "record__agency")
    found = list(related.order_by("-pk")[: PAGE + 1])
    return found[:PAGE], str(found[PAGE - 1].pk) if len(found) > PAGE else ""
