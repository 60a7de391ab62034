"""The uploaded file of a batch as a table with known columns."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from core.errors import Invalid
from core.masking import scrub
from core.tabular.cells import Cell
from core.tabular.headers import HeaderMatch, find_header, rank, recogniser
from core.tabular.problems import TableProblem
from core.tabular.reading import Table, open_table
from core.tabular.writing import as_text
from records.imports.cells import CellStore
from records.imports.importers import Columns, Importer, RawRow, importers
from records.models import ImportBatch

# Header problems that the step 对应列 can settle; a missing column is told as a notice, if rows can do without it.
BLOCKING = frozenset({"merged_header", "duplicate_headers", "ambiguous_columns"})
# How much better another kind's columns must explain the header before we say that the wrong kind was chosen.
CLEARLY = 0.2


@dataclass(slots=True)
class OpenBatch:
    """An opened file and what its columns mean."""

    table: Table
    match: HeaderMatch
    columns: Columns
    store: CellStore
    unnamed: tuple[int, ...]  # columns without any header

    def raw(self, number: int, cells: Sequence[Cell]) -> RawRow:
        raw = {name: cell for index, name in self.columns.mapping.items() if (cell := cells[index]) is not None}
        return RawRow(number, raw, [i for i in self.unnamed if cells[i] is not None] if self.unnamed else ())


@contextmanager
def opened(batch: ImportBatch, importer: Importer) -> Iterator[OpenBatch]:
    """Raises TableProblem when the file cannot be read, or when somebody has to say first what its columns mean."""
    with _table(batch, [importer]) as table:
        match = header_of(table, batch, importer)
        yield describe(table, match, importer)


@contextmanager
def _table(batch: ImportBatch, wanted: list[Importer]) -> Iterator[Table]:
    vocabularies = [i.vocabulary for i in (*wanted, *importers())]
    # The file is sealed at rest; the reader's own copy goes when the table is closed.
    with (
        batch.file.open("rb") as file,
        open_table(
            file.file,
            filename=batch.filename,
            sheet=batch.sheet or None,
            recognise=recogniser(*vocabularies),
        ) as table,
    ):
        yield table


def describe(table: Table, match: HeaderMatch, importer: Importer) -> OpenBatch:
    units = {match.mapping[i]: unit for i, unit in match.units.items() if i in match.mapping}
    sealed = [i for i, name in match.mapping.items() if name in importer.sealed]
    unknown = [i for i in range(len(match.texts)) if i not in match.mapping]
    unnamed = tuple(i for i, text in enumerate(match.texts) if not text.strip())
    store = CellStore(sealed=sealed, unknown=unknown)
    return OpenBatch(table, match, Columns(match.mapping, units), store, unnamed)


def header_of(table: Table, batch: ImportBatch, importer: Importer) -> HeaderMatch:
    """The header as it was decided, or as it is found. Raises TableProblem with what has to be answered."""
    if batch.mapping:
        override = {int(i): name or None for i, name in batch.mapping.items()}
        return find_header(table, importer.vocabulary, row=batch.header_row or None, override=override)
    match = find_header(table, importer.vocabulary, row=batch.header_row or None)
    _not_another_kind(table, match, importer)
    return match


def blocking(match: HeaderMatch, importer: Importer) -> TableProblem | None:
    """The first thing about the header without which no row can be understood."""
    for found in match.problems:
        if found.code in BLOCKING:
            return found
    missing = [name for name in importer.indispensable if name not in match.columns]
    if missing:
        labels = "、".join(f"“{importer.vocabulary.label(name)}”" for name in missing)
        return TableProblem(
            "missing_columns",
            f"表中没有{labels}列，无法知道每一行说的是哪一项决定。",
            "请补上该列；如果列名写法不同，请在“对应列”一步指定它对应哪一列。",
        )
    return None


def _not_another_kind(table: Table, match: HeaderMatch, importer: Importer) -> None:
    ranked = rank(table, {other.code: other.vocabulary for other in importers()})
    if not ranked or ranked[0][0] == importer.code or ranked[0][1].score < match.score + CLEARLY:
        return
    label = next(i.label for i in importers() if i.code == ranked[0][0])
    raise TableProblem(
        "wrong_importer",
        f"这张表的表头像是“{label}”，而不是“{importer.label}”。",
        f"请返回上一步，选择“{label}”后重新上传；确实无误的，请在“对应列”一步逐列指定。",
    )


def head_rows(batch: ImportBatch, importer: Importer, count: int = 15) -> list[tuple[int, list[str]]]:
    """The first rows as text, for the step 对应列: telling columns apart needs no personal number, so none is shown."""
    with _table(batch, [importer]) as table:
        return [(number, [scrub(as_text(cell)) for cell in cells]) for number, cells in table.head(count)]


def checked_mapping(mapping: Mapping[int, str | None], width: int, importer: Importer) -> dict[str, str]:
    """A mapping made by hand: every column of the file, each name at most once."""
    names = [name for name in mapping.values() if name]
    known = all(name in importer.vocabulary.specs for name in names)
    if not known or not all(0 <= index < width for index in mapping):
        raise Invalid("unknown_column", "所选的列不存在，请刷新页面后重新选择。")
    twice = sorted({importer.vocabulary.label(n) for n in names if names.count(n) > 1})
    if twice:
        raise Invalid("duplicate_headers", f"“{'”“'.join(twice)}”选了不止一列，每一项只能对应一列。")
    return {str(i): mapping.get(i) or "" for i in range(width)}
