"""The measure of shared texts never says less than what would be copied, however the table of texts is spelled."""

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineError, CalamineWorkbook

from core.tabular.problems import TableProblem
from core.tabular.sharedtexts import LONGEST_TEXT, TextSizes
from tests.support import table_files as make

SPELLINGS = [
    "<si><t>{}</t></si>",
    "<si><r><t>{}</t></r></si>",
    '<si ><t xml:space="preserve">{}</t></si >',
    "<si><t>{}</t><rPh><t>{}</t></rPh></si>",
    "<x:si><x:t>{}</x:t></x:si>",
    "<si/>",
    "<si></si>",
    "<si><t><![CDATA[{}</si>]]></t></si>",
    "<!-- </si> --><si><t>{}</t></si>",
    "<si><t>{}<si></si><si></si></t></si>",  # texts within a text, which the spreadsheet reader does not count
    "<r></r><si></si > <si><t>{}</t></si>",
    "\n <si>\n<t>{}</t></si>\n",
]


def measured(xml: bytes, size: int) -> tuple[TextSizes, bytes]:
    sizes = TextSizes()
    return sizes, b"".join(sizes.passed(xml[start : start + size] for start in range(0, len(xml), size)))


def cells(references: list[int]) -> str:
    return "".join(f'<c r="{make.letters(i)}1" t="s"><v>{n}</v></c>' for i, n in enumerate(references))


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(SPELLINGS), st.integers(0, 400)), min_size=1, max_size=30),
    st.lists(st.integers(0, 29), min_size=1, max_size=50),
    st.integers(1, 300),
)
def test_the_measure_is_an_upper_bound(texts: list[tuple[str, int]], references: list[int], size: int) -> None:
    """The judge is what the spreadsheet reader makes of the same bytes."""
    inner = "".join(spelling.format(*["字" * length] * 2) for spelling, length in texts)
    xml = f'<sst xmlns="{make.MAIN}" xmlns:x="{make.MAIN}" uniqueCount="7">{inner}</sst>'.encode()
    sheet = f'<row r="1">{cells(references)}</row>'
    sizes, passed = measured(xml, size)
    try:
        bound = sizes.of(sheet.encode(), len(references), allowed=0)
    except TableProblem:
        bound = None  # a number beyond the last text
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(make.xlsx_of(make.sheet_xml(sheet), shared=passed)))
        values = book.get_sheet_by_index(0).to_python()
    except CalamineError:
        return
    assert bound is not None
    assert bound >= sum(len(value.encode()) for row in values for value in row if isinstance(value, str))


def test_the_measure_is_close_when_the_texts_are_plainly_spelled() -> None:
    xml = b"<sst>" + b"".join(b"<si><t>%s</t></si>" % (b"a" * n) for n in (10, 100_000, 20)) + b"</sst>"
    sizes, _ = measured(xml, 1000)
    assert sizes.longest > 100_000
    assert sizes.of(cells([0, 2] * 500).encode(), 1000, allowed=0) < 1000 * 60
    assert sizes.of(cells([1] * 10).encode(), 10, allowed=0) > 1_000_000


def test_the_root_keeps_its_namespaces_and_loses_its_counts() -> None:
    xml = b'<?xml version="1.0"?>\r\n<x:sst xmlns:x="m" count="99999999999" uniqueCount=\'99999999999\'><x:si/></x:sst>'
    assert measured(xml, 7)[1] == b'<x:sst xmlns:x="m"><x:si/></x:sst>'
    assert measured(b'<sst count="0" />', 3)[1] == b"<sst/>"


@pytest.mark.parametrize(
    ("xml", "code"),
    [
        (b"<sst><si><t>" + b"a" * (LONGEST_TEXT + 1), "text_too_large"),
        (b"<sst><si><t>" + b"<r/>" * LONGEST_TEXT, "text_too_large"),
        (b"<sst>" + b"<si/>" * 8_500_000 + b"</sst>", "text_too_large"),
        (b'<sst><sst uniqueCount="99999999999"></sst></sst>', "damaged"),
        (b"<table></table>", "damaged"),
        (b"", "damaged"),
        (b" " * 100_000, "damaged"),
    ],
    ids=["one text", "one text of tags", "count", "second root", "other root", "nothing", "blanks"],
)
def test_a_table_of_texts_that_no_workbook_has_is_refused(xml: bytes, code: str) -> None:
    with pytest.raises(TableProblem) as refusal:
        measured(xml, 65_536)
    assert refusal.value.code == code


def test_a_reference_to_no_text_is_damage() -> None:
    sizes, _ = measured(b"<sst><si><t>a</t></si></sst>", 100)
    with pytest.raises(TableProblem) as refusal:
        sizes.of(cells([5]).encode(), 1, allowed=0)
    assert refusal.value.code == "damaged"
