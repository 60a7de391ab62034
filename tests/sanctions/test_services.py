"""A sanction exists only where a list and a rule allow it, and ends when it must."""

from dataclasses import replace
from datetime import date, timedelta

from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core.actors import system_actor
from core.errors import Invalid, NotAllowed, NotFound, WrongState
from core.models import AuditEvent
from integrity.services import register_fulfilment, revoke
from records import services as ledger
from records.models import CreditRecord, Subject
from records.services.endings import Ending, end_publication
from sanctions import services
from sanctions.models import Sanction
from tests.factories import integrity
from tests.factories.integrity import PDF
from tests.factories.policy import approved as policy_approved
from tests.factories.policy import version
from tests.factories.records import published_licence, published_penalty, submitted_penalty
from tests.factories.registry import make_agency, make_tenure
from tests.factories.sanctions import TODAY, approved, imposed, loaded, new, plan_measure, proposed, row
from tests.people import make_cast

LATER = TODAY + timedelta(days=30)


class Story(TestCase):
    """An agency's public dishonesty record without an end, and a company's public penalty with one."""

    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = make_cast()
        cls.executor = cls.cast.other_agency
        cls.fault = integrity.effective(cls.cast, make_agency("惠城区示例水务局"), "arrears.payment", tier="serious")
        cls.penalty = published_penalty(cls.cast)
        cls.stop = plan_measure("限制申请财政性资金和项目")
        cls.edition = approved(cls.cast)
        cls.limit = cls.edition.measures.get(number=1)

    def refused(self, cause: CreditRecord, given: services.NewSanction, field: str, today: date = TODAY) -> str:
        """The sentence beside that field; nothing was saved."""
        with self.assertRaises(Invalid) as caught:
            services.propose(cause.pk, given, actor=self.cast.office, today=today)
        assert not Sanction.objects.filter(cause=cause).exists()
        return "".join(caught.exception.fields[field])


class ProposalTests(Story):
    def test_a_fault_a_measure_and_two_people_make_a_sanction(self) -> None:
        sanction = proposed(self.cast, self.fault, self.stop, executor_id=self.executor.pk)
        assert (sanction.status, sanction.subject_id) == ("proposed", self.fault.subject_id)
        with self.assertRaisesMessage(NotAllowed, "您本人提出"):
            services.impose(sanction.pk, actor=self.cast.office, today=TODAY)
        services.impose(sanction.pk, actor=self.cast.second_office, today=TODAY, opinion="属实。")
        sanction.refresh_from_db()
        assert sanction.status == "active" and sanction.decided_by == self.cast.users["second_office"]
        actions = AuditEvent.objects.filter(object_type="sanctions.sanction", object_id=sanction.pk)
        assert list(actions.order_by("id").values_list("action", flat=True)) == [
            "sanctions.proposed",
            "sanctions.imposed",
        ]

    def test_what_no_list_in_force_allows_is_refused_with_what_to_do(self) -> None:
        later = approved(self.cast, [row(1, name="限制准入")], level="city", in_force_from=LATER).measures.get()
        given = new(self.penalty, later)
        assert "施行，起始日不能早于该日" in self.refused(self.penalty, given, "measure")
        assert "没有这项措施：清单之外不得采取惩戒" in self.refused(
            self.penalty, replace(given, measure_id=0), "measure"
        )
        approved(self.cast, in_force_from=LATER, edition="2027年版")
        over = new(self.penalty, self.limit, starts_on=LATER)
        assert "已于2026年12月24日废止" in self.refused(self.penalty, over, "measure")

    def test_a_list_that_waits_allows_nothing(self) -> None:
        waiting = loaded(self.cast, level="province").measures.first()
        assert waiting and "没有批准" in self.refused(self.penalty, new(self.penalty, waiting), "measure")

    def test_a_kind_of_subject_that_the_measure_does_not_name(self) -> None:
        assert "惩戒对象是政府机构，不能对企业采取" in self.refused(
            self.penalty, new(self.penalty, self.stop), "measure"
        )

    def test_a_cause_that_is_no_fault_or_has_no_effect(self) -> None:
        licence = published_licence(self.cast)
        assert "不是失信信息" in self.refused(licence, new(licence, self.limit), "starts_on")
        waiting = submitted_penalty(self.cast)
        assert "没有生效" in self.refused(waiting, new(waiting, self.limit), "starts_on")
        over = self.penalty.effective_to + timedelta(days=1)
        given = new(self.penalty, self.limit, starts_on=over, ends_on=None)
        assert "已于2027年11月1日届满" in self.refused(self.penalty, given, "starts_on")

    def test_no_longer_than_its_cause(self) -> None:
        given = new(self.penalty, self.limit)
        last = self.penalty.effective_to
        assert last == self.penalty.publish_until - timedelta(days=1)  # the effect ends first
        too_long = replace(given, ends_on=last + timedelta(days=1))
        assert "不能比原因记录更久" in self.refused(self.penalty, too_long, "ends_on")
        assert "请填写不晚于该日的截止日" in self.refused(self.penalty, replace(given, ends_on=None), "ends_on")
        backwards = replace(given, ends_on=TODAY - timedelta(days=1))
        assert "截止日不能早于起始日" in self.refused(self.penalty, backwards, "ends_on")
        services.propose(self.penalty.pk, replace(given, ends_on=last), actor=self.cast.office, today=TODAY)

    def test_everything_wrong_is_told_at_once(self) -> None:
        given = services.NewSanction(0, 0, TODAY - timedelta(days=1), None, " ")
        with self.assertRaises(Invalid) as caught:
            services.propose(self.penalty.pk, given, actor=self.cast.office, today=TODAY)
        assert set(caught.exception.fields) == {"measure", "executor", "starts_on", "ends_on", "reason"}
        assert "惩戒不溯及既往" in caught.exception.fields["starts_on"][0]

    def test_the_same_again_is_refused(self) -> None:
        imposed(self.cast, self.fault, self.stop, executor_id=self.executor.pk)
        with self.assertRaises(Invalid) as caught:
            proposed(self.cast, self.fault, self.stop, executor_id=self.executor.pk)
        assert "不能重复采取" in caught.exception.fields["measure"][0]

    def test_who_may_propose_and_for_whom_the_record_does_not_exist(self) -> None:
        given = new(self.penalty, self.limit)
        with self.assertRaises(NotAllowed):
            services.propose(self.penalty.pk, given, actor=self.cast.reviewer, today=TODAY)
        with self.assertRaises(NotFound):
            services.propose(self.penalty.pk, given, actor=self.cast.other_clerk, today=TODAY)
        services.propose(self.penalty.pk, given, actor=self.cast.clerk, today=TODAY)

    def test_the_head_at_the_time_is_held_to_account(self) -> None:
        measure, agency = plan_measure("追究主要负责人责任"), self.fault.subject
        now = make_tenure(agency, 901, date(2026, 8, 1), is_head=True, post="局长")
        (then,) = services.heads(self.fault)
        assert then.pk != now.pk and then.held_on(integrity.ACTED)
        given = new(self.fault, measure)
        assert "请选择行为当时的主要负责人" in self.refused(self.fault, given, "tenure")
        assert "不是行为当时" in self.refused(self.fault, replace(given, tenure_id=now.pk), "tenure")
        sanction = services.propose(
            self.fault.pk, replace(given, tenure_id=then.pk), actor=self.cast.office, today=TODAY
        )
        assert sanction.tenure == then
        elsewhere = new(self.fault, self.stop, tenure_id=then.pk)
        with self.assertRaises(Invalid) as caught:
            services.propose(self.fault.pk, elsewhere, actor=self.cast.office, today=TODAY)
        assert "不针对主要负责人" in caught.exception.fields["tenure"][0]

    def test_a_notice_has_a_text_without_persons(self) -> None:
        measure = plan_measure("公开通报批评")
        given = new(self.fault, measure)
        name = services.heads(self.fault)[0].official.name
        for text, said in (
            ("", "须写明通报内容"), (f"局长{name}失职。", "不要写公务员"), ("电话13800138001。", "请删去"),
        ):  # fmt: skip
            assert said in self.refused(self.fault, replace(given, notice=text), "notice"), text
        services.propose(self.fault.pk, given, actor=self.cast.office, today=TODAY)


class DecisionTests(Story):
    def test_who_had_a_hand_in_the_cause_decides_nothing(self) -> None:
        """`office` found the dishonesty record; the reviewer of a penalty may be of the office, too."""
        sanction = services.propose(
            self.fault.pk, new(self.fault, self.stop), actor=self.cast.actor("clerk"), today=TODAY
        )
        for decide in (
            lambda: services.impose(sanction.pk, actor=self.cast.office, today=TODAY),
            lambda: services.decline(sanction.pk, actor=self.cast.office, opinion="不必。"),
        ):
            with self.assertRaisesMessage(NotAllowed, "由您本人经办、审核或认定"):
                decide()
        with self.assertRaises(NotAllowed):
            services.impose(sanction.pk, actor=self.cast.reviewer, today=TODAY)
        services.impose(sanction.pk, actor=self.cast.second_office, today=TODAY)

    def test_nothing_begins_before_it_is_approved(self) -> None:
        sanction = proposed(self.cast, self.fault, self.stop)
        services.impose(sanction.pk, actor=self.cast.second_office, today=LATER)
        sanction.refresh_from_db()
        assert sanction.starts_on == LATER

    def test_what_is_no_longer_lawful_is_not_approved(self) -> None:
        sanction = proposed(self.cast, self.penalty, self.limit, ends_on=LATER)
        with self.assertRaisesMessage(WrongState, "截止日不能早于起始日"):
            services.impose(sanction.pk, actor=self.cast.second_office, today=LATER + timedelta(days=1))
        approved(self.cast, in_force_from=TODAY + timedelta(days=5), edition="2027年版")
        with self.assertRaisesMessage(WrongState, "已于2026年11月29日废止"):
            services.impose(sanction.pk, actor=self.cast.second_office, today=LATER)
        services.decline(sanction.pk, actor=self.cast.second_office, opinion="清单已更新。")
        sanction.refresh_from_db()
        assert sanction.status == "declined"

    def test_declined_only_with_a_reason_and_once(self) -> None:
        sanction = proposed(self.cast, self.fault, self.stop)
        with self.assertRaises(Invalid):
            services.decline(sanction.pk, actor=self.cast.second_office, opinion=" ")
        services.decline(sanction.pk, actor=self.cast.second_office, opinion="已主动整改。")
        with self.assertRaises(WrongState):
            services.impose(sanction.pk, actor=self.cast.second_office, today=TODAY)

    def test_lifted_by_decision(self) -> None:
        sanction = imposed(self.cast, self.fault, self.stop)
        with self.assertRaises(Invalid):
            services.lift(sanction.pk, actor=self.cast.office, reason="", today=TODAY)
        with self.assertRaises(NotAllowed):
            services.lift(sanction.pk, actor=self.cast.clerk, reason="已整改", today=TODAY)
        services.lift(sanction.pk, actor=self.cast.office, reason="已挽回损失。", today=TODAY)
        sanction.refresh_from_db()
        assert (sanction.status, sanction.lift_ground, sanction.lifted_on) == ("lifted", "decided", TODAY)


class ExecutionTests(Story):
    def setUp(self) -> None:
        self.sanction = imposed(self.cast, self.fault, self.stop, executor_id=self.executor.pk)

    def test_the_executing_agency_says_so_with_evidence(self) -> None:
        pk, clerk = self.sanction.pk, self.cast.other_clerk
        assert list(Sanction.objects.visible_to(clerk).to_execute()) == [self.sanction]
        given = {"on": TODAY, "evidence": "已暂停本年度项目申报，财函1号。", "today": TODAY}
        with self.assertRaises(NotAllowed):
            services.record_execution(pk, **given, actor=self.cast.clerk)
        with self.assertRaises(Invalid) as caught:
            services.record_execution(pk, **{**given, "evidence": "", "on": LATER}, actor=clerk)
        assert set(caught.exception.fields) == {"evidence", "on"}
        with self.assertRaises(Invalid):
            services.record_execution(pk, **given, scan=b"MZ", actor=clerk)
        services.record_execution(pk, **given, scan=PDF, actor=clerk)
        assert not Sanction.objects.to_execute().exists()
        with self.assertRaises(WrongState):
            services.record_execution(pk, **given, actor=clerk)
        stored = Sanction.objects.get(pk=pk)
        with stored.scan.storage.open(stored.scan.name) as file:
            assert file.read() == PDF
        with open(stored.scan.path, "rb") as sealed:
            assert b"%PDF" not in sealed.read()
        assert services.open_evidence(pk, actor=self.cast.office).content == PDF
        with self.assertRaises(NotFound):
            services.open_evidence(pk, actor=replace(clerk, unit_ids=frozenset()))
        assert AuditEvent.objects.filter(action="sanctions.evidence_opened").count() == 1

    def test_what_was_lifted_is_confirmed_stopped_once(self) -> None:
        pk, clerk = self.sanction.pk, self.cast.other_clerk
        with self.assertRaises(WrongState):
            services.confirm_stopped(pk, actor=clerk, today=TODAY)
        services.lift(pk, actor=self.cast.office, reason="已整改。", today=TODAY)
        assert list(Sanction.objects.visible_to(clerk).to_stop()) == [self.sanction]
        with self.assertRaises(NotAllowed):
            services.confirm_stopped(pk, actor=self.cast.office, today=TODAY)
        services.confirm_stopped(pk, actor=clerk, today=TODAY)
        with self.assertRaises(WrongState):
            services.confirm_stopped(pk, actor=clerk, today=TODAY)
        self.sanction.refresh_from_db()
        assert (self.sanction.stopped_on, self.sanction.stopped_by) == (TODAY, self.cast.users["other_clerk"])


class EndingTests(Story):
    """In the transaction that ends the cause."""

    def withdraw(self, record: CreditRecord) -> None:
        change = ledger.propose_withdrawal(record.pk, actor=self.cast.clerk, reason="处罚决定被撤销")
        ledger.accept_change(change.pk, actor=self.cast.reviewer, today=TODAY)

    def state(self, sanction: Sanction) -> tuple[str, str, date | None]:
        sanction.refresh_from_db()
        return sanction.status, sanction.lift_ground, sanction.lifted_on

    def test_with_a_withdrawal(self) -> None:
        sanction = imposed(self.cast, self.penalty, self.limit)
        waiting = proposed(self.cast, self.penalty, self.edition.measures.get(number=2))
        self.withdraw(self.penalty)
        assert self.state(sanction) == ("lifted", "cause_ended", TODAY)
        assert "处罚决定被撤销" in sanction.lift_reason
        assert self.state(waiting)[0] == "declined" and "原因记录终止" in waiting.decision_reason
        assert AuditEvent.objects.filter(action="sanctions.lifted", actor_id=self.cast.reviewer.user_id).count() == 1

    def test_with_a_withdrawal_of_what_is_not_public(self) -> None:
        hidden = published_penalty(self.cast, tier="minor")
        assert hidden.status == "approved"
        sanction = imposed(self.cast, hidden, self.limit)
        self.withdraw(hidden)
        assert self.state(sanction)[:2] == ("lifted", "cause_ended")

    def test_with_the_end_of_publication_and_with_its_own_day(self) -> None:
        short = imposed(self.cast, self.penalty, self.limit, ends_on=LATER)
        full = imposed(self.cast, self.penalty, self.edition.measures.get(number=2))
        assert services.lift_all_due(today=LATER) == 0  # the last day counts
        assert services.lift_all_due(today=LATER + timedelta(days=1)) == 1
        assert services.lift_all_due(today=LATER + timedelta(days=1)) == 0
        assert self.state(short) == ("lifted", "expired", LATER + timedelta(days=1))
        after = self.penalty.publish_until + timedelta(days=1)
        ledger.daily_sweep(today=after)
        self.penalty.refresh_from_db()
        assert self.penalty.status == "expired"
        assert self.state(full) == ("lifted", "expired", after)

    def test_with_a_revoked_finding(self) -> None:
        official = integrity.make_official(7)
        fault = integrity.effective(self.cast, official)
        sanction = imposed(self.cast, fault, plan_measure("公务员限制评优评先"))
        revoke(fault.pk, actor=self.cast.second_office, reason="处分决定被撤销。")
        assert self.state(sanction)[:2] == ("lifted", "cause_ended")

    def test_with_fulfilment(self) -> None:
        sanction = imposed(self.cast, self.fault, self.stop)
        assert sanction.ends_on == self.fault.publish_until
        given = {"evidence": "支付凭证1号", "actor": self.cast.office}
        register_fulfilment(self.fault.pk, on=TODAY, today=TODAY, **given)
        assert self.state(sanction)[0] == "active" and sanction.ends_on == TODAY
        assert services.lift_all_due(today=TODAY + timedelta(days=1)) == 1

    def test_a_correction_shortens_or_ends(self) -> None:
        sanction = imposed(self.cast, self.penalty, self.limit)
        for effective_to, expected in ((LATER, "active"), (TODAY - timedelta(days=1), "lifted")):
            change = ledger.propose_correction(
                self.penalty.pk, {"effective_to": effective_to.isoformat()}, actor=self.cast.clerk, reason="期限有误"
            )
            ledger.accept_change(change.pk, actor=self.cast.reviewer, today=TODAY)
            assert self.state(sanction)[0] == expected, effective_to
            if expected == "active":
                assert sanction.ends_on == LATER
        event = AuditEvent.objects.get(action="sanctions.shortened")
        assert event.changes["执行截止日"] == ["2027-11-01", LATER.isoformat()]

    def test_with_a_repair(self) -> None:
        sanction = imposed(self.cast, self.penalty, self.limit)
        ended = [Ending(CreditRecord.objects.get(pk=self.penalty.pk), "已完成信用修复。")]
        end_publication(ended, "repair", actor=system_actor(), today=TODAY)
        assert self.state(sanction)[:2] == ("lifted", "cause_ended")

    def test_a_rule_that_reaches_back_shortens_and_ends(self) -> None:
        """The longest period of publication becomes three months from the decision day, then one."""
        sanction = imposed(self.cast, self.penalty, self.limit)
        other = published_penalty(self.cast, effective_to=None)
        endless = imposed(self.cast, other, self.limit)
        assert endless.ends_on == other.publish_until
        day = timezone.localdate() + timedelta(days=1)
        for months, expected in ((3, ("active", date(2027, 2, 2))), (1, ("lifted", date(2027, 2, 2)))):
            rule = version(kind="penalty", tier="general", max_months=months, min_months=1, in_force_from=day,
                           applies_to_earlier=True)  # fmt: skip
            policy_approved(self.cast, rule, today=timezone.localdate())
            on = day if months == 3 else date(2026, 12, 3)
            ledger.daily_sweep(today=on)
            for one in (sanction, endless):
                one.refresh_from_db()
                assert (one.status, one.ends_on) == expected, months
            day = date(2026, 12, 2)
        assert sanction.lift_ground == "cause_ended" and "公示规则变更" in sanction.lift_reason

    def test_a_record_that_a_rule_opens_may_have_an_end_then(self) -> None:
        """Approved and not yet public, without an end: what opens it also says until when."""
        hidden = published_penalty(self.cast, effective_to=None, publish_from=LATER)
        CreditRecord.objects.filter(pk=hidden.pk).update(publish_until=None)
        sanction = imposed(self.cast, hidden, self.limit, ends_on=None)
        ledger.daily_sweep(today=LATER)
        hidden.refresh_from_db()
        sanction.refresh_from_db()
        assert hidden.status == "published" and sanction.ends_on == hidden.publish_until

    def test_what_changed_since_does_not_stand_in_the_way(self) -> None:
        """The subject turned out to be of another kind, and the list has gone: the end comes all the same."""
        sanction = imposed(self.cast, self.penalty, self.limit)
        waiting = proposed(self.cast, self.penalty, self.edition.measures.get(number=2), starts_on=LATER)
        approved(self.cast, in_force_from=TODAY + timedelta(days=1), edition="2027年版")
        Subject.objects.filter(pk=self.penalty.subject_id).update(kind="social_organisation")
        change = ledger.propose_correction(
            self.penalty.pk, {"effective_to": LATER.isoformat()}, actor=self.cast.clerk, reason="期限有误"
        )
        ledger.accept_change(change.pk, actor=self.cast.reviewer, today=TODAY)
        for one in (sanction, waiting):
            one.refresh_from_db()
            assert one.ends_on == LATER
        self.withdraw(CreditRecord.objects.get(pk=self.penalty.pk))
        assert self.state(sanction)[0] == "lifted" and self.state(waiting)[0] == "declined"

    def test_five_thousand_with_as_many_statements_as_one(self) -> None:
        counts = []
        measure = self.limit
        for many in (1, 5_000):
            causes = [published_penalty(self.cast)]
            base = proposed(self.cast, causes[0], measure)
            Sanction.objects.filter(pk=base.pk).update(decided_by=self.cast.users["second_office"],
                                                       decided_at=base.proposed_at)  # fmt: skip
            services.impose(base.pk, actor=self.cast.second_office, today=TODAY)
            base.refresh_from_db()
            copies = [
                Sanction(**{f.attname: getattr(base, f.attname) for f in Sanction._meta.local_fields if f.name not in
                            ("id", "executor")}, executor=agency)
                for agency in agencies(many - 1)
            ]  # fmt: skip
            Sanction.objects.bulk_create(copies)
            change = ledger.propose_withdrawal(causes[0].pk, actor=self.cast.clerk, reason="决定被撤销")
            with CaptureQueriesContext(connection) as queries:
                ledger.accept_change(change.pk, actor=self.cast.reviewer, today=TODAY)
            counts.append(len(queries))
            lifted = Sanction.objects.filter(cause=causes[0], status="lifted")
            assert lifted.count() == many
        assert AuditEvent.objects.filter(action="sanctions.lifted").count() == 5_001
        # On PostgreSQL more than one row is copied and joined instead of updated singly.
        assert counts[1] - counts[0] <= 3, counts


def agencies(count: int) -> list[Subject]:
    """As many bodies that could execute; the ledger asks agencies for a code, which costs time here."""
    rows = [Subject(name=f"执行单位{n}", name_folded=f"执行单位{n}", kind="other_organisation") for n in range(count)]
    return list(Subject.objects.bulk_create(rows))
