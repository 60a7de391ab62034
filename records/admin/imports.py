"""导入双公示 in four steps: 上传 – 对应列 – 检查 – 入库. Can be left at any point: the batch keeps where it was."""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts.choices import Role
from core import desk
from core.actors import Actor
from core.admin import actor_of
from core.desk import Place, Queue, Section
from core.errors import Invalid
from core.pages import form_page, render
from core.tabular.problems import TableProblem
from records import imports
from records.admin.forms import BatchFilter, UploadForm, in_year
from records.admin.lists import CAP, by_whom, capped, list_filter
from records.admin.record import READERS
from records.admin.words import BATCH as BADGES
from records.choices import BatchStatus, RowStatus
from records.imports.importers import Importer
from records.lifecycle import BATCH
from records.models import ImportBatch, ImportRow
from records.permissions import may_handle_batch

PAGE = 50
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
B, R = BatchStatus, RowStatus
RUNNING = (B.CHECKING, B.COMMITTING)
UNFINISHED = (*RUNNING, B.CHECKED)
enters = desk.roles(Role.CLERK)
# Whoever brings in some kind of table; which kind and for whom, the services know.
handles = desk.roles(Role.CLERK, Role.AGENCY_ADMIN, Role.CREDIT_OFFICE)
reads = desk.roles(*READERS)
STEPS = ("上传", "对应列", "检查", "入库")
TABS = (
    (R.INVALID, "有错误", "没有有错误的行。"),
    (R.VALID, "可入库", "没有可以入库的行。"),
    (R.DUPLICATE, "重复", "没有重复的行。"),
    (R.COMMITTED, "已入库", "还没有行入库。"),
    (R.DROPPED, "不导入", "没有标为“不导入”的行。"),
)


def visible_batch(pk: int, actor: Actor) -> ImportBatch:
    found = ImportBatch.objects.visible_to(actor).select_related("agency", "uploaded_by").filter(pk=pk)
    batch: ImportBatch | None = found.first()
    if batch is None:
        raise Http404
    return batch


# ---- step 1 -------------------------------------------------------------------------------------


@desk.page("import/", "import_new", may=enters)
def import_new(request: HttpRequest) -> HttpResponseBase:
    """上传."""
    actor = actor_of(request)
    agencies = [(a.pk, a.name) for a in imports.importable_agencies(actor)]
    kinds = [(i.code, i.label) for i in imports.importers() if i.ledger]
    form = UploadForm(request.POST or None, request.FILES or None, agencies=agencies, kinds=kinds)

    def act() -> HttpResponseBase:
        upload, data = form.cleaned_data["file"], form.cleaned_data
        batch = imports.create_batch(
            upload, importer=data["kind"], agency_id=data["agency"], filename=upload.name, actor=actor
        )
        return redirect("admin:import_batch", batch.pk)

    intro = "支持 .xlsx、.xls 和 CSV；国家标准列名、中文列名和旧版表格的列名都能识别，表头不必在第一行。"
    return form_page(
        request,
        form,
        act,
        title="导入双公示",
        submit="上传并检查",
        cancel=reverse("admin:imports"),
        intro=intro,
        template="admin/imports/new.html",
        kinds=kinds,
        steps=_steps(1),
        lonely=not agencies,
    )


@desk.page("import/template/<slug:kind>.xlsx", "import_template", may=handles)
def import_template(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The workbook to fill in, with drop-downs, notes and one example row."""
    importer = _importer(kind)
    target = io.BytesIO()
    importer.template(target)
    return workbook(target, f"{importer.template_name or f'双公示模板-{importer.label}'}.xlsx")


def _importer(kind: str) -> Importer:
    if kind not in {i.code for i in imports.importers()}:
        raise Http404
    return imports.importer_of(kind)


def workbook(content: io.BytesIO, filename: str) -> HttpResponse:
    """A download: never shown inside the site."""
    response = HttpResponse(content.getvalue(), content_type=XLSX)
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(filename)}"
    response["X-Content-Type-Options"] = "nosniff"
    return response


# ---- where a batch stands -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Step:
    label: str
    state: str  # done | now | later
    url: str = ""


def _steps(now: int, batch: ImportBatch | None = None) -> list[Step]:
    states = ["done" if n < now else "now" if n == now else "later" for n in range(1, 5)]
    return [Step(label, state) for label, state in zip(STEPS, states, strict=True)]


def step_of(batch: ImportBatch) -> int:
    if batch.status == B.FAILED:
        return 2
    return 4 if batch.status in (B.COMMITTING, B.COMMITTED) else 3


@desk.page("imports/", "imports", may=reads)
def import_list(request: HttpRequest) -> HttpResponseBase:
    """导入批次, newest first."""
    actor = actor_of(request)
    form = list_filter(request.GET, actor, BatchFilter)
    tab = "open" if request.GET.get("tab") == "open" else "all"
    rows = filtered(ImportBatch.objects.visible_to(actor), form.chosen(), actor)
    if tab == "open":
        rows = rows.filter(status__in=UNFINISHED)
    total = capped(rows)
    if (after := request.GET.get("after", "")).isdecimal():
        rows = rows.filter(pk__lt=int(after[:18]))
    found = list(rows.select_related("agency", "uploaded_by").order_by("-pk")[: PAGE + 1])
    context = {
        "title": "导入批次",
        "tab": tab,
        "tabs": (("all", "全部"), ("open", "进行中")),
        "form": form,
        "chosen": form.chosen(),
        "total": total,
        "rows": [{"batch": b, "badge": BADGES[B(b.status)], "kind": _label(b)} for b in found[:PAGE]],
        "following": found[PAGE - 1].pk if len(found) > PAGE else "",
        "may_import": enters(actor),
    }
    return render(request, "admin/imports/list.html", context)


def filtered(rows: Any, chosen: Mapping[str, Any], actor: Actor) -> Any:
    if text := chosen.get("q"):
        rows = rows.filter(Q(filename__icontains=text) | Q(pk=int(text[:18]) if text.isdecimal() else None))
    plain = {"kind": "importer", "agency": "agency"}
    rows = rows.filter(**{path: chosen[name] for name, path in plain.items() if name in chosen})
    rows = rows.filter(in_year("uploaded_at__date", chosen.get("year", "")))
    return by_whom(rows, "uploaded_by", chosen.get("who", ""), actor)


def _label(batch: ImportBatch) -> str:
    return next((i.label for i in imports.importers() if i.code == batch.importer), batch.importer)


@desk.page("imports/<int:pk>/", "import_batch", may=reads)
def import_batch(request: HttpRequest, pk: int) -> HttpResponseBase:
    """One batch at the step it has reached."""
    actor = actor_of(request)
    batch = visible_batch(pk, actor)
    context = {**batch_context(batch, actor), **_rows(request, batch)}
    return render(request, "admin/imports/batch.html", context)


def batch_context(batch: ImportBatch, actor: Actor) -> dict[str, Any]:
    names = {t.name for t in BATCH.available(batch, actor)}
    counts = imports.counts(batch)
    may = {
        "remap": "remap" in names and bool(batch.file),
        "commit": "commit" in names and counts[R.VALID] > 0,
        "abandon": "abandon" in names and not batch.committed_rows,
        "correct": bool(names & {"commit"}),
    }
    return {
        "title": batch.filename, "batch": batch, "kind_label": _label(batch), "badge": BADGES[B(batch.status)],
        "counts": counts, "may": may, "running": batch.status in RUNNING, "steps": _steps(step_of(batch)),
        "progress": progress(batch), "own": may_handle_batch(batch, actor) is None,
        "importer": imports.importer_of(batch.importer),
        "waiting": batch.records.filter(status="submitted")[:CAP].count() if batch.committed_rows else 0,
        "crumbs": [("导入批次", reverse("admin:imports")), (batch.filename, "")],
    }  # fmt: skip


def progress(batch: ImportBatch) -> dict[str, int]:
    done = batch.checked_rows if batch.status == B.CHECKING else batch.committed_rows
    total = max(batch.total_rows, done, 1)
    return {"done": done, "total": batch.total_rows, "percent": min(100, 100 * done // total)}


def _rows(request: HttpRequest, batch: ImportBatch) -> dict[str, Any]:
    """The rows of one status, with every error by row, column and reason."""
    if batch.status not in (B.CHECKED, B.COMMITTED):
        return {}
    counts = imports.counts(batch)
    default = next((key for key, _, _ in TABS if counts[key]), R.VALID)
    status = request.GET.get("rows") if request.GET.get("rows") in R.values else default
    rows = batch.rows.filter(status=status).order_by("number")
    after = request.GET.get("after", "")
    if after.isdecimal():
        rows = rows.filter(number__gt=int(after))
    found = list(rows[: PAGE + 1])
    return {
        "tabs": [
            {"key": key, "label": label, "count": counts[key], "empty": empty}
            for key, label, empty in TABS
            if counts[key] or key == status
        ],
        "tab": status,
        "rows": [row_view(batch, row) for row in found[:PAGE]],
        "following": found[PAGE - 1].number if len(found) > PAGE else "",
    }  # fmt: skip


def row_view(batch: ImportBatch, row: ImportRow) -> dict[str, Any]:
    cells = imports.form_values(batch, row)
    return {
        "row": row,
        "heads": [cells.get(name, "") for name, _ in imports.importer_of(batch.importer).heads],
        "errors": problems(batch, row.errors),
        "warnings": problems(batch, row.warnings),
    }


def problems(batch: ImportBatch, found: list[Mapping[str, str]]) -> list[dict[str, str]]:
    """Errors or warnings with the column's label; none for what concerns the whole row."""
    vocabulary = imports.importer_of(batch.importer).vocabulary
    return [
        {
            "name": p["field"],
            "label": vocabulary.label(p["field"]) if p["field"] in vocabulary.specs else "整行",
            "message": p["message"],
        }
        for p in found
    ]


@desk.page("imports/<int:pk>/progress/", "import_progress", may=reads)
def import_progress(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Part of the page that asks again every two seconds; loads the whole page when the work is done."""
    batch = visible_batch(pk, actor_of(request))
    context = {"batch": batch, "badge": BADGES[B(batch.status)], "progress": progress(batch)}
    response = render(request, "admin/imports/progress.html", context)
    if batch.status not in RUNNING:
        response["HX-Refresh"] = "true"
    return response


# ---- step 2 -------------------------------------------------------------------------------------


@desk.page("imports/<int:pk>/columns/", "import_columns", may=handles)
def import_columns(request: HttpRequest, pk: int) -> HttpResponseBase:
    """对应列: which column of the file is which of the standard; asked only where the header left a question."""
    actor = actor_of(request)
    batch = visible_batch(pk, actor)
    refusal: Invalid | None = None
    header_row = _number(request.POST.get("header_row") or request.GET.get("header_row")) or batch.header_row or 1
    head = imports.head(pk, actor=actor)
    if request.method == "POST":
        width = max((len(cells) for _, cells in head), default=0)
        mapping = {i: request.POST.get(f"column_{i}") or None for i in range(width)}
        try:
            imports.remap(pk, mapping, actor=actor, header_row=header_row)
            return redirect("admin:import_batch", pk)
        except (Invalid, TableProblem) as error:
            refusal = error
    context = {**batch_context(batch, actor), **_columns(request, batch, head, header_row), "refusal": refusal}
    context |= {"title": "对应列", "steps": _steps(2)}
    return render(request, "admin/imports/columns.html", context, status=400 if refusal else 200)


def _columns(
    request: HttpRequest, batch: ImportBatch, head: list[tuple[int, list[str]]], header_row: int
) -> dict[str, Any]:
    """Each column of the file with its header, two samples, and the standard's column it stands for."""
    vocabulary = imports.importer_of(batch.importer).vocabulary
    header = next((cells for number, cells in head if number == header_row), [])
    samples = [cells for number, cells in head if number > header_row][:2]
    width = max((len(cells) for _, cells in head), default=0)
    decided = batch.mapping if header_row == batch.header_row else {}
    columns = []
    for index in range(width):
        text = header[index] if index < len(header) else ""
        meant = vocabulary.names(text) if text else frozenset()
        guess = decided.get(str(index), next(iter(meant)) if len(meant) == 1 else "")
        chosen = request.POST.get(f"column_{index}", guess) if request.method == "POST" else guess
        columns.append(
            {
                "index": index,
                "text": text,
                "chosen": chosen,
                "samples": [cells[index] for cells in samples if index < len(cells) and cells[index]],
                "open": len(meant) > 1,
            }
        )
    choices = [(name, vocabulary.label(name), name in vocabulary.required) for name in vocabulary.specs]
    return {"columns": columns, "choices": choices, "header_row": header_row, "head": head}


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 6 else 0


# ---- step 4, and the ways out -------------------------------------------------------------------


@desk.page("imports/<int:pk>/commit/", "import_commit", may=handles)
@require_POST
def import_commit(request: HttpRequest, pk: int) -> HttpResponseBase:
    """入库 of all valid rows."""
    visible_batch(pk, actor_of(request))
    imports.commit_batch(pk, actor=actor_of(request))
    return redirect("admin:import_batch", pk)


@desk.page("imports/<int:pk>/abandon/", "import_abandon", may=handles)
@require_POST
def import_abandon(request: HttpRequest, pk: int) -> HttpResponseBase:
    visible_batch(pk, actor_of(request))
    imports.abandon(pk, actor=actor_of(request))
    messages.success(request, "已放弃该批次，没有导入任何内容。")
    return redirect("admin:imports")


@desk.page("imports/<int:pk>/rejected.xlsx", "import_rejected", may=reads)
def import_rejected(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The rows that did not go in, with the reason beside each cell."""
    batch = visible_batch(pk, actor_of(request))
    target = io.BytesIO()
    imports.write_rejected(pk, target, actor=actor_of(request))
    name = batch.filename.rsplit(".", 1)[0]
    return workbook(target, f"{name}-未入库的行.xlsx")


def _running(actor: Actor, today: Any) -> int:
    """One's own: a batch is brought in by whoever uploaded it (permissions.may_handle_batch)."""
    rows = ImportBatch.objects.visible_to(actor).filter(status__in=UNFINISHED, uploaded_by=actor.user_id)
    return int(rows[: desk.CAP + 1].count())


desk.add_queues(
    Queue("进行中的导入", "您上传的、检查中或待入库的批次", "imports", enters, _running, "tab=open&who=mine")
)
desk.add_places(
    Place(Section.ENTRY, "导入双公示", "import_new", enters, order=30),
    Place(Section.ENTRY, "导入批次", "imports", reads, order=50),
)
