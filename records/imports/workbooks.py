"""Workbooks out of the import: the template, and the rows that did not go in."""

from collections.abc import Mapping
from typing import Any, BinaryIO

from core.actors import Actor
from core.errors import NotFound
from core.tabular.writing import RejectedRow, write_rejects
from records.choices import RowStatus
from records.imports.cells import shown
from records.imports.importers import Importer, importer_of
from records.imports.running import columns_of
from records.models import ImportBatch, ImportRow


def write_rejected(batch_id: int, target: BinaryIO, *, actor: Actor) -> int:
    """The rows that did not go in, as a workbook with the reason beside each cell; answers how many."""
    batch = ImportBatch.objects.visible_to(actor).filter(pk=batch_id).first()
    if batch is None:
        raise NotFound("not_found", "没有找到该批次。")
    importer = importer_of(batch.importer)
    columns = columns_of(batch)
    names = dict(columns.mapping) if columns else dict(enumerate(importer.vocabulary.specs))
    header = batch.headers if columns else [importer.vocabulary.label(n) for n in importer.vocabulary.specs]
    # Columns that the file lacks and that an error asks for are added, so that the workbook can be filled in.
    asked = _asked_for(batch, set(names.values()), importer)
    width = len(header)
    names |= {width + i: name for i, name in enumerate(asked)}
    header = [*header, *(importer.vocabulary.label(name) for name in asked)]
    rows = batch.rows.filter(status__in=(RowStatus.INVALID, RowStatus.DUPLICATE)).order_by("number")
    return write_rejects(target, header, (_rejected(batch, row, names, len(header)) for row in rows.iterator(2000)))


def _asked_for(batch: ImportBatch, have: set[str], importer: Importer) -> list[str]:
    fields: set[str] = set()
    for errors in batch.rows.filter(status=RowStatus.INVALID).values_list("errors", flat=True).iterator(2000):
        fields.update(e["field"] for e in errors)
    return [name for name in importer.vocabulary.specs if name in fields - have]


def _rejected(batch: ImportBatch, row: ImportRow, names: Mapping[int, str], width: int) -> RejectedRow:
    by_name = {name: index for index, name in names.items()}
    if isinstance(row.cells, dict):
        cells: list[Any] = [None] * width
        for name, cell in row.cells.items():
            if name in by_name:
                cells[by_name[name]] = shown(cell)
    else:
        cells = [shown(cell) for cell in row.cells] + [None] * (width - len(row.cells))
    for name, value in row.corrections.items():
        if name in by_name:
            cells[by_name[name]] = shown(value)
    reasons: dict[int | None, list[str]] = {}
    for error in row.errors:
        reasons.setdefault(by_name.get(error["field"]), []).append(error["message"])
    return RejectedRow(row.number, cells, reasons)


def write_template(importer: str, target: BinaryIO) -> None:
    """The workbook to fill in (模板), with drop-downs, notes and one example row."""
    importer_of(importer).template(target)
