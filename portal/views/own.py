"""本人查阅: parse, ask the services, answer. Nothing of it is kept by a browser, a proxy or a search engine."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.backends.utils import csrf_input
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.errors import Invalid
from core.pages import add_refusal
from creditfiles.own import Opened
from creditfiles.services import issue_report, open_own
from integrity.forms import CaseForm
from integrity.services import state_case
from portal import own
from portal.errors import error_page
from portal.pages import own as pages
from portal.rendering import page
from portal.throttles import client_of, within

P = ParamSpec("P")
TITLE, FILE = "本人查阅", "我的信用档案"


def private(view: Callable[Concatenate[HttpRequest, P], HttpResponse]) -> Callable[..., HttpResponse]:
    """`no-store`, and out of every index."""

    @never_cache
    @wraps(view)
    def answer(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
        return response

    return cast("Callable[..., HttpResponse]", answer)


def _start(request: HttpRequest, *, status: int = 200, **given: Any) -> HttpResponse:
    context = {"page": pages.start_page(timezone.localdate(), **given), "csrf": csrf_input(request)}
    return page(request, "own.html", context, section="own", crumbs=[(TITLE, "")], status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@private
def own_start(request: HttpRequest) -> HttpResponse:
    """The code and the own number. What was typed as a number is never sent back."""
    if request.method != "POST":
        if own.current(request):
            return HttpResponseRedirect(reverse("portal:own-file"))
        return _start(request, ended="ended" in request.GET)
    if not within("own", client_of(request), settings.OWN_RATE_PER_MINUTE):
        return error_page(request, 429, message="输入过于频繁，请等一分钟再试。本次没有核对，不计入输错次数。")
    code, proof = (request.POST.get(name, "").strip()[:60] for name in ("code", "number"))
    if not code or not proof:
        missing = "请填写查阅码。" if not code else "请填写证件号码；单位填写统一社会信用代码。"
        return _start(request, code=code, problem=missing, status=400)
    try:
        opened = open_own(code, proof, request_id=getattr(request, "request_id", ""))
    except Invalid as refusal:
        return _start(request, code=code, problem=refusal.message, status=refusal.status)
    own.enter(request, opened)
    return HttpResponseRedirect(reverse("portal:own-file"))


def _ended() -> HttpResponse:
    return HttpResponseRedirect(f"{reverse('portal:own')}?ended=1")


@require_safe
@private
def own_file(request: HttpRequest) -> HttpResponse:
    opened = own.current(request)
    if opened is None:
        return _ended()
    shown = pages.file_page(opened, after=request.GET.get("after", ""), today=timezone.localdate())
    crumbs = [(TITLE, reverse("portal:own")), (FILE, "")]
    return page(request, "own_file.html", {"page": shown, "csrf": csrf_input(request)}, section="own", crumbs=crumbs)


@require_POST
@private
def own_report(request: HttpRequest) -> HttpResponse:
    """The own version as PDF, with its verification code."""
    opened = own.current(request)
    if opened is None:
        return _ended()
    if not within("report", client_of(request), settings.REPORT_RATE_PER_MINUTE):
        return error_page(request, 429)
    issued = issue_report(opened.query, actor=opened.actor)
    with issued.file.open() as file:
        response = HttpResponse(file.read(), content_type="application/pdf")
    # No name in the filename: files are passed on, and this one is not public.
    name = f"信用档案报告（本人版）-{issued.code}.pdf"
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@private
def own_notice(request: HttpRequest, record_id: int) -> HttpResponse:
    """What was found, until when it may be answered, and the answer."""
    opened = own.current(request)
    if opened is None:
        kept = request.POST.get("text", "")[:4000]
        return _start(request, kept=kept, status=409) if kept else _ended()
    record = pages.told_record(opened, record_id)
    if record is None:
        raise Http404
    form = CaseForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid() and _stated(opened, record_id, form):
        return HttpResponseRedirect(reverse("portal:own-notice", args=[record_id]) + "#statements")
    shown = pages.notice_page(opened, record, form=form, today=timezone.localdate())
    crumbs = [(TITLE, reverse("portal:own")), (FILE, reverse("portal:own-file")), ("告知与陈述申辩", "")]
    context = {"page": shown, "csrf": csrf_input(request)}
    return page(request, "own_notice.html", context, section="own", crumbs=crumbs, status=400 if form.errors else 200)


def _stated(opened: Opened, record_id: int, form: CaseForm) -> bool:
    """Whether the statement was taken in; what can be mended stands in the form, other refusals travel on."""
    file = form.cleaned_data["scan"]
    scan = file.read() if file else None
    try:
        state_case(
            record_id, text=form.cleaned_data["text"], scan=scan, way=opened.way, actor=opened.actor,
            today=timezone.localdate(),
        )  # fmt: skip
    except Invalid as refusal:
        add_refusal(form, refusal)
        return False
    return True


@require_POST
@private
def own_leave(request: HttpRequest) -> HttpResponse:
    own.leave(request)
    return HttpResponseRedirect(reverse("portal:own"))
