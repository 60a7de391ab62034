"""What one stand-in platform holds: a SQLite file of its own, one transaction per batch.

Rules, as the real receivers keep them:
- an idempotency key seen before gets the answer it got the first time, and changes nothing;
- a version older than the one held is refused, the same or a newer one replaces it;
- a recall leaves a tombstone: key and version, no content.
"""

import hashlib
import json
import sqlite3
import threading
import time
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from sharing.sandbox import tables
from sharing.sandbox.tables import Refusal
from sharing.signing import WINDOW_SECONDS

SCHEMA = """
CREATE TABLE IF NOT EXISTS item (
    record TEXT PRIMARY KEY, version INTEGER NOT NULL, recalled INTEGER NOT NULL, table_code TEXT NOT NULL,
    name TEXT NOT NULL, columns TEXT, digest TEXT NOT NULL, received_at REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS answer (
    id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT UNIQUE NOT NULL, record TEXT NOT NULL,
    version INTEGER NOT NULL, operation TEXT NOT NULL, status TEXT NOT NULL, code TEXT NOT NULL,
    column_code TEXT NOT NULL, text TEXT NOT NULL, answered_at REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS inbox (
    key TEXT PRIMARY KEY, due_at REAL NOT NULL, body TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS nonce (nonce TEXT PRIMARY KEY, seen_at REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS subject (code TEXT PRIMARY KEY, name TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS state (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""
# How this platform misbehaves when told to; kept in the file, so a restart changes nothing.
CONTROLS: dict[str, Any] = {
    "slow_seconds": 0.0,  # wait before every answer
    "fail_next": 0,  # answer 503 to so many requests, having done nothing
    "fail_rate": 0.0,  # answer 503 to this share of requests
    "fail_status": 503,
    "drop_next": 0,  # do the work, then close the connection without an answer
    "defer_seconds": 0.0,  # answer "accepted" and store so much later
    "refuse": [],  # [{"match": {"CF_WSH": "…"}, "code": …, "column": …, "text": …}]
    "crash_on": [],  # answer 500 to any batch with one of these records
}
_NOT_REPORTED = {"status": "unknown", "code": "", "column": "", "text": "本平台没有收到该报送编号。"}


class BadItem(ValueError):
    """An item without the fields that make it an item."""


class ToldToCrash(RuntimeError):
    """`crash_on` names a record of this batch."""


def canonical(columns: dict[str, Any]) -> str:
    return json.dumps(columns, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest_of(columns: dict[str, Any]) -> str:
    return hashlib.sha256(canonical(columns).encode()).hexdigest()


class Store:
    """All access is serialised by one lock: one process, one file, one writer."""

    def __init__(self, platform: str, path: Path):
        self.platform = platform
        self.lock = threading.RLock()
        self.db = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=30)
        self.db.row_factory = sqlite3.Row
        self.db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;" + SCHEMA)
        self.controls = CONTROLS | json.loads(self._state("controls") or "{}")
        self.counts = {"batches": 0, "duplicates": 0, **json.loads(self._state("counts") or "{}")}

    def close(self) -> None:
        with self.lock:
            self.db.close()

    def _state(self, name: str) -> str:
        row = self.db.execute("SELECT value FROM state WHERE name = ?", (name,)).fetchone()
        return row["value"] if row else ""

    def _set_state(self, name: str, value: object) -> None:
        self.db.execute(
            "INSERT INTO state VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            (name, json.dumps(value, ensure_ascii=False)),
        )

    # --- control ----------------------------------------------------------------------------------------

    def control(self, changes: dict[str, Any]) -> dict[str, Any]:
        """Apply control settings; `reset` forgets everything, `forget`/`spoil` plant differences."""
        with self.lock, self.db:
            self.db.execute("BEGIN IMMEDIATE")
            if changes.get("reset"):
                for table in ("item", "answer", "inbox", "nonce", "subject"):
                    self.db.execute(f"DELETE FROM {table}")  # noqa: S608 — names from the line above
                self.controls = dict(CONTROLS)
                self.counts = {"batches": 0, "duplicates": 0}
            self.controls.update({name: changes[name] for name in CONTROLS if name in changes})
            self.db.executemany(
                "INSERT OR REPLACE INTO subject VALUES (?, ?)", list(changes.get("subjects", {}).items())
            )
            for record in changes.get("forget", []):
                self.db.execute("DELETE FROM item WHERE record = ?", (record,))
            for record in changes.get("spoil", []):
                self.db.execute("UPDATE item SET digest = 'spoilt' WHERE record = ?", (record,))
            self._set_state("controls", self.controls)
            self._set_state("counts", self.counts)
        return self.overview()

    def use_up(self, name: str) -> bool:
        """True while a countdown such as `fail_next` has something left; counts down."""
        with self.lock:
            if self.controls[name] <= 0:
                return False
            self.controls[name] -= 1
            self._set_state("controls", self.controls)
            return True

    def overview(self) -> dict[str, Any]:
        with self.lock:
            one = self.db.execute(
                "SELECT count(*) FILTER (WHERE NOT recalled) AS held,"
                " count(*) FILTER (WHERE recalled) AS recalled FROM item"
            ).fetchone()
            answers = dict(self.db.execute("SELECT status, count(*) FROM answer GROUP BY status").fetchall())
            waiting = self.db.execute("SELECT count(*) FROM inbox").fetchone()[0]
        return {
            "platform": self.platform,
            "held": one["held"],
            "recalled": one["recalled"],
            "waiting": waiting,
            "answers": answers,
            **self.counts,
            "controls": self.controls,
        }

    # --- receiving --------------------------------------------------------------------------------------

    def remember_nonce(self, nonce: str, now: float) -> bool:
        """False when the nonce was seen within the window: a replay."""
        with self.lock, self.db:
            self.db.execute("BEGIN IMMEDIATE")
            self.db.execute("DELETE FROM nonce WHERE seen_at < ?", (now - 2 * WINDOW_SECONDS - 60,))
            added = self.db.execute("INSERT OR IGNORE INTO nonce VALUES (?, ?)", (nonce, now)).rowcount
        return added == 1

    def receive(self, items: list[dict[str, Any]], now: float) -> list[dict[str, Any]]:
        """One answer per item, in order. Nothing is stored when the process dies before the end."""
        self._check_shape(items)
        if bad := {item["record"] for item in items}.intersection(self.controls["crash_on"]):
            raise ToldToCrash(f"平台处理 {len(bad)} 项时出错。")
        with self.lock, self.db:
            self.db.execute("BEGIN IMMEDIATE")
            self._settle(now)
            answers = self._answers([item["key"] for item in items])
            fresh = [item for item in items if item["key"] not in answers]
            self.counts["batches"] += 1
            self.counts["duplicates"] += len(items) - len(fresh)
            if self.controls["defer_seconds"] > 0:
                answers |= self._defer(fresh, now)
            else:
                answers |= self._apply(fresh, now)
            self._set_state("counts", self.counts)
        return [answers[item["key"]] for item in items]

    def receipts(self, keys: list[str], now: float) -> list[dict[str, Any]]:
        """What became of items sent earlier."""
        with self.lock, self.db:
            self.db.execute("BEGIN IMMEDIATE")
            self._settle(now)
            answers = self._answers(keys)
        return [answers.get(key) or {"key": key, **_NOT_REPORTED} for key in keys]

    @staticmethod
    def _check_shape(items: list[dict[str, Any]]) -> None:
        for item in items:
            upsert = isinstance(item, dict) and item.get("operation") == "upsert"
            whole = (
                isinstance(item, dict)
                and all(isinstance(item.get(name), str) and item[name] for name in ("key", "record"))
                and isinstance(item.get("version"), int)
                and (upsert or item.get("operation") == "recall")
                and (not upsert or isinstance(item.get("columns"), dict))
            )
            if not whole:
                raise BadItem("每一项须有 key、record、version、operation（upsert 或 recall）与 columns。")

    def _answers(self, keys: list[str]) -> dict[str, dict[str, Any]]:
        listed = json.dumps(keys)
        rows = self.db.execute("SELECT * FROM answer WHERE key IN (SELECT value FROM json_each(?))", (listed,))
        answers = {
            row["key"]: _answer(row["key"], row["status"], row["code"], row["column_code"], row["text"]) for row in rows
        }
        for row in self.db.execute("SELECT key FROM inbox WHERE key IN (SELECT value FROM json_each(?))", (listed,)):
            answers[row["key"]] = _accepted(row["key"])
        return answers

    def _defer(self, items: list[dict[str, Any]], now: float) -> dict[str, dict[str, Any]]:
        due = now + self.controls["defer_seconds"]
        self.db.executemany(
            "INSERT OR IGNORE INTO inbox VALUES (?, ?, ?)",
            [(item["key"], due, json.dumps(item)) for item in items],
        )
        return {item["key"]: _accepted(item["key"]) for item in items}

    def _settle(self, now: float) -> None:
        """Store what was deferred and is due."""
        rows = self.db.execute("SELECT key, body FROM inbox WHERE due_at <= ? ORDER BY rowid", (now,)).fetchall()
        if rows:
            self._apply([json.loads(row["body"]) for row in rows], now)
            self.db.executemany("DELETE FROM inbox WHERE key = ?", [(row["key"],) for row in rows])

    def _apply(self, items: list[dict[str, Any]], now: float) -> dict[str, dict[str, Any]]:
        held = self._held_versions([item["record"] for item in items])
        today = datetime.fromtimestamp(now).date()
        names = self._names(items)
        answers: dict[str, dict[str, Any]] = {}
        rows, journal = [], []
        for item in items:
            key, record, version = item["key"], item["record"], item["version"]
            if key in answers:
                continue
            recall = item["operation"] == "recall"
            refusal = None
            if version < held.get(record, version):
                text = f"本平台已持有该记录的第 {held[record]} 版，不接受更早的第 {version} 版。"
                refusal = Refusal(tables.OLDER_VERSION, "", text)
            else:
                refusal = self._told_to_refuse(item) or (None if recall else self._refusal(item, today, names))
            if refusal:
                answer = _answer(key, "refused", refusal.code, refusal.column, refusal.text)
            else:
                held[record] = version
                rows.append(_row(item, recall, now))
                answer = _answer(key, "stored", tables.OK, "", "已撤回" if recall else "已入库")
            answers[key] = answer
            journal.append(
                (key, record, version, item["operation"], answer["status"], answer["code"], answer["column"],
                 answer["text"], now)
            )  # fmt: skip
        self.db.executemany("INSERT OR REPLACE INTO item VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
        self.db.executemany(
            "INSERT INTO answer"
            " (key, record, version, operation, status, code, column_code, text, answered_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            journal,
        )
        return answers

    def _held_versions(self, records: list[str]) -> dict[str, int]:
        rows = self.db.execute(
            "SELECT record, version FROM item WHERE record IN (SELECT value FROM json_each(?))",
            (json.dumps(records),),
        )
        return {row["record"]: row["version"] for row in rows}

    def _names(self, items: Iterable[dict[str, Any]]) -> dict[str, str]:
        """The base library's names of the codes in these items."""
        codes = {code for item in items for code in (_party_code(item),) if code}
        rows = self.db.execute(
            "SELECT code, name FROM subject WHERE code IN (SELECT value FROM json_each(?))",
            (json.dumps(sorted(codes)),),
        )
        return {row["code"]: row["name"] for row in rows}

    def _told_to_refuse(self, item: dict[str, Any]) -> Refusal | None:
        facts = item | (item.get("columns") or {})
        for rule in self.controls["refuse"]:
            if all(_matches(facts.get(name), want) for name, want in rule["match"].items()):
                return Refusal(rule["code"], rule.get("column", ""), rule.get("text", ""))
        return None

    def _refusal(self, item: dict[str, Any], today: Any, names: dict[str, str]) -> Refusal | None:
        columns = item["columns"]
        if not item.get("department"):
            return Refusal(tables.DEPARTMENT_EMPTY, "", "报送部门编码为空。")
        refusal = tables.check_columns(self.platform, item.get("table"), columns, today)
        if refusal:
            return refusal
        column = tables.name_column(item["table"])
        known = names.get(_party_code(item))
        if known is not None and known != columns[column]:
            text = "未查询到主体或查询到的主体信息不匹配：名称与统一社会信用代码不一致。"
            return Refusal(tables.NAME_MISMATCH, column, text)
        return None

    # --- reading ----------------------------------------------------------------------------------------

    def manifest(self, after: str, limit: int, now: float) -> dict[str, Any]:
        """A page of (record, version, digest, recalled) in the order of record keys."""
        with self.lock, self.db:
            self.db.execute("BEGIN IMMEDIATE")
            self._settle(now)
            rows = self.db.execute(
                "SELECT record, version, digest, recalled FROM item WHERE record > ? ORDER BY record LIMIT ?",
                (after, limit),
            ).fetchall()
        items = [[row["record"], row["version"], row["digest"], bool(row["recalled"])] for row in rows]
        return {"items": items, "next": items[-1][0] if len(items) == limit else None}

    def latest(self, text: str = "", limit: int = 50) -> list[sqlite3.Row]:
        where, values = "", []
        if text:
            where, values = "WHERE instr(record, ?) OR instr(name, ?) OR instr(columns, ?)", [text] * 3
        with self.lock:
            return self.db.execute(
                f"SELECT * FROM item {where} ORDER BY received_at DESC, record DESC LIMIT ?",  # noqa: S608
                (*values, limit),
            ).fetchall()

    def last_refusals(self, limit: int = 20) -> list[sqlite3.Row]:
        with self.lock:
            return self.db.execute(
                "SELECT * FROM answer WHERE status = 'refused' ORDER BY id DESC LIMIT ?", (limit,)
            ).fetchall()

    def journal(self, after: int = 0, limit: int = 10_000) -> list[dict[str, Any]]:
        """Every answer in the order it was given first; for the sender's tests."""
        with self.lock:
            rows = self.db.execute("SELECT * FROM answer WHERE id > ? ORDER BY id LIMIT ?", (after, limit))
            return [dict(row) for row in rows]


def now_seconds() -> float:
    return time.time()


def _answer(key: str, status: str, code: str, column: str, text: str) -> dict[str, Any]:
    return {"key": key, "status": status, "code": code, "column": column, "text": text}


def _accepted(key: str) -> dict[str, Any]:
    return _answer(key, "accepted", tables.OK, "", "已接收，待入库")


def _row(item: dict[str, Any], recall: bool, now: float) -> tuple[Any, ...]:
    if recall:
        return (item["record"], item["version"], 1, item.get("table") or "", "", None, "", now)
    text = canonical(item["columns"])
    name = item["columns"][tables.name_column(item["table"])]
    digest = hashlib.sha256(text.encode()).hexdigest()
    return (item["record"], item["version"], 0, item["table"], name, text, digest, now)


def _party_code(item: dict[str, Any]) -> str:
    columns, table = item.get("columns") or {}, item.get("table")
    if not isinstance(table, str) or table not in tables.TABLES:
        return ""
    return str(columns.get(tables.code_column(table)) or "")


def _matches(value: object, want: object) -> bool:
    """Equal, or starting with what stands before a closing asterisk."""
    if isinstance(want, str) and want.endswith("*"):
        return isinstance(value, str) and value.startswith(want[:-1])
    return value == want
