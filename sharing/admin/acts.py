"""Acts on deliveries and platforms: each page calls one service and goes back."""

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts.choices import Role
from core import desk
from core.admin import actor_of
from core.errors import NotAllowed, NotFound
from core.pages import ReasonForm, form_page
from sharing import services, tasks
from sharing.admin.deliveries import reads_deliveries
from sharing.admin.platforms import the_platform
from sharing.models import Delivery
from sharing.permissions import may_resend

runs_platforms = desk.roles(Role.CREDIT_OFFICE, Role.SYSTEM_ADMIN)


@desk.page("deliveries/<int:pk>/resend/", "delivery_resend", may=reads_deliveries)
def delivery_resend(request: HttpRequest, pk: int) -> HttpResponseBase:
    found = Delivery.objects.visible_to(actor_of(request)).select_related("platform", "record__subject").filter(pk=pk)
    delivery = found.first()
    if delivery is None:
        raise NotFound("not_found", "没有找到该报送，可能不属于您的单位。")
    if reason := may_resend(delivery, actor_of(request)):
        raise NotAllowed("not_allowed", reason)
    form, back = ReasonForm(request.POST or None), reverse("admin:record", args=[delivery.record_id])

    def act() -> HttpResponseBase:
        services.resend(pk, actor=actor_of(request), reason=form.cleaned_data["reason"])
        messages.success(request, f"已安排重新报送{delivery.platform.name}，几秒钟后可刷新查看结果。")
        return redirect(back)

    return form_page(
        request, form, act,
        title=f"原样重新报送：{delivery.record.subject.name}",
        submit="重新报送",
        cancel=back,
        intro=f"{delivery.platform.name}退回：{delivery.receipt_text}。仅在平台或字段对应已处理好、"
        "记录内容无须更正时使用；内容有误的请申请更正。",
    )  # fmt: skip


@desk.page("platforms/<slug:code>/retry/", "platform_retry", may=runs_platforms)
@require_POST
def platform_retry(request: HttpRequest, code: str) -> HttpResponseBase:
    services.end_pause(the_platform(code).pk, actor=actor_of(request))
    messages.success(request, "已结束暂停，十秒钟内重新报送，请稍后刷新查看。")
    return redirect("admin:platform", code)


@desk.page("platforms/<slug:code>/reconcile/", "platform_reconcile", may=runs_platforms)
@require_POST
def platform_reconcile(request: HttpRequest, code: str) -> HttpResponseBase:
    services.request_reconciliation(the_platform(code).pk, actor=actor_of(request), enqueue=tasks.reconcile.delay)
    messages.success(request, "已开始核对，请稍后刷新查看结果。")
    return redirect("admin:platform", code)


@desk.page("platforms/<slug:code>/enable/", "platform_enable", may=runs_platforms)
def platform_enable(request: HttpRequest, code: str) -> HttpResponseBase:
    return _switch(request, code, True, "启用", "启用后，停用期间的公示、更正和撤下会自动补报。")


@desk.page("platforms/<slug:code>/disable/", "platform_disable", may=runs_platforms)
def platform_disable(request: HttpRequest, code: str) -> HttpResponseBase:
    return _switch(request, code, False, "停用", "停用期间不向该平台报送，撤回也会等到启用之后。")


def _switch(request: HttpRequest, code: str, enabled: bool, word: str, intro: str) -> HttpResponseBase:
    platform, form = the_platform(code), ReasonForm(request.POST or None)

    def act() -> HttpResponseBase:
        reason = form.cleaned_data["reason"]
        services.switch(platform.pk, enabled=enabled, actor=actor_of(request), reason=reason)
        messages.success(request, f"已{word}{platform.name}。")
        return redirect("admin:platform", code)

    return form_page(
        request, form, act,
        title=f"{word}{platform.name}",
        submit=word,
        cancel=reverse("admin:platform", args=[code]),
        intro=intro,
    )  # fmt: skip
