"""部门接口: a department's system hands in rows by column name; the same rules and the same path as a workbook.

A call is one batch and one transaction: checked, staged and committed at once. The batch key makes it idempotent: the
same key with the same rows answers what it answered before, with other rows it is refused.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db import transaction

from core import audit
from core.actors import Actor
from core.errors import Invalid, NotAllowed, WrongState
from core.locks import one_at_a_time
from core.masking import scrub
from core.tabular.cells import CellCleaner
from core.tabular.limits import Limits
from records.choices import RowStatus
from records.imports.cells import plain, seal
from records.imports.importers import Importer, RawRow, importer_of
from records.imports.running import commit_chunk, stage
from records.lifecycle import BATCH
from records.models import ImportBatch, ImportRow, Subject
from records.permissions import may_import_for

MOST_ROWS = 1_000
MOST_COLUMNS = 200
KEY = 64
LARGEST = 10**15
ANSWERS = {RowStatus.COMMITTED: "accepted", RowStatus.DUPLICATE: "duplicate"}


@transaction.atomic
def receive(importer: str, rows: Any, *, agency_id: int, batch_key: str, actor: Actor, today: date) -> dict[str, Any]:
    """Check and commit at most 1,000 rows. Answers per row; raises Invalid, NotAllowed, or WrongState `key_reused`."""
    if reason := may_import_for(agency_id, actor):
        raise NotAllowed("not_allowed", reason)
    table = importer_of(importer)
    key = valid_batch_key(batch_key)
    given = _valid_rows(rows)
    digest = hashlib.sha256(json.dumps([importer, rows], sort_keys=True).encode()).hexdigest()
    one_at_a_time(f"intake:{agency_id}:{importer}:{key}")
    earlier = ImportBatch.objects.filter(agency_id=agency_id, importer=importer, key=key).first()
    if earlier is None:
        return _answer(_take_in(table, given, agency_id, key, digest, actor, today), table, replayed=False)
    if earlier.digest != digest:
        raise WrongState(
            "key_reused",
            f"批次号“{key}”已经用过，而这次的内容不同。更正或新的数据请使用新的批次号；重复提交请保持内容不变。",
        )
    return _answer(earlier, table, replayed=True)


def valid_batch_key(batch_key: str) -> str:
    key = batch_key.strip()
    if not key or len(key) > KEY or not key.isprintable():
        raise Invalid(
            "batch_key",
            f"请在请求头 Idempotency-Key 中给出批次号（1至{KEY}个字符），同一批数据重试时保持不变。",
        )
    return key


def _valid_rows(rows: Any) -> Sequence[Mapping[str, Any]]:
    """The shape only; what the values mean is judged row by row."""
    if not isinstance(rows, list) or not rows:
        raise Invalid("rows", "请求正文应为 {“rows”: [{列代码: 值, …}, …]}，至少一行。")
    if len(rows) > MOST_ROWS:
        raise Invalid("too_many_rows", f"一次最多{MOST_ROWS}行，现为{len(rows)}行，请分批提交。")
    for number, row in enumerate(rows, 1):
        if not isinstance(row, dict) or len(row) > MOST_COLUMNS:
            raise Invalid("rows", f"第{number}行应为对象 {{列代码: 值}}，列数不超过{MOST_COLUMNS}。")
        for name, value in row.items():
            several = isinstance(value, list) and all(isinstance(v, str) for v in value)
            if not several and not isinstance(value, str | int | float | bool | None):
                raise Invalid("rows", f"第{number}行“{name[:40]}”的值应为文本、数字或文本列表。")
    return rows


def _take_in(
    table: Importer,
    rows: Sequence[Mapping[str, Any]],
    agency_id: int,
    key: str,
    digest: str,
    actor: Actor,
    today: date,
) -> ImportBatch:
    agency = Subject.objects.get(pk=agency_id)
    batch = ImportBatch(
        importer=table.code,
        agency=agency,
        uploaded_by_id=actor.user_id,
        door=actor.door,
        filename=f"接口批次 {key}",
        digest=digest,
        key=key,
        status=BATCH.initial,
        total_rows=len(rows),
        checked_rows=len(rows),
    )
    named = [_named(row, table) for row in rows]
    unknown = sorted({name for _, strange in named for name in strange})
    if unknown:
        shown = "、".join(f"“{name[:40]}”" for name in unknown[:20])
        batch.notices = [{"code": "unknown_columns", "message": f"不认识的列没有采用，原样留存：{shown}。"}]
    for step in ("checked", "commit", "committed"):
        BATCH.move(batch, step)
    batch.save()
    audit.record("records.import_uploaded", batch, actor=actor, changes={"digest": [None, digest]})
    session = table.session(batch, agency, None, today=today)
    numbers = range(1, len(rows) + 1)
    checked = session.check([RawRow(n, raw) for n, (raw, _) in zip(numbers, named, strict=True)])
    stage(batch.pk, None, numbers, [_cells(raw, strange, table) for raw, strange in named], checked)
    commit_chunk(batch, None, session, actor=actor)
    batch.refresh_from_db()
    return batch


def _named(row: Mapping[str, Any], table: Importer) -> tuple[dict[str, Any], dict[str, Any]]:
    """The row by our column names, and what has no column here."""
    cleaner = CellCleaner(cell_chars=Limits().cell_chars, text_chars=Limits().text_chars)
    raw: dict[str, Any] = {}
    strange: dict[str, Any] = {}
    for given, value in row.items():
        cell = [cleaner.text(v) for v in value] if isinstance(value, list) else _cell(value, cleaner)
        if cell is None or cell == []:
            continue
        names = table.vocabulary.names(given)
        if len(names) == 1 and (name := next(iter(names))) not in raw:
            raw[name] = cell
        else:
            strange[str(cleaner.text(given) or "？")[:100]] = cell
    return raw, strange


def _cell(value: Any, cleaner: CellCleaner) -> Any:
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= LARGEST:
        return str(value)[:100]  # JSON keeps every digit, a spreadsheet's cell would not
    return cleaner.value(value)


def _cells(raw: Mapping[str, Any], strange: Mapping[str, Any], table: Importer) -> dict[str, Any]:
    kept = {name: seal(cell) if name in table.sealed else plain(cell) for name, cell in raw.items()}
    return kept | {f"?{name}": scrub(str(plain(cell))) for name, cell in strange.items()}


# ---------------------------------------------------------------- the answer


def _answer(batch: ImportBatch, table: Importer, *, replayed: bool) -> dict[str, Any]:
    rows = [_row(row, table) for row in batch.rows.order_by("number")]
    counted = [row["status"] for row in rows]
    return {
        "batch": batch.pk,
        "batch_key": batch.key,
        "replayed": replayed,
        "received": len(rows),
        "accepted": counted.count("accepted"),
        "duplicate": counted.count("duplicate"),
        "rejected": counted.count("rejected"),
        "notices": batch.notices,
        "rows": rows,
    }


def _row(row: ImportRow, table: Importer) -> dict[str, Any]:
    status = ANSWERS.get(RowStatus(row.status), "rejected")
    error = None
    if row.errors and status != "accepted":
        first = row.errors[0]
        count = len(row.errors)
        error = {
            "code": first["code"] if count == 1 else "invalid_record",
            "message": first["message"]
            if count == 1
            else f"有{count}处需要修改，请按各列的说明改正后用新的批次号提交。",
            "fields": _by_code(row.errors, table),
        }
    return {
        "row": row.number,
        "status": status,
        # A rejected row may have been answered since; the same call answers what it answered before.
        "record": row.record_id if status != "rejected" else None,
        "error": error,
        "warnings": _by_code(row.warnings, table),
    }


def _by_code(problems: Sequence[Mapping[str, str]], table: Importer) -> dict[str, list[str]]:
    """Messages by the national code of the column."""
    found: dict[str, list[str]] = {}
    for problem in problems:
        spec = table.vocabulary.specs.get(problem["field"])
        found.setdefault(spec.code if spec else problem["field"], []).append(problem["message"])
    return found
