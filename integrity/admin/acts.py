"""Acts of the credit office on one record: each page calls one service and goes back to the record."""

from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.choices import Role
from core import desk
from core.admin import actor_of
from core.pages import ReasonForm, form_page
from integrity import services
from integrity.forms import AnswerForm, FindForm, FulfilmentForm, StatementForm
from integrity.models import Statement
from records.admin.record import record_for, visible_record
from records.models import CreditRecord

decides = desk.roles(Role.CREDIT_OFFICE)
TOLD = (
    "已认定并告知，陈述申辩期开始计算。当事人来领取告知书时，可以在本页“本人查阅”为其签发本人查阅码：凭码可以在线看到告知的内容，"
    "并在期限内陈述申辩。"
)
Act = Callable[[], object]


def _page(
    request: HttpRequest, record: CreditRecord, form: forms.Form, act: Act, *, title: str, done: str, intro: str = ""
) -> HttpResponseBase:
    """Ask, call the service, go back."""

    def answer() -> HttpResponseBase:
        act()
        messages.success(request, done)
        return redirect("admin:record", record.pk)

    back = reverse("admin:record", args=[record.pk])
    return form_page(
        request, form, answer, title=title, submit=title, cancel=back, intro=intro or str(record),
        crumbs=[(record.title, back), (title, "")],
    )  # fmt: skip


@desk.page("records/<int:pk>/integrity/find/", "integrity_find", may=decides)
def integrity_find(request: HttpRequest, pk: int) -> HttpResponseBase:
    record, form = record_for(pk, "find", actor_of(request)), FindForm(request.POST or None)

    def act() -> object:
        return services.find(pk, **form.cleaned_data, actor=actor_of(request), today=timezone.localdate())

    intro = f"{record}。自告知之日起计算陈述申辩期，期满或答复之后才能生效。"
    return _page(request, record, form, act, title="认定并告知", done=TOLD, intro=intro)


@desk.page("records/<int:pk>/integrity/remit/", "integrity_remit", may=decides)
def integrity_remit(request: HttpRequest, pk: int) -> HttpResponseBase:
    record, form = record_for(pk, "remit", actor_of(request)), ReasonForm(request.POST or None)

    def act() -> object:
        return services.remit(pk, actor=actor_of(request), reason=form.cleaned_data["reason"])

    return _page(request, record, form, act, title="退回补正", done="已退回，经办人会在“被退回”中看到理由。")


@desk.page("records/<int:pk>/integrity/dismiss/", "integrity_dismiss", may=decides)
def integrity_dismiss(request: HttpRequest, pk: int) -> HttpResponseBase:
    record, form = record_for(pk, "dismiss", actor_of(request)), ReasonForm(request.POST or None)

    def act() -> object:
        reason = form.cleaned_data["reason"]
        return services.dismiss(pk, actor=actor_of(request), reason=reason, today=timezone.localdate())

    return _page(request, record, form, act, title="不予认定", done="已不予认定，记录没有效力，理由记入操作记录。")


@desk.page("records/<int:pk>/integrity/revoke/", "integrity_revoke", may=decides)
def integrity_revoke(request: HttpRequest, pk: int) -> HttpResponseBase:
    record, form = record_for(pk, "revoke", actor_of(request)), ReasonForm(request.POST or None)

    def act() -> object:
        return services.revoke(pk, actor=actor_of(request), reason=form.cleaned_data["reason"])

    return _page(request, record, form, act, title="撤销认定", done="认定已撤销，记录不再有效。")


@desk.page("records/<int:pk>/integrity/confirm/", "integrity_confirm", may=decides)
@require_POST
def integrity_confirm(request: HttpRequest, pk: int) -> HttpResponseBase:
    actor = actor_of(request)
    visible_record(pk, actor)
    services.confirm(pk, actor=actor, today=timezone.localdate())
    messages.success(request, "已生效，按公示规则公开或供授权查询。")
    return redirect("admin:record", pk)


@desk.page("records/<int:pk>/integrity/statement/", "integrity_statement", may=decides)
def integrity_statement(request: HttpRequest, pk: int) -> HttpResponseBase:
    record = record_for(pk, "confirm", actor_of(request))
    form = StatementForm(request.POST or None, request.FILES or None)

    def act() -> object:
        data = {**form.cleaned_data}
        file = data.pop("scan")
        scan = file.read() if file else None
        return services.record_statement(pk, **data, scan=scan, actor=actor_of(request), today=timezone.localdate())

    return _page(request, record, form, act, title="登记陈述申辩", done="陈述申辩已登记，请予答复。")


@desk.page("integrity/statements/<int:pk>/answer/", "integrity_answer", may=decides)
def integrity_answer(request: HttpRequest, pk: int) -> HttpResponseBase:
    statement = Statement.objects.filter(pk=pk).first()
    if statement is None:
        raise Http404
    record = record_for(statement.finding_id, "confirm", actor_of(request))
    form = AnswerForm(request.POST or None)

    def act() -> object:
        data = form.cleaned_data
        return services.answer_statement(pk, **data, actor=actor_of(request), today=timezone.localdate())

    return _page(request, record, form, act, title="答复陈述申辩", done="已答复。", intro=statement.text)


@desk.page("records/<int:pk>/integrity/fulfilled/", "integrity_fulfilled", may=decides)
def integrity_fulfilled(request: HttpRequest, pk: int) -> HttpResponseBase:
    record, form = visible_record(pk, actor_of(request)), FulfilmentForm(request.POST or None)

    def act() -> object:
        data = form.cleaned_data
        return services.register_fulfilment(pk, **data, actor=actor_of(request), today=timezone.localdate())

    return _page(request, record, form, act, title="登记履行完毕", done="已登记履行完毕，记录不再有效。")
