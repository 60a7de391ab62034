"""Approval and publication of a whole batch in one act, against the statements somebody would write by hand."""

from pathlib import Path

from django.db import connection, transaction

from accounts.models import User
from benchmarks.measuring import Run, timed
from benchmarks.rows_import import KIND, import_file, write_workbook
from benchmarks.table import Line, at_most, left_out
from demo.subjects import REVIEWER
from records import services
from records.choices import RecordStatus
from records.models import CreditRecord
from records.people import actor_for

ROW = "审核并公示"
BY_HAND = Path(__file__).parent / "sql" / "publication.sql"


def approval(run: Run) -> list[Line]:
    batch = _waiting_batch(run)
    waiting = CreditRecord.objects.filter(batch_id=batch, status=RecordStatus.SUBMITTED).count()
    reviewer = actor_for(User.objects.get(username=REVIEWER))
    what = f"{waiting:,} 条"
    by_hand = _by_hand(batch, reviewer.user_id or 0, run) if run.on_postgres else None
    with timed() as taken:
        services.approve_batch(batch, actor=reviewer, today=run.today)
    run.say(f"审核并公示 {what}：{taken[0]:.1f} 秒；手写 SQL：{by_hand or 0:.1f} 秒")
    if by_hand is None:
        return [left_out(ROW, what, f"对照语句只为 PostgreSQL 写成；用时 {taken[0]:.1f} 秒")]
    return [at_most(ROW, what, taken[0] / by_hand, 3, "手写 SQL", f"{taken[0]:.1f} 秒对 {by_hand:.1f} 秒")]


def _waiting_batch(run: Run) -> int:
    """The batch that the import's row left, else a new one."""
    waiting = CreditRecord.objects.filter(status=RecordStatus.SUBMITTED, batch__isnull=False).order_by("-pk")
    if (found := waiting.values_list("batch_id", flat=True).first()) is not None:
        return int(found)
    path = run.folder / "bench.xlsx"
    write_workbook(run, path)
    return int(import_file(path)["batch"])


def _by_hand(batch: int, reviewer: int, run: Run) -> float:
    """Seconds for the same rows by SQL alone; rolled back."""
    statements = [s for s in BY_HAND.read_text().split(";\n") if s.strip()]
    parameters = {"batch": batch, "reviewer": reviewer, "today": run.today, "kind": str(KIND)}
    with transaction.atomic():
        with connection.cursor() as cursor, timed() as taken:
            for statement in statements:
                cursor.execute(statement, parameters)
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        transaction.set_rollback(True)
    # What the rollback left behind must not slow down what is measured next.
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return taken[0]
