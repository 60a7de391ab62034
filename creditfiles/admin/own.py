"""本人查阅码 on the staff site: issued to whoever was identified, shown once, listed, revoked."""

from typing import Any

import segno
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache

from accounts.choices import Role
from core import desk
from core.actors import Actor
from core.admin import actor_of
from core.errors import NotAllowed
from core.pages import ReasonForm, form_page, render
from creditfiles import own, services
from creditfiles.forms import OwnAccessForm
from creditfiles.models import OwnAccess
from creditfiles.permissions import checks_for, may_issue
from records.admin.record import RecordSection, add_section
from records.choices import RecordKindCode, RecordStatus
from records.models import CreditRecord, Subject

LISTED = 50
issues = desk.roles(Role.AGENCY_ADMIN, Role.CREDIT_OFFICE)


@desk.page("files/<int:pk>/own/", "own_accesses", may=issues)
@never_cache
def own_accesses(request: HttpRequest, pk: int) -> HttpResponseBase:
    """签发, and those issued before. The answer to the form shows the code: a redirect would have to keep it."""
    actor, today = actor_of(request), timezone.localdate()
    subject = Subject.objects.visible_to(actor).standing().filter(pk=pk).first()
    if subject is None:
        raise Http404
    if reason := may_issue(subject, actor, today):
        raise NotAllowed("not_allowed", reason)
    form, terms = OwnAccessForm(checks_for(subject, actor), request.POST or None), own.terms_on(today)

    def act() -> HttpResponseBase:
        access, code = services.issue_own_access(pk, actor=actor, **form.cleaned_data)
        return render(request, "admin/creditfiles/own_issued.html", _slip(subject, access, code))

    intro = (
        f"{subject.name}（{subject.get_kind_display()}）。凭查阅码和本人证件号码（单位为统一社会信用代码），可以在门户“本人查阅”"
        f"看到自己的全部档案、谁查询过，并对告知陈述申辩。{terms.days}天内有效，累计输错{terms.failures}次停用。"
    )
    issued = OwnAccess.objects.visible_to(actor).filter(subject__in=Subject.objects.family(pk).values("pk"))
    return form_page(
        request, form, act, title="签发本人查阅码", submit="签发", cancel=reverse("admin:files"), intro=intro,
        template="admin/creditfiles/own.html", issued=[(a, *_state(a)) for a in issued[:LISTED]],
        crumbs=[("查阅信用档案", reverse("admin:files")), ("本人查阅码", "")],
    )  # fmt: skip


def _state(access: OwnAccess) -> tuple[str, bool]:
    """What became of it, and whether it still opens anything."""
    if access.revoked_at:
        return f"已吊销（{timezone.localdate(access.revoked_at):%Y-%m-%d}）", False
    if access.locked_at:
        return f"已锁定：累计输错{access.failures}次", False
    if not access.opens_on(timezone.localdate()):
        return "已过期", False
    return "有效", True


def _slip(subject: Subject, access: OwnAccess, code: str) -> dict[str, Any]:
    address, terms = own.address(), own.terms_of(access.rule)
    return {
        "title": "本人查阅码已签发", "subject": subject, "access": access, "code": code, "terms": terms,
        "address": address, "qr": segno.make(address, error="m").svg_data_uri(scale=4, border=1),
        "contact": settings.SITE["contact"], "organiser": settings.SITE["organiser"],
        "crumbs": [("本人查阅码", reverse("admin:own_accesses", args=[subject.pk])), ("查阅码已签发", "")],
    }  # fmt: skip


@desk.page("files/own/<int:pk>/revoke/", "own_access_revoke", may=issues)
def own_access_revoke(request: HttpRequest, pk: int) -> HttpResponseBase:
    actor = actor_of(request)
    access = OwnAccess.objects.visible_to(actor).select_related("subject").filter(pk=pk).first()
    if access is None:
        raise Http404
    form, back = ReasonForm(request.POST or None), reverse("admin:own_accesses", args=[access.subject_id])

    def act() -> HttpResponseBase:
        services.revoke_own_access(pk, actor=actor, reason=form.cleaned_data["reason"])
        messages.success(request, "查阅码已吊销，立即失效；正在凭它查阅的也已中断。")
        return redirect(back)

    issued = timezone.localtime(access.issued_at)
    intro = f"{access.subject.name}，{issued:%Y年%m月%d日 %H:%M}由{access.issuer}签发。吊销后不能恢复，可以重新签发。"
    return form_page(request, form, act, title="吊销本人查阅码", submit="吊销", cancel=back, intro=intro)


def record_section(record: CreditRecord, actor: Actor) -> dict[str, Any]:
    """Beside a dishonesty record: its subject can read it, and answer a notice, without coming to the office."""
    mine = may_issue(record.subject, actor, timezone.localdate()) is None
    codes = OwnAccess.objects.visible_to(actor).filter(subject=record.subject_id) if mine else OwnAccess.objects.none()
    return {
        "told": record.status == RecordStatus.NOTIFIED,
        "url": reverse("admin:own_accesses", args=[record.subject_id]) if mine else "",
        "codes": sum(a.opens_on(timezone.localdate()) for a in codes[:LISTED]),
    }


add_section(
    RecordSection(
        "本人查阅", "admin/creditfiles/own_section.html", record_section, frozenset({str(RecordKindCode.DISHONESTY)})
    )
)
