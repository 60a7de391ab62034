"""Batch imports: upload, check, correct, commit — and again."""

from datetime import date
from typing import Any

import pytest
from django.test import TestCase

from core.errors import Invalid, NotAllowed, NotFound, WrongState
from core.models import AuditEvent, Clock
from disclosure.models import Penalty
from records import imports
from records.models import CreditRecord, ImportBatch, Subject
from records.services.subjects import rename_subject
from tests.people import make_cast
from tests.support.disclosure_tables import company, penalty_row, table, workbook

TODAY = date(2026, 11, 9)


class ImportStory(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = make_cast()

    def upload(self, rows: Any, kind: str = "penalty", **options: Any) -> ImportBatch:
        return self.upload_file(workbook(kind, rows, **options), kind)

    def upload_file(self, file: Any, kind: str = "penalty", filename: str = "处罚.xlsx") -> ImportBatch:
        batch = imports.create_batch(
            file, importer=kind, agency_id=self.cast.agency.pk, filename=filename, actor=self.cast.clerk
        )
        imports.check_batch(batch.pk, today=TODAY)
        batch.refresh_from_db()
        return batch

    def commit(self, batch: ImportBatch) -> ImportBatch:
        imports.commit_batch(batch.pk, actor=self.cast.clerk)
        imports.run_commit(batch.pk, today=TODAY)
        batch.refresh_from_db()
        return batch

    def messages(self, batch: ImportBatch, number: int) -> dict[str, str]:
        return {e["field"]: e["message"] for e in batch.rows.get(number=number).errors}


class RoadTests(ImportStory):
    def test_good_rows_go_in_and_bad_rows_stay_with_every_error(self) -> None:
        batch = self.upload(
            [
                penalty_row(1),
                penalty_row(2, uscc="91441302MB0000002X", decided_on="2026-12-24", fine_amount=None),
                penalty_row(3),
            ]
        )
        assert batch.status == "checked" and batch.total_rows == 3
        assert imports.counts(batch)["valid"] == 2 and imports.counts(batch)["invalid"] == 1
        errors = self.messages(batch, 3)
        assert {"uscc", "decided_on", "fine_amount"} <= set(errors)
        assert "晚于今天" in errors["decided_on"]
        self.commit(batch)
        assert batch.status == "committed" and batch.committed_rows == 2
        records = CreditRecord.objects.order_by("pk")
        assert [r.status for r in records] == ["submitted", "submitted"]
        record = records[0]
        assert record.entered_by_id == self.cast.clerk.user_id and record.batch_id == batch.pk
        assert record.submitted_on == TODAY and record.due_on == date(2026, 11, 11) and record.on_time()
        assert record.tier == "general"
        assert str(Penalty.objects.get(pk=record.pk).fine_amount) == "0.200000"
        assert Clock.objects.filter(object_id=record.pk, kind="disclosure").get().due_on == record.due_on
        assert AuditEvent.objects.filter(action="records.entered").count() == 2
        subject = record.subject
        assert (subject.verification, subject.code, subject.kind) == ("unverified", company(1)[1], "enterprise")
        assert Subject.objects.get(name=company(1)[0]) == subject

    def test_the_same_file_again_says_so_and_adds_nothing(self) -> None:
        file = workbook("penalty", [penalty_row(1), penalty_row(2)])
        self.commit(self.upload_file(file))
        again = self.upload_file(file, filename="另一个名字.xlsx")
        assert imports.counts(again)["duplicate"] == 2
        assert again.notices[0]["code"] == "uploaded_before" and "已入库2行" in again.notices[0]["message"]
        with pytest.raises(Invalid, match="没有可以入库的行"):
            imports.commit_batch(again.pk, actor=self.cast.clerk)
        assert CreditRecord.objects.count() == 2

    def test_two_batches_of_the_same_rows_add_them_once(self) -> None:
        rows = [penalty_row(1), penalty_row(2)]
        first, second = self.upload(rows), self.upload(rows)
        self.commit(first)
        self.commit(second)
        assert CreditRecord.objects.count() == 2
        assert second.status == "committed" and second.committed_rows == 0
        assert imports.counts(second)["duplicate"] == 2

    def test_the_same_decision_twice_in_one_file_goes_in_once(self) -> None:
        batch = self.upload([penalty_row(1), penalty_row(1, document_number="惠城市监罚[2026]第1号")])
        assert imports.counts(batch)["valid"] == 1
        assert "第2行" in self.messages(batch, 3)["document_number"]

    def test_another_day_or_another_party_under_one_number_is_another_decision(self) -> None:
        number = penalty_row(1)["document_number"]
        rows = [penalty_row(1), penalty_row(1, decided_on="2026-11-03"), penalty_row(2, document_number=number)]
        batch = self.commit(self.upload(rows))
        assert imports.counts(batch)["duplicate"] == 0 and batch.committed_rows == 3
        assert CreditRecord.objects.filter(document_number=number).count() == 3

    def test_a_former_name_is_a_warning_and_another_name_an_error(self) -> None:
        self.commit(self.upload([penalty_row(1)]))
        subject = Subject.objects.get(code=company(1)[1])
        rename_subject(subject.pk, "惠州市新名有限公司", actor=self.cast.office, reason="变更登记", on=TODAY)
        later = {"document_number": "惠城市监罚〔2026〕第2号"}
        batch = self.upload([penalty_row(1, **later), penalty_row(1, party_name="惠州市别的公司", **later)])
        known, other = batch.rows.order_by("number")
        assert (known.status, known.errors) == ("valid", [])
        (warning,) = [w for w in known.warnings if w["code"] == "former_name"]
        assert warning["field"] == "party_name" and "惠州市新名有限公司" in warning["message"]
        assert other.status == "invalid" and self.messages(batch, other.number)["party_name"].startswith("1001 ")

    def test_a_corrected_row_goes_in_later(self) -> None:
        batch = self.commit(self.upload([penalty_row(1), penalty_row(2, decided_on="2026-13-02")]))
        row = batch.rows.get(status="invalid")
        assert row.failed_first and row.month == date(2026, 11, 1)
        row = imports.correct_row(row.pk, {"decided_on": "2026-11-03"}, actor=self.cast.clerk, today=TODAY)
        assert (row.status, row.errors) == ("valid", []) and row.failed_first
        self.commit(batch)
        assert batch.committed_rows == 2
        row.refresh_from_db()
        assert CreditRecord.objects.get(pk=row.record_id).decided_on == date(2026, 11, 3)
        with pytest.raises(WrongState, match="已经入库"):
            imports.correct_row(row.pk, {"content": "x"}, actor=self.cast.clerk)

    def test_a_correction_that_is_still_wrong_says_why(self) -> None:
        batch = self.upload([penalty_row(1, fine_amount="两千"), penalty_row(2)])
        row = batch.rows.get(status="invalid")
        row = imports.correct_row(row.pk, {"fine_amount": "-1"}, actor=self.cast.clerk, today=TODAY)
        assert row.status == "invalid" and "负数" in row.errors[0]["message"]
        row = imports.correct_row(
            row.pk, {"fine_amount": "0.2", "document_number": penalty_row(2)["document_number"]} | _party(2),
            actor=self.cast.clerk, today=TODAY,
        )  # fmt: skip
        assert row.status == "duplicate" and "第3行" in row.errors[0]["message"]

    def test_a_dropped_row_never_goes_in(self) -> None:
        batch = self.upload([penalty_row(1), penalty_row(2)])
        imports.drop_row(batch.rows.get(number=2).pk, actor=self.cast.clerk)
        self.commit(batch)
        assert batch.committed_rows == 1 and imports.counts(batch)["dropped"] == 1

    def test_an_abandoned_batch_has_no_effect(self) -> None:
        batch = self.upload([penalty_row(1)])
        imports.abandon(batch.pk, actor=self.cast.clerk)
        assert batch.rows.count() == 0
        with pytest.raises(WrongState):
            imports.commit_batch(batch.pk, actor=self.cast.clerk)


def _party(n: int) -> dict[str, str]:
    row = penalty_row(n)
    return {name: row[name] for name in ("party_name", "uscc")}


class PeopleTests(ImportStory):
    def test_only_a_clerk_of_the_agency_imports(self) -> None:
        for person in ("reviewer", "other_clerk", "office", "auditor"):
            with pytest.raises(NotAllowed):
                imports.create_batch(
                    workbook("penalty", [penalty_row(1)]),
                    importer="penalty",
                    agency_id=self.cast.agency.pk,
                    filename="a.xlsx",
                    actor=self.cast.actor(person),
                )

    def test_another_agencys_batch_does_not_exist(self) -> None:
        batch = self.upload([penalty_row(1)])
        with pytest.raises(NotFound):
            imports.commit_batch(batch.pk, actor=self.cast.other_clerk)
        with pytest.raises(NotFound):
            imports.correct_row(batch.rows.get().pk, {}, actor=self.cast.other_clerk)

    def test_whoever_uploaded_it_brings_it_in(self) -> None:
        batch = self.upload([penalty_row(1)])
        with pytest.raises(NotAllowed, match="由其本人处理"):
            imports.commit_batch(batch.pk, actor=self.cast.actor("second_clerk"))


class HeaderTests(ImportStory):
    def test_national_codes_are_understood(self) -> None:
        batch = self.upload([penalty_row(1)], headers="code")
        assert imports.counts(batch)["valid"] == 1 and batch.header_row == 1

    def test_unknown_columns_stay_in_the_original_row(self) -> None:
        row = penalty_row(1)
        batch = self.upload_file(
            table(["承办科室", *(_label(n) for n in row)], [["执法一科（13800138000）", *row.values()]])
        )
        staged = batch.rows.get()
        assert staged.status == "valid" and staged.cells[0] == "执法一科（［已隐去］）"
        assert any("承办科室" in n["message"] for n in batch.notices)

    def test_two_columns_of_one_meaning_are_asked_about(self) -> None:
        row = penalty_row(1)
        batch = self.upload_file(table([*(_label(n) for n in row), "处罚事由"], [[*row.values(), "另一段事实"]]))
        assert batch.status == "failed" and "含义相同" in batch.problem and batch.mapping == {}
        names: dict[int, str | None] = dict(enumerate(row))
        imports.remap(batch.pk, names, actor=self.cast.clerk)
        imports.check_batch(batch.pk, today=TODAY)
        batch.refresh_from_db()
        assert batch.status == "checked" and imports.counts(batch)["valid"] == 1

    def test_a_workbook_of_the_other_kind_is_named(self) -> None:
        batch = self.upload_file(workbook("penalty", [penalty_row(1)]), kind="licence")
        assert batch.status == "failed" and "行政处罚" in batch.problem
        assert batch.rows.count() == 0

    def test_only_a_header_is_not_an_import(self) -> None:
        batch = self.upload_file(table([_label(n) for n in penalty_row(1)], []))
        assert batch.status == "failed" and "没有数据行" in batch.problem


def _label(name: str) -> str:
    from disclosure import standard

    return standard.column("penalty", name).label
