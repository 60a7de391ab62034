"""Downloads of a whole list, as the view streams them: time, first bytes, memory; COPY TO of the same columns."""

import io
import json
import subprocess
import sys
from typing import Any

from django.db import connection

from benchmarks.databases import ROOT
from benchmarks.measuring import Run, timed
from benchmarks.table import Line, at_least, below
from disclosure import standard
from records.choices import RecordKindCode
from records.models import PublicRecord

ROW, KIND = "导出", RecordKindCode.LICENCE


def export(run: Run) -> list[Line]:
    count = PublicRecord.objects.filter(kind=KIND).count()
    lines = []
    for form in ("csv", "xlsx"):
        got = _in_own_process(form)
        run.say(f"{form}: {got}")
        lines.append(below(ROW, f"{form} 内存", got["rss"], 300, "MB", f"{count:,} 条"))
        lines.append(Line(ROW, f"{form} 首批字节", "", f"{got['first'] * 1000:.0f} 毫秒", None))
        if form == "csv" and run.on_postgres:
            with timed() as taken:
                _copy_to()
            note = f"{got['seconds']:.1f} 秒对 {taken[0]:.1f} 秒"
            lines.append(at_least(ROW, "csv 速度", taken[0] / got["seconds"], 0.3, "COPY TO", note))
    return lines


def _in_own_process(form: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.exporting", form]
    out = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return dict(json.loads(out))


def _copy_to() -> int:
    """The standard's columns of all public licences, newest first, as PostgreSQL writes them itself."""
    columns = [f"{'c' if c.stored == 'record' else 'd'}.{c.name}" for c in standard.public_columns(KIND)]
    names = ", ".join(["p.record_id", "p.state", "p.published_on", "p.publish_until", "c.repairable_from", *columns])
    statement = f"""
        COPY (SELECT {names} FROM records_publicrecord p
              JOIN records_creditrecord c ON c.id = p.record_id JOIN disclosure_licence d ON d.record_id = p.record_id
              WHERE p.kind = 'licence' ORDER BY p.decided_on DESC, p.record_id DESC) TO STDOUT WITH CSV
    """

    class Counter(io.RawIOBase):
        size = 0

        def write(self, data: Any) -> int:
            self.size += len(data)
            return len(data)

    counter = Counter()
    connection.ensure_connection()
    with connection.connection.cursor() as cursor:
        cursor.copy_expert(statement, counter)
    return counter.size
