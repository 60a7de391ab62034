"""Pages of the staff site, parse → call → respond: rendering with the site's shell, and forms that call one service."""

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse

from core.errors import Invalid, RuleViolation


def render(request: HttpRequest, template: str, context: Mapping[str, Any], *, status: int = 200) -> TemplateResponse:
    """A template of the staff site, with head, navigation and foot."""
    return TemplateResponse(request, template, {**admin.site.each_context(request), **context}, status=status)


class ReasonForm(forms.Form):
    """Why: acts that take something back ask for it."""

    reason = forms.CharField(
        label="理由",
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=2000,
        error_messages={"required": "请填写理由。"},
    )


def form_page(
    request: HttpRequest,
    form: forms.BaseForm,
    act: Callable[[], HttpResponseBase],
    *,
    title: str,
    submit: str,
    cancel: str,
    intro: str = "",
    template: str = "admin/form_page.html",
    **context: Any,
) -> HttpResponseBase:
    """Show `form`; when it was sent and is well-formed, `act` calls the service and answers.

    A refusal that the person can mend in the form (400) is shown beside its fields; others travel on to the site.
    """
    status = 200
    if request.method == "POST":
        if form.is_valid():
            try:
                return act()
            except Invalid as refusal:
                add_refusal(form, refusal)
        status = 400
    shown = {"title": title, "form": form, "submit": submit, "cancel": cancel, "intro": intro, **context}
    return render(request, template, shown, status=status)


def add_refusal(form: forms.BaseForm, refusal: RuleViolation) -> None:
    """The service's sentences, beside the fields they belong to."""
    pinned = {name: messages for name, messages in refusal.fields.items() if name in form.fields}
    for name, messages in pinned.items():
        form.add_error(name, messages)
    if not pinned or set(refusal.fields) - set(pinned):
        form.add_error(None, refusal.message)
