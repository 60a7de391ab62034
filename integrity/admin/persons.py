"""责任人: offered from the posts of the day of the act."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from core import desk
from core.actors import Actor
from core.admin import actor_of
from core.errors import Invalid, NotAllowed
from core.formats import day
from core.pages import form_page
from core.values import ValueProblem, parse_date
from integrity import services
from integrity.forms import PersonsForm
from integrity.models import Dishonesty
from integrity.permissions import may_name
from integrity.services.persons import by_number, offered
from records.admin.record import reads_records, visible_record
from records.models import CreditRecord, Tenure


@desk.page("records/<int:pk>/integrity/persons/", "integrity_persons", may=reads_records)
def integrity_persons(request: HttpRequest, pk: int) -> HttpResponseBase:
    """登记责任人 of one record."""
    actor = actor_of(request)
    record = visible_record(pk, actor)
    detail = Dishonesty.objects.filter(pk=pk).first()
    if detail is None:
        raise Http404
    if reason := may_name(record, actor):
        raise NotAllowed("not_allowed", reason)
    on = _day(request, detail)
    tenures, initial = _posts(record, detail, on, actor)
    form = PersonsForm(tenures, request.POST or None, initial={"on": on, **initial})

    def act() -> HttpResponseBase:
        services.name_responsible(pk, _named(form), on=on, actor=actor)
        messages.success(request, "责任人已登记。")
        return redirect("admin:record", pk)

    back = reverse("admin:record", args=[pk])
    return form_page(
        request, form, act, title="责任人", submit="登记", cancel=back, template="admin/integrity/persons.html",
        intro=f"{record.subject.name}在{day(on)}的任职。以下人员按该日在任列出，选择其责任类别即登记。", on=on,
        detail=detail, crumbs=[(record.title, back), ("责任人", "")],
    )  # fmt: skip


def _day(request: HttpRequest, detail: Dishonesty) -> date:
    """The day asked for, else the one of the persons named, else the first of the act."""
    named = detail.responsibilities.all()
    try:
        asked = parse_date(request.POST.get("on") or request.GET.get("on") or "")
    except ValueProblem:
        asked = None
    return asked or (named[0].on if named else detail.acted_from)


def _posts(record: CreditRecord, detail: Dishonesty, on: date, actor: Actor) -> tuple[list[Tenure], dict[str, Any]]:
    """Posts to choose from, those already named among them, and what is chosen."""
    chosen = {r.tenure_id: r.kind for r in detail.responsibilities.all() if r.on == on}
    found = offered(record, on, actor)
    missing = set(chosen) - {t.pk for t in found}
    found += list(Tenure.objects.filter(pk__in=missing).select_related("official", "agency"))
    return found, {f"duty_{pk}": kind for pk, kind in chosen.items()}


def _named(form: PersonsForm) -> list[services.Named]:
    named = [services.Named(t.official_id, duty, t.pk) for t, duty in form.chosen()]
    if number := form.cleaned_data["number"].strip():
        person = by_number(number)
        if person is None:
            sentence = "没有这一证件号码的公务员。请核对号码，或请其单位先在“公务员档案”中登记。"
            raise Invalid("unknown_person", sentence, fields={"number": [sentence]})
        named.append(services.Named(person.pk, form.cleaned_data["number_duty"]))
    return named
