"""查询留痕: who looked into whose file, for what; auditors read all and take it out."""

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

from django.contrib import admin
from django.http import Http404, HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone

from accounts.choices import Role
from core import audit, desk
from core.actors import Actor
from core.admin import Act, ReadingAdmin, actor_of
from core.desk import Place, Section
from core.masking import scrub
from core.pages import render
from core.tabular.streaming import stream_xlsx
from core.tabular.writing import stream_csv
from creditfiles.admin.lookups import TYPES
from creditfiles.choices import UnusualReason
from creditfiles.models import QueryLog
from creditfiles.unusual import Report, unusual

READERS = frozenset({Role.REVIEWER, Role.AGENCY_ADMIN, Role.CREDIT_OFFICE, Role.AUDITOR})
takes_out = desk.roles(Role.AUDITOR, Role.CREDIT_OFFICE)
SHOWN = 200
HEADER = ("时间", "查询人", "单位", "主体", "档案版本", "目的", "依据", "文号", "展示条数", "入口", "名单")

UNUSUAL_HEADER = ("情形", "查询人", "单位", "次数", "说明", "统计自", "统计至", "适用规则")


@admin.register(QueryLog)
class QueryLogAdmin(ReadingAdmin):
    readers = READERS
    intro = "每一次查阅信用档案的记录，不能修改和删除。审计员和信用办看到全部，其他人看到自己的和涉及本单位的。"
    list_display = ("at", "user_name", "unit", "subject_label", "purpose", "reference")
    list_filter = ("purpose", "projection", "at")
    search_fields = ("user_name", "unit", "subject_label", "reference")
    search_help_text = "查询人、单位、主体或文号"
    ordering = ("-pk",)
    fields = (
        "at", "user_name", "unit", "door", "subject_label", "projection", "purpose", "legal_basis", "reference",
        "counted", "listed",
    )  # fmt: skip
    readonly_fields = ("counted", "listed")

    @admin.display(description="展示内容")
    def counted(self, query: QueryLog) -> str:
        return "，".join(f"{label}{count}条" for label, count in query.shown.items()) or "没有记录"

    @admin.display(description="名单")
    def listed(self, query: QueryLog) -> str:
        return f"名单查询 {query.lookup_id}" if query.lookup_id else "不是名单，单独查阅"

    def list_acts(self, actor: Actor) -> Sequence[Act]:
        if not takes_out(actor):
            return []
        return [Act("异常查询", reverse("admin:looks_unusual")), Act("导出CSV", reverse("admin:looks_export"))]


@desk.page("looks/export.csv", "looks_export", may=takes_out)
def looks_export(request: HttpRequest) -> HttpResponseBase:
    """All looks this reader may see, streamed; taking them out is itself noted."""
    actor = actor_of(request)
    rows = QueryLog.objects.visible_to(actor).order_by("pk")
    audit.record_many(
        "creditfiles.looks_exported", QueryLog._meta.label_lower, [audit.Entry(None, "全部查询留痕")], actor=actor
    )
    response = StreamingHttpResponse(stream_csv(HEADER, _lines(rows)), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote('查询留痕.csv')}"
    return response


def _lines(rows: Any) -> Iterator[list[str]]:
    for q in rows.iterator(chunk_size=2_000):
        yield [
            timezone.localtime(q.at).strftime("%Y-%m-%d %H:%M:%S"), q.user_name, q.unit, q.subject_label,
            q.get_projection_display(), q.get_purpose_display(), q.legal_basis, q.reference,
            str(sum(q.shown.values())), q.get_door_display(), str(q.lookup_id or ""),
        ]  # fmt: skip


@desk.page("looks/unusual/", "looks_unusual", may=takes_out)
def looks_unusual(request: HttpRequest) -> HttpResponseBase:
    """What stands out, by reason, with the measure that was applied."""
    report = unusual(timezone.localdate())
    counts, asked = report.counts(), request.GET.get("reason", "")
    fullest = next((r for r in UnusualReason.values if counts[r]), UnusualReason.OFF_HOURS.value)
    tab = asked if asked in UnusualReason.values else fullest
    context = {
        "title": "异常查询",
        "report": report,
        "tabs": [(r, UnusualReason(r).label, counts[r]) for r in UnusualReason.values],
        "tab": tab,
        "rows": [row for row in report.rows if row.reason == tab][:SHOWN],
        "shown": SHOWN,
    }
    return render(request, "admin/creditfiles/unusual.html", context)


@desk.page("looks/unusual/export.<str:format_>", "looks_unusual_export", may=takes_out)
def looks_unusual_export(request: HttpRequest, format_: str) -> HttpResponseBase:
    """All that stands out, with the days and the rule by which it does; taking it out is itself noted."""
    if format_ not in TYPES:
        raise Http404
    report = unusual(timezone.localdate())
    entry = audit.Entry(None, f"异常查询（{report.day:%Y-%m-%d}，{len(report.rows)}项，{format_.upper()}）")
    audit.record_many("creditfiles.unusual_exported", QueryLog._meta.label_lower, [entry], actor=actor_of(request))
    rows = _unusual_lines(report)
    xlsx = format_ == "xlsx"
    body = stream_xlsx(UNUSUAL_HEADER, rows, title="异常查询") if xlsx else stream_csv(UNUSUAL_HEADER, rows)
    response = StreamingHttpResponse(body, content_type=TYPES[format_])
    name = f"异常查询-{report.day:%Y-%m-%d}.{format_}"
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    response["X-Accel-Buffering"] = "no"
    return response


def _unusual_lines(report: Report) -> Iterator[list[Any]]:
    """A personal number that somebody wrote into a name stays in the house."""
    first, day, rule = report.first.isoformat(), report.day.isoformat(), str(report.rule)
    for r in report.rows:
        yield [str(r.reason.label), scrub(r.user_name), scrub(r.unit), r.count, scrub(r.sentence), first, day, rule]


desk.add_places(Place(Section.SUBJECTS, "异常查询", "looks_unusual", takes_out, order=31))
desk.add_places(Place(Section.SUBJECTS, "查询留痕", "creditfiles_querylog_changelist", desk.roles(*READERS), order=30))
