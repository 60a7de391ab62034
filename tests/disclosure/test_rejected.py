"""One decision counts once in 收到数量 and 首次未通过, however often it was handed in before it passed."""

from datetime import date
from typing import Any

from django.test import TestCase

from disclosure import exports, reports
from disclosure.entry import enter
from records import imports
from records.imports.intake import receive
from records.models import CreditRecord, ImportBatch
from tests.disclosure.test_intake import coded
from tests.people import make_cast
from tests.support.disclosure_tables import company, penalty_row, workbook

TODAY, NOVEMBER = date(2026, 11, 9), date(2026, 11, 1)


class CountedOnceTests(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = make_cast()

    def upload(self, *rows: dict[str, Any], today: date = TODAY) -> ImportBatch:
        actor = self.cast.clerk
        batch = imports.create_batch(
            workbook("penalty", rows), importer="penalty", agency_id=self.cast.agency.pk, filename="a.xlsx",
            actor=actor, by_worker=False,
        )  # fmt: skip
        imports.check_batch(batch.pk, today=today)
        if batch.rows.filter(status="valid").exists():
            imports.commit_batch(batch.pk, actor=actor, by_worker=False)
            imports.run_commit(batch.pk, today=today)
        return batch

    def counted(self, month: date = NOVEMBER) -> tuple[int, int, int]:
        """received, rejected at first, accepted at first."""
        report, mine = reports.monthly_report(month, actor=self.cast.office), ("penalty", self.cast.agency.pk)
        m = next((r.measures for r in report.rows if (r.kind, r.agency_id) == mine), dict.fromkeys(reports.MEASURES, 0))
        return m["received"], m["rejected_first"], m["accepted_first"]

    def test_a_rejected_row_uploaded_again_in_a_new_file_counts_once(self) -> None:
        wrong, right = penalty_row(1, fine_amount="两千"), penalty_row(1)
        old = self.upload(wrong, penalty_row(2))
        assert self.counted() == (2, 1, 1)
        self.upload(wrong)
        assert self.counted() == (2, 1, 1)
        self.upload(right)
        assert self.counted() == (2, 1, 1) and CreditRecord.objects.count() == 2
        assert old.rows.get(status="invalid").record_id == CreditRecord.objects.latest("pk").pk
        # The file with the mistake once more: nothing new was handed in.
        self.upload(wrong)
        assert self.counted() == (2, 1, 1)

    def test_a_broken_document_number_is_told_by_party_and_day(self) -> None:
        self.upload(penalty_row(1, document_number=""))
        assert self.counted() == (1, 1, 0)
        # Mended here and broken there: for now two, since nothing tells that they are one.
        self.upload(penalty_row(1, fine_amount="两千"))
        assert self.counted() == (2, 2, 0)
        self.upload(penalty_row(1))
        assert self.counted() == (1, 1, 0)
        self.upload(penalty_row(1, document_number=""))
        assert self.counted() == (1, 1, 0)

    def test_a_broken_date_and_a_broken_code_are_told_by_the_other_two(self) -> None:
        self.upload(penalty_row(1, decided_on="2026-13-02"), penalty_row(2, uscc="1"))
        assert self.counted() == (2, 2, 0)
        self.upload(penalty_row(1), penalty_row(2))
        assert self.counted() == (2, 2, 0)

    def test_an_answered_row_moves_to_the_month_of_its_decision(self) -> None:
        self.upload(penalty_row(1, decided_on="2026-13-02"), today=date(2026, 12, 3))
        december = date(2026, 12, 1)
        assert (self.counted(), self.counted(december)) == ((0, 0, 0), (1, 1, 0))
        self.upload(penalty_row(1), today=date(2026, 12, 3))
        assert (self.counted(), self.counted(december)) == ((1, 1, 0), (0, 0, 0))

    def test_different_decisions_stay_different(self) -> None:
        self.upload(
            penalty_row(1, fine_amount="两千"),
            penalty_row(1, fine_amount="两千", document_number="另罚〔2026〕1号"),
            penalty_row(1, fine_amount="两千", decided_on="2026-11-03"),
            penalty_row(2, fine_amount="两千", document_number=penalty_row(1)["document_number"]),
        )
        assert self.counted() == (4, 4, 0)
        self.upload(penalty_row(1))
        assert self.counted() == (4, 4, 0)

    def test_a_row_of_which_too_little_can_be_read_counts_by_itself(self) -> None:
        for _ in range(2):
            self.upload(penalty_row(1, document_number="", decided_on="无"))
        self.upload(penalty_row(1))
        assert self.counted() == (3, 2, 1)

    def test_another_agencys_row_is_another_decision(self) -> None:
        self.upload(penalty_row(1, fine_amount="两千"))
        rejected = ImportBatch.objects.get()
        ImportBatch.objects.filter(pk=rejected.pk).update(agency=self.cast.other_agency)
        self.upload(penalty_row(1))
        assert rejected.rows.get().record_id is None and self.counted() == (1, 0, 1)

    def test_what_passed_first_is_no_rejection_when_it_comes_again_with_a_mistake(self) -> None:
        self.upload(penalty_row(1))
        self.upload(penalty_row(1, fine_amount="两千"))
        self.upload(penalty_row(1, fine_amount="两千", uscc=None, business_registration="1"))
        assert self.counted() == (1, 0, 1)

    def test_the_form_and_the_interface_answer_it_too(self) -> None:
        self.upload(penalty_row(1, fine_amount="两千"), penalty_row(2, fine_amount="两千"))
        enter("penalty", penalty_row(1), actor=self.cast.clerk, agency=self.cast.agency, today=TODAY)
        actor = self.cast.clerk

        def send(key: str, row: dict[str, Any]) -> dict[str, Any]:
            return receive(
                "penalty",
                [coded("penalty", row)],
                agency_id=self.cast.agency.pk,
                batch_key=key,
                actor=actor,
                today=TODAY,
            )

        refused = send("甲", penalty_row(2, fine_amount="贰仟"))
        assert refused["rejected"] == 1 and self.counted() == (2, 2, 0)
        assert send("乙", penalty_row(2))["accepted"] == 1
        assert self.counted() == (2, 2, 0)
        again = send("甲", penalty_row(2, fine_amount="贰仟"))
        assert again == {**refused, "replayed": True}

    def test_a_mistake_about_the_name_is_answered_under_the_right_one(self) -> None:
        self.upload(penalty_row(1))
        self.upload(penalty_row(1, document_number="罚〔2026〕2号", party_name="惠州市别的有限公司"))
        assert self.counted() == (2, 1, 1)
        self.upload(penalty_row(1, document_number="罚〔2026〕2号", party_name=company(1)[0]))
        assert self.counted() == (2, 1, 1)

    def test_a_failed_row_is_no_twin_of_the_good_one_after_it(self) -> None:
        batch = self.upload(penalty_row(1, fine_amount="两千"), penalty_row(1))
        assert set(batch.rows.values_list("number", "status")) == {(2, "invalid"), (3, "committed")}
        assert self.counted() == (1, 1, 0)

    def test_the_rule_stands_beside_the_formulas(self) -> None:
        notes = exports.notes(reports.monthly_report(NOVEMBER, actor=self.cast.office))
        assert any("同一决定只计一次" in note for note in notes)
