"""接口密钥: departments' systems get their keys here; the secret stands on one answer page and is kept nowhere."""

from collections.abc import Sequence

from django.contrib import admin, messages
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache

from accounts.choices import Role
from core import desk
from core.actors import Actor
from core.admin import Act, ReadingAdmin, actor_of, stands_until
from core.desk import Place, Section
from core.pages import ReasonForm, form_page, render
from records.admin.forms import KeyForm
from records.models import ApiKey
from records.permissions import may_manage_keys
from records.services import keys, memberships

READERS = frozenset({Role.AGENCY_ADMIN, Role.CREDIT_OFFICE})
keeps_keys = desk.roles(*READERS)


@admin.register(ApiKey)
class ApiKeyAdmin(ReadingAdmin):
    readers = READERS
    intro = "业务系统凭密钥通过部门接口报送，每个系统使用各自的密钥。系统停用、人员离岗或怀疑泄露时，请立即吊销。"
    list_display = ("name", "agency", "prefix", "issued_by", "issued_at", "last_used_at", "revoked_at")
    list_select_related = ("agency", "issued_by")
    list_filter = (stands_until("revoked_at", "效力", "有效", "已吊销"),)
    search_fields = ("name", "prefix", "agency__name")
    search_help_text = "名称、密钥开头或单位"
    # never the digest
    fields = ("agency", "name", "prefix", "issued_by", "issued_at", "last_used_at", "revoked_by", "revoked_at")

    def list_acts(self, actor: Actor) -> Sequence[Act]:
        return [Act("签发密钥", reverse("admin:key_new"), quiet=False)]

    def acts(self, obj: ApiKey, actor: Actor) -> Sequence[Act]:
        if obj.revoked or may_manage_keys(obj.agency_id, actor):
            return []
        return [Act("吊销", reverse("admin:key_revoke", args=[obj.pk]))]


@desk.page("keys/new/", "key_new", may=keeps_keys)
@never_cache
def key_new(request: HttpRequest) -> HttpResponseBase:
    """The answer to the form shows the secret: a redirect would have to keep it somewhere in between."""
    actor = actor_of(request)
    form = KeyForm(memberships.agencies_of(actor), request.POST or None)

    def act() -> HttpResponseBase:
        key, secret = keys.issue_key(form.cleaned_data["agency_id"], name=form.cleaned_data["name"], actor=actor)
        intake = request.build_absolute_uri(reverse("intake:penalties"))
        context = {"title": "密钥已签发", "key": key, "secret": secret, "intake": intake}
        return render(request, "admin/records/key_issued.html", context)

    cancel = reverse("admin:records_apikey_changelist")
    intro = "签发后密钥只显示一次，请先准备好保存密钥的地方。"
    return form_page(request, form, act, title="签发接口密钥", submit="签发", cancel=cancel, intro=intro)


@desk.page("keys/<int:pk>/revoke/", "key_revoke", may=keeps_keys)
def key_revoke(request: HttpRequest, pk: int) -> HttpResponseBase:
    actor = actor_of(request)
    found = ApiKey.objects.visible_to(actor).select_related("agency").filter(pk=pk).first()
    if found is None:
        raise Http404
    form = ReasonForm(request.POST or None)

    def act() -> HttpResponseBase:
        keys.revoke_key(pk, actor=actor, reason=form.cleaned_data["reason"])
        messages.success(request, "密钥已吊销，立即生效。")
        return redirect("admin:records_apikey_change", pk)

    cancel = reverse("admin:records_apikey_change", args=[pk])
    intro = f"{found.agency.name}　{found}。吊销后使用该密钥的系统立即不能报送，且不能恢复；已报送的记录不受影响。"
    return form_page(request, form, act, title="吊销接口密钥", submit="吊销", cancel=cancel, intro=intro)


desk.add_places(Place(Section.ENTRY, "接口密钥", "records_apikey_changelist", keeps_keys, order=60))
