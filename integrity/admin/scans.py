"""Documents on their way to a reader: always as attachments, never shown in the page."""

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from core import desk
from core.admin import actor_of
from integrity.services import open_instrument, open_statement
from integrity.services.scans import Opened
from records.admin.record import reads_records


def _attachment(opened: Opened) -> HttpResponse:
    response = HttpResponse(opened.content, content_type=opened.media_type)
    response["Content-Disposition"] = content_disposition_header(True, opened.filename)
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


@desk.page("records/<int:pk>/integrity/instrument/", "integrity_instrument", may=reads_records)
@require_safe
def instrument(request: HttpRequest, pk: int) -> HttpResponseBase:
    """文书扫描件; opening is on record."""
    return _attachment(open_instrument(pk, actor=actor_of(request)))


@desk.page("integrity/statements/<int:pk>/file/", "integrity_statement_file", may=reads_records)
@require_safe
def statement_file(request: HttpRequest, pk: int) -> HttpResponseBase:
    """陈述申辩材料; opening is on record."""
    return _attachment(open_statement(pk, actor=actor_of(request)))
