"""The 双公示 report as a file: exactly what the page shows, formulas included."""

from collections.abc import Iterator
from typing import BinaryIO

import xlsxwriter

from disclosure.reports import COUNTED_ONCE, Report, Row


def header(report: Report) -> list[str]:
    return ["单位", "种类", *report.measures.values(), *(rule.title for rule in report.formulas)]


def lines(report: Report) -> Iterator[list[object]]:
    """Rows and totals in the page's order."""
    for row in (*report.rows, *report.totals):
        yield _line(row, report)


def _line(row: Row, report: Report) -> list[object]:
    measures = [row.shown(name) for name in report.measures]
    return [row.agency, row.kind_label, *measures, *(rate.percent for rate in row.rates)]


def notes(report: Report) -> list[str]:
    """Which days, and what each rate divides by what, under which rule."""
    told = [f"统计期间：{report.first.isoformat()} 至 {report.last.isoformat()}，按决定日期。"]
    for rule in report.formulas:
        above = report.measures.get(rule.value["numerator"], rule.value["numerator"])
        below = report.measures.get(rule.value["denominator"], rule.value["denominator"])
        told.append(f"{rule.title} = {above} ÷ {below}。依据：{rule.basis}（{rule.edition}）")
    return [*told, COUNTED_ONCE]


def write_xlsx(report: Report, target: BinaryIO, title: str) -> None:
    book = xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet("双公示")
    bold, head = book.add_format({"bold": True, "font_size": 14}), book.add_format({"bold": True, "text_wrap": True})
    sheet.write(0, 0, title, bold)
    names = header(report)
    for column, name in enumerate(names):
        sheet.write(2, column, name, head)
    for number, line in enumerate(lines(report), start=3):
        for column, value in enumerate(line):
            sheet.write(number, column, value)
    last = 4 + len(report.rows) + len(report.totals)
    for offset, note in enumerate(notes(report)):
        sheet.write(last + offset, 0, note)
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, len(names), 11)
    sheet.freeze_panes(3, 2)
    book.close()
