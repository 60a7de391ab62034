"""The road of a fact, act by act."""

from datetime import date
from functools import partial

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import TestCase

from core.errors import Invalid, NotAllowed, NotFound, WrongState
from core.models import AuditEvent, Clock
from disclosure.models import Penalty
from records import services
from records.clerks import handled_by
from records.kinds import kind_of
from records.models import ChangeRequest, CreditRecord, ImportBatch, PublicationRule, PublicRecord, Revision
from records.policy import PublicationPolicy
from records.projection import canonical, digest, project
from records.services.endings import Ending, void
from tests.factories.records import (
    TODAY,
    draft_penalty,
    make_subject,
    published_licence,
    published_penalty,
    submitted_penalty,
)
from tests.people import make_cast


class Story(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = make_cast()


class ReviewTests(Story):
    def test_approval_publishes_with_one_revision_and_one_public_row(self) -> None:
        record = published_penalty(self.cast)
        assert record.status == "published" and record.version == 1
        revision = Revision.objects.get(record=record)
        assert (revision.act, revision.version) == ("published", 1)
        assert revision.digest == digest(canonical(revision.public), revision.salt)
        assert PublicRecord.objects.get(pk=record.pk).revision_id == revision.pk
        assert AuditEvent.objects.filter(object_id=record.pk).count() == 3  # submitted, approved, published

    def test_first_submission_is_the_day_of_reporting_and_stays(self) -> None:
        record = submitted_penalty(self.cast, today=date(2026, 11, 10))
        services.return_(record.pk, actor=self.cast.reviewer, reason="违法事实过于简略")
        services.submit(record.pk, actor=self.cast.clerk, today=date(2026, 12, 1))
        record.refresh_from_db()
        assert record.submitted_on == date(2026, 11, 10) and record.return_reason == ""

    def test_nobody_approves_their_own_entry(self) -> None:
        record = draft_penalty(self.cast.agency, clerk=self.cast.clerk)
        both = self.cast.actor("clerk", roles=frozenset({"clerk", "reviewer"}))
        services.submit(record.pk, actor=both, today=TODAY)
        with pytest.raises(NotAllowed, match="本人经办"):
            services.approve(record.pk, actor=both)
        with pytest.raises(IntegrityError), transaction.atomic():
            CreditRecord.objects.filter(pk=record.pk).update(approved_by=both.user_id)

    def test_who_submits_or_changes_a_returned_record_has_entered_it(self) -> None:
        record = submitted_penalty(self.cast)
        services.return_(record.pk, actor=self.cast.reviewer, reason="违法事实过于简略")
        both = self.cast.actor("second_clerk", roles=frozenset({"clerk", "reviewer"}))
        services.submit(record.pk, actor=both, today=TODAY)
        with pytest.raises(NotAllowed, match="本人经办"):
            services.approve(record.pk, actor=both)
        services.return_(record.pk, actor=self.cast.reviewer, reason="仍过于简略")
        edited = services.edit(record.pk, {"remark": "已补充调查经过"}, actor=self.cast.clerk)
        assert edited.entered_by_id == self.cast.clerk.user_id

    def test_whoever_typed_any_of_it_never_approves_it_whoever_submits(self) -> None:
        record = submitted_penalty(self.cast)
        services.return_(record.pk, actor=self.cast.reviewer, reason="违法事实过于简略")
        both = self.cast.actor("second_clerk", roles=frozenset({"clerk", "reviewer"}))
        services.edit(record.pk, {"remark": "已补充调查经过"}, actor=both)
        services.submit(record.pk, actor=self.cast.clerk, today=TODAY)
        for act in (services.approve, partial(services.return_, reason="再补充")):
            with pytest.raises(NotAllowed, match="本人经办"):
                act(record.pk, actor=both)
        rows = CreditRecord.objects.filter(pk=record.pk)
        assert rows.filter(handled_by(both.user_id)).exists() and rows.filter(handled_by(self.cast.clerk.user_id))
        assert not rows.filter(handled_by(self.cast.reviewer.user_id)).exists()
        services.approve(record.pk, actor=self.cast.reviewer, today=TODAY)

    def test_another_agencys_record_does_not_exist_for_a_clerk(self) -> None:
        record = submitted_penalty(self.cast)
        with pytest.raises(NotFound):
            services.approve(record.pk, actor=self.cast.other_reviewer)
        assert not CreditRecord.objects.visible_to(self.cast.other_clerk).exists()
        assert not CreditRecord.objects.visible_to(self.cast.actor("system_admin")).exists()

    def test_the_second_approver_is_told_that_somebody_was_faster(self) -> None:
        record = published_penalty(self.cast)
        with pytest.raises(WrongState, match="刷新"):
            services.approve(record.pk, actor=self.cast.reviewer)
        assert Revision.objects.filter(record=record).count() == 1

    def test_return_needs_a_reason(self) -> None:
        record = submitted_penalty(self.cast)
        with pytest.raises(Invalid, match="退回理由"):
            services.return_(record.pk, actor=self.cast.reviewer, reason=" ")

    def test_many_are_approved_all_or_none(self) -> None:
        good, mine = submitted_penalty(self.cast), submitted_penalty(self.cast)
        CreditRecord.objects.filter(pk=mine.pk).update(entered_by=self.cast.reviewer.user_id)
        with pytest.raises(NotAllowed):
            services.approve_many([good.pk, mine.pk], actor=self.cast.reviewer, today=TODAY)
        good.refresh_from_db()
        assert good.status == "submitted" and not PublicRecord.objects.exists()

    def test_a_discarded_record_frees_its_document_number(self) -> None:
        subject = make_subject()
        first = draft_penalty(self.cast.agency, subject, clerk=self.cast.clerk, document_number="惠城罚〔2026〕1号")
        with pytest.raises(IntegrityError), transaction.atomic():
            draft_penalty(self.cast.agency, subject, clerk=self.cast.clerk, document_number="惠城罚[2026]1号")
        services.discard(first.pk, actor=self.cast.clerk, reason="重复录入")
        draft_penalty(self.cast.agency, subject, clerk=self.cast.clerk, document_number="惠城罚[2026]1号")


class PublicationTests(Story):
    def test_general_penalties_stay_one_year_and_may_be_repaired_after_three_months(self) -> None:
        record = published_penalty(self.cast)
        assert record.publish_until == date(2027, 11, 2) and record.repairable_from == date(2027, 2, 2)

    def test_minor_penalties_are_not_published_by_rule(self) -> None:
        record = published_penalty(self.cast, tier="minor")
        assert (record.status, record.visibility) == ("approved", "internal")
        assert not Revision.objects.exists() and not PublicRecord.objects.exists()

    def test_what_no_rule_is_about_stays_internal(self) -> None:
        for tier in ("", "unheard_of"):
            record = published_penalty(self.cast, tier=tier)
            assert (record.status, record.visibility, record.publication_rule) == ("approved", "internal", None)
        assert not Revision.objects.exists()
        policy = PublicationPolicy()
        assert policy.rule_for("penalty", "enterprise", "general", TODAY, on=TODAY)
        for kind, tier in (("unheard_of", "general"), ("unheard_of", "")):
            assert policy.rule_for(kind, "enterprise", tier, TODAY, on=TODAY) is None

    def test_an_older_decision_is_judged_by_the_rule_of_its_day(self) -> None:
        record = published_penalty(self.cast, decided_on=date(2025, 6, 3))
        assert record.publication_rule.edition == "2023" and record.publish_until == date(2028, 6, 3)

    def test_the_due_day_itself_is_in_time_and_the_day_after_is_late(self) -> None:
        last, late = (published_penalty(self.cast, today=day) for day in (date(2026, 11, 11), date(2026, 11, 12)))
        assert last.due_on == late.due_on == date(2026, 11, 11)
        in_time = dict(PublicRecord.objects.values_list("record_id", "on_time"))
        assert in_time == {last.pk: True, late.pk: False}

    def test_natural_persons_are_internal(self) -> None:
        person = make_subject("王小明", kind="natural_person")
        record = published_penalty(self.cast, person)
        assert record.status == "approved" and not PublicRecord.objects.exists()

    def test_a_decision_whose_longest_period_is_over_is_not_published(self) -> None:
        record = published_penalty(self.cast, decided_on=date(2021, 1, 4), effective_to=date(2022, 1, 3))
        assert record.status == "approved" and not PublicRecord.objects.exists()

    def test_projection_has_no_personal_column_and_no_number_in_free_text(self) -> None:
        record = published_penalty(
            self.cast,
            detail={
                "representative_id_number": "441302198901010010",
                "facts": "当事人（441302198901010010）拒不改正。",
            },
        )
        text = str(Revision.objects.get(record=record).public)
        assert "441302198901010010" not in text and "representative_id_number" not in text

    def test_an_opened_persons_record_shows_no_name_however_it_was_written(self) -> None:
        PublicationRule.objects.create(
            code="test", title="试", status="approved", kind="penalty", subject_kind="natural_person",
            visibility="masked", fields=["*"],
            max_months=12, in_force_from=date(2026, 4, 1), basis="试",
        )  # fmt: skip
        person = make_subject("王小明", kind="natural_person")
        detail = {"party_name": "王 小明", "facts": "王小明（又写作王　小 明）占道经营。"}
        record = published_penalty(self.cast, person, title="王 小 明占道经营", detail=detail)
        text = "".join(str(Revision.objects.get(record=record).public).split())
        assert record.status == "published" and "王*" in text and "小" not in text
        # Entered under a former name, which the title and the facts repeat.
        former = {"party_name": "王大毛", "facts": "王大毛（现名王小明）占道经营。"}
        record = published_penalty(self.cast, person, title="王大毛占道经营", detail=former)
        text = str(Revision.objects.get(record=record).public)
        assert "王*" in text and "大毛" not in text and "小明" not in text

    def test_a_person_is_masked_even_by_a_rule_that_says_public(self) -> None:
        """The database takes no such rule (test_policies); nothing that the public reads relies on that alone."""
        person = make_subject("王小明", kind="natural_person")
        record = draft_penalty(self.cast.agency, person)
        rule = PublicationRule(
            kind="penalty", subject_kind="natural_person", visibility="public", fields=["*"],
            in_force_from=date(2026, 4, 1),
        )  # fmt: skip
        decision = PublicationPolicy([rule]).decide(record, person.kind, on=TODAY)
        assert decision and decision.visibility == "masked"
        public = project(
            record, Penalty.objects.get(record=record), kind=kind_of("penalty"), subject=person,
            agency=self.cast.agency, rule=rule, state="published",
        )  # fmt: skip
        assert public["subject"]["name"] == "王*" and public["subject"]["id"] is None and "小明" not in str(public)

    def test_expiry_removes_the_row_and_leaves_a_tombstone(self) -> None:
        record = published_penalty(self.cast)
        assert services.daily_sweep(today=date(2027, 11, 2))["expired"] == 0
        assert services.daily_sweep(today=date(2027, 11, 3))["expired"] == 1
        assert services.daily_sweep(today=date(2027, 11, 3))["expired"] == 0
        record.refresh_from_db()
        assert record.status == "expired" and not PublicRecord.objects.filter(pk=record.pk).exists()
        last = Revision.objects.filter(record=record).first()
        assert last.act == "expired" and "fields" not in last.public

    def test_a_licence_is_public_until_its_effect_ends(self) -> None:
        assert published_licence(self.cast).publish_until == date(2031, 11, 2)
        assert published_licence(self.cast, effective_to=date(2099, 12, 31)).publish_until is None

    def test_publication_stops_the_clock(self) -> None:
        record = published_penalty(self.cast)
        clock = Clock.objects.get(object_id=record.pk)
        assert clock.finished_on == TODAY and clock.due_on == date(2026, 11, 11) and clock.met()


class ChangeTests(Story):
    def test_withdrawal_takes_two_people_and_ends_in_a_public_reason(self) -> None:
        record = published_penalty(self.cast)
        change = services.propose_withdrawal(record.pk, actor=self.cast.clerk, reason="处罚决定被依法撤销")
        with pytest.raises(NotAllowed):
            services.accept_change(change.pk, actor=self.cast.actor("clerk", roles=frozenset({"clerk", "reviewer"})))
        services.accept_change(change.pk, actor=self.cast.reviewer, today=TODAY)
        record.refresh_from_db()
        assert record.status == "withdrawn" and not PublicRecord.objects.exists()
        last = Revision.objects.filter(record=record).first()
        assert last.act == "withdrawn" and last.public["reason"] == "处罚决定被依法撤销"

    def _held(self) -> CreditRecord:
        """Approved and not public: a warning is 轻微."""
        warning = {"penalty_category": "警告", "content": "予以警告", "fine_amount": None}
        record = published_penalty(self.cast, tier="minor", detail=warning)
        assert record.status == "approved"
        return record

    def _corrected(self, record: CreditRecord, values: dict[str, str]) -> CreditRecord:
        change = services.propose_correction(record.pk, values, actor=self.cast.clerk, reason="笔误")
        services.accept_change(change.pk, actor=self.cast.reviewer, today=TODAY)
        return CreditRecord.objects.get(pk=record.pk)

    def test_what_is_not_public_is_corrected_too_and_stays_so(self) -> None:
        record = self._held()
        after = self._corrected(record, {"content": "予以警告，责令改正", "decided_on": "2026-11-03"})
        assert (after.status, after.version) == ("approved", record.version + 1)
        assert Penalty.objects.get(pk=record.pk).content == "予以警告，责令改正"
        assert after.due_on == Clock.objects.get(object_id=record.pk).due_on == date(2026, 11, 12)
        assert not Revision.objects.exists()
        assert AuditEvent.objects.filter(action="records.corrected", object_id=record.pk).count() == 1

    def test_what_a_correction_brings_under_an_open_rule_is_public_at_once(self) -> None:
        record = published_penalty(self.cast, tier="minor")
        assert record.status == "approved"
        after = self._corrected(record, {"content": "罚款0.3万元，责令改正"})  # the tier is judged by the content again
        assert (after.tier, after.status) == ("general", "published")
        assert Revision.objects.get().act == "published"

    def test_what_is_not_public_is_withdrawn_by_two_people_and_frees_its_document_number(self) -> None:
        record = self._held()
        change = services.propose_withdrawal(record.pk, actor=self.cast.clerk, reason="重复录入")
        with pytest.raises(NotAllowed):
            services.accept_change(change.pk, actor=self.cast.actor("clerk", roles=frozenset({"clerk", "reviewer"})))
        services.accept_change(change.pk, actor=self.cast.reviewer, today=TODAY)
        record.refresh_from_db()
        assert record.status == "withdrawn" and not Revision.objects.exists()
        draft_penalty(self.cast.agency, record.subject, document_number=record.document_number)

    def test_its_pages_say_that_nobody_but_authorised_readers_sees_it(self) -> None:
        record = self._held()
        self.client.force_login(self.cast.users["clerk"])
        page = self.client.get(f"/staff/records/{record.pk}/")
        for words in ("申请更正", "申请撤下"):
            self.assertContains(page, words)
        self.assertContains(self.client.get(f"/staff/records/{record.pk}/correct/"), "该记录没有公示")
        self.assertContains(self.client.get(f"/staff/records/{record.pk}/withdraw/"), "授权查询不再显示")
        change = services.propose_correction(
            record.pk, {"content": "予以警告一次"}, actor=self.cast.clerk, reason="笔误"
        )
        page = self.client.get(f"/staff/changes/{change.pk}/")
        self.assertContains(page, "该记录没有公示")
        self.assertNotContains(page, "向社会公开")
        self.assertNotContains(self.client.get(f"/staff/records/{record.pk}/"), "申请撤下</a>")

    def test_nothing_is_withdrawn_past_the_second_person(self) -> None:
        record = self._held()
        with pytest.raises(NotAllowed, match="另一位"):
            void([Ending(record, "重复录入")], actor=self.cast.office, today=TODAY)

    def test_what_a_change_says_lies_sealed(self) -> None:
        record = self._held()
        services.propose_correction(record.pk, {"content": "寒鸦一只"}, actor=self.cast.clerk, reason="笔误")
        with connection.cursor() as cursor:
            cursor.execute("SELECT sealed FROM records_changerequest")
            assert cursor.fetchone()[0].startswith("v1:")
        assert ChangeRequest.objects.get().changes["content"][1] == "寒鸦一只"

    def test_another_agencys_change_does_not_exist_for_a_reviewer(self) -> None:
        record = published_penalty(self.cast)
        change = services.propose_withdrawal(record.pk, actor=self.cast.clerk, reason="处罚决定被依法撤销")
        with pytest.raises(NotFound):
            services.accept_change(change.pk, actor=self.cast.other_reviewer)
        with pytest.raises(NotFound):
            services.refuse_change(change.pk, actor=self.cast.other_reviewer, opinion="依据不足")
        for stranger in ("other_clerk", "other_reviewer", "system_admin", "security_admin", "audit_admin"):
            assert not ChangeRequest.objects.visible_to(self.cast.actor(stranger)).exists(), stranger
        assert ChangeRequest.objects.visible_to(self.cast.auditor).get() == change

    def test_only_one_change_is_open_at_a_time(self) -> None:
        record = published_penalty(self.cast)
        services.propose_withdrawal(record.pk, actor=self.cast.clerk, reason="一")
        with pytest.raises(WrongState):
            services.propose_withdrawal(record.pk, actor=self.cast.clerk, reason="二")

    def test_a_change_made_on_an_old_version_is_refused(self) -> None:
        record = published_penalty(self.cast)
        change = services.propose_withdrawal(record.pk, actor=self.cast.clerk, reason="一")
        services.mark_disputed(record.pk, actor=self.cast.office, reason="当事人异议")
        with pytest.raises(WrongState, match="新的版本"):
            services.accept_change(change.pk, actor=self.cast.reviewer)

    def test_refusal_needs_an_opinion_and_leaves_the_record(self) -> None:
        record = published_penalty(self.cast)
        change = services.propose_withdrawal(record.pk, actor=self.cast.clerk, reason="一")
        with pytest.raises(Invalid):
            services.refuse_change(change.pk, actor=self.cast.reviewer, opinion="")
        services.refuse_change(change.pk, actor=self.cast.reviewer, opinion="依据不足")
        assert ChangeRequest.objects.get().status == "refused" and PublicRecord.objects.filter(pk=record.pk).exists()

    def test_a_clerk_alone_does_not_mark_a_dispute(self) -> None:
        record = published_penalty(self.cast)
        with pytest.raises(NotAllowed):
            services.mark_disputed(record.pk, actor=self.cast.clerk, reason="当事人提出异议")
        assert PublicRecord.objects.get().state == "published"

    def test_a_dispute_marks_the_public_row_and_closing_unmarks_it(self) -> None:
        record = published_penalty(self.cast)
        services.mark_disputed(record.pk, actor=self.cast.office, reason="当事人提出异议")
        assert PublicRecord.objects.get().state == "disputed"
        services.close_dispute(record.pk, actor=self.cast.office, reason="经核查无误")
        assert PublicRecord.objects.get().state == "published"
        assert Revision.objects.filter(record=record).count() == 3


class BatchTests(Story):
    def test_what_was_imported_together_is_approved_and_withdrawn_together(self) -> None:
        batch = ImportBatch.objects.create(importer="penalty", agency=self.cast.agency, filename="a.xlsx", digest="x")
        for _ in range(3):
            submitted_penalty(self.cast, batch=batch)
        assert services.approve_batch(batch.pk, actor=self.cast.reviewer, today=TODAY) == 3
        with pytest.raises(WrongState, match="没有“待审核”"):
            services.approve_batch(batch.pk, actor=self.cast.reviewer)
        with pytest.raises(NotFound):
            services.withdraw_batch(batch.pk, actor=self.cast.other_clerk, reason="批量有误")
        assert services.withdraw_batch(batch.pk, actor=self.cast.clerk, reason="批量有误") == 3
        ids = ChangeRequest.objects.values_list("pk", flat=True)
        assert services.accept_changes(ids, actor=self.cast.reviewer, today=TODAY) == 3
        assert not PublicRecord.objects.exists() and Revision.objects.filter(act="withdrawn").count() == 3

    def test_a_large_batch_is_approved_in_the_background_by_whoever_asked(self) -> None:
        batch = ImportBatch.objects.create(importer="penalty", agency=self.cast.agency, filename="a.xlsx", digest="x")
        records = [submitted_penalty(self.cast, batch=batch) for _ in range(3)]
        services.approve_batch_later(batch.pk, actor=self.cast.reviewer)
        with pytest.raises(WrongState, match="正在整批审核"):
            services.approve_batch_later(batch.pk, actor=self.cast.office)
        assert ImportBatch.objects.approving().get() == batch
        assert services.carry_out_approval(batch.pk, today=TODAY) == 3
        assert services.carry_out_approval(batch.pk, today=TODAY) == 0, "asked for once, done once"
        assert not ImportBatch.objects.approving().exists()
        assert {r.approved_by_id for r in CreditRecord.objects.filter(pk__in=[r.pk for r in records])} == {
            self.cast.reviewer.user_id
        }

    def test_what_cannot_be_approved_in_the_background_says_why_and_changes_nothing(self) -> None:
        batch = ImportBatch.objects.create(importer="penalty", agency=self.cast.agency, filename="a.xlsx", digest="x")
        record, own = (submitted_penalty(self.cast, batch=batch) for _ in range(2))
        services.approve_batch_later(batch.pk, actor=self.cast.reviewer)
        CreditRecord.objects.filter(pk=own.pk).update(entered_by=self.cast.reviewer.user_id)
        assert services.carry_out_approval(batch.pk, today=TODAY) == 0
        record.refresh_from_db()
        batch.refresh_from_db()
        assert record.status == "submitted" and "本人经办" in batch.approval_problem and batch.approval_by is None
        self.client.force_login(self.cast.users["reviewer"])
        self.assertContains(self.client.get("/staff/review/"), "没有整批审核通过，其中没有任何记录改变")
        services.approve_batch_later(batch.pk, actor=self.cast.office)
        self.assertContains(self.client.get("/staff/review/"), "正在整批审核，由示例信用办")
        self.assertContains(self.client.get(f"/staff/review/batches/{batch.pk}/"), "完成前不必再处理")
        assert services.carry_out_approval(batch.pk, today=TODAY) == 2
        self.assertNotContains(self.client.get("/staff/review/"), "整批审核")


class HistoryTests(Story):
    def test_seal_numbers_revisions_without_gaps(self) -> None:
        for _ in range(3):
            published_penalty(self.cast)
        assert services.seal() == 3 and services.seal() == 0
        published_penalty(self.cast)
        assert services.seal(limit=10) == 1
        assert list(Revision.objects.order_by("seq").values_list("seq", flat=True)) == [1, 2, 3, 4]

    def test_the_database_itself_refuses_to_change_a_revision_or_an_audit_row(self) -> None:
        published_penalty(self.cast)
        services.seal()
        for sql in (
            "UPDATE records_revision SET reason = 'x'",
            "UPDATE records_revision SET seq = seq + 10",
            "DELETE FROM records_revision",
            "UPDATE core_auditevent SET reason = 'x'",
            "DELETE FROM core_auditevent",
        ):
            with (
                pytest.raises(IntegrityError, match="append-only"),
                transaction.atomic(),
                connection.cursor() as cursor,
            ):
                cursor.execute(sql)
