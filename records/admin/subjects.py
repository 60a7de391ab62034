"""主体档案: subjects are found by any two characters, verified and renamed by the credit office; who works where."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin, messages
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from accounts.choices import Role
from core import desk
from core.actors import Actor
from core.admin import Act, ReadingAdmin, actor_of
from core.desk import Place, Section
from core.masking import mask_id_number
from core.pages import ReasonForm, form_page, render
from core.text import fold_text
from records.admin.forms import RevealForm
from records.choices import Verification
from records.models import Subject
from records.services import identity

READERS = frozenset({Role.CLERK, Role.REVIEWER, Role.AGENCY_ADMIN, Role.CREDIT_OFFICE, Role.AUDITOR})
keeps_subjects = desk.roles(Role.CREDIT_OFFICE)
reads_subjects = desk.roles(*READERS)


@admin.register(Subject)
class SubjectAdmin(ReadingAdmin):
    readers = READERS
    trail_labels = {
        "kind": "单位性质或沿革方式", "level": "单位层级", "parent_id": "上级单位（编号）",
        "established_on": "成立日期", "dissolved_on": "裁撤日期", "confirmed_on": "最近确认日",
        "successor": "承继单位", "predecessor": "原单位",
        "day": "沿革日期", "takes_over": "承继记录和义务", "merged": "被并入主体", "digest": "名册摘要",
    }  # fmt: skip
    intro = "企业、机构和个人的统一名册。名称中任意连续两个字、曾用名、各种代码都能找到。"
    list_display = ("name", "kind", "code", "verification", "former")
    list_filter = ("kind", "verification")
    search_fields = ("name",)
    search_help_text = "名称（任意两个字，含曾用名）或代码"
    ordering = ("name", "pk")
    change_form_template = "admin/records/subject.html"
    fieldsets = (
        (None, {"fields": ("name", "kind", "code", "other_codes", "verification", "former", "survivor")}),
        ("登记信息", {"fields": ("representative", "region_code", "address", "contact", "parent", "identity")}),
    )

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """Through the two-character index; a single character finds nothing rather than everything."""
        if not search_term:
            return queryset, False
        return (queryset.found_by(search_term) if len(fold_text(search_term)) > 1 else queryset.none()), False

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("names")

    @admin.display(description="曾用名")
    def former(self, subject: Subject) -> str:
        return "、".join(n.name for n in subject.names.all() if n.name != subject.name)

    @admin.display(description="并入主体")
    def survivor(self, subject: Subject) -> str:
        return f"{subject.merged_into.name}（编号{subject.merged_into_id}）" if subject.merged_into else ""

    @admin.display(description="其他代码")
    def other_codes(self, subject: Subject) -> str:
        return "；".join(str(identifier) for identifier in subject.identifiers.all())

    @admin.display(description="证件")
    def identity(self, subject: Subject) -> str:
        """Masked for everybody; the whole number needs a reason."""
        return f"{subject.id_type} {mask_id_number(subject.id_number)}".strip() if subject.id_number else ""

    def acts(self, obj: Subject, actor: Actor) -> Sequence[Act]:
        acts = [Act("信用记录", reverse("admin:published") + f"?q={obj.code or obj.name}")]
        if keeps_subjects(actor):
            acts.append(Act("更名", reverse("admin:subject_rename", args=[obj.pk])))
        if keeps_subjects(actor) and obj.verification == Verification.UNVERIFIED:
            acts.append(Act("核验", reverse("admin:subject_verify", args=[obj.pk]), quiet=False))
        if obj.id_number and actor.has(*identity.MAY_REVEAL):
            acts.append(Act("查看证件号码", reverse("admin:subject_identity", args=[obj.pk])))
        return acts


def visible_subject(request: HttpRequest, pk: int) -> Subject:
    subject: Subject | None = Subject.objects.visible_to(actor_of(request)).filter(pk=pk).first()
    if subject is None:
        raise Http404
    return subject


def _page(pk: int) -> str:
    return reverse("admin:records_subject_change", args=[pk])


@desk.page("subjects/<int:pk>/verify/", "subject_verify", may=keeps_subjects)
def subject_verify(request: HttpRequest, pk: int) -> HttpResponseBase:
    """核验: the name and code were compared with the register."""
    subject, form = visible_subject(request, pk), ReasonForm(request.POST or None)
    form.fields["reason"].label = "核验方式"
    form.fields["reason"].help_text = "例如：与国家企业信用信息公示系统登记信息核对一致。"

    def act() -> HttpResponseBase:
        identity.verify_subject(pk, actor=actor_of(request), reason=form.cleaned_data["reason"])
        messages.success(request, "已核验。")
        return redirect(_page(pk))

    intro = f"{subject.name}　{subject.code or ''}"
    return form_page(request, form, act, title="核验主体", submit="确认核验", cancel=_page(pk), intro=intro)


@desk.page("subjects/<int:pk>/identity/", "subject_identity", may=reads_subjects)
def subject_identity(request: HttpRequest, pk: int) -> HttpResponseBase:
    visible_subject(request, pk)
    form = RevealForm(request.POST or None)

    def act() -> HttpResponseBase:
        shown = identity.reveal_subject(pk, actor=actor_of(request), reason=form.cleaned_data["reason"])
        numbers = [(shown.id_type or "证件号码", shown.id_number)]
        return render(
            request, "admin/records/identity.html", {"title": "证件号码", "numbers": numbers, "back": _page(pk)}
        )

    return form_page(request, form, act, title="查看证件号码", submit="查看", cancel=_page(pk))


desk.add_places(Place(Section.SUBJECTS, "信用主体", "records_subject_changelist", reads_subjects, order=10))
