"""Every figure of the 双公示 report opens to its rows: records, declared months or rows of imports."""

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone

from core import desk
from core.actors import Actor
from core.admin import actor_of
from core.pages import render
from disclosure import figures
from disclosure.admin.reports import Period, reads
from disclosure.figures import Scope
from disclosure.reports import KINDS, MEASURES
from records.admin.imports import row_view
from records.admin.lists import PAGE, decorate, keyset_page
from records.choices import RecordKindCode
from records.models import Subject
from records.querysets import DISTRICT_WIDE, of_agencies


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for, in words and as a scope."""

    period: Period
    measure: str
    scope: Scope
    agency: str

    @property
    def label(self) -> str:
        return MEASURES[self.measure]

    @property
    def words(self) -> str:
        kind = str(RecordKindCode(self.scope.kind).label) if self.scope.kind else "行政许可和行政处罚"
        return f"{self.period.label}　{self.agency or '全部单位'}　{kind}"


def _asked(request: HttpRequest, key: str, measure: str) -> Asked:
    """404 for what is no figure, and for an agency that this actor may not look into."""
    actor, period = actor_of(request), Period.of(key, timezone.localdate())
    kind, agency = request.GET.get("kind", ""), request.GET.get("agency", "")
    if measure not in figures.OPENED or (kind and kind not in KINDS) or (agency and not agency.isdecimal()):
        raise Http404
    name = ""
    if agency:
        mine = Subject.objects.agencies().filter(of_agencies(actor, "pk"), pk=int(agency[:18]))
        name = str(mine.values_list("name", flat=True).first() or "")
        if not name:
            raise Http404
    first, last = period.bounds
    scope = Scope(first, last, actor, agency_id=int(agency) if agency else None, kind=kind)
    return Asked(period, measure, scope, name)


@desk.page("reports/disclosure/<slug:period>/<slug:measure>/", "disclosure_figure", may=reads)
def disclosure_figure(request: HttpRequest, period: str, measure: str) -> HttpResponseBase:
    """The rows behind one figure; their number, or the sum of their numbers, is the figure."""
    asked = _asked(request, period, measure)
    after = request.GET.get("after", "")
    if measure in figures.RECORDS:
        rows = _records(asked, after)
    elif measure in figures.ROWS:
        rows = _import_rows(asked, after)
    else:
        rows = _declarations(asked, after)
    report = reverse("admin:disclosure_report") + f"?period={asked.period.key}"
    context = {
        "title": f"{asked.label}：{asked.period.label}",
        "asked": asked,
        "explained": figures.EXPLAINED[measure],
        "several": asked.scope.agency_id is None and _looks_into_several(actor_of(request)),
        "crumbs": [(asked.period.title, report), (asked.label, "")],
    }
    return render(request, "admin/disclosure/figure.html", {**context, **rows})


def _looks_into_several(actor: Actor) -> bool:
    return actor.has(*DISTRICT_WIDE) or len(actor.unit_ids) > 1


def _records(asked: Asked, after: str) -> dict[str, Any]:
    found = figures.records(asked.measure, asked.scope)
    page, following = keyset_page(found.select_related("subject", "agency"), ("-decided_on", "-pk"), after)
    rows = decorate(page, timezone.localdate())
    return {"shape": "records", "rows": rows, "following": following, "total": found.order_by().count(), "unit": "条"}


def _import_rows(asked: Asked, after: str) -> dict[str, Any]:
    found = figures.import_rows(asked.measure, asked.scope)
    total = found.count()
    if after.isdecimal():
        found = found.filter(pk__lt=int(after[:18]))
    page = list(found.select_related("batch__agency").order_by("-pk")[: PAGE + 1])
    following = page[PAGE - 1].pk if len(page) > PAGE else ""
    rows = [row_view(row.batch, row) for row in page[:PAGE]]
    return {"shape": "rows", "rows": rows, "following": following, "total": total, "unit": "行"}


def _declarations(asked: Asked, after: str) -> dict[str, Any]:
    found = figures.declarations(asked.measure, asked.scope)
    keys = [str(row.declaration.pk) for row in found]
    start = keys.index(after) + 1 if after in keys else 0
    page = found[start : start + PAGE]
    following = page[-1].declaration.pk if page and start + PAGE < len(found) else ""
    unit = "个月" if asked.measure == "zero_reports" else "件"
    total = sum(row.number for row in found)
    return {"shape": "months", "rows": page, "following": following, "total": total, "unit": unit}
