"""机构档案: what each agency is, who heads it, what is missing, and the yearly word that it is right."""

import io
from datetime import date
from typing import Any

import xlsxwriter
from django.contrib import messages
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone

from accounts.choices import Role
from core import audit, desk
from core.actors import Actor
from core.admin import actor_of
from core.desk import Place, Queue, Section
from core.pages import ReasonForm, form_page, render
from core.text import fold_text
from records.admin.imports import workbook
from records.admin.registry_forms import AgencyForm, SuccessionForm
from records.admin.subjects import READERS
from records.completeness import RosterFinding, open_confirmations_of, roster_findings, standings
from records.families import lineage
from records.models import AgencyProfile, Subject, Succession, Tenure
from records.permissions import may_keep_registry
from records.querysets import of_agencies
from records.services.agencies import add_succession, confirm_agency, remove_succession, save_agency

MOST, PEOPLE = 300, 200
reads = desk.roles(*READERS)
keeps = desk.roles(Role.AGENCY_ADMIN, Role.CREDIT_OFFICE)
steward = desk.roles(Role.CREDIT_OFFICE)
TABS = (("all", "全部"), ("missing", "有缺项"), ("open", "本年度未确认"))


def _agencies(actor: Actor) -> Any:
    """Agencies whose files this actor reads: their own, or all."""
    return Subject.objects.agencies().standing().filter(of_agencies(actor, "pk"))


def visible_agency(pk: int, actor: Actor) -> Subject:
    agency: Subject | None = _agencies(actor).select_related("parent").filter(pk=pk).first()
    if agency is None:
        raise Http404
    return agency


def _page(pk: int) -> str:
    return reverse("admin:agency", args=[pk])


@desk.page("agencies/", "agencies", may=reads)
def agencies(request: HttpRequest) -> HttpResponseBase:
    """Every agency with what is missing and when it was confirmed."""
    actor, today = actor_of(request), timezone.localdate()
    words, tab = fold_text(request.GET.get("q", "")[:100]), request.GET.get("tab", "all")
    rows = _agencies(actor).order_by("name")
    if words:
        rows = rows.filter(name_folded__contains=words)
    found = standings(rows[:MOST], today=today)
    if tab == "missing":
        found = [s for s in found if s.missing]
    if tab == "open":
        found = [s for s in found if s.due_on and not s.confirmed]
    context = {
        "title": "机构档案", "rows": [(s, s.late(today)) for s in found], "tabs": TABS, "tab": tab, "today": today,
        "q": request.GET.get("q", ""), "keeps": keeps(actor), "most": MOST,
    }  # fmt: skip
    return render(request, "admin/registry/agencies.html", context)


@desk.page("agencies/<int:pk>/", "agency", may=reads)
def agency(request: HttpRequest, pk: int) -> HttpResponseBase:
    actor, today = actor_of(request), timezone.localdate()
    found = visible_agency(pk, actor)
    [standing] = standings([found], today=today)
    tenures = Tenure.objects.filter(agency__in=Subject.objects.family(pk)).select_related("official")
    context = {
        "title": found.name, "agency": found, "standing": standing, "late": standing.late(today),
        "heads": tenures.heads().order_by("-started_on"),
        "people": tenures.on(today).order_by("-is_head", "official__name")[:PEOPLE],
        "before": Succession.objects.filter(successor__in=Subject.objects.family(pk)).select_related("predecessor"),
        "after": Succession.objects.filter(predecessor__in=Subject.objects.family(pk)).select_related("successor"),
        "lineage": lineage(pk, today), "merged": Subject.objects.filter(merged_into=pk),
        "findings": len(roster_findings(found, today=today)),
        "keeps": may_keep_registry(pk, actor) is None, "steward": steward(actor),
        "crumbs": [("机构档案", reverse("admin:agencies")), (found.name, "")],
    }  # fmt: skip
    return render(request, "admin/registry/agency.html", context)


@desk.page("agencies/<int:pk>/edit/", "agency_edit", may=keeps)
def agency_edit(request: HttpRequest, pk: int) -> HttpResponseBase:
    found = visible_agency(pk, actor_of(request))
    profile = AgencyProfile.objects.filter(subject=found).first()
    initial = {name: getattr(found, name, None) for name in AgencyForm.base_fields}
    initial |= {name: getattr(profile, name) for name in ("kind", "level", "established_on", "dissolved_on") if profile}
    form = AgencyForm(request.POST or None, initial=initial | ({} if profile else {"kind": ""}))

    def act() -> HttpResponseBase:
        values = dict(form.cleaned_data)
        save_agency(pk, values, actor=actor_of(request), reason=values.pop("reason"))
        messages.success(request, "已保存。改动前后的内容记入操作记录。")
        return redirect(_page(pk))

    intro = f"{found.name}　{found.code}。名称变更请由信用办办理更名，机构改革请登记机构沿革。"
    crumbs = [("机构档案", reverse("admin:agencies")), (found.name, _page(pk)), ("维护资料", "")]
    return form_page(
        request, form, act, title="维护机构资料", submit="保存", cancel=_page(pk), intro=intro, crumbs=crumbs
    )


@desk.page("agencies/<int:pk>/confirm/", "agency_confirm", may=keeps)
def agency_confirm(request: HttpRequest, pk: int) -> HttpResponseBase:
    """确认无误: everything that is there, is right."""
    found = visible_agency(pk, actor_of(request))
    [standing] = standings([found], today=timezone.localdate())
    form = ReasonForm(request.POST or None)
    form.fields["reason"].label, form.fields["reason"].required = "核对说明", False
    form.fields["reason"].help_text = "可不填。例如：已与编办核定一致。"

    def act() -> HttpResponseBase:
        today = timezone.localdate()
        confirm_agency(pk, actor=actor_of(request), today=today, note=form.cleaned_data["reason"])
        messages.success(request, f"已确认，记入操作记录。下一次确认在{today.year + 1}年。")
        return redirect(_page(pk))

    intro = f"确认“{found.name}”的基础信息、现任主要负责人和在任人员与实际一致。"
    if standing.missing:
        intro += f"仍有缺项：{'、'.join(standing.missing)}，请尽量补齐后再确认。"
    crumbs = [("机构档案", reverse("admin:agencies")), (found.name, _page(pk)), ("确认无误", "")]
    return form_page(
        request, form, act, title="确认基础信息无误", submit="确认无误", cancel=_page(pk), intro=intro, crumbs=crumbs
    )


@desk.page("agencies/<int:pk>/succession/", "agency_succession", may=steward)
def agency_succession(request: HttpRequest, pk: int) -> HttpResponseBase:
    """登记机构沿革: who follows this agency. Several into one and one into several are several rows."""
    found = visible_agency(pk, actor_of(request))
    form = SuccessionForm(request.POST or None)

    def act() -> HttpResponseBase:
        add_succession(pk, actor=actor_of(request), **form.cleaned_data)
        messages.success(request, "已登记。承继记录和义务的，承继单位的档案会写明来源。")
        return redirect(_page(pk))

    intro = (
        f"原单位：{found.name}。多个单位合并为一个的，在每个原单位各登记一次；一分为几的，对每个承继单位各登记一次。"
    )
    crumbs = [("机构档案", reverse("admin:agencies")), (found.name, _page(pk)), ("登记沿革", "")]
    return form_page(
        request, form, act, title="登记机构沿革", submit="登记", cancel=_page(pk), intro=intro, crumbs=crumbs
    )


@desk.page("agencies/<int:pk>/succession/<int:succession>/remove/", "succession_remove", may=steward)
def succession_remove(request: HttpRequest, pk: int, succession: int) -> HttpResponseBase:
    """撤销登记: from the page of either agency."""
    found = visible_agency(pk, actor_of(request))
    row = get_object_or_404(Succession.objects.touching(Subject.objects.family(pk)), pk=succession)
    form = ReasonForm(request.POST or None)

    def act() -> HttpResponseBase:
        remove_succession(row.pk, actor=actor_of(request), reason=form.cleaned_data["reason"])
        messages.success(request, "已撤销登记，记入两个单位的操作记录。需要更正的，请重新登记。")
        return redirect(_page(pk))

    intro = f"{row}。撤销后，承继单位的档案不再包括原单位的记录；因这次沿革填入的裁撤日期一并取消。"
    crumbs = [("机构档案", reverse("admin:agencies")), (found.name, _page(pk)), ("撤销沿革登记", "")]
    return form_page(
        request, form, act, title="撤销机构沿革登记", submit="撤销登记", cancel=_page(pk), intro=intro, crumbs=crumbs
    )


@desk.page("agencies/<int:pk>/roster/", "agency_roster", may=reads)
def agency_roster(request: HttpRequest, pk: int) -> HttpResponseBase:
    """任职核查: overlaps and gaps, for whoever keeps the posts to look at."""
    found = visible_agency(pk, actor_of(request))
    context = {
        "title": "任职核查", "agency": found, "findings": roster_findings(found, today=timezone.localdate()),
        "crumbs": [("机构档案", reverse("admin:agencies")), (found.name, _page(pk)), ("任职核查", "")],
    }  # fmt: skip
    return render(request, "admin/registry/roster.html", context)


@desk.page("agencies/<int:pk>/roster.xlsx", "agency_roster_file", may=reads)
def agency_roster_file(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The same as a workbook; who took it out is noted, and no personal name stands in the file's name."""
    actor, today = actor_of(request), timezone.localdate()
    found = visible_agency(pk, actor)
    target = io.BytesIO()
    _write(target, found, roster_findings(found, today=today), today)
    audit.record("records.roster_exported", found, actor=actor)
    return workbook(target, f"任职核查-{found.name}-{today:%Y%m%d}.xlsx")


def _write(target: io.BytesIO, agency: Subject, findings: list[RosterFinding], today: date) -> None:
    book = xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet, head = book.add_worksheet("任职核查"), book.add_format({"bold": True})
    sheet.write(0, 0, f"{agency.name}任职核查（{today}）", head)
    for column, name in enumerate(("种类", "姓名", "说明")):
        sheet.write(2, column, name, head)
    for number, finding in enumerate(findings, start=3):
        for column, value in enumerate((finding.kind, finding.official, finding.text)):
            sheet.write(number, column, value)
    sheet.set_column(0, 1, 14)
    sheet.set_column(2, 2, 90)
    book.close()


def _to_confirm(actor: Actor, today: date) -> int:
    return int(open_confirmations_of(actor.unit_ids, today=today).count())


desk.add_queues(
    Queue(
        "基础信息待确认",
        "每年核对一次本单位基础信息和在任人员，逐项看过后点“确认无误”",
        "agencies",
        desk.roles(Role.AGENCY_ADMIN),
        _to_confirm,
        "tab=open",
    )
)
desk.add_places(Place(Section.SUBJECTS, "机构档案", "agencies", reads, order=20))
