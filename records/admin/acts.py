"""Acts on one record: each page calls one service and goes back to the record."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from core import desk
from core.admin import actor_of
from core.errors import WrongState
from core.pages import ReasonForm, form_page, render
from records import services
from records.admin.forms import ReturnForm, RevealForm
from records.admin.record import reads_records, record_for, visible_record
from records.admin.sheets import personal_numbers
from records.choices import RecordStatus
from records.kinds import kind_of
from records.models import CreditRecord
from records.services import identity


def back_to(pk: int) -> HttpResponseBase:
    return redirect("admin:record", pk)


def as_seen(record: CreditRecord, seen: str) -> None:
    """What was read is what is approved: the record must not have changed since its page was opened."""
    if seen and record.updated_at.isoformat() != seen:
        raise WrongState("record_changed", "您打开页面之后，该记录的内容或状态有变化。请返回重新查看后再处理。")


@desk.page("records/<int:pk>/approve/", "record_approve", may=reads_records)
@require_POST
def record_approve(request: HttpRequest, pk: int) -> HttpResponseBase:
    actor = actor_of(request)
    as_seen(visible_record(pk, actor), request.POST.get("seen", ""))
    record = services.approve(pk, actor=actor)
    published = record.status == RecordStatus.PUBLISHED
    done = "已审核通过并公示。" if published else "已审核通过。按公示规则，该记录不公示。"
    if record.status == RecordStatus.FINDING:
        done = "已审核同意，送信用办认定。"
    messages.success(request, f"{record.title}：{done}")
    following = request.POST.get("next", "")
    return back_to(int(following) if following.isdecimal() else pk)


@desk.page("records/<int:pk>/return/", "record_return", may=reads_records)
def record_return(request: HttpRequest, pk: int) -> HttpResponseBase:
    record, form = record_for(pk, "return", actor_of(request)), ReturnForm(request.POST or None)

    def act() -> HttpResponseBase:
        services.return_(pk, actor=actor_of(request), reason=form.cleaned_data["reason"])
        messages.success(request, "已退回，经办人会在“被退回”中看到您的理由。")
        return redirect("admin:review_queue")

    return _asking(request, form, act, record, "退回", "退回经办人")


@desk.page("records/<int:pk>/submit/", "record_submit", may=reads_records)
@require_POST
def record_submit(request: HttpRequest, pk: int) -> HttpResponseBase:
    visible_record(pk, actor_of(request))
    services.submit(pk, actor=actor_of(request))
    messages.success(request, "已提交审核，由另一位工作人员审核后公示。")
    return back_to(pk)


@desk.page("records/<int:pk>/discard/", "record_discard", may=reads_records)
def record_discard(request: HttpRequest, pk: int) -> HttpResponseBase:
    record, form = record_for(pk, "discard", actor_of(request)), ReasonForm(request.POST or None)

    def act() -> HttpResponseBase:
        services.discard(pk, actor=actor_of(request), reason=form.cleaned_data["reason"])
        messages.success(request, "已作废。记录和操作经过仍然保留，文书号可以重新录入。")
        return back_to(pk)

    return _asking(request, form, act, record, "作废", "作废这条记录")


@desk.page("records/<int:pk>/identity/", "record_identity", may=reads_records)
def record_identity(request: HttpRequest, pk: int) -> HttpResponseBase:
    """查看证件号码: asks why, shows once, leaves a row in the trail."""
    record, form = visible_record(pk, actor_of(request)), RevealForm(request.POST or None)

    def act() -> HttpResponseBase:
        shown = identity.reveal_record(pk, actor=actor_of(request), reason=form.cleaned_data["reason"])
        detail = kind_of(shown.kind).detail_model._default_manager.get(pk=pk)
        context = {
            "title": "证件号码",
            "numbers": personal_numbers(shown, detail),
            "back": reverse("admin:record", args=[pk]),
        }
        return render(request, "admin/records/identity.html", context)

    return _asking(request, form, act, record, "查看证件号码", "查看")


def _asking(
    request: HttpRequest,
    form: ReasonForm,
    act: Callable[[], HttpResponseBase],
    record: CreditRecord,
    title: str,
    submit: str,
) -> HttpResponseBase:
    cancel = reverse("admin:record", args=[record.pk])
    crumbs = [(record.title, cancel), (title, "")]
    return form_page(request, form, act, title=title, submit=submit, cancel=cancel, intro=str(record), crumbs=crumbs)
