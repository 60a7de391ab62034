"""What a worker does with a batch: check it chunk by chunk, commit it chunk by chunk.

Every chunk is one transaction that writes its rows and advances the batch's counters; whoever comes after a killed
worker goes on with the next row, and no row is there twice.
"""

import logging
from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from itertools import islice
from typing import Any

from django.db import IntegrityError, InterfaceError, OperationalError, transaction

from core.actors import Actor, system_actor
from core.bulk import insert_rows, update_rows
from core.tabular.headers import data_rows
from core.tabular.problems import TableProblem
from records.choices import BatchStatus, RowStatus
from records.imports.claims import Claim, ClaimLostError, released, take
from records.imports.importers import Checked, Columns, Importer, Session, Taken, importer_of
from records.imports.tables import OpenBatch, blocking, opened
from records.lifecycle import BATCH
from records.models import ImportBatch, ImportRow
from records.people import actor_for

logger = logging.getLogger(__name__)
CHUNK = 2_000
RESUME = 5_000
NOTICES = 60
ATTEMPTS = 3
# The database went away: the batch keeps its state, and the sweep finds it.
TRY_AGAIN = (OperationalError, InterfaceError)

ROW = (
    "batch", "number", "cells", "values", "errors", "warnings", "status", "failed_first", "month", "fingerprint",
    "record_id",
)  # fmt: skip


# ---------------------------------------------------------------- checking


def check_batch(batch_id: int, *, today: date) -> bool:
    """Read and check the file of a batch, from where an earlier worker stopped. False: nothing to do for us."""
    claim = take(batch_id, BatchStatus.CHECKING)
    if claim is None:
        return False
    batch = ImportBatch.objects.select_related("agency").get(pk=batch_id)
    with released(claim), suppress(ClaimLostError):
        try:
            _check(batch, claim, importer_of(batch.importer), today)
        except TableProblem as problem:
            _refuse(claim, problem.code, problem.message)
        except TRY_AGAIN:
            raise
        except Exception:
            logger.exception("import batch %s could not be checked", batch_id)
            message = f"检查时发生内部错误，没有保存任何数据。请联系系统管理员，并告知批次编号{batch_id}。"
            _refuse(claim, "internal", message)
    return True


def _refuse(claim: Claim, code: str, message: str) -> None:
    """The file as a whole cannot be used: no partial effect."""
    with transaction.atomic():
        ImportRow.objects.filter(batch=claim.batch_id).delete()
        target = BATCH.transition("fail").target
        claim.finish(target, problem=message, checked_rows=0, notices=[{"code": code, "message": message}])


def _check(batch: ImportBatch, claim: Claim, importer: Importer, today: date) -> None:
    with opened(batch, importer) as source:
        _describe(batch, claim, source, importer)
        session = importer.session(batch, batch.agency, source.columns, today=today)
        last = _resume(batch, session)
        rows = data_rows(source.table, source.match, start=last + 1 if last else None)
        while chunk := list(islice(rows, CHUNK)):
            checked = session.check([source.raw(number, cells) for number, cells in chunk])
            stage(batch.pk, claim, [n for n, _ in chunk], [source.store.dump(c) for _, c in chunk], checked)
        notices = _notices(source, session)
    _checked(batch, claim, notices)


def _describe(batch: ImportBatch, claim: Claim, source: OpenBatch, importer: Importer) -> None:
    """Keep what the header says, then refuse if it leaves a question: the step 对应列 shows it."""
    table, match = source.table, source.match
    batch.headers = [text.strip() for text in match.texts]
    batch.header_row, batch.sheet = match.rows[0], table.sheet or ""
    decided = {str(i): source.columns.mapping.get(i, "") for i in range(len(match.texts))}
    total = max(0, table.row_count - len(match.rows))
    problem = blocking(match, importer)
    # A question that is still open must not look like a decision.
    batch.mapping = batch.mapping or ({} if problem else decided)
    claim.write(
        headers=batch.headers,
        header_row=batch.header_row,
        sheet=batch.sheet[:100],
        mapping=batch.mapping,
        total_rows=total,
    )
    if problem:
        raise problem


def _resume(batch: ImportBatch, session: Session) -> int:
    """Number of the last staged row; the session is told what came before it."""
    if not batch.checked_rows:
        return 0
    rows = ImportRow.objects.filter(batch=batch.pk).order_by("number").only("number", "values", "fingerprint", "status")
    last = 0
    iterator = rows.iterator(chunk_size=RESUME)
    while chunk := list(islice(iterator, RESUME)):
        session.remember(chunk)
        last = chunk[-1].number
    return last


def stage(
    batch_id: int, claim: Claim | None, numbers: Sequence[int], cells: Sequence[Any], checked: Sequence[Checked]
) -> None:
    """One chunk of checked rows, and the counters with it."""
    rows = [
        (batch_id, number, row, c.values, c.errors, c.warnings, c.status,
         c.status == RowStatus.INVALID and c.record_id is None, c.month, c.fingerprint, c.record_id)
        for number, row, c in zip(numbers, cells, checked, strict=True)
    ]  # fmt: skip
    with transaction.atomic():
        if claim:
            claim.advance(checked_rows=len(rows))
        insert_rows(ImportRow, ROW, rows)


def _notices(source: OpenBatch, session: Session) -> list[dict[str, str]]:
    notices = [{"code": "reading", "message": note} for note in source.table.notes]
    if source.match.unknown:
        names = "、".join(f"“{text.strip()}”" for text in source.match.unknown.values())
        notices.append({"code": "unknown_columns", "message": f"不认识的列没有导入，原样留存：{names}。"})
    if source.table.stripped:
        message = f"有{source.table.stripped}个单元格含不可见字符，已去掉。"
        notices.append({"code": "stripped", "message": message})
    return notices + session.notices()


def _checked(batch: ImportBatch, claim: Claim, notices: list[dict[str, str]]) -> None:
    batch.refresh_from_db(fields=["checked_rows", "notices"])
    if not batch.checked_rows:
        raise TableProblem(
            "no_rows",
            "文件里只有表头，没有数据行。",
            "请在表头下面填写数据（示例行不算），保存后再上传；本月没有产生决定的，请做零报告申报。",
        )
    kept = [n for n in batch.notices if n["code"] in KEPT_NOTICES]
    claim.finish(
        BATCH.transition("checked").target,
        total_rows=batch.checked_rows,
        problem="",
        notices=(kept + notices)[:NOTICES],
    )


# Written when the file came in; they stay true whatever is found inside.
KEPT_NOTICES = frozenset({"uploaded_before"})


# ---------------------------------------------------------------- committing


def run_commit(batch_id: int, *, today: date) -> bool:
    """Put the valid rows of a batch into the ledger, from where an earlier worker stopped."""
    claim = take(batch_id, BatchStatus.COMMITTING)
    if claim is None:
        return False
    batch = ImportBatch.objects.select_related("agency", "uploaded_by").get(pk=batch_id)
    actor = actor_for(batch.uploaded_by, door=batch.door) if batch.uploaded_by else system_actor(batch.door)
    with released(claim), suppress(ClaimLostError):
        try:
            session = importer_of(batch.importer).session(batch, batch.agency, columns_of(batch), today=today)
            while _commit_patiently(batch, claim, session, actor):
                pass
            claim.finish(BATCH.transition("committed").target, problem="")
        except TRY_AGAIN:
            raise
        except Exception:
            logger.exception("import batch %s could not be committed", batch_id)
            message = f"入库时发生内部错误，已入库的行有效，其余未入库。请联系系统管理员，并告知批次编号{batch_id}。"
            claim.finish(BATCH.transition("stop").target, problem=message)
    return True


def _commit_patiently(batch: ImportBatch, claim: Claim, session: Session, actor: Actor) -> int:
    """A chunk again when somebody else created one of its subjects at the same moment by another door."""
    for _ in range(ATTEMPTS - 1):
        with suppress(IntegrityError):
            return commit_chunk(batch, claim, session, actor=actor)
    return commit_chunk(batch, claim, session, actor=actor)


def columns_of(batch: ImportBatch) -> Columns | None:
    """The columns as they were decided; None for rows that came by column name."""
    if not batch.mapping:
        return None
    return Columns({int(i): name for i, name in batch.mapping.items() if name})


def commit_chunk(batch: ImportBatch, claim: Claim | None, session: Session, *, actor: Actor) -> int:
    """The next valid rows, all in one transaction with the counters; 0 when none is left."""
    waiting = ImportRow.objects.filter(batch=batch.pk, status=RowStatus.VALID)
    with transaction.atomic():
        rows = list(waiting.order_by("number").only("number", "values")[:CHUNK])
        if not rows:
            return 0
        taken = session.commit(rows, actor=actor)
        _write_taken(taken)
        committed = sum(t.status == RowStatus.COMMITTED for t in taken)
        if claim:
            claim.advance(committed_rows=committed)
        else:
            ImportBatch.objects.filter(pk=batch.pk).update(committed_rows=committed)
    return len(rows)


def _write_taken(taken: Sequence[Taken]) -> None:
    update_rows(ImportRow, ["status", "record_id"], [(t.row_id, t.status, t.record_id) for t in taken])
    refused = [(t.row_id, list(t.errors)) for t in taken if t.errors]
    if refused:
        update_rows(ImportRow, ["errors"], refused)
