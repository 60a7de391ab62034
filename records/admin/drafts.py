"""录入草稿: what the agency's clerks have begun and not yet submitted, and what is still missing in each."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from accounts.choices import Role
from core import desk
from core.actors import Actor
from core.admin import actor_of
from core.masking import scrub
from core.pages import form_page, render
from records import services
from records.admin.sheets import sheet_of
from records.choices import RecordStatus
from records.models import CreditRecord, EntryDraft

PAGE = 50
SHOWN = 60
enters = desk.roles(Role.CLERK)


def unsubmitted(actor: Actor) -> Any:
    """Records in state 草稿 without changes that wait: complete, and only to be submitted."""
    return CreditRecord.objects.visible_to(actor).filter(status=RecordStatus.DRAFT, entry_draft=None)


@desk.page("drafts/", "entry_drafts", may=enters)
def entry_drafts(request: HttpRequest) -> HttpResponseBase:
    """The newest first, a page at a time."""
    actor, after = actor_of(request), request.GET.get("after", "")
    rows = EntryDraft.objects.visible_to(actor).select_related("agency", "saved_by", "record").order_by("-pk")
    if after.isdecimal() and len(after) < 19:
        rows = rows.filter(pk__lt=int(after))
    found = list(rows[: PAGE + 1])
    context = {
        "title": "录入草稿",
        "rows": [_row(draft) for draft in found[:PAGE]],
        "following": found[PAGE - 1].pk if len(found) > PAGE else "",
        "several": len(actor.unit_ids) > 1,
        "unsubmitted": unsubmitted(actor).order_by()[:1_000].count(),
    }
    return render(request, "admin/records/drafts.html", context)


def _row(draft: EntryDraft) -> dict[str, Any]:
    return {
        "draft": draft,
        "url": _url(draft),
        "party": _said(draft, "party_name"),
        "number": _said(draft, "document_number"),
    }


def _said(draft: EntryDraft, column: str) -> str:
    """What was typed into this column; a personal number that was typed into the wrong one is not repeated."""
    text = " ".join(" ".join(draft.fields.get(column, ())).split())
    return scrub(text)[:SHOWN]


def _url(draft: EntryDraft) -> str:
    sheet = sheet_of(draft.kind)
    if draft.record_id:
        return reverse(sheet.edit_url, args=[draft.record_id])
    return reverse(sheet.draft_url, args=[draft.kind, draft.pk])


class DropForm(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)


@desk.page("drafts/<int:pk>/drop/", "entry_draft_drop", may=enters)
def entry_draft_drop(request: HttpRequest, pk: int) -> HttpResponseBase:
    """删除草稿, after one question."""
    actor = actor_of(request)
    draft = EntryDraft.objects.visible_to(actor).select_related("record").filter(pk=pk).first()
    if draft is None:
        raise Http404
    form = DropForm(request.POST or None, initial={"version": draft.version})

    def act() -> HttpResponseBase:
        services.drop_draft(pk, actor=actor, version=form.cleaned_data["version"])
        messages.success(request, "草稿已删除。")
        return redirect("admin:entry_drafts")

    what = "、".join(filter(None, (_said(draft, "party_name"), _said(draft, "document_number")))) or str(draft)
    stays = "已退回的记录本身保持不变。" if draft.record_id else ""
    return form_page(
        request, form, act, title="删除草稿", submit="删除", cancel=_url(draft),
        intro=f"{what}：删除后，所填内容不再保留，不能恢复。{stays}",
        crumbs=[("录入草稿", reverse("admin:entry_drafts")), ("删除草稿", "")],
    )  # fmt: skip
