"""改正 one staged row in the browser: its cells as text, every reason beside its cell, and what the public will see."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from core import desk
from core.actors import Actor
from core.admin import actor_of
from core.pages import render
from records import imports
from records.admin.imports import handles, problems, reads, visible_batch
from records.admin.sheets import sheet_of
from records.choices import RowStatus
from records.models import ImportBatch, ImportRow
from records.permissions import may_handle_batch

KEPT = "已加密保存，不显示；留空则保持不变。"
LONG = 60


class RowForm(forms.Form):
    """The cells of one row by column name; the importer's check judges them."""

    def __init__(self, batch: ImportBatch, row: ImportRow, data: Any = None) -> None:
        super().__init__(data)
        self.known = imports.form_values(batch, row)
        sealed = imports.importer_of(batch.importer).sealed
        asked = {p["field"] for p in (*row.errors, *row.warnings)}
        self.groups: dict[str, list[str]] = {}
        for column in sheet_of(batch.importer).columns:
            name = column.name
            if name in self.known or name in sealed or name in asked:
                value = self.known.get(name, "")
                lines = forms.Textarea(attrs={"rows": 3}) if len(value) > LONG else forms.TextInput()
                help_text = KEPT if name in sealed else getattr(column, "help", "")
                self.fields[name] = forms.CharField(
                    label=column.label, required=False, initial=value, widget=lines, help_text=help_text
                )
                self.groups.setdefault(column.group, []).append(name)

    def changed(self) -> dict[str, str]:
        """Only what was typed anew."""
        return {name: text for name, text in self.cleaned_data.items() if text != self.known.get(name, "").strip()}

    def sections(self, row: ImportRow) -> Iterator[tuple[str, list[dict[str, Any]]]]:
        """Fields by group, each with its errors and warnings."""
        for group, names in self.groups.items():
            yield (
                group,
                [
                    {
                        "field": self[name],
                        "errors": [p["message"] for p in row.errors if p["field"] == name],
                        "warnings": [p["message"] for p in row.warnings if p["field"] == name],
                        "wide": isinstance(self.fields[name].widget, forms.Textarea),
                    }
                    for name in names
                ],
            )


def visible_row(pk: int, actor: Actor) -> tuple[ImportBatch, ImportRow]:
    row = ImportRow.objects.filter(pk=pk).first()
    if row is None:
        raise Http404
    return visible_batch(row.batch_id, actor), row


@desk.page("imports/rows/<int:pk>/", "import_row", may=reads)
def import_row(request: HttpRequest, pk: int) -> HttpResponseBase:
    actor = actor_of(request)
    batch, row = visible_row(pk, actor)
    if request.method == "POST":
        form = RowForm(batch, row, request.POST)
        form.is_valid()
        row = imports.correct_row(pk, form.changed(), actor=actor)
        if row.status == RowStatus.VALID:
            messages.success(request, f"第{row.number}行已改正，可以入库。")
            return redirect("admin:import_batch", batch.pk)
    form = RowForm(batch, row)
    back = reverse("admin:import_batch", args=[batch.pk])
    context = {
        "title": f"第{row.number}行", "batch": batch, "row": row, "sections": form.sections(row),
        "whole": [p for p in problems(batch, row.errors) if p["label"] == "整行"], "errors": len(row.errors),
        "named": [p for p in problems(batch, row.errors) if p["label"] != "整行"],
        "may": may_handle_batch(batch, actor) is None and row.status != RowStatus.COMMITTED,
        "importer": imports.importer_of(batch.importer),
        "preview": imports.preview(pk, actor=actor) if row.status == RowStatus.VALID else None,
        "crumbs": [("导入批次", reverse("admin:imports")), (batch.filename, back), (f"第{row.number}行", "")],
    }  # fmt: skip
    return render(request, "admin/imports/row.html", context)


@desk.page("imports/rows/<int:pk>/drop/", "import_row_drop", may=handles)
@require_POST
def import_row_drop(request: HttpRequest, pk: int) -> HttpResponseBase:
    """不导入 this row."""
    batch, row = visible_row(pk, actor_of(request))
    imports.drop_row(pk, actor=actor_of(request))
    messages.success(request, f"第{row.number}行已标为“不导入”。")
    return redirect("admin:import_batch", batch.pk)
