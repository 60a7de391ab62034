"""Downloads hold exactly what the list shows; a workbook starts before its last row is known."""

import csv
import io
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.http import QueryDict
from python_calamine import CalamineWorkbook

from core.tabular import streaming
from core.tabular.streaming import stream_xlsx
from core.tabular.writing import stream_csv
from portal import exports
from portal.filters import Asked
from records.models import PublicRecord
from tests.factories.records import make_subject, published_penalty
from tests.portal.stories import PERSON, Site


class ExportTests(Site):
    def csv(self, path: str) -> list[dict[str, str]]:
        response = self.client.get(path)
        assert response.status_code == 200 and "attachment" in response.headers["Content-Disposition"]
        body = b"".join(response.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
        return list(csv.DictReader(io.StringIO(body)))

    def xlsx(self, path: str) -> list[list[Any]]:
        body = b"".join(self.client.get(path).streaming_content)  # type: ignore[attr-defined]
        return CalamineWorkbook.from_filelike(io.BytesIO(body)).get_sheet_by_index(0).to_python()

    def test_csv_and_workbook_say_the_same(self) -> None:
        rows, cells = self.csv("/disclosure/penalties/export.csv"), self.xlsx("/disclosure/penalties/export.xlsx")
        assert cells[0] == list(rows[0]) and len(cells) == len(rows) + 1
        by_number = {row["行政处罚决定书文号"]: row for row in rows}
        row = by_number["惠城市监罚〔2026〕9056号"]
        assert row["罚款金额(万元)" if "罚款金额(万元)" in row else next(k for k in row if "罚款金额" in k)] == "0.2"
        assert row["状态"] == "公示中" and row["公示截止日"] == "2027-11-02"
        assert "惠城市监罚〔2026〕9099号" not in by_number

    def test_filters_apply(self) -> None:
        assert [r["行政处罚决定书文号"] for r in self.csv("/disclosure/penalties/export.csv?on_time=no")] == [
            self.late.document_number
        ]

    def test_no_personal_name_and_no_formula_leaves(self) -> None:
        published_penalty(self.cast, make_subject("=HYPERLINK(1)示例有限公司"))
        rows = self.csv("/disclosure/penalties/export.csv")
        text = "\n".join(",".join(row.values()) for row in rows)
        assert PERSON not in text and "'=HYPERLINK(1)示例有限公司" in text
        assert not any(value.startswith("=") for row in rows for value in row.values())
        cells = self.xlsx("/disclosure/penalties/export.xlsx")
        assert any("=HYPERLINK(1)示例有限公司" in row for row in cells)  # as text: the reader gave it back unevaluated

    def file(self, query: str) -> bytes:
        asked = Asked.of(QueryDict(query), kind="penalty")
        return b"".join(stream_csv(exports.columns("penalty"), exports.rows(asked)))

    @pytest.mark.postgres
    def test_both_ways_of_reading_give_the_same_bytes(self) -> None:
        for name in ("=1+1有限公司", ' ＝甲,乙"丙"公司', "-0.2", "@甲公司", "\\.\\n公司"):
            facts = f"{name}\n未在规定期限内，\r\n公示\t年度“报告”。{{}}[]\\"
            published_penalty(
                self.cast, make_subject(name), detail={"facts": facts, "fine_amount": Decimal("0.000001")}
            )
        for query in ("", "sort=ending", "sort=amount", "on_time=no", "q=公司"):
            quick = self.file(query)
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(exports, "_pages_ahead", exports._pages)
                assert self.file(query) == quick and quick.count(b"\r\n") > 1, query
        assert b"'=1+1" in quick

    def test_a_file_of_many_pages_holds_every_row_once_in_the_lists_order(self) -> None:
        for _ in range(5):
            published_penalty(self.cast)
        queries = ("", "sort=ending", "sort=amount", "q=公司")
        whole = [self.file(query) for query in queries]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(exports, "FIRST_PAGE", 1)
            patch.setattr(exports, "PAGE", 2)
            assert [self.file(query) for query in queries] == whole
        assert whole[0].count(b"\r\n") > 6

    def test_a_question_without_answer_gives_the_header_alone(self) -> None:
        for query in ("q=查无此人有限公司", "q=。", "q=a", "agency=999999", "subject=999999"):
            assert self.file(query).count(b"\r\n") == 1, query

    def test_a_download_that_is_broken_off_leaves_the_connection_usable(self) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(exports, "FIRST_PAGE", 1)
            rows = exports.rows(Asked.of({}, kind="penalty"))
            next(rows)
            rows.close()  # type: ignore[attr-defined]
        assert PublicRecord.objects.filter(kind="penalty").exists()

    def test_an_unknown_format_is_not_found(self) -> None:
        self.text("/disclosure/penalties/export.exe", 404)
        self.text("/disclosure/penalties/export.csv?year=x", 400)


def test_a_workbook_starts_before_its_last_row_is_known() -> None:
    asked: list[int] = []

    def rows() -> Iterator[list[object]]:
        for n in range(20_000):
            asked.append(n)
            yield [n, f"惠州市示例第{n}号有限公司" * 5]

    pieces = stream_xlsx(["编号", "名称"], rows(), title="示例")
    assert next(pieces) and len(asked) < 2_000
    body = b"".join(pieces)
    assert len(asked) == 20_000 and body


def test_rows_beyond_one_sheet_go_to_the_next(monkeypatch: Any) -> None:
    monkeypatch.setattr(streaming, "ROWS_LIMIT", 101)
    body = b"".join(stream_xlsx(["编号"], ([n] for n in range(250)), title="示例"))
    book = CalamineWorkbook.from_filelike(io.BytesIO(body))
    counts = [len(book.get_sheet_by_name(name).to_python()) for name in book.sheet_names]
    assert counts == [101, 101, 51]
