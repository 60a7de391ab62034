"""The drill: back up, restore into an empty place, compare. With the commands of docs/operations/backup.md."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from django.db import connection

from core import audit
from core.actors import system_actor
from records import services
from records.projection import canonical, digest
from tests.factories.records import published_penalty
from tests.people import make_cast
from tests.support.processes import ROOT, database_url
from tests.support.report import leave_out


def write_something() -> None:
    """A ledger with published, corrected and withdrawn records, and a long trail."""
    cast = make_cast()
    records = [published_penalty(cast) for _ in range(6)]
    services.mark_disputed(records[0].pk, actor=cast.office, reason="当事人提出异议")
    change = services.propose_withdrawal(records[1].pk, actor=cast.clerk, reason="决定被撤销")
    services.accept_change(change.pk, actor=cast.reviewer)
    services.seal()
    audit.register(core_tested="测试")
    entries = [audit.Entry(n, f"对象{n}", {"名称": ["旧", "新"]}, "演练") for n in range(50)]
    audit.record_many("core.tested", "core.test", entries, actor=system_actor())


def contents(cursor: Any, tables: list[str]) -> dict[str, list[Any]]:
    """Every row of every table, as text, in an order of its own."""
    found = {}
    for table in tables:
        cursor.execute(f'SELECT * FROM "{table}"')
        found[table] = sorted(map(repr, cursor.fetchall()))
    return found


def broken_digests(cursor: Any) -> list[int]:
    """Revisions whose content no longer is what was published."""
    cursor.execute("SELECT id, public, salt, digest FROM records_revision")
    rows = cursor.fetchall()
    assert len(rows) >= 8
    return [
        pk
        for pk, public, salt, kept in rows
        if digest(canonical(json.loads(public) if isinstance(public, str) else public), salt) != kept
    ]


def embedded(act: str, argument: Path, data: Path) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "scripts/backup.py", act, str(argument)]
    return subprocess.run(words, cwd=ROOT, env={**os.environ, "DATA_DIR": str(data)}, capture_output=True, text=True)


@pytest.mark.sqlite
@pytest.mark.django_db(transaction=True)
def test_embedded_backup_taken_while_the_site_writes_restores_everything(tmp_path: Path) -> None:
    write_something()
    old, new, archive = tmp_path / "old", tmp_path / "new", tmp_path / "backup.tar.gz"
    (old / "files").mkdir(parents=True)
    (old / "files" / "evidence.pdf").write_bytes(b"evidence")
    (old / "secret_key.secret").write_text("a secret")
    connection.cursor().execute("VACUUM INTO %s", [str(old / "huicheng.sqlite3")])
    with sqlite3.connect(old / "huicheng.sqlite3") as live:
        live.execute("PRAGMA journal_mode=WAL")
        live.execute("UPDATE django_content_type SET model = model")  # an open transaction must not spoil it
        done = embedded("save", archive, old)
    assert done.returncode == 0, done.stderr
    assert archive.stat().st_mode & 0o077 == 0
    assert [p.name for p in old.iterdir() if p.is_dir()] == ["files"]

    done = embedded("restore", archive, new)
    assert done.returncode == 0, done.stderr
    assert (new / "files" / "evidence.pdf").read_bytes() == b"evidence"
    assert (new / "secret_key.secret").read_text() == "a secret"
    with sqlite3.connect(old / "huicheng.sqlite3") as before, sqlite3.connect(new / "huicheng.sqlite3") as after:
        schema = "SELECT type, name, sql FROM sqlite_master ORDER BY name"
        assert after.execute(schema).fetchall() == before.execute(schema).fetchall()
        tables = connection.introspection.table_names()
        assert contents(after.cursor(), tables) == contents(before.cursor(), tables)
        assert broken_digests(after.cursor()) == []

    done = embedded("restore", archive, new)
    assert done.returncode == 1
    assert "已有数据库，不会覆盖" in done.stderr


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_production_dump_restores_everything_and_history_stays_closed() -> None:
    dump, restore = shutil.which("pg_dump"), shutil.which("pg_restore")
    if not dump or not restore:
        leave_out("pg_dump and pg_restore are not installed (apt install postgresql-client)")
    write_something()
    tables = connection.introspection.django_table_names(only_existing=True, include_views=False)
    url = database_url().replace("postgres://", "postgresql://")
    name = f"{connection.settings_dict['NAME']}_restored"
    with closing(psycopg2.connect(url)) as original, original.cursor() as cursor:
        before = contents(cursor, tables)
    target = url.rsplit("/", 1)[0] + f"/{name}"
    with connection.cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')
        cursor.execute(f'CREATE DATABASE "{name}"')
    try:
        dumped = subprocess.run([dump, "-Fc", url], capture_output=True, check=True).stdout
        words = [restore, "-d", target, "--clean", "--if-exists", "--no-owner"]
        subprocess.run(words, input=dumped, capture_output=True, check=True)
        with closing(psycopg2.connect(target)) as restored, restored.cursor() as cursor:
            assert contents(cursor, tables) == before
            assert broken_digests(cursor) == []
            with pytest.raises(psycopg2.DatabaseError, match="append-only"):
                cursor.execute("DELETE FROM core_auditevent")
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')
