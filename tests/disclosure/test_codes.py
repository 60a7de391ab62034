"""Subjects known only by an older code get their unified code from the first document that states both."""

from typing import Any

from core.identifiers import make_uscc
from core.models import AuditEvent
from records import imports, services
from records.models import CreditRecord, ImportRow, PublicRecord, Subject
from tests.disclosure.test_entry import TODAY, FormStory
from tests.support.disclosure_tables import company, penalty_row, workbook

REGISTRATION, OTHER_REGISTRATION = "441302000000007", "441302000000015"
NAME, CODE = company(1)


class GainedCodeTests(FormStory):
    def setUp(self) -> None:
        self.older = self.enter(penalty_row(1, uscc=None, business_registration=REGISTRATION))
        self.subject = self.older.subject
        assert self.subject.code is None

    def row(self, n: int = 2, **changes: Any) -> dict[str, Any]:
        return penalty_row(
            1, **{"document_number": f"罚〔2026〕{n}号", "business_registration": REGISTRATION, **changes}
        )

    def test_both_codes_in_one_form_give_the_subject_its_code(self) -> None:
        services.approve(self.older.pk, actor=self.cast.reviewer, today=TODAY)
        record = self.enter(self.row())
        assert record.subject_id == self.subject.pk
        self.subject.refresh_from_db()
        assert self.subject.code == CODE
        event = AuditEvent.objects.get(action="records.subject_code_added")
        assert (event.object_id, event.changes) == (self.subject.pk, {"code": [None, CODE]})
        assert event.actor_id == self.cast.clerk.user_id
        assert Subject.objects.matching(CODE).get() == self.subject
        assert Subject.objects.matching(REGISTRATION).get() == self.subject
        # What was published before is found by the code too, and says what it said.
        public = PublicRecord.objects.matching(CODE).with_content().get()
        assert public.pk == self.older.pk and public.revision.public["subject"]["code"] == ""
        assert PublicRecord.objects.matching(NAME[:6]).exists()
        # From now on the code alone finds it; nothing is given twice.
        assert self.enter(self.row(3, business_registration=None)).subject_id == self.subject.pk
        assert AuditEvent.objects.filter(action="records.subject_code_added").count() == 1

    def test_under_another_name_it_is_asked_about_and_nothing_changes(self) -> None:
        fields = self.refused(self.row(party_name="惠州市别的有限公司"))
        (message,) = fields["party_name"]
        assert message.startswith("1001 ") and NAME in message
        self.subject.refresh_from_db()
        assert self.subject.code is None

    def test_codes_of_two_subjects_are_an_error_that_names_both(self) -> None:
        self.enter(penalty_row(2))
        fields = self.refused(self.row(uscc=company(2)[1], party_name=company(2)[0]))
        (message,) = fields["business_registration"]
        assert NAME in message and company(2)[0] in message and REGISTRATION in message and "信用办" in message
        self.subject.refresh_from_db()
        assert self.subject.code is None

    def test_the_organisation_code_inside_the_unified_code_is_the_known_one(self) -> None:
        inner = company(7)[1][8:17]
        known = self.enter(penalty_row(7, uscc=None, organisation_code=inner)).subject
        assert known.kind == "other_organisation"
        record = self.enter(penalty_row(7, document_number="罚〔2026〕71号"))
        assert record.subject_id == known.pk
        known.refresh_from_db()
        assert (known.code, known.kind) == (company(7)[1], "enterprise")
        assert AuditEvent.objects.get(action="records.subject_code_added").changes == {
            "code": [None, company(7)[1]],
            "kind": ["other_organisation", "enterprise"],
        }
        fields = self.refused(penalty_row(8, uscc=None, organisation_code=inner, party_name="惠州市别的有限公司"))
        assert "1001" in fields["party_name"][0]

    def test_a_registration_number_and_an_inner_code_of_two_subjects_are_refused(self) -> None:
        other = self.enter(penalty_row(9, uscc=None, organisation_code=CODE[8:17])).subject
        fields = self.refused(self.row())
        (message,) = fields["uscc"]
        assert NAME in message and other.name in message
        assert not Subject.objects.filter(code=CODE).exists()

    def test_one_subject_does_not_get_two_codes(self) -> None:
        self.enter(self.row())
        fields = self.refused(self.row(3, uscc=make_uscc("91441302MA8888888")))
        assert CODE in fields["uscc"][0]

    def test_an_import_gives_the_code_whatever_the_order_of_its_rows(self) -> None:
        rows = [
            penalty_row(1, document_number="罚〔2026〕11号"),  # the code alone, before the row that tells whose it is
            self.row(12),
            self.row(13, uscc=make_uscc("91441302MA8888888")),  # another code for the same subject
            penalty_row(5, business_registration=OTHER_REGISTRATION),  # new altogether
        ]
        actor = self.cast.clerk
        batch = imports.create_batch(
            workbook("penalty", rows), importer="penalty", agency_id=self.cast.agency.pk, filename="a.xlsx",
            actor=actor, by_worker=False,
        )  # fmt: skip
        imports.check_batch(batch.pk, today=TODAY)
        said = {r.number: [w["code"] for w in r.warnings] for r in ImportRow.objects.filter(batch=batch)}
        assert "gains_code" in said[3]
        imports.commit_batch(batch.pk, actor=actor, by_worker=False)
        imports.run_commit(batch.pk, today=TODAY)
        status = dict(ImportRow.objects.filter(batch=batch).order_by("number").values_list("number", "status"))
        assert list(status.values()) == ["committed", "committed", "invalid", "committed"]
        assert CreditRecord.objects.filter(subject=self.subject).count() == 3
        assert Subject.objects.get(code=CODE) == self.subject
        assert AuditEvent.objects.filter(action="records.subject_code_added").count() == 1

    def test_an_edit_gives_the_code_and_a_proposed_correction_does_not(self) -> None:
        draft = self.enter(self.row(uscc=None), submit=False)
        services.approve(self.older.pk, actor=self.cast.reviewer, today=TODAY)
        services.propose_correction(self.older.pk, {"uscc": CODE}, actor=self.cast.clerk, reason="补填代码")
        self.subject.refresh_from_db()
        assert self.subject.code is None
        services.edit(draft.pk, {"uscc": CODE}, actor=self.cast.clerk)
        self.subject.refresh_from_db()
        assert self.subject.code == CODE

    def test_a_renamed_subject_keeps_being_found_by_its_code(self) -> None:
        from records.services.subjects import rename_subject

        services.approve(self.older.pk, actor=self.cast.reviewer, today=TODAY)
        self.enter(self.row())
        rename_subject(self.subject.pk, "惠州市新名有限公司", actor=self.cast.office, reason="变更登记", on=TODAY)
        assert PublicRecord.objects.matching(CODE).exists() and PublicRecord.objects.matching("新名有限").exists()
