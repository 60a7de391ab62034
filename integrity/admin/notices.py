"""收到的告知: what the credit office found about one's own agency, and the agency's word on it."""

from datetime import date

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from accounts.choices import Role
from core import desk
from core.actors import Actor
from core.admin import actor_of
from core.desk import Place, Queue, Section
from core.pages import form_page, render
from integrity import services
from integrity.forms import CaseForm
from integrity.notices import MOST, lines, notice, notices_of
from integrity.services.statements import told_to

answers = desk.roles(Role.AGENCY_ADMIN)


@desk.page("integrity/notices/", "integrity_notices", may=answers)
def integrity_notices(request: HttpRequest) -> HttpResponseBase:
    records = told_to(actor_of(request)).select_related("subject").order_by("-pk")[:MOST]
    context = {
        "title": "收到的告知", "rows": lines(records),
        "lead": "信用办认定本单位失信、生效之前的告知。对事实、依据和程度有不同意见的，可以在期限内陈述申辩。",
    }  # fmt: skip
    return render(request, "admin/integrity/notices.html", context)


@desk.page("integrity/notices/<int:pk>/", "integrity_notice", may=answers)
def integrity_notice(request: HttpRequest, pk: int) -> HttpResponseBase:
    """One notice: what was found on which paper, until when it may be answered, and the answer."""
    actor, today = actor_of(request), timezone.localdate()
    record = notices_of(actor).select_related("subject").filter(pk=pk).first()
    if record is None:
        raise Http404
    form = CaseForm(request.POST or None, request.FILES or None)

    def act() -> HttpResponseBase:
        file = form.cleaned_data["scan"]
        scan = file.read() if file else None
        services.state_case(pk, text=form.cleaned_data["text"], scan=scan, actor=actor, today=today)
        messages.success(request, "陈述申辩已提交信用办，答复会显示在这里。")
        return redirect("admin:integrity_notice", pk)

    return form_page(
        request, form, act, title="陈述申辩", submit="提交陈述申辩", cancel=reverse("admin:integrity_notices"),
        template="admin/integrity/notice.html", notice=notice(record, today=today),
        own_url=settings.PUBLIC_URL.rstrip("/") + "/own/",
        crumbs=[("收到的告知", reverse("admin:integrity_notices")), (record.title, "")],
    )  # fmt: skip


def _waiting(actor: Actor, today: date) -> int:
    return int(told_to(actor).order_by()[: desk.CAP + 1].count())


desk.add_places(Place(Section.REVIEW, "收到的告知", "integrity_notices", answers, order=30))
desk.add_queues(
    Queue("收到的告知", "信用办认定本单位失信，可在期限内陈述申辩", "integrity_notices", answers, _waiting, urgent=True)
)
