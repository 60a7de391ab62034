"""What people do with imports. The long work is done by workers (records/imports/running.py)."""

import hashlib
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, BinaryIO

from django.core.files import File
from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from core import audit
from core.actors import Actor, system_actor
from core.bulk import update_rows
from core.errors import Invalid, NotAllowed, NotFound, WrongState
from core.locks import locked
from core.tabular.cells import CellCleaner
from core.tabular.limits import MIB, Limits
from core.tabular.problems import problem
from records.choices import BatchStatus, RowStatus
from records.imports.cells import load, plain, seal, shown
from records.imports.importers import Checked, Columns, Importer, RawRow, importer_of, twin_message
from records.imports.running import columns_of
from records.imports.tables import checked_mapping, head_rows
from records.lifecycle import BATCH
from records.models import ImportBatch, ImportRow, Subject
from records.permissions import may_handle_batch, may_import_for

PIECE = MIB
NAME = 255


# ---------------------------------------------------------------- upload


@transaction.atomic
def create_batch(
    upload: BinaryIO, *, importer: str, agency_id: int, filename: str, actor: Actor, by_worker: bool = True
) -> ImportBatch:
    """上传. Keeps the file under a random name, and has it checked by a worker (or, `by_worker` False, by the caller).

    The same file may come again: the batch says when it came before, and rows that are in the ledger stay out.
    Raises NotAllowed, Invalid `file_too_large`, `empty_file` or `unknown_importer`.
    """
    if reason := may_import_for(agency_id, actor, importer):
        raise NotAllowed("not_allowed", reason)
    importer_of(importer)
    digest, size = _measured(upload)
    if not size:
        raise problem("empty_file")
    upload.seek(0)
    earlier = (
        ImportBatch.objects.filter(digest=digest, agency_id=agency_id, importer=importer)
        .exclude(status__in=(BatchStatus.FAILED, BatchStatus.ABANDONED))
        .select_related("uploaded_by")
        .first()
    )
    batch = ImportBatch(
        importer=importer,
        agency_id=agency_id,
        uploaded_by_id=actor.user_id,
        uploaded_at=actor.now(),
        door=actor.door,
        filename=_clean_name(filename),
        digest=digest,
        status=BATCH.initial,
        notices=[_uploaded_before(earlier)] if earlier else [],
    )
    batch.file.save(f"{uuid.uuid4().hex}.upload", File(upload), save=False)
    batch.save()
    audit.record("records.import_uploaded", batch, actor=actor, changes={"digest": [None, digest]})
    if by_worker:
        _enqueue_check(batch.pk)
    return batch


def _measured(upload: BinaryIO) -> tuple[str, int]:
    """Digest and size, without reading more than a file may have."""
    limit, size, digest = Limits().file_bytes, 0, hashlib.sha256()
    upload.seek(0)
    while piece := upload.read(PIECE):
        size += len(piece)
        if size > limit:
            raise problem("file_too_large", limit=limit // MIB)
        digest.update(piece)
    return digest.hexdigest(), size


def _clean_name(filename: str) -> str:
    """The name the uploader's machine gave it, as text for people: no path, nothing invisible."""
    name = filename.replace("\\", "/").rsplit("/", 1)[-1]
    name = "".join(c for c in name if c.isprintable()).strip() or "未命名"
    return name if len(name) <= NAME else f"{name[: NAME - 12]}…{name[-11:]}"


def _uploaded_before(earlier: ImportBatch) -> dict[str, str]:
    who = earlier.uploaded_by.display_name if earlier.uploaded_by else "接口"
    when = timezone.localtime(earlier.uploaded_at)
    return {
        "code": "uploaded_before",
        "message": f"同一文件已于{when:%Y年%m月%d日 %H:%M}由{who}上传（批次{earlier.pk}，"
        f"{earlier.get_status_display()}，已入库{earlier.committed_rows}行）。已在库中的行会标为“重复”，不会再次入库。",
    }


def _enqueue_check(batch_id: int) -> None:
    from records import tasks

    tasks.work_on_later(tasks.check_import, batch_id)


def _enqueue_commit(batch_id: int) -> None:
    from records import tasks

    tasks.work_on_later(tasks.commit_import, batch_id)


# ---------------------------------------------------------------- the batch


def _locked(batch_id: int, actor: Actor) -> ImportBatch:
    batch: ImportBatch = locked(ImportBatch.objects.visible_to(actor), batch_id)
    return batch


@transaction.atomic
def remap(
    batch_id: int, mapping: Mapping[int, str | None], *, actor: Actor, header_row: int | None = None
) -> ImportBatch:
    """对应列: column index → name (None: not imported); `header_row` as Excel numbers it. All is checked anew."""
    batch = _locked(batch_id, actor)
    BATCH.check(batch, "remap", actor=actor)
    importer = importer_of(batch.importer)
    before = batch.mapping
    if header_row is not None and header_row != batch.header_row:
        batch.header_row = header_row
        width = max((len(cells) for _, cells in head_rows(batch, importer)), default=0)
    else:
        width = len(batch.headers)
    batch.mapping = checked_mapping(mapping, width, importer)
    missing = [n for n in importer.indispensable if n not in batch.mapping.values()]
    if missing:
        labels = "、".join(f"“{importer.vocabulary.label(n)}”" for n in missing)
        raise Invalid("missing_columns", f"请指定{labels}是哪一列：没有它，无法知道每一行说的是哪一项决定。")
    batch.rows.all().delete()
    BATCH.move(batch, "remap")
    batch.checked_rows, batch.problem, batch.claim = 0, "", ""
    batch.save()
    audit.record("records.import_remapped", batch, actor=actor, changes={"mapping": [before, batch.mapping]})
    _enqueue_check(batch.pk)
    return batch


@transaction.atomic
def commit_batch(batch_id: int, *, actor: Actor, by_worker: bool = True) -> ImportBatch:
    """入库 of all rows that are valid now; rows corrected later go in by calling this again."""
    batch = _locked(batch_id, actor)
    BATCH.check(batch, "commit", actor=actor)
    waiting = batch.rows.filter(status=RowStatus.VALID).count()
    if not waiting:
        raise Invalid("nothing_to_commit", "没有可以入库的行：请先改正有错误的行，或下载后修改重新上传。")
    BATCH.move(batch, "commit")
    _take_over(batch, actor)
    batch.problem = ""
    batch.save(update_fields=["status", "uploaded_by", "problem"])
    audit.record("records.import_committed", batch, actor=actor, changes={"rows": [None, waiting]})
    if by_worker:
        _enqueue_commit(batch.pk)
    return batch


@transaction.atomic
def abandon(batch_id: int, *, actor: Actor) -> ImportBatch:
    """放弃导入: the staged rows go, the batch and its file stay as a trace. Not after anything went in."""
    batch = _locked(batch_id, actor)
    BATCH.check(batch, "abandon", actor=actor)
    if batch.committed_rows:
        raise WrongState("partly_committed", "该批次已有行入库，不能放弃；不需要的行请逐行“不导入”。")
    BATCH.move(batch, "abandon")
    batch.claim, batch.finished_at = "", timezone.now()
    batch.save(update_fields=["status", "claim", "finished_at"])
    batch.rows.all().delete()
    audit.record("records.import_abandoned", batch, actor=actor)
    return batch


def _take_over(batch: ImportBatch, actor: Actor) -> None:
    """A batch of the department API belongs to the first person who works on it, and is then theirs to answer for."""
    if batch.uploaded_by_id is None:
        batch.uploaded_by_id = actor.user_id


def counts(batch: ImportBatch) -> dict[str, int]:
    """Rows by status, for pages; one indexed statement."""
    found = dict(batch.rows.order_by().values_list("status").annotate(n=Count("*")))
    return {str(status): found.get(status, 0) for status in RowStatus.values}


def forget_files(*, today: date, days: int) -> int:
    """Delete uploaded files of batches that ended and are older than `days`: the rows and the digest stay."""
    ended = (BatchStatus.COMMITTED, BatchStatus.ABANDONED, BatchStatus.FAILED)
    old = ImportBatch.objects.filter(status__in=ended, uploaded_at__date__lt=today - timedelta(days=days))
    forgotten = 0
    for batch in old.exclude(file="").order_by("pk"):
        batch.file.delete(save=False)
        ImportBatch.objects.filter(pk=batch.pk).update(file="")
        audit.record("records.import_file_deleted", batch, actor=system_actor())
        forgotten += 1
    return forgotten


def head(batch_id: int, *, actor: Actor) -> list[tuple[int, list[str]]]:
    """(row number, cells) of the file's first rows, for choosing the header row by hand. Raises TableProblem."""
    batch = ImportBatch.objects.visible_to(actor).filter(pk=batch_id).first()
    if batch is None or not batch.file:
        raise NotFound("not_found", "没有找到该批次的文件。")
    return head_rows(batch, importer_of(batch.importer))


# ---------------------------------------------------------------- one row


def _open_row(row_id: int, actor: Actor) -> tuple[ImportBatch, ImportRow]:
    """The row with its batch locked, so that no worker commits it meanwhile."""
    found = ImportRow.objects.filter(pk=row_id).values_list("batch_id", flat=True).first()
    if found is None:
        raise NotFound("not_found", "没有找到该行，可能该批次已重新检查，请刷新页面。")
    batch = _locked(found, actor)
    if reason := may_handle_batch(batch, actor):
        raise NotAllowed("not_allowed", reason)
    if batch.status not in (BatchStatus.CHECKED, BatchStatus.COMMITTED):
        raise WrongState("wrong_state", f"批次“{batch.get_status_display()}”，此时不能修改行，请稍后刷新。")
    row = locked(ImportRow.objects.all(), row_id)
    if row.status == RowStatus.COMMITTED:
        raise WrongState("row_committed", "该行已经入库，请在信用记录中修改或申请更正。")
    return batch, row


@transaction.atomic
def correct_row(row_id: int, values: Mapping[str, Any], *, actor: Actor, today: date | None = None) -> ImportRow:
    """改正 one row: `values` by column name over its cells; blank empties a cell, sealed ones stay unless given.

    The row is checked again at once and comes back with its new errors and status; nothing is refused here.
    """
    batch, row = _open_row(row_id, actor)
    importer = importer_of(batch.importer)
    unknown = sorted(set(values) - set(importer.vocabulary.specs))
    if unknown:
        raise Invalid("unknown_column", f"没有这些栏目：{'、'.join(unknown)}。")
    before = dict(row.corrections)
    cleaner = CellCleaner(cell_chars=Limits().cell_chars, text_chars=Limits().text_chars)
    for name, given in values.items():
        value = cleaner.text(given) if isinstance(given, str) else given
        if name in importer.sealed:
            if value not in ("", None):
                row.corrections[name] = seal(value)
        else:
            row.corrections[name] = None if value in ("", None) else plain(value)
    checked = _check_again(batch, row, importer, today or timezone.localdate())
    _write_checked(row, checked)
    _take_over(batch, actor)
    batch.save(update_fields=["uploaded_by"])
    changed = audit.difference(before, {k: v for k, v in row.corrections.items() if k not in importer.sealed})
    entry = audit.Entry(row.pk, f"{batch} {row}", changed)
    audit.record_many("records.import_row_corrected", ImportRow._meta.label_lower, [entry], actor=actor)
    return row


def _check_again(batch: ImportBatch, row: ImportRow, importer: Importer, today: date) -> Checked:
    session = importer.session(batch, batch.agency, _with_corrections(columns_of(batch), row), today=today)
    (checked,) = session.check([RawRow(row.number, raw_of(batch, row))])
    if checked.status != RowStatus.VALID:
        return checked
    earlier = batch.rows.filter(status__in=(RowStatus.VALID, RowStatus.COMMITTED)).exclude(pk=row.pk)
    twin = earlier.filter(fingerprint=checked.fingerprint).values_list("number", flat=True).first()
    if twin is None:
        return checked
    error = {"field": "document_number", "code": "duplicate", "message": twin_message(twin)}
    return replace(checked, status=str(RowStatus.DUPLICATE), errors=[*checked.errors, error])


def _write_checked(row: ImportRow, c: Checked) -> None:
    names = ("corrections", "values", "errors", "warnings", "status", "month", "fingerprint")
    values = (row.corrections, c.values, c.errors, c.warnings, c.status, c.month, c.fingerprint)
    update_rows(ImportRow, names, [(row.pk, *values)])
    row.refresh_from_db()


def _with_corrections(columns: Columns | None, row: ImportRow) -> Columns | None:
    """A column that only a correction fills is a column of this row's table too."""
    if columns is None:
        return None
    added = {-n: name for n, name in enumerate(row.corrections, 1) if name not in columns.names}
    return Columns({**columns.mapping, **added}, columns.units)


def raw_of(batch: ImportBatch, row: ImportRow) -> dict[str, Any]:
    """The row's cells by column name, corrections over them, ready to be checked."""
    raw = {}
    columns = columns_of(batch)
    if columns is None:
        raw = {name: load(cell) for name, cell in row.cells.items() if cell is not None}
    else:
        for index, name in columns.mapping.items():
            if index < len(row.cells) and row.cells[index] is not None:
                raw[name] = load(row.cells[index])
    for name, value in row.corrections.items():
        if value is None:
            raw.pop(name, None)
        else:
            raw[name] = load(value)
    return raw


def form_values(batch: ImportBatch, row: ImportRow) -> dict[str, str]:
    """What the form for correcting a row shows by column name; sealed numbers are left out."""
    sealed = importer_of(batch.importer).sealed
    columns = columns_of(batch)
    if columns is None:
        cells = dict(row.cells)
    else:
        cells = {name: row.cells[i] for i, name in columns.mapping.items() if i < len(row.cells)}
    return {name: shown(cell) for name, cell in (cells | row.corrections).items() if name not in sealed}


@transaction.atomic
def drop_row(row_id: int, *, actor: Actor) -> ImportRow:
    """不导入: the row stays as a trace and is never committed."""
    batch, row = _open_row(row_id, actor)
    update_rows(ImportRow, ["status"], [(row.pk, RowStatus.DROPPED)])
    row.refresh_from_db()
    entry = audit.Entry(row.pk, f"{batch} {row}")
    audit.record_many("records.import_row_dropped", ImportRow._meta.label_lower, [entry], actor=actor)
    return row


def preview(row_id: int, *, actor: Actor, today: date | None = None) -> dict[str, Any]:
    """What the public will see of a valid row once it is approved.

    {"visible": bool, "reason": sentence, "rule": title, "basis": …, "until": ISO or None, "public": projection or None}
    """
    row = ImportRow.objects.select_related("batch__agency").filter(pk=row_id).first()
    if row is None or not ImportBatch.objects.visible_to(actor).filter(pk=row.batch_id).exists():
        raise NotFound("not_found", "没有找到该行，可能该批次已重新检查，请刷新页面。")
    batch = row.batch
    session = importer_of(batch.importer).session(
        batch, batch.agency, columns_of(batch), today=today or timezone.localdate()
    )
    return session.preview(row)


def importable_agencies(actor: Actor) -> Iterable[Subject]:
    """Agencies that this person may import for."""
    return Subject.objects.agencies().filter(pk__in=sorted(actor.unit_ids)).order_by("name")
