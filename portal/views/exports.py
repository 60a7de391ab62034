"""Downloads."""

from collections.abc import Iterator

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from core.tabular.streaming import stream_xlsx
from core.tabular.writing import stream_csv
from portal import exports
from portal.filters import Asked
from portal.pages import integrity
from portal.pages.disclosure import KINDS
from portal.pages.statistics import Period, chart_named

CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _download(body: Iterator[bytes], content_type: str, name: str) -> StreamingHttpResponse:
    response = StreamingHttpResponse(body, content_type=content_type)
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    response["X-Accel-Buffering"] = "no"
    return response


@require_safe
def export_disclosure(request: HttpRequest, kind: str, format_: str) -> HttpResponse | StreamingHttpResponse:
    """The list as it is filtered, whole, as CSV or XLSX."""
    asked = Asked.of(request.GET, kind=kind)
    header = exports.columns(kind)
    name = f"{KINDS[kind]['title']}-{timezone.localdate():%Y%m%d}"
    if format_ == "csv":
        return _download(stream_csv(header, exports.rows(asked)), CSV, f"{name}.csv")
    if format_ == "xlsx":
        rows = exports.typed_rows(asked)
        return _download(stream_xlsx(header, rows, title=KINDS[kind]["noun"]), XLSX, f"{name}.xlsx")
    raise Http404("no such format")


@require_safe
def export_integrity(request: HttpRequest) -> StreamingHttpResponse:
    """政务诚信 as it is filtered, whole."""
    rows = integrity.export_rows(integrity.asked_of(request.GET))
    return _download(stream_csv(integrity.HEADER, rows), CSV, f"政务诚信-{timezone.localdate():%Y%m%d}.csv")


@require_safe
def export_statistics(request: HttpRequest) -> StreamingHttpResponse:
    today = timezone.localdate()
    period = Period.of(request.GET, today)
    chart = chart_named(request.GET.get("chart", ""), period, today)
    return _download(stream_csv(chart.columns, chart.rows), CSV, f"数据与统计-{chart.key}-{period.label}.csv")
