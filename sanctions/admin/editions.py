"""惩戒措施清单: loaded from a workbook, compared with the edition before, approved by another person."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from accounts.choices import Role
from core import desk
from core.actors import Actor
from core.admin import actor_of
from core.desk import Place, Queue, Section
from core.errors import Invalid
from core.lifecycle import first_reason
from core.pages import add_refusal, form_page, render
from records.admin.record import reads_records
from sanctions import services
from sanctions.admin.words import EDITION as BADGES
from sanctions.choices import EditionStatus
from sanctions.comparison import compare
from sanctions.forms import DecisionForm, EditionForm
from sanctions.lifecycle import EDITION
from sanctions.models import MeasureEdition
from sanctions.permissions import keeps_lists
from sanctions.workbook import template

keeps = desk.roles(Role.CREDIT_OFFICE)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST = 100


@desk.page("measures/", "measures", may=reads_records)
def measures(request: HttpRequest) -> HttpResponseBase:
    """Editions of all levels, what waits first; on request only what waits for this actor."""
    actor = actor_of(request)
    waiting = request.GET.get("tab") == "waiting"
    editions = MeasureEdition.objects.filter(_to_decide(actor)) if waiting else MeasureEdition.objects.all()
    rows = editions.annotate(count=Count("measures")).order_by("-in_force_from", "-pk")[:MOST]
    found = sorted(rows, key=lambda e: e.status != EditionStatus.PROPOSED)
    context = {
        "title": "惩戒措施清单", "rows": [{"edition": e, "badge": BADGES[EditionStatus(e.status)]} for e in found],
        "lead": "惩戒措施实行清单制管理：清单之外不得采取惩戒。清单由信用办一人录入、另一人批准，批准后不再改动。",
        "may_load": keeps(actor), "waiting": waiting,
    }  # fmt: skip
    return render(request, "admin/sanctions/editions.html", context)


@desk.page("measures/template/", "measures_template", may=keeps)
@require_safe
def measures_template(request: HttpRequest) -> HttpResponseBase:
    response = HttpResponse(template(), content_type=XLSX)
    response["Content-Disposition"] = content_disposition_header(True, "惩戒措施清单模板.xlsx")
    return response


@desk.page("measures/new/", "measures_new", may=keeps)
def measures_new(request: HttpRequest) -> HttpResponseBase:
    """录入清单. A table with mistakes is told about row by row; nothing is kept of it."""
    form = EditionForm(request.POST or None, request.FILES or None)

    def act() -> HttpResponseBase:
        values = {**form.cleaned_data}
        file = values.pop("file")
        made = services.load_edition(values, content=file.read(), filename=file.name, actor=actor_of(request))
        messages.success(request, "清单已录入。请与上一版本对照核对，由信用办的另一位工作人员批准。")
        return redirect("admin:measures_edition", made.pk)

    return form_page(
        request, form, act, title="录入惩戒措施清单", submit="录入", cancel=reverse("admin:measures"),
        intro="整表检查，有一处不对就不保存，并逐行逐列说明。录入后与上一版本对照，经另一人批准才生效。",
        template="admin/sanctions/edition_new.html",
    )  # fmt: skip


@desk.page("measures/<int:pk>/", "measures_edition", may=reads_records)
def measures_edition(request: HttpRequest, pk: int) -> HttpResponseBase:
    """One edition beside the one before; the decision of a second person."""
    found = get_object_or_404(MeasureEdition.objects.select_related("proposed_by", "decided_by"), pk=pk)
    form = DecisionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            return _decide(request, pk, form.cleaned_data["opinion"])
        except Invalid as refusal:
            add_refusal(form, refusal)
    context = _context(found, actor_of(request), form)
    return render(request, "admin/sanctions/edition.html", context, status=400 if form.errors else 200)


def _context(found: MeasureEdition, actor: Actor, form: DecisionForm) -> dict[str, Any]:
    waiting = found.status == EditionStatus.PROPOSED
    refusal = first_reason(EDITION.transition("ratify").may, found, actor)
    return {
        "title": found.title, "edition": found, "badge": BADGES[EditionStatus(found.status)], "form": form,
        "measures": list(found.measures.all()), "compared": compare(found), "may_decide": waiting and not refusal,
        "why_not": refusal if waiting and keeps_lists(None, actor) is None else None,
    }  # fmt: skip


def _decide(request: HttpRequest, pk: int, opinion: str) -> HttpResponseBase:
    actor = actor_of(request)
    if request.POST.get("decision") == "reject":
        services.refuse_edition(pk, actor=actor, opinion=opinion)
        messages.success(request, "已退回，现行清单不变。")
    else:
        services.approve_edition(pk, actor=actor, opinion=opinion, seen=request.POST.get("seen", ""))
        messages.success(request, "已批准，自施行日期起可以据以采取惩戒；同层级的上一版本至前一日废止。")
    return redirect("admin:measures_edition", pk)


def _to_decide(actor: Actor) -> Q:
    """Loaded by others: what this actor can decide."""
    return Q(status=EditionStatus.PROPOSED) & ~Q(proposed_by=actor.user_id)


def _waiting(actor: Actor, today: date) -> int:
    return int(MeasureEdition.objects.filter(_to_decide(actor)).count())


desk.add_places(Place(Section.CONSEQUENCES, "惩戒措施清单", "measures", reads_records, order=20))
desk.add_queues(
    Queue(
        "惩戒清单待批准", "信用办同事录入的清单，请对照上一版本后批准或退回", "measures", keeps, _waiting, "tab=waiting"
    )
)
