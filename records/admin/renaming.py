"""主体更名 by the credit office."""

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from core import desk
from core.admin import actor_of
from core.pages import form_page
from records.admin.forms import RenameForm
from records.admin.subjects import keeps_subjects, visible_subject
from records.services.subjects import rename_subject


@desk.page("subjects/<int:pk>/rename/", "subject_rename", may=keeps_subjects)
def subject_rename(request: HttpRequest, pk: int) -> HttpResponseBase:
    subject, form = visible_subject(request, pk), RenameForm(request.POST or None)
    page = reverse("admin:records_subject_change", args=[pk])

    def act() -> HttpResponseBase:
        rename_subject(pk, actor=actor_of(request), **form.cleaned_data)
        messages.success(request, "已更名。原名称作为曾用名保留，新旧名称都能查到。")
        return redirect(page)

    intro = f"现名称：{subject.name}。更名后原名称保留为曾用名，用新旧名称都能查到；已公示的文书内容不变。"
    return form_page(request, form, act, title="主体更名", submit="更名", cancel=page, intro=intro)
