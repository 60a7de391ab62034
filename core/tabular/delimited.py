"""A CSV (or TSV) file as a source of rows: UTF-8 with or without byte order mark, GB18030, UTF-16 with its mark.

The file is read through once when it is opened, so that a wrong encoding, an unclosed quotation mark or a row too many
is known before anything is imported.
"""

from __future__ import annotations

import codecs
import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TextIO

from core.tabular.cells import column_letters
from core.tabular.limits import MIB, Limits
from core.tabular.problems import TableProblem, problem
from core.tabular.sources import Facts

DELIMITERS = {",": "逗号", "\t": "制表符", ";": "分号"}
UNSUPPORTED = {"，": "全角逗号", "；": "全角分号", "、": "顿号", "|": "竖线", "^": "“^”", "\x01": "控制字符"}
SAMPLE_CHARS = 256 * 1024
SAMPLE_ROWS = 200
FIELD_CHARS = 131_072  # the csv module's own limit: a longer cell is an unclosed quotation mark


class DelimitedSource:
    def __init__(self, path: Path, limits: Limits):
        self.path, self.limits = path, limits
        encoding = _encoding(path)
        with self._open(encoding) as file:
            sample = file.read(SAMPLE_CHARS)
        self._skip = _announced(sample)
        delimiter = sample[4] if self._skip else _delimiter(sample)
        self.facts = Facts("csv", encoding=encoding, delimiter=delimiter)
        self._survey()

    def _open(self, encoding: str) -> TextIO:
        return self.path.open(encoding=encoding, newline="")

    def _survey(self) -> None:
        facts = self.facts
        for number, values in self.raw_rows(1):
            width = len(values)
            while width and not values[width - 1].strip():
                width -= 1
            if not width:
                continue
            if number > self.limits.rows:
                raise problem("too_many_rows", row=number, limit=self.limits.rows)
            if width > self.limits.columns:
                cell = f"{column_letters(width - 1)}{number}"
                raise problem("too_many_columns", cell=cell, limit=self.limits.columns)
            facts.rows, facts.last_row, facts.width = facts.rows + 1, number, max(facts.width, width)
        if not facts.rows:
            raise problem("no_rows")
        if facts.width < 2:
            raise problem("delimiter", detail=_hint(self.path, facts.encoding))

    def raw_rows(self, start: int) -> Iterator[tuple[int, Sequence[str]]]:
        with self._open(self.facts.encoding) as file:
            if self._skip:
                file.readline()
            reader = csv.reader(file, delimiter=self.facts.delimiter, strict=True)
            number = 0
            while True:
                try:
                    values = next(reader)
                except StopIteration:
                    return
                except csv.Error as error:
                    raise _malformed(error, number + 1) from error
                number += 1
                if number >= start:
                    yield number, values

    def close(self) -> None:
        """Nothing is held open between iterations."""


def _malformed(error: csv.Error, row: int) -> TableProblem:
    if "line contains NUL" in str(error):
        return problem("binary_content")
    return problem("unclosed_quote", row=row)


def _encoding(path: Path) -> str:
    with path.open("rb") as file:
        head = file.read(4096)
    if head.startswith(codecs.BOM_UTF8):
        return _decodes(path, ("utf-8-sig",))
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _decodes(path, ("utf-16",))
    if b"\x00" in head:
        raise problem("binary_content")
    return _decodes(path, ("utf-8", "gb18030"))


def _decodes(path: Path, encodings: Sequence[str]) -> str:
    """The first encoding that fits the whole file; the problem names the line at which the best one gave up."""
    furthest = 0
    for encoding in encodings:
        decoder = codecs.getincrementaldecoder(encoding)()
        lines = 1
        with path.open("rb") as file:
            try:
                while chunk := file.read(MIB):
                    text = decoder.decode(chunk)
                    lines += text.count("\n")
                    if "\x00" in text:
                        raise problem("binary_content")
                decoder.decode(b"", True)
                return encoding
            except UnicodeDecodeError as error:
                furthest = max(furthest, lines + error.object[: error.start].count(b"\n"))
    raise problem("encoding", line=furthest)


def _announced(sample: str) -> bool:
    """Excel's own first line `sep=;`, which it does not count as a row."""
    return sample[:4].lower() == "sep=" and sample[4:5] in DELIMITERS and sample[5:6] in ("\r", "\n")


def _delimiter(sample: str) -> str:
    """The delimiter under which most rows have the same number of columns, and more than one."""
    scores = {delimiter: _evenness(sample, delimiter) for delimiter in DELIMITERS}
    best = max(scores, key=lambda delimiter: scores[delimiter])
    return best if scores[best] > (0, 0) else ","


def _evenness(sample: str, delimiter: str) -> tuple[float, int]:
    widths: list[int] = []
    reader = csv.reader(sample.splitlines(keepends=True), delimiter=delimiter)
    try:
        for values in reader:
            if any(values):
                widths.append(len(values))
            if len(widths) >= SAMPLE_ROWS:
                break
    except csv.Error:
        pass
    if len(widths) > 1 and len(sample) >= SAMPLE_CHARS:
        widths.pop()  # the last row may be cut
    wide = Counter(width for width in widths if width > 1)
    if not wide:
        return (0, 0)
    width, count = wide.most_common(1)[0]
    return (count / len(widths), width)


def _hint(path: Path, encoding: str) -> str:
    with path.open(encoding=encoding, newline="") as file:
        line = file.readline(SAMPLE_CHARS)
    for delimiter, name in UNSUPPORTED.items():
        if line.count(delimiter) > 1:
            return f"，文件里用的可能是{name}"
    return ""
