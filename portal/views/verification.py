"""Credit reports and their verification (信用报告、报告核验): download, check by code, check by bytes."""

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404
from django.template.backends.utils import csrf_input
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from core.actors import Actor, Door
from creditfiles import services
from creditfiles.codes import normal
from portal.errors import error_page
from portal.pages import verification as pages
from portal.rendering import page
from portal.throttles import client_of, within
from records.models import Subject

READER = Actor(user_id=None, name="访客", door=Door.PORTAL)


@require_safe
@never_cache
def report(request: HttpRequest, subject_id: int) -> HttpResponse:
    """The public report of a body, as PDF; the same for everybody until something changes."""
    if not within("report", client_of(request), settings.REPORT_RATE_PER_MINUTE):
        return error_page(request, 429)
    subject = get_object_or_404(Subject.objects.known_to_public(), pk=subject_id)
    issued = services.public_report(subject, actor=READER)
    with issued.file.open() as file:
        response = HttpResponse(file.read(), content_type="application/pdf")
    name = f"{issued.subject_label}信用报告-{issued.code}.pdf"
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response


@require_safe
def verify_start(request: HttpRequest) -> HttpResponse:
    """Where a code is typed; leads to the code's own address."""
    typed = request.GET.get("code", "").strip()[:60]
    if code := normal(typed):
        return HttpResponseRedirect(reverse("portal:verify", args=[code]))
    context = {"page": pages.start_page(typed)}
    return page(request, "verify.html", context, section="verify", crumbs=[("报告核验", "")])


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def verify(request: HttpRequest, code: str) -> HttpResponse:
    """What became of this report; with a file, whether it is the one we issued."""
    if not within("verify", client_of(request), settings.SEARCH_RATE_PER_MINUTE):
        return error_page(request, 429)
    upload = request.FILES.get("file")
    shown = pages.verify_page(code, upload if isinstance(upload, UploadedFile) else None, sent=request.method == "POST")
    context = {"page": shown, "csrf": csrf_input(request)}
    crumbs = [("报告核验", reverse("portal:verify-start")), (shown["code"] or "核验", "")]
    return page(request, "verify.html", context, section="verify", crumbs=crumbs, status=shown["status"])


@require_safe
def verify_keys(request: HttpRequest) -> JsonResponse:
    """The public halves of our report keys, so that anybody can check a signature without us."""
    return JsonResponse(pages.public_keys())
