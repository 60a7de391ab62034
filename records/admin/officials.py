"""公务员: their posts over time, entered and corrected by their agency or the credit office. On no public page."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from accounts.choices import Role
from core import desk
from core.actors import Actor
from core.admin import Act, ReadingAdmin, actor_of
from core.desk import Place, Section
from core.masking import mask_id_number
from core.pages import form_page
from core.text import fold_text
from records.admin.registry_forms import OfficialForm, StateForm, TenureChangeForm, TenureForm
from records.admin.subjects import READERS
from records.models import OfficialProfile, Subject, Tenure
from records.permissions import may_keep_registry
from records.rosters import Post, clean_number
from records.services import memberships
from records.services.officials import EDITABLE, change_tenure, enter_post, set_state

reads = desk.roles(*READERS)
keeps = desk.roles(Role.AGENCY_ADMIN, Role.CREDIT_OFFICE)
LIST = "admin:records_officialprofile_changelist"
PAGE = "admin:records_officialprofile_change"


@dataclass(frozen=True, slots=True)
class OfficialSection:
    """What an upper room adds to an official's page: a heading, a template and its context for this official's key."""

    title: str
    template: str
    context: Callable[[int, Actor], dict[str, Any]]


_sections: list[OfficialSection] = []


def add_section(section: OfficialSection) -> None:
    _sections.append(section)


@admin.register(OfficialProfile)
class OfficialProfileAdmin(ReadingAdmin):
    readers = READERS
    trail_labels = {f.name: str(f.verbose_name) for f in Tenure._meta.local_fields}
    intro = "本单位现任和曾任的公务员及其任职经历。不向社会公开，证件号码加密保存。"
    list_display = ("person", "current", "rank", "state", "state_since")
    list_filter = ("state",)
    search_fields = ("subject__name",)
    search_help_text = "姓名中的任意两个字"
    ordering = ("subject__name", "pk")
    change_form_template = "admin/registry/official.html"
    fields = ("person", "identity", "state", "state_since", "state_instrument")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("subject").prefetch_related("subject__tenures__agency")

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        if not search_term:
            return queryset, False
        if len(fold_text(search_term)) < 2:
            return queryset.none(), False
        return queryset.filter(subject__terms__has=search_term), False

    def list_acts(self, actor: Actor) -> Sequence[Act]:
        if not keeps(actor):
            return []
        return [
            Act("登记公务员", reverse("admin:official_new"), quiet=False),
            Act("导入名册", reverse("admin:registry_import")),
        ]

    def acts(self, obj: OfficialProfile, actor: Actor) -> Sequence[Act]:
        if not keeps(actor):
            return []
        return [
            Act("登记任职", reverse("admin:tenure_new", args=[obj.pk]), quiet=False),
            Act("变更状态", reverse("admin:official_state", args=[obj.pk])),
        ]

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        actor = actor_of(request)
        rows = Tenure.objects.filter(official=int(object_id)) if object_id.isdecimal() else Tenure.objects.none()
        tenures = [
            (t, may_keep_registry(t.agency_id, actor) is None)
            for t in rows.select_related("agency").order_by("-started_on")
        ]
        pk = int(object_id) if object_id.isdecimal() else 0
        sections = [{"title": s.title, "template": s.template, "context": s.context(pk, actor)} for s in _sections]
        extra = {**(extra_context or {}), "tenures": tenures, "sections": sections}
        return super().change_view(request, object_id, form_url, extra)

    @admin.display(description="姓名", ordering="subject__name")
    def person(self, profile: OfficialProfile) -> str:
        return profile.subject.name

    @admin.display(description="现任")
    def current(self, profile: OfficialProfile) -> str:
        today = timezone.localdate()
        return "；".join(f"{t.agency.name} {t.post}" for t in profile.subject.tenures.all() if t.held_on(today))

    @admin.display(description="职级")
    def rank(self, profile: OfficialProfile) -> str:
        today = timezone.localdate()
        return "、".join(t.rank for t in profile.subject.tenures.all() if t.rank and t.held_on(today))

    @admin.display(description="证件")
    def identity(self, profile: OfficialProfile) -> str:
        """Masked for everybody; the whole number needs a reason (信用主体 page)."""
        return f"{profile.subject.id_type} {mask_id_number(profile.subject.id_number)}".strip()


def visible_official(pk: int, actor: Actor) -> Subject:
    found = OfficialProfile.objects.visible_to(actor).select_related("subject").filter(pk=pk).first()
    if found is None:
        raise Http404
    official: Subject = found.subject
    return official


@desk.page("officials/new/", "official_new", may=keeps)
def official_new(request: HttpRequest) -> HttpResponseBase:
    """登记公务员 with the post held."""
    actor = actor_of(request)
    form = OfficialForm(memberships.agencies_of(actor), request.POST or None)

    def act() -> HttpResponseBase:
        data = {**form.cleaned_data, "id_number": clean_number(form.cleaned_data["id_number"])}
        done = enter_post(Post(**data), actor=actor, today=timezone.localdate())
        _tell(request, done.warnings, "已登记。")
        return redirect(PAGE, done.official_id)

    intro = "已在库中的人员（按证件号码）会增加一段任职；没有的新建。"
    return form_page(
        request, form, act, title="登记公务员", submit="登记", cancel=reverse(LIST), intro=intro,
        crumbs=[("公务员档案", reverse(LIST)), ("登记公务员", "")],
    )  # fmt: skip


@desk.page("officials/<int:pk>/tenure/", "tenure_new", may=keeps)
def tenure_new(request: HttpRequest, pk: int) -> HttpResponseBase:
    """登记任职 of somebody who is known."""
    actor = actor_of(request)
    official = visible_official(pk, actor)
    form = TenureForm(memberships.agencies_of(actor), request.POST or None)

    def act() -> HttpResponseBase:
        done = enter_post(Post(**form.cleaned_data, official_id=pk), actor=actor, today=timezone.localdate())
        _tell(request, done.warnings, "任职已登记。")
        return redirect(PAGE, pk)

    return form_page(
        request, form, act, title="登记任职", submit="登记", cancel=reverse(PAGE, args=[pk]), intro=official.name,
        crumbs=[("公务员档案", reverse(LIST)), (official.name, reverse(PAGE, args=[pk])), ("登记任职", "")],
    )  # fmt: skip


@desk.page("tenures/<int:pk>/", "tenure_change", may=keeps)
def tenure_change(request: HttpRequest, pk: int) -> HttpResponseBase:
    """更正或终止任职."""
    actor = actor_of(request)
    found = Tenure.objects.visible_to(actor).select_related("official", "agency").filter(pk=pk).first()
    if found is None:
        raise Http404
    back = reverse(PAGE, args=[found.official_id])
    form = TenureChangeForm(request.POST or None, initial={name: getattr(found, name) for name in EDITABLE})

    def act() -> HttpResponseBase:
        data = dict(form.cleaned_data)
        change_tenure(pk, data, actor=actor, today=timezone.localdate(), reason=data.pop("reason"))
        messages.success(request, "已保存，改动前后的内容记入操作记录。")
        return redirect(back)

    return form_page(
        request, form, act, title="更正或终止任职", submit="保存", cancel=back,
        intro=f"{found.official.name}　{found.agency.name}",
        crumbs=[("公务员档案", reverse(LIST)), (found.official.name, back), ("更正或终止任职", "")],
    )  # fmt: skip


@desk.page("officials/<int:pk>/state/", "official_state", may=keeps)
def official_state(request: HttpRequest, pk: int) -> HttpResponseBase:
    """变更状态: retired, transferred, resigned, dismissed."""
    official = visible_official(pk, actor_of(request))
    form = StateForm(request.POST or None)

    def act() -> HttpResponseBase:
        set_state(pk, actor=actor_of(request), **form.cleaned_data)
        messages.success(request, "状态已变更。")
        return redirect(PAGE, pk)

    return form_page(
        request, form, act, title="变更状态", submit="变更", cancel=reverse(PAGE, args=[pk]), intro=official.name,
        crumbs=[("公务员档案", reverse(LIST)), (official.name, reverse(PAGE, args=[pk])), ("变更状态", "")],
    )  # fmt: skip


def _tell(request: HttpRequest, warnings: list[dict[str, str]], done: str) -> None:
    messages.success(request, done)
    for warning in warnings:
        messages.warning(request, warning["message"])


desk.add_places(Place(Section.SUBJECTS, "公务员档案", "records_officialprofile_changelist", reads, order=30))
