"""Single rows of a batch: what the public will see, what the form shows, what the returned workbook says."""

import io
from typing import Any

from python_calamine import CalamineWorkbook

from disclosure import standard
from records import imports
from records.models import ImportRow
from tests.records.test_imports import TODAY, ImportStory
from tests.support.disclosure_tables import licence_row, penalty_row, person_row, table

NUMBER = "441302198901010010"


class PreviewTests(ImportStory):
    def preview(self, row: dict[str, Any], kind: str = "penalty") -> dict[str, Any]:
        batch = self.upload([row], kind)
        return imports.preview(batch.rows.get().pk, actor=self.cast.clerk, today=TODAY)

    def test_a_valid_row_shows_the_projection_and_its_rule(self) -> None:
        seen = self.preview(penalty_row(1))
        assert seen["visible"] and seen["until"] == "2027-11-02" and "第36号" in seen["basis"]
        assert seen["public"]["subject"]["name"] == penalty_row(1)["party_name"]
        assert seen["public"]["on_time"] is True
        assert self.preview(licence_row(1, effective_to="长期"), "licence")["until"] is None

    def test_what_the_rules_keep_back_is_said_with_its_reason(self) -> None:
        minor = self.preview(penalty_row(1, penalty_category="警告", fine_amount=None))
        assert not minor["visible"] and "不公示" in minor["reason"] and minor["public"] is None
        assert not self.preview(person_row(1))["visible"]
        assert "届满" in self.preview(penalty_row(2, decided_on="2021-01-04"))["reason"]
        assert "改正后" in self.preview(penalty_row(3, uscc="1"))["reason"]


class FormTests(ImportStory):
    def row(self, **changes: Any) -> ImportRow:
        return self.upload([person_row(1, **changes)]).rows.get()

    def test_the_form_shows_the_cells_but_no_identity_number(self) -> None:
        row = self.row(decided_on="昨天")
        values = imports.form_values(row.batch, row)
        assert values["decided_on"] == "昨天" and NUMBER not in str(values)

    def test_a_blank_number_stays_and_a_new_one_is_sealed(self) -> None:
        row = self.row(decided_on="昨天")
        fixed = {"decided_on": "2026-11-02", "party_id_number": ""}
        row = imports.correct_row(row.pk, fixed, actor=self.cast.clerk, today=TODAY)
        assert row.status == "valid"
        row = imports.correct_row(row.pk, {"party_id_number": NUMBER[:-1] + "1"}, actor=self.cast.clerk, today=TODAY)
        assert row.errors[0]["code"] == "checksum" and NUMBER[:-1] not in str((row.corrections, row.cells))

    def test_invisible_characters_of_a_correction_are_taken_out(self) -> None:
        row = self.row()
        row = imports.correct_row(row.pk, {"content": "罚\x00款\u202e"}, actor=self.cast.clerk, today=TODAY)
        assert row.status == "valid" and row.values["content"] == "罚款"

    def test_a_damaged_cell_is_not_healed_by_correcting_another(self) -> None:
        row = self.upload([penalty_row(1, document_number="#REF!", decided_on="昨天")]).rows.get()
        row = imports.correct_row(row.pk, {"decided_on": "2026-11-02"}, actor=self.cast.clerk, today=TODAY)
        assert [e["field"] for e in row.errors] == ["document_number"]


class WorkbookTests(ImportStory):
    def rejected(self, batch: Any) -> list[list[Any]]:
        target = io.BytesIO()
        imports.write_rejected(batch.pk, target, actor=self.cast.clerk)
        target.seek(0)
        return CalamineWorkbook.from_filelike(target).get_sheet_by_index(0).to_python()

    def test_returned_rows_carry_reasons_and_no_identity_number(self) -> None:
        header, row = self.rejected(self.upload([person_row(1, decided_on="昨天")]))
        assert header[-2:] == ["原行号", "错误原因"] and "昨天" in row[-1]
        assert NUMBER not in str(row)
        again = self.upload_file(table(header, [[*row[:-1], ""]]))
        assert "重新填写" in str(again.rows.get().errors)

    def test_columns_that_the_file_lacked_are_added_to_be_filled_in(self) -> None:
        names = [n for n in penalty_row(1) if n not in ("facts", "legal_basis")]
        batch = self.upload([{n: penalty_row(1)[n] for n in names}])
        header, _row = self.rejected(batch)
        assert {"违法事实", "处罚依据"} <= set(header)
        assert any(n["code"] == "missing_required" for n in batch.notices)

    def test_the_template_comes_back_as_an_empty_table(self) -> None:
        for kind in ("penalty", "licence"):
            target = io.BytesIO()
            imports.write_template(kind, target)
            batch = self.upload_file(target, kind)
            assert batch.status == "failed" and "没有数据行" in batch.problem
            assert set(batch.mapping.values()) >= set(penalty_row(1) if kind == "penalty" else licence_row(1))


class TableTests(ImportStory):
    def test_two_whole_columns_exchanged_are_named_once(self) -> None:
        rows = [penalty_row(n, authority="罚款", penalty_category=penalty_row(1)["authority"]) for n in range(1, 6)]
        batch = self.upload(rows)
        (notice,) = [n for n in batch.notices if n["code"] == "swapped_columns"]
        assert "处罚类别" in notice["message"] and "处罚机关" in notice["message"]

    def test_a_cell_beyond_the_header_is_an_error_of_its_row(self) -> None:
        labels = [c.label for c in standard.columns("penalty") if c.name in penalty_row(1)]
        names = [c.name for c in standard.columns("penalty") if c.name in penalty_row(1)]
        whole, torn = ([penalty_row(n)[name] for name in names] for n in (1, 2))
        batch = self.upload_file(table(labels, [whole, [*torn, "错位的内容"]]))
        assert [row.status for row in batch.rows.order_by("number")] == ["valid", "invalid"]
        assert "错了位" in self.messages(batch, 3)[""]

    def test_one_code_has_one_name_in_a_file(self) -> None:
        batch = self.upload([penalty_row(1), penalty_row(1, party_name="另一个名字", document_number="罚〔2026〕9号")])
        assert "第2行" in self.messages(batch, 3)["party_name"]

    def test_the_header_row_can_be_chosen_by_hand(self) -> None:
        row = penalty_row(1)
        batch = self.upload_file(
            table(["甲", "乙"], [["说明", "x"], [f"第{i}列" for i in range(len(row))], [*row.values()]])
        )
        assert batch.status == "failed" and batch.notices[0]["code"] == "no_header"
        shown = imports.head(batch.pk, actor=self.cast.clerk)
        assert shown[2][0] == 3 and shown[2][1][0] == "第0列"
        names: dict[int, str | None] = dict(enumerate(row))
        imports.remap(batch.pk, names, actor=self.cast.clerk, header_row=3)
        imports.check_batch(batch.pk, today=TODAY)
        batch.refresh_from_db()
        assert (batch.status, batch.rows.get().status, batch.rows.get().number) == ("checked", "valid", 4)
