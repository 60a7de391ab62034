"""Acts on many records: a page first says what will happen, then one service does it, all or nothing."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.choices import Role
from core import desk
from core.actors import Actor
from core.admin import actor_of
from core.errors import Invalid
from core.pages import render
from records import services
from records.admin.forms import ReturnForm
from records.clerks import had_a_hand
from records.models import CreditRecord, ImportBatch
from records.preview import Outlook, outlook
from records.querysets import CreditRecordQuerySet

LIMIT = 500
# Above this a batch is approved in the background: a page must not wait for minutes.
IN_REQUEST = 2_000
reviews = desk.roles(Role.REVIEWER, Role.CREDIT_OFFICE)


@dataclass(frozen=True, slots=True)
class Plan:
    """What will happen to the chosen records: those that can be decided by this actor, and those that cannot."""

    records: list[CreditRecord]
    own: int
    gone: int
    outlook: Outlook

    @property
    def late(self) -> int:
        today = timezone.localdate()
        return sum(record.due_on < today for record in self.records)


def plan(waiting: CreditRecordQuerySet, actor: Actor, *, asked: int) -> Plan:
    """`asked`: how many were chosen; the difference to `waiting` was decided by somebody else meanwhile."""
    found = list(waiting.prefetch_related("earlier_clerks"))
    records = [r for r in found if not had_a_hand(r, actor.user_id)]
    return Plan(records, len(found) - len(records), asked - len(found), outlook(records, today=timezone.localdate()))


def chosen_ids(request: HttpRequest) -> list[int]:
    ids = [int(value) for value in request.POST.getlist("ids") if value.isdecimal()]
    if not ids:
        raise Invalid("nothing_chosen", "没有选择任何记录。请返回列表，勾选要处理的记录。")
    if len(ids) > LIMIT:
        raise Invalid("too_many", f"一次最多处理{LIMIT}条，请分次选择；同一批导入的可以整批处理。")
    return ids


@desk.page("review/selected/", "review_selected", may=reviews)
@require_POST
def review_selected(request: HttpRequest) -> HttpResponseBase:
    """审核通过 or 退回 a selection; without `confirmed` only the preview."""
    actor, ids = actor_of(request), chosen_ids(request)
    waiting = CreditRecord.objects.visible_to(actor).waiting().filter(pk__in=ids).select_related("subject")
    what = plan(waiting, actor, asked=len(ids))
    form = ReturnForm(request.POST if request.POST.get("confirmed") == "return" else None)
    keys = [r.pk for r in what.records]
    if request.POST.get("confirmed") == "approve" and keys:
        return _done(request, "已审核通过", services.approve_many(keys, actor=actor))
    if form.is_valid() and keys:
        return _done(request, "已退回", services.return_many(keys, actor=actor, reason=form.cleaned_data["reason"]))
    context = {"title": "处理所选记录", "plan": what, "form": form, "rows": what.records}
    return render(request, "admin/records/plan.html", context, status=400 if form.errors else 200)


@desk.page("review/batches/<int:pk>/", "review_batch", may=reviews)
def review_batch(request: HttpRequest, pk: int) -> HttpResponseBase:
    """审核通过 or 退回 everything that waits of one import batch."""
    actor = actor_of(request)
    batch = ImportBatch.objects.visible_to(actor).select_related("agency", "uploaded_by").filter(pk=pk).first()
    if batch is None:
        raise Http404
    waiting = CreditRecord.objects.visible_to(actor).waiting().filter(batch=pk).order_by("pk")
    form = ReturnForm(request.POST if request.POST.get("confirmed") == "return" else None)
    if request.POST.get("confirmed") == "approve":
        return _approve_batch(request, pk, waiting.count(), actor)
    if form.is_valid():
        count = services.return_batch(pk, actor=actor, reason=form.cleaned_data["reason"])
        return _done(request, "已退回", count)
    what = plan(waiting, actor, asked=waiting.count())
    context: dict[str, Any] = {"title": f"整批审核：{batch.filename}", "batch": batch, "plan": what, "form": form}
    context["rows"] = what.records[:20]
    return render(request, "admin/records/plan.html", context, status=400 if form.errors else 200)


def _approve_batch(request: HttpRequest, pk: int, count: int, actor: Actor) -> HttpResponseBase:
    if count <= IN_REQUEST:
        return _done(request, "已审核通过", services.approve_batch(pk, actor=actor))
    services.approve_batch_later(pk, actor=actor)
    messages.success(request, f"已开始审核通过该批次的{count}条记录，通常几分钟内完成；可以离开本页。")
    return redirect("admin:review_queue")


def _done(request: HttpRequest, done: str, count: int) -> HttpResponseBase:
    messages.success(request, f"{done}{count}条。")
    return redirect("admin:review_queue")
