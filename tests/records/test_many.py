"""Thousands of changes, and the daily sweep: as many statements as for five, and every record its own trail."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import TestCase, TransactionTestCase
from django.test.utils import CaptureQueriesContext

from core.actors import system_actor
from core.errors import Invalid, NotAllowed, NotFound, WrongState
from core.models import AuditEvent
from disclosure.models import Penalty
from records import services
from records.models import ChangeRequest, CreditRecord, ImportBatch, PublicRecord, Revision
from records.services.endings import Ending, end_publication
from tests.factories.records import TODAY, draft_penalty, make_subject, published_penalty, submitted_penalty
from tests.people import make_cast

FEW, MANY = 5, 500


def statements(act: Callable[[], object]) -> list[str]:
    with CaptureQueriesContext(connection) as captured:
        act()
    return [q["sql"] for q in captured.captured_queries]


class ManyChangesTests(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = make_cast()
        subject = make_subject()
        batches = [
            ImportBatch.objects.create(importer="penalty", agency=cls.cast.agency, filename=f"{n}.xlsx", digest="x")
            for n in (FEW, MANY)
        ]
        cls.few, cls.many = (
            [draft_penalty(cls.cast.agency, subject, clerk=cls.cast.clerk, batch=b).pk for _ in range(n)]
            for b, n in zip(batches, (FEW, MANY), strict=True)
        )
        cls.few_batch, cls.many_batch = batches
        services.submit_many([*cls.few, *cls.many], actor=cls.cast.clerk, today=TODAY)
        services.approve_many([*cls.few, *cls.many], actor=cls.cast.reviewer, today=TODAY)

    def _propose(self, ids: list[int]) -> list[int]:
        services.propose_withdrawals(ids, actor=self.cast.clerk, reason="批量有误", basis="惠城府复〔2026〕1号")
        return list(ChangeRequest.objects.filter(record__in=ids).values_list("pk", flat=True))

    def test_proposing_takes_the_same_statements_for_five_and_for_five_hundred(self) -> None:
        few = statements(lambda: self._propose(self.few))
        many = statements(lambda: self._propose(self.many))
        assert len(few) == len(many) < 15, (len(few), len(many))
        events = AuditEvent.objects.filter(action="records.change_proposed", object_id__in=self.many)
        assert events.count() == MANY and set(events.values_list("reason", flat=True)) == {"批量有误"}
        change = ChangeRequest.objects.filter(record=self.many[0]).get()
        assert (change.kind, change.status, change.base_version) == ("withdraw", "proposed", 1)
        assert change.proposed_by_id == self.cast.clerk.user_id and change.changes == {}

    def test_agreeing_takes_the_same_statements_and_leaves_a_revision_and_an_audit_row_each(self) -> None:
        few, many = self._propose(self.few), self._propose(self.many)
        # What stands in one request is no reason for a statement of its own.
        ChangeRequest.objects.filter(pk=many[0]).update(reason="这一条另有理由")
        one = statements(lambda: services.accept_changes(few, actor=self.cast.reviewer, today=TODAY))
        other = statements(lambda: services.accept_changes(many, actor=self.cast.reviewer, today=TODAY))
        assert len(one) == len(other) < 32, (len(one), len(other))
        revisions = Revision.objects.filter(record__in=self.many, act="withdrawn", version=2)
        assert revisions.count() == MANY and not PublicRecord.objects.exists()
        own = revisions.get(record=ChangeRequest.objects.get(pk=many[0]).record_id)
        assert own.reason == own.public["reason"] == "这一条另有理由" and own.basis == "惠城府复〔2026〕1号"
        for action in ("records.change_accepted", "records.withdrawn"):
            assert AuditEvent.objects.filter(action=action, object_id__in=self.many).count() == MANY
        assert set(ChangeRequest.objects.values_list("status", "decided_by")) == {
            ("accepted", self.cast.reviewer.user_id)
        }

    def test_refusing_takes_the_same_statements_and_leaves_everything_public(self) -> None:
        few, many = self._propose(self.few), self._propose(self.many)
        one = statements(lambda: services.refuse_changes(few, actor=self.cast.reviewer, opinion="依据不足"))
        other = statements(lambda: services.refuse_changes(many, actor=self.cast.reviewer, opinion="依据不足"))
        assert len(one) == len(other) < 15, (len(one), len(other))
        assert set(ChangeRequest.objects.values_list("status", "decision_reason")) == {("refused", "依据不足")}
        assert AuditEvent.objects.filter(action="records.change_refused").count() == FEW + MANY
        assert PublicRecord.objects.count() == FEW + MANY and not Revision.objects.filter(act="withdrawn").exists()

    def test_a_batch_is_refused_and_agreed_to_as_a_whole(self) -> None:
        batch, clerk, reviewer = self.few_batch.pk, self.cast.clerk, self.cast.reviewer
        with pytest.raises(WrongState, match="没有待复核的撤下申请"):
            services.refuse_batch_withdrawal(batch, actor=reviewer, opinion="依据不足")
        services.withdraw_batch(batch, actor=clerk, reason="批量有误")
        with pytest.raises(NotFound):
            services.refuse_batch_withdrawal(batch, actor=self.cast.other_reviewer, opinion="依据不足")
        with pytest.raises(Invalid):
            services.refuse_batch_withdrawal(batch, actor=reviewer, opinion=" ")
        assert services.refuse_batch_withdrawal(batch, actor=reviewer, opinion="依据不足") == FEW
        services.withdraw_batch(batch, actor=clerk, reason="再次核对，仍应撤下")
        with pytest.raises(NotAllowed):
            services.accept_batch_withdrawal(
                batch, actor=self.cast.actor("clerk", roles=frozenset({"clerk", "reviewer"}))
            )
        assert services.accept_batch_withdrawal(batch, actor=reviewer, today=TODAY) == FEW
        assert Revision.objects.filter(act="withdrawn").count() == FEW
        assert PublicRecord.objects.count() == MANY

    def test_one_that_cannot_be_withdrawn_keeps_all_as_they_are(self) -> None:
        services.propose_withdrawal(self.few[0], actor=self.cast.clerk, reason="单独申请")
        with pytest.raises(WrongState, match="其中1条"):
            services.propose_withdrawals(self.few, actor=self.cast.clerk, reason="批量有误")
        assert ChangeRequest.objects.count() == 1
        services.mark_disputed(self.few[0], actor=self.cast.office, reason="当事人异议")
        changes = [*self._propose(self.few[1:]), ChangeRequest.objects.get(record=self.few[0]).pk]
        with pytest.raises(WrongState, match="新的版本"):
            services.accept_changes(changes, actor=self.cast.reviewer)
        assert set(ChangeRequest.objects.values_list("status", flat=True)) == {"proposed"}
        assert not Revision.objects.filter(act="withdrawn").exists()


class SecondPersonTests(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = make_cast()

    def test_nothing_is_withdrawn_past_the_second_person(self) -> None:
        record = published_penalty(self.cast)
        for actor in (self.cast.reviewer, self.cast.office, system_actor()):
            with pytest.raises(NotAllowed, match="另一位工作人员同意"):
                end_publication([Ending(record, "我说了算")], "withdraw", actor=actor, today=TODAY)
        services.propose_withdrawal(record.pk, actor=self.cast.clerk, reason="申请而已")
        with pytest.raises(NotAllowed):
            end_publication([Ending(record, "申请而已")], "withdraw", actor=self.cast.clerk, today=TODAY)
        services.refuse_change(ChangeRequest.objects.get().pk, actor=self.cast.reviewer, opinion="依据不足")
        with pytest.raises(NotAllowed):
            end_publication([Ending(record, "申请而已")], "withdraw", actor=self.cast.clerk, today=TODAY)
        services.mark_disputed(record.pk, actor=self.cast.office, reason="当事人提出异议")
        ChangeRequest.objects.update(status="accepted")  # agreed to, but for the version before
        record.refresh_from_db()
        with pytest.raises(NotAllowed):
            end_publication([Ending(record, "申请而已")], "withdraw", actor=self.cast.clerk, today=TODAY)
        assert PublicRecord.objects.filter(pk=record.pk).exists() and record.status == "published"
        assert not hasattr(services, "end_publication")


class DailySweepTests(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = make_cast()

    def _approved(self, **fields: object) -> CreditRecord:
        record = submitted_penalty(self.cast, publish_from=TODAY + timedelta(days=1), **fields)
        return services.approve(record.pk, actor=self.cast.reviewer, today=TODAY)

    def test_what_opens_today_opens_in_pieces_and_what_the_policy_keeps_back_holds_up_nobody(self) -> None:
        kept = self._approved(tier="minor")
        opening = [self._approved() for _ in range(5)]
        assert {r.status for r in opening} == {"approved"}
        system = system_actor()
        assert services.publish_due(today=TODAY, actor=system, limit=2) == 0
        tomorrow = TODAY + timedelta(days=1)
        sql = statements(lambda: services.publish_due(today=tomorrow, actor=system, limit=2))
        assert PublicRecord.objects.count() == 5 and Revision.objects.filter(act="published").count() == 5
        kept.refresh_from_db()
        assert kept.status == "approved"
        assert sum('FROM "records_publicationrule"' in s for s in sql) == 1
        assert services.publish_due(today=tomorrow, actor=system, limit=2) == 0

    def test_approving_reads_the_publication_rules_once(self) -> None:
        ids = [submitted_penalty(self.cast).pk for _ in range(2)]
        sql = statements(lambda: services.approve_many(ids, actor=self.cast.reviewer, today=TODAY))
        assert sum('FROM "records_publicationrule"' in s for s in sql) == 1

    def test_expiry_goes_in_pieces_too(self) -> None:
        for _ in range(3):
            published_penalty(self.cast)
        assert services.expire_due(today=date(2027, 11, 3), limit=2) == 2
        assert services.daily_sweep(today=date(2027, 11, 3)) == {"redecided": 0, "expired": 1, "opened": 0}


class BrokenSweepTests(TransactionTestCase):
    def test_a_broken_run_keeps_the_pieces_it_finished_and_the_next_goes_on(self) -> None:
        cast = make_cast()
        tomorrow, system = TODAY + timedelta(days=1), system_actor()
        records = [submitted_penalty(cast, publish_from=tomorrow) for _ in range(4)]
        services.approve_many([r.pk for r in records], actor=cast.reviewer, today=TODAY)
        detail = Penalty.objects.get(pk=records[2].pk)
        Penalty.objects.filter(pk=detail.pk).delete()
        with pytest.raises(KeyError):
            services.publish_due(today=tomorrow, actor=system, limit=2)
        assert set(PublicRecord.objects.values_list("pk", flat=True)) == {r.pk for r in records[:2]}
        detail.save(force_insert=True)
        assert services.publish_due(today=tomorrow, actor=system, limit=2) == 2
        assert Revision.objects.filter(act="published").count() == 4
