"""审计记录: read-only, by day, action, person and object; exported exactly as filtered."""

import json
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import Any
from urllib.parse import quote

from django import forms
from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone

from accounts.choices import Role
from core import audit, desk
from core.actors import Door
from core.admin import actor_of
from core.desk import Place, Section
from core.models import AuditEvent
from core.pages import render
from core.tabular.writing import stream_csv
from core.widgets import DayInput

reads_trail = desk.roles(Role.AUDITOR, Role.AUDIT_ADMIN)
PAGE = 50
USUAL = timedelta(days=30)
HEADER = (
    "时间", "动作", "动作代码", "操作人", "单位", "角色", "入口", "对象类型", "对象编号", "对象", "变更内容", "理由",
    "请求编号",
)  # fmt: skip


class TrailFilter(forms.Form):
    """Filters of the trail; without days the last thirty, so that no page reads years of it."""

    since = forms.DateField(label="自", required=False, widget=DayInput)
    until = forms.DateField(label="至", required=False, widget=DayInput)
    action = forms.ChoiceField(label="动作", required=False)
    door = forms.ChoiceField(label="入口", required=False, choices=[("", "全部"), *Door.choices])
    person = forms.CharField(label="操作人", required=False, max_length=50)
    object = forms.CharField(label="对象", required=False, max_length=100)

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        labels = sorted((action.label, code) for code, action in audit.actions().items())
        self.fields["action"].choices = [("", "全部"), *((code, label) for label, code in labels)]  # type: ignore[attr-defined]

    def rows(self) -> Any:
        self.is_valid()
        chosen = self.cleaned_data
        until = chosen.get("until") or timezone.localdate()
        since = chosen.get("since") or until - USUAL
        zone = timezone.get_current_timezone()
        rows = AuditEvent.objects.filter(
            at__gte=datetime.combine(since, time.min, zone), at__lte=datetime.combine(until, time.max, zone)
        )
        names = {
            "action": "action",
            "door": "door",
            "person": "actor_name__contains",
            "object": "object_label__contains",
        }
        return rows.filter(**{lookup: chosen[name] for name, lookup in names.items() if chosen.get(name)})


@desk.page("audit/", "audit_trail", may=reads_trail)
def audit_trail(request: HttpRequest) -> HttpResponseBase:
    form = TrailFilter(request.GET)
    rows = form.rows()
    if (after := request.GET.get("after", "")).isdecimal():
        rows = rows.filter(pk__lt=int(after))
    found = list(rows.order_by("-pk")[: PAGE + 1])
    context = {"title": "审计记录", "form": form, "events": found[:PAGE], "usual": not request.GET.get("since")}
    context["following"] = found[PAGE - 1].pk if len(found) > PAGE else ""
    return render(request, "admin/accounts/trail.html", context)


@desk.page("audit/export.csv", "audit_export", may=reads_trail)
def audit_export(request: HttpRequest) -> HttpResponseBase:
    """The filtered trail as CSV, streamed; taking it out is itself noted."""
    rows = TrailFilter(request.GET).rows().order_by("pk")
    entry = audit.Entry(None, request.META.get("QUERY_STRING", "")[:300] or "最近30天")
    audit.record_many("accounts.trail_exported", AuditEvent._meta.label_lower, [entry], actor=actor_of(request))
    response = StreamingHttpResponse(stream_csv(HEADER, _lines(rows)), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote('审计记录.csv')}"
    return response


def _lines(rows: Any) -> Iterator[list[str]]:
    for e in rows.iterator(chunk_size=2_000):
        yield [
            timezone.localtime(e.at).strftime("%Y-%m-%d %H:%M:%S"), audit.label(e.action), e.action, e.actor_name,
            e.actor_unit, e.actor_roles, e.get_door_display(), e.object_type, str(e.object_id or ""), e.object_label,
            json.dumps(e.changes, ensure_ascii=False) if e.changes else "", e.reason, e.request_id,
        ]  # fmt: skip


desk.add_places(Place(Section.SYSTEM, "审计记录", "audit_trail", reads_trail, order=60))
