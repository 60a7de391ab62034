"""任职关系: who acts for which agency, kept by the agency's own administrator or by the credit office."""

from collections.abc import Sequence

from django.contrib import admin, messages
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from accounts.choices import Role
from core import desk
from core.actors import Actor
from core.admin import Act, ReadingAdmin, actor_of, stands_until
from core.desk import Place, Section
from core.pages import ReasonForm, form_page
from records.admin.forms import MembershipForm
from records.models import Membership
from records.services import memberships

READERS = frozenset({Role.AGENCY_ADMIN, Role.CREDIT_OFFICE, Role.AUDITOR, Role.SECURITY_ADMIN})
keeps_members = desk.roles(Role.AGENCY_ADMIN, Role.CREDIT_OFFICE)


@admin.register(Membership)
class MembershipAdmin(ReadingAdmin):
    readers = READERS
    intro = "账号从哪一天起、到哪一天止为哪个单位工作。离岗的请及时结束任职，结束后立即不能处理该单位的记录。"
    list_display = ("user", "agency", "since", "until")
    list_select_related = ("user", "agency")
    list_filter = (stands_until("until", "任职", "在任", "已结束"),)
    search_fields = ("user__username", "user__display_name", "agency__name")
    search_help_text = "登录名、姓名或单位"
    ordering = ("agency__name", "-since")

    def list_acts(self, actor: Actor) -> Sequence[Act]:
        return [Act("增加成员", reverse("admin:membership_new"), quiet=False)] if keeps_members(actor) else []

    def acts(self, obj: Membership, actor: Actor) -> Sequence[Act]:
        running = obj.until is None or obj.until >= timezone.localdate()
        if running and keeps_members(actor):
            return [Act("结束任职", reverse("admin:membership_end", args=[obj.pk]))]
        return []


@desk.page("memberships/new/", "membership_new", may=keeps_members)
def membership_new(request: HttpRequest) -> HttpResponseBase:
    actor = actor_of(request)
    form = MembershipForm(memberships.agencies_of(actor), request.POST or None)

    def act() -> HttpResponseBase:
        memberships.add(actor=actor, **form.cleaned_data)
        messages.success(request, "已增加成员。角色由安全管理员授予。")
        return redirect("admin:records_membership_changelist")

    cancel = reverse("admin:records_membership_changelist")
    intro = "账号由系统管理员建立，角色由安全管理员授予；在这里把账号列为本单位成员。"
    return form_page(request, form, act, title="增加成员", submit="增加", cancel=cancel, intro=intro)


@desk.page("memberships/<int:pk>/end/", "membership_end", may=keeps_members)
def membership_end(request: HttpRequest, pk: int) -> HttpResponseBase:
    found = Membership.objects.visible_to(actor_of(request)).select_related("user", "agency").filter(pk=pk).first()
    if found is None:
        raise Http404
    form = ReasonForm(request.POST or None)

    def act() -> HttpResponseBase:
        memberships.end(pk, actor=actor_of(request), reason=form.cleaned_data["reason"])
        messages.success(request, "任职已结束，立即生效。")
        return redirect("admin:records_membership_changelist")

    cancel = reverse("admin:records_membership_change", args=[pk])
    return form_page(request, form, act, title="结束任职", submit="结束任职", cancel=cancel, intro=str(found))


desk.add_places(Place(Section.SYSTEM, "单位成员", "records_membership_changelist", desk.roles(*READERS), order=40))
