"""The form: one decision through the same path as an import; and what edits and corrections may do."""

from datetime import date
from typing import Any

import pytest
from django.test import TestCase

from core.errors import Invalid, NotAllowed
from core.models import AuditEvent, Clock
from disclosure.entry import Circumstances, Entry, enter, write
from disclosure.models import Licence, Penalty
from disclosure.validation import Ground, Validator
from records import services
from records.matching import identity_index
from records.models import ChangeRequest, CreditRecord, Subject, SubjectIdentifier, SubjectName
from records.services.subjects import rename_subject
from tests.people import make_cast
from tests.support.disclosure_tables import company, licence_row, penalty_row, person_row

TODAY = date(2026, 11, 9)


class FormStory(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = make_cast()

    def enter(self, values: dict[str, Any], kind: str = "penalty", **options: Any) -> CreditRecord:
        return enter(kind, values, actor=self.cast.clerk, agency=self.cast.agency, today=TODAY, **options)

    def refused(self, values: dict[str, Any], kind: str = "penalty") -> dict[str, list[str]]:
        with pytest.raises(Invalid) as refusal:
            self.enter(values, kind)
        return refusal.value.fields


class EntryTests(FormStory):
    def test_a_penalty_is_entered_and_waits_for_its_reviewer(self) -> None:
        record = self.enter(penalty_row(1))
        assert (record.status, record.submitted_on, record.door) == ("submitted", TODAY, "staff")
        assert record.entered_by_id == self.cast.clerk.user_id
        assert record.title == "未按规定公示企业信息（罚款）"
        assert Penalty.objects.get(pk=record.pk).authority_code == self.cast.agency.code
        assert Clock.objects.get(object_id=record.pk).due_on == record.due_on
        event = AuditEvent.objects.get(object_id=record.pk, action="records.entered")
        assert event.changes == {"状态": [None, "待审核"]}
        services.approve(record.pk, actor=self.cast.reviewer, today=TODAY)

    def test_a_draft_is_not_reported_yet(self) -> None:
        record = self.enter(penalty_row(1), submit=False)
        assert (record.status, record.submitted_on) == ("draft", None)

    def test_a_licence_is_entered(self) -> None:
        record = self.enter(licence_row(1), "licence")
        detail = Licence.objects.get(pk=record.pk)
        assert (record.tier, detail.state, record.title) == ("", "valid", detail.document_title)

    def test_every_error_is_named_by_its_field(self) -> None:
        fields = self.refused(penalty_row(1, uscc="1", decided_on="", fine_amount="abc"))
        assert {"uscc", "decided_on", "fine_amount"} == set(fields)
        assert not CreditRecord.objects.exists() and not Subject.objects.exclude(kind="agency").exists()

    def test_a_late_entry_is_accepted_and_shown_as_late(self) -> None:
        record = self.enter(penalty_row(1, decided_on="2026-08-03"))
        assert record.on_time() is False

    def test_others_may_not_enter(self) -> None:
        for person in ("reviewer", "other_clerk", "auditor", "system_admin"):
            with pytest.raises(NotAllowed):
                enter("penalty", penalty_row(1), actor=self.cast.actor(person), agency=self.cast.agency, today=TODAY)

    def test_the_same_decision_is_entered_once(self) -> None:
        first = self.enter(penalty_row(1))
        fields = self.refused(penalty_row(1, document_number="惠城市监罚[2026]第1号"))
        assert f"记录编号{first.pk}" in fields["document_number"][0]
        self.enter(penalty_row(1, decided_on="2026-11-03"))
        services.return_(first.pk, actor=self.cast.reviewer, reason="退")
        services.discard(first.pk, actor=self.cast.clerk, reason="录错")
        self.enter(penalty_row(1))

    def test_the_same_decision_twice_in_one_set_is_written_once(self) -> None:
        ground = Ground.load(self.cast.agency, today=TODAY)
        spellings = ("惠城市监罚〔2026〕第1号", "惠城市监罚[2026]第1号")
        outcomes = [Validator("penalty", ground).check(penalty_row(1, document_number=n)) for n in spellings]
        first, second = entries = [Entry(outcome.values) for outcome in outcomes]
        write(entries, Circumstances("penalty", ground, self.cast.clerk))
        assert first.record_id and second.record_id is None and second.duplicate_of
        assert CreditRecord.objects.count() == 1

    def test_what_was_withdrawn_may_be_entered_again(self) -> None:
        record = self.enter(penalty_row(1))
        services.approve(record.pk, actor=self.cast.reviewer, today=TODAY)
        change = services.propose_withdrawal(record.pk, actor=self.cast.clerk, reason="写错相对人")
        services.accept_change(change.pk, actor=self.cast.reviewer, today=TODAY)
        assert self.enter(penalty_row(1)).pk != record.pk


class SubjectTests(FormStory):
    def test_a_known_code_under_another_name_is_asked_about(self) -> None:
        self.enter(penalty_row(1))
        fields = self.refused(penalty_row(1, party_name="惠州市别的公司", document_number="罚〔2026〕2号"))
        (message,) = fields["party_name"]
        assert message.startswith("1001 ") and company(1)[0] in message and "信用办" in message
        assert Subject.objects.get(code=company(1)[1]).name == company(1)[0]

    def test_brackets_and_widths_in_a_name_are_the_same_name(self) -> None:
        self.enter(penalty_row(1, party_name="惠州（惠城）试样有限公司"))
        self.enter(penalty_row(1, party_name="惠州(惠城)试样 有限公司", document_number="罚〔2026〕2号"))
        assert Subject.objects.exclude(kind="agency").count() == 1

    def test_a_former_name_goes_to_the_renamed_subject(self) -> None:
        subject = self.enter(penalty_row(1)).subject
        rename_subject(subject.pk, "惠州市新名有限公司", actor=self.cast.office, reason="变更登记", on=TODAY)
        record = self.enter(penalty_row(1, document_number="罚〔2026〕2号"))
        assert record.subject_id == subject.pk
        assert Penalty.objects.get(pk=record.pk).party_name == company(1)[0]
        former = SubjectName.objects.get(subject=subject, name=company(1)[0])
        assert former.valid_to == TODAY
        with pytest.raises(NotAllowed):
            rename_subject(subject.pk, "x", actor=self.cast.clerk, reason="", on=TODAY)

    def test_never_by_name_alone(self) -> None:
        first = self.enter(penalty_row(1)).subject_id
        other = company(2)[1]
        assert self.enter(penalty_row(1, uscc=other, document_number="罚〔2026〕2号")).subject_id != first

    def test_the_other_codes_find_a_subject_too(self) -> None:
        registration = "441302000000007"
        record = self.enter(penalty_row(1, uscc=None, business_registration=registration))
        assert SubjectIdentifier.objects.get().value == registration
        again = self.enter(
            penalty_row(1, uscc=None, business_registration=registration, document_number="罚〔2026〕2号")
        )
        assert again.subject_id == record.subject_id

    def test_codes_of_two_subjects_in_one_row_are_refused(self) -> None:
        registration = "441302000000007"
        self.enter(penalty_row(1, uscc=None, business_registration=registration))
        self.enter(penalty_row(2))
        fields = self.refused(penalty_row(2, business_registration=registration, document_number="罚〔2026〕3号"))
        assert "不同主体" in fields["business_registration"][0]

    def test_a_person_is_found_by_number_and_the_number_is_sealed(self) -> None:
        record = self.enter(person_row(1))
        subject = record.subject
        assert (subject.kind, subject.code, subject.id_number) == ("natural_person", None, "441302198901010010")
        assert subject.id_number_index == identity_index("441302198901010010")
        again = self.enter(person_row(2))
        assert again.subject_id == subject.pk
        fields = self.refused(person_row(3, party_name="李试样"))
        assert "王" not in fields["party_name"][0] and "4413" not in fields["party_name"][0]

    def test_an_unknown_subject_gets_the_kind_its_code_tells(self) -> None:
        from core.identifiers import make_uscc

        for prefix, kind in (("12", "institution"), ("51", "social_organisation"), ("N2", "village_collective")):
            code = make_uscc(f"{prefix}441302MB99{prefix.replace('N', '9')}00")
            record = self.enter(
                penalty_row(1, uscc=code, party_name=f"惠城区试样{prefix}", document_number=f"罚{code}号")
            )
            assert record.subject.kind == kind


class ChangeTests(FormStory):
    def test_a_draft_is_edited_with_the_same_rules(self) -> None:
        record = self.enter(penalty_row(1), submit=False)
        services.edit(record.pk, {"fine_amount": "120", "decided_on": "2026-11-03"}, actor=self.cast.clerk)
        record.refresh_from_db()
        assert (record.tier, record.decided_on, record.due_on) == ("serious", date(2026, 11, 3), date(2026, 11, 12))
        with pytest.raises(Invalid) as refusal:
            services.edit(record.pk, {"fine_amount": "", "uscc": "1"}, actor=self.cast.clerk)
        assert set(refusal.value.fields) == {"fine_amount", "uscc"}

    def test_an_edit_keeps_personal_numbers_that_the_form_does_not_show(self) -> None:
        record = self.enter(person_row(1), submit=False)
        services.edit(record.pk, {"content": "罚款叁仟元", "party_id_number": ""}, actor=self.cast.clerk)
        assert Penalty.objects.get(pk=record.pk).party_id_number == "441302198901010010"

    def test_an_edit_may_move_a_draft_to_another_subject(self) -> None:
        record = self.enter(penalty_row(1), submit=False)
        name, code = company(2)
        services.edit(record.pk, {"party_name": name, "uscc": code}, actor=self.cast.clerk)
        record.refresh_from_db()
        assert record.subject.code == code

    def test_an_edit_may_not_make_a_second_record_of_one_decision(self) -> None:
        self.enter(penalty_row(1))
        record = self.enter(penalty_row(1, document_number="罚〔2026〕2号"), submit=False)
        with pytest.raises(Invalid) as refusal:
            services.edit(record.pk, {"document_number": penalty_row(1)["document_number"]}, actor=self.cast.clerk)
        assert "已在库中" in refusal.value.fields["document_number"][0]

    def test_a_published_record_is_corrected_but_not_moved(self) -> None:
        record = self.enter(penalty_row(1))
        services.approve(record.pk, actor=self.cast.reviewer, today=TODAY)
        name, code = company(2)
        with pytest.raises(Invalid) as refusal:
            services.propose_correction(
                record.pk, {"party_name": name, "uscc": code}, actor=self.cast.clerk, reason="写错相对人"
            )
        assert "撤下" in refusal.value.fields["uscc"][0]
        change = services.propose_correction(record.pk, {"fine_amount": "0.3"}, actor=self.cast.clerk, reason="笔误")
        services.accept_change(change.pk, actor=self.cast.reviewer, today=TODAY)
        assert str(Penalty.objects.get(pk=record.pk).fine_amount) == "0.300000"
        assert ChangeRequest.objects.get().changes == {"fine_amount": ["0.2", "0.3"]}

    def test_a_record_of_an_older_table_is_not_asked_for_new_columns(self) -> None:
        record = self.enter(penalty_row(1), submit=False)
        Penalty.objects.filter(pk=record.pk).update(fine_amount=None, representative="")
        CreditRecord.objects.filter(pk=record.pk).update(effective_to=None)
        services.edit(record.pk, {"remark": "补录"}, actor=self.cast.clerk)
        assert Penalty.objects.get(pk=record.pk).remark == "补录"
