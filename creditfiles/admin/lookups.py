"""名单查询: ask about a list, watch, read the answers by verdict, take them out or print them."""

from collections.abc import Iterator
from datetime import date
from typing import Any
from urllib.parse import quote

from django.http import Http404, HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from core import audit, desk
from core.admin import actor_of
from core.desk import Place, Section
from core.errors import Invalid, NotAllowed
from core.pages import form_page, render
from core.tabular.streaming import stream_xlsx
from core.tabular.writing import stream_csv
from creditfiles import services
from creditfiles.admin.files import looks_up, pdf_response
from creditfiles.choices import LookupAbout, LookupStatus, Verdict
from creditfiles.entitlement import entitled, list_entitlement, lists_open_to, reaching_elsewhere
from creditfiles.findings import FIELDS
from creditfiles.forms import LookupForm
from creditfiles.list_document import asked, matched, told
from creditfiles.models import Lookup, LookupLine
from records.querysets import DISTRICT_WIDE

PAGE = 25
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
HEADER = (
    "行号",
    "所填名称",
    "所填代码",
    "所填单位",
    "结论",
    "对应的主体",
    "对应方式",
    "说明",
    "记录数",
    *FIELDS.values(),
)


@desk.page("files/lookups/", "lookups", may=looks_up)
def lookups(request: HttpRequest) -> HttpResponseBase:
    actor = actor_of(request)
    rows = Lookup.objects.visible_to(actor)
    after = request.GET.get("after", "")
    if after.isascii() and after.isdigit():
        rows = rows.filter(pk__lt=int(after[:18]))
    found = list(rows[: PAGE + 1])
    context = {
        "title": "名单查询",
        "rows": found[:PAGE],
        "following": found[PAGE - 1].pk if len(found) > PAGE else "",
        "opens": bool(lists_open_to(actor, timezone.localdate())),
    }
    return render(request, "admin/creditfiles/lookups.html", context)


@desk.page("files/lookups/new/", "lookup_new", may=looks_up)
def lookup_new(request: HttpRequest) -> HttpResponseBase:
    actor, today = actor_of(request), timezone.localdate()
    purposes = lists_open_to(actor, today)
    form = LookupForm(purposes, request.POST or None, request.FILES or None)

    def act() -> HttpResponseBase:
        data = form.cleaned_data
        most = list_entitlement(data["purpose"], data["about"], today).most_lines
        statements = {name: data[name] for name in ("about", "purpose", "legal_basis", "reference")}
        try:
            lookup = services.open_lookup(form.lines(most), actor=actor, **statements)
        except NotAllowed as refusal:  # told in the form, so that the list stays typed
            raise Invalid(refusal.code, refusal.message, fields={"purpose": [refusal.message]}) from refusal
        return redirect("admin:lookup", lookup.pk)

    intro = "一次核查一份名单。每个对应到的主体都会留痕，主体本人可以看到谁因何查询；证件号码核查后即清除。"
    if not actor.has(*DISTRICT_WIDE):
        intro += _reach([purpose for purpose, _ in purposes], today)
    return form_page(
        request, form, act, title="查询一份名单", submit="登记并核查", cancel=reverse("admin:lookups"), intro=intro
    )


def _is_within(shown: Lookup) -> bool:
    """Whether the list was about people, and asked by somebody who does not see everybody."""
    return shown.about != LookupAbout.BODIES and not shown.actor.has(*DISTRICT_WIDE)


def _reach(purposes: list[str], today: date) -> str:
    """Which people an agency can find, before it types a list."""
    labels = "".join(f"“{label}”" for label in reaching_elsewhere(purposes, today))
    further = f"；以{labels}为目的的，其他单位人员的姓名和完整证件号码都相符也能查到" if labels else ""
    return f"人员名单只查本单位的人员{further}。"


def readable(request: HttpRequest, pk: int) -> Lookup:
    rows = Lookup.objects.visible_to(actor_of(request)).select_related("rule", "list_rule")
    lookup: Lookup | None = rows.filter(pk=pk).first()
    if lookup is None:
        raise Http404
    return lookup


@desk.page("files/lookups/<int:pk>/", "lookup", may=looks_up)
@never_cache
def lookup(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Counts by verdict, then the lines of one of them."""
    shown = readable(request, pk)
    tabs = [(v, Verdict(v).label, shown.counts.get(v, 0)) for v in Verdict.values]
    first = next((v for v, _, count in tabs if count), str(Verdict.CLEAR))
    tab = request.GET.get("verdict", "")
    tab = tab if tab in Verdict.values else first
    after = request.GET.get("after", "")
    rows = shown.lines.filter(verdict=tab, number__gt=int(after[:9]) if after.isascii() and after.isdigit() else 0)
    found = list(rows.with_subjects().order_by("number")[: PAGE + 1])
    context: dict[str, Any] = {
        "title": "名单查询结果",
        "lookup": shown,
        "running": shown.status != LookupStatus.DONE,
        "tabs": tabs,
        "tab": tab,
        "rows": [{"line": x, "asked": asked(x), "matched": matched(x), "told": [*map(told, x.found)]}
                 for x in found[:PAGE]],
        "following": found[PAGE - 1].number if len(found) > PAGE else "",
        "reports": shown.reports.all()[:10],
        "reach": entitled(shown).reach.label if _is_within(shown) else "",
    }  # fmt: skip
    return render(request, "admin/creditfiles/lookup.html", context)


@desk.page("files/lookups/<int:pk>/export.<str:format_>", "lookup_export", may=looks_up)
def lookup_export(request: HttpRequest, pk: int, format_: str) -> HttpResponseBase:
    """Every line in the order of the list, streamed; taking it out is itself noted. No name in the filename."""
    shown = readable(request, pk)
    if format_ not in TYPES:
        raise Http404
    audit.record("creditfiles.list_exported", shown, actor=actor_of(request), reason=shown.reference)
    rows = _lines(shown)
    body = stream_csv(HEADER, rows) if format_ == "csv" else stream_xlsx(HEADER, rows, title="名单查询结果")
    response = StreamingHttpResponse(body, content_type=TYPES[format_])
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(f'名单查询结果-{shown.pk}.{format_}')}"
    response["X-Accel-Buffering"] = "no"
    return response


def _lines(shown: Lookup) -> Iterator[list[Any]]:
    """One row per record that was found, else one per line."""
    lines = shown.lines.with_subjects().order_by("number")
    for x in lines.iterator(chunk_size=2_000):
        yield from _rows(x)


def _rows(x: LookupLine) -> Iterator[list[Any]]:
    verdict = Verdict(x.verdict).label if x.verdict else "等待核查"
    head = [x.number, x.typed_name, x.typed_code, x.typed_unit, verdict, x.subject.name if x.subject else "",
            x.get_matched_by_display(), x.advice, x.found_count]  # fmt: skip
    for record in x.found or [{}]:
        yield [*head, *(record.get(name, "") for name in FIELDS)]


@desk.page("files/lookups/<int:pk>/report/", "lookup_report", may=looks_up)
@require_POST
def lookup_report(request: HttpRequest, pk: int) -> HttpResponseBase:
    """出具结果: the answer is the PDF itself."""
    return pdf_response(services.issue_lookup_report(readable(request, pk), actor=actor_of(request)), "名单查询结果")


desk.add_places(Place(Section.SUBJECTS, "名单查询", "lookups", looks_up, order=22))
