"""Example workbooks to upload: the 2018 national columns, the older tables' columns, and one with errors in it."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import BinaryIO

import xlsxwriter

from demo.accounts import MAIN_AGENCY
from demo.agencies import by_key
from demo.decisions import Decision, Maker
from demo.parties import Party
from disclosure import standard
from records.choices import RecordKindCode

Row = dict[str, str]
FIRST_NUMBER = 900  # above those of the demonstration's own records
ROWS = 24


def write_samples(folder: Path, parties: Sequence[Party], random: Random, *, today: date) -> list[Path]:
    """All examples, for the agency whose clerk can sign in."""
    folder.mkdir(parents=True, exist_ok=True)
    maker = Maker(random, parties, [by_key()[MAIN_AGENCY]], first_number=FIRST_NUMBER)
    penalties = _decisions(maker, RecordKindCode.PENALTY, today)
    licences = _decisions(maker, RecordKindCode.LICENCE, today)
    faulty = with_errors([d.as_form() for d in _decisions(maker, RecordKindCode.PENALTY, today)], today)
    older = [d for d in _decisions(maker, RecordKindCode.PENALTY, today) if d.party.code]
    made = {
        "行政处罚（2018国家标准）.xlsx": (RecordKindCode.PENALTY, [d.as_form() for d in penalties], national),
        "行政许可（2018国家标准）.xlsx": (RecordKindCode.LICENCE, [d.as_form() for d in licences], national),
        "行政处罚（2015标准旧表）.xlsx": (RecordKindCode.PENALTY, [d.as_form() for d in older], labels_of_2015),
        "行政处罚（含错误示例）.xlsx": (RecordKindCode.PENALTY, faulty, chinese),
    }
    for name, (kind, rows, headers) in made.items():
        write_workbook(folder / name, kind, rows, headers)
    return [folder / name for name in made]


def _decisions(maker: Maker, kind: str, today: date) -> list[Decision]:
    found: list[Decision] = []
    while len(found) < ROWS:
        decision = maker.between(today - timedelta(days=25), today - timedelta(days=1))
        if decision.kind == kind:
            found.append(decision)
    return found


# ---------------------------------------------------------------- the tables

Headers = Callable[[str], dict[str, str]]


def national(kind: str) -> dict[str, str]:
    """Column codes of the 2018 standard."""
    return {c.name: c.code for c in standard.columns(kind) if c.stored != "merged"}


def chinese(kind: str) -> dict[str, str]:
    """The same columns by their Chinese labels."""
    return {c.name: c.label for c in standard.columns(kind) if c.stored != "merged"}


def labels_of_2015(kind: str) -> dict[str, str]:
    """Columns and labels of the table of 2015, blanks in the headers included."""
    if kind != RecordKindCode.PENALTY:
        raise ValueError("only the penalties' table of 2015 is written")
    return {
        "document_number": "行政处罚决定书文号",
        "violation_type": "处罚名称",
        "penalty_category": "处罚类别1 ",
        "facts": "处罚事由",
        "legal_basis": "处罚依据",
        "party_name": "行政相对人名称",
        "uscc": "行政相对人代码_1 (统一社会信用代码)",
        "representative": "法定代表人姓名",
        "content": "处罚结果",
        "decided_on": "处罚决定日期",
        "authority": "处罚机关",
        "remark": "备注",
    }


def write_workbook(target: Path | BinaryIO, kind: str, rows: Iterable[Row], headers: Headers) -> None:
    """One sheet with a header row, as departments send it; all cells are text."""
    columns = headers(kind)
    with xlsxwriter.Workbook(target, {"constant_memory": True, "default_date_format": "yyyy-mm-dd"}) as book:
        sheet = book.add_worksheet(RecordKindCode(kind).label)
        bold = book.add_format({"bold": True, "bg_color": "#E8EEF4", "border": 1})
        for index, label in enumerate(columns.values()):
            sheet.set_column(index, index, max(12, min(40, 2 * len(label) + 4)))
            sheet.write_string(0, index, label, bold)
        for line, row in enumerate(rows, 1):
            for index, name in enumerate(columns):
                if value := row.get(name, ""):
                    sheet.write_string(line, index, value)


# ---------------------------------------------------------------- errors


def with_errors(rows: list[Row], today: date) -> list[Row]:
    """The usual ways to get it wrong, one or two a row; the rest stays right."""
    tomorrow = (today + timedelta(days=20)).isoformat()
    bad: tuple[dict[str, Callable[[Row], str]], ...] = (
        {"uscc": lambda r: r["uscc"][:-1] + ("0" if r["uscc"][-1] != "0" else "1")},  # check character
        {"decided_on": lambda r: tomorrow},  # not yet decided
        {"decided_on": lambda r: "2026年13月5日", "penalty_category": lambda r: "口头教育"},
        {"fine_amount": lambda r: "5000"},  # yuan, not 万元
        {"facts": lambda r: "", "legal_basis": lambda r: ""},
        {"effective_to": lambda r: "2020-01-01"},  # ends before it begins
        {"party_name": lambda r: r["uscc"], "uscc": lambda r: r["party_name"]},  # two cells exchanged
        {"authority": lambda r: "惠州市惠城区城市管理和综合执法局"},  # another agency's decision
        {"penalty_category": lambda r: "罚款、吊销许可证件", "revoked_certificate": lambda r: ""},
    )
    faulty = [
        {**row, **{name: spoil(row) for name, spoil in errors.items()}}
        for row, errors in zip((r for r in rows if r["uscc"]), bad, strict=False)
    ]
    spoiled = {row["document_number"] for row in faulty}
    good = [row for row in rows if row["document_number"] not in spoiled]
    return [*good[:3], *faulty, *good[3:], good[0]]  # the last row stands there twice
