"""接口文档: Swagger UI from our own files, started by our own script (no inline script: strict CSP)."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from portal.rendering import page


@require_safe
def api_docs(request: HttpRequest) -> HttpResponse:
    return page(request, "api_docs.html", {})
