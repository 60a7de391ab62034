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
from records.models import CreditRecord, Subject
from records.querysets import DISTRICT_WIDE
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


TABS = (
    Tab("refused", "平台退回", (S.REFUSED,), "没有被平台退回、等待更正的记录。"),
    Tab("recalling", "撤回待确认", (S.RECALLING,), "没有等待平台确认的撤回。"),
    Tab("pending", "待报送", (S.PENDING,), "没有等待报送的内容，公示、更正后几秒钟内会自动报送。"),
    Tab("accepted", "已报送", (S.ACCEPTED,), "没有等待平台入库的记录。"),
    Tab("stored", "已入库", (S.STORED,), "还没有平台确认入库的记录。"),
    Tab("recalled", "已撤回", (S.RECALLED,), "还没有平台确认撤回的记录。"),
    Tab("superseded", "被替代", (S.SUPERSEDED,), "没有被后续版本替代的报送。"),
)


class DeliveryFilter(forms.Form):
    q = forms.CharField(label="相对人名称或文书号", required=False, max_length=100)
    platform = forms.ModelChoiceField(Platform.objects.all(), label="平台", required=False, empty_label="全部平台")
    agency = forms.ModelChoiceField(Subject.objects.none(), label="决定机关", required=False, empty_label="全部单位")

    def __init__(self, data: Any, actor: Actor):
        super().__init__(data)
        if actor.has(*DISTRICT_WIDE):
            self.fields["agency"].queryset = Subject.objects.agencies().order_by("name")  # type: ignore[attr-defined]
        else:
            del self.fields["agency"]

    def chosen(self) -> dict[str, Any]:
        """What was chosen and makes sense; the rest is as if it had not been given."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}


@desk.page("deliveries/", "deliveries", may=reads_deliveries)
def deliveries(request: HttpRequest) -> HttpResponseBase:
    actor, now = actor_of(request), timezone.now()
    form = DeliveryFilter(request.GET, actor)
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
        "rows": [shown(d, labels, now) | {"may_resend": can_resend(d, actor)} for d in page],
        "following": following,
    }
    return render(request, "admin/sharing/deliveries.html", context)


def rows_of(tab: Tab, actor: Actor) -> Any:
    """Refused ones only while nothing newer of the record is on its way: the others are history."""
    rows = Delivery.objects.visible_to(actor)
    return rows.refused() if tab.key == "refused" else rows.filter(state__in=tab.states)


def filtered(rows: Any, chosen: dict[str, Any], actor: Actor) -> Any:
    if platform := chosen.get("platform"):
        rows = rows.filter(platform=platform)
    if agency := chosen.get("agency"):
        rows = rows.filter(record__agency=agency)
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
