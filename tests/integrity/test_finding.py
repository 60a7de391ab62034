"""认定: two pairs of eyes of the agency, a third of the credit office, the subject heard, then in effect."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import TestCase

from core.actors import Actor, system_actor
from core.errors import Invalid, NotAllowed, NotFound, WrongState
from core.models import AuditEvent, Clock
from integrity import services
from integrity.kinds import standing_of
from integrity.models import Dishonesty, Finding
from records import services as ledger
from records.kinds import kind_of
from records.models import CreditRecord, PublicRecord, Revision
from records.panels import panels
from tests.factories.integrity import (
    DECIDED,
    PDF,
    TODAY,
    drafted,
    effective,
    honoured,
    make_official,
    reviewed,
    told,
    values,
)
from tests.factories.records import published_penalty
from tests.factories.registry import make_agency
from tests.people import make_cast

AFTER = date(2026, 12, 25)


class FindingTests(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = make_cast()
        cls.target = make_agency("惠城区示例林业局")
        cls.official = make_official(1)

    def status(self, record: CreditRecord) -> str:
        record.refresh_from_db()
        return record.status

    def find(self, record: CreditRecord, *, actor: Any = None, **changes: Any) -> Finding:
        given = {"opinion": "事实清楚。", "served_on": TODAY, "service": "direct", **changes}
        return services.find(record.pk, **given, actor=actor or self.cast.office, today=TODAY)

    def test_what_was_found_is_changed_by_the_credit_office_and_revoked_not_withdrawn(self) -> None:
        for tier in ("serious", "general"):
            record = effective(self.cast, self.target, tier=tier)
            assert record.status == ("published" if tier == "serious" else "approved")
            change = ledger.propose_correction(record.pk, {"loss": "3"}, actor=self.cast.clerk, reason="笔误")
            with pytest.raises(NotAllowed, match="由信用办复核"):
                ledger.accept_change(change.pk, actor=self.cast.reviewer)
            ledger.accept_change(change.pk, actor=self.cast.office, today=TODAY)
            assert Dishonesty.objects.get(pk=record.pk).loss == 3
        with pytest.raises(WrongState, match="撤销认定"):
            ledger.propose_withdrawal(record.pk, actor=self.cast.clerk, reason="重复录入")

    def test_review_leads_to_the_credit_office_and_to_no_reader(self) -> None:
        record = reviewed(self.cast, self.target, tier="serious")
        assert self.status(record) == "finding"
        assert record.approved_by_id == self.cast.reviewer.user_id
        assert not Revision.objects.filter(record=record).exists()
        assert AuditEvent.objects.filter(action="records.endorsed", object_id=record.pk).count() == 1
        assert Clock.objects.get(kind="disclosure", object_id=record.pk).finished_on == TODAY

    def test_many_are_reviewed_at_once_each_on_its_own_way(self) -> None:
        record = drafted(self.cast, self.target)
        ledger.submit(record.pk, actor=self.cast.clerk, today=TODAY)
        from tests.factories.records import submitted_penalty

        penalty = submitted_penalty(self.cast, today=TODAY)
        assert ledger.approve_many([record.pk, penalty.pk], actor=self.cast.reviewer, today=TODAY) == 2
        assert (self.status(record), self.status(penalty)) == ("finding", "published")

    def test_only_the_credit_office_finds_and_never_who_reviewed(self) -> None:
        record = reviewed(self.cast, self.target)
        for actor in (self.cast.clerk, self.cast.reviewer):
            with pytest.raises(NotAllowed):
                self.find(record, actor=actor)
        with pytest.raises(NotFound):
            self.find(record, actor=self.cast.other_clerk)
        own = drafted(self.cast, self.target)
        ledger.submit(own.pk, actor=self.cast.clerk, today=TODAY)
        ledger.approve(own.pk, actor=self.cast.office, today=TODAY)
        with pytest.raises(NotAllowed, match="本人审核"):
            self.find(own)
        assert self.find(own, actor=self.cast.second_office)

    def test_nobody_responsible_nothing_found(self) -> None:
        record = reviewed(self.cast, self.target)
        Dishonesty.objects.get(pk=record.pk).responsibilities.all().delete()
        with pytest.raises(WrongState, match="责任人"):
            self.find(record)

    def test_the_time_to_state_their_case_runs_from_the_notice(self) -> None:
        record = reviewed(self.cast, self.target)
        for wrong in (TODAY + timedelta(days=1), TODAY - timedelta(days=1)):
            with pytest.raises(Invalid):
                self.find(record, served_on=wrong)
        self.find(record)
        assert self.status(record) == "notified"
        clock = Clock.objects.get(kind="integrity.statement", object_id=record.pk)
        assert (clock.started_on, clock.due_on, clock.owner_id) == (TODAY, date(2026, 12, 9), self.cast.agency.pk)

    def test_it_takes_effect_only_when_the_time_is_over(self) -> None:
        record = told(self.cast, self.target)
        for day in (TODAY, date(2026, 12, 9)):
            with pytest.raises(WrongState, match="期满之后"):
                services.confirm(record.pk, actor=self.cast.office, today=day)
        services.confirm(record.pk, actor=self.cast.office, today=date(2026, 12, 10))
        assert self.status(record) == "approved"
        assert record.visibility == "authorised"
        assert Clock.objects.get(kind="integrity.statement", object_id=record.pk).finished_on == date(2026, 12, 10)
        assert Finding.objects.get(pk=record.pk).confirmed_on == date(2026, 12, 10)

    def test_a_statement_must_be_answered_with_reasons(self) -> None:
        record = told(self.cast, self.target)
        statement = services.record_statement(
            record.pk, received_on=TODAY, text="延误系系统升级所致。", scan=PDF, actor=self.cast.office, today=TODAY
        )
        with pytest.raises(WrongState, match="答复"):
            services.confirm(record.pk, actor=self.cast.office, today=AFTER)
        with pytest.raises(Invalid):
            services.answer_statement(statement.pk, outcome="refused", answer=" ", actor=self.cast.office, today=TODAY)
        services.answer_statement(
            statement.pk, outcome="partly", answer="部分属实，改为轻微。", tier="minor", actor=self.cast.office,
            today=TODAY,
        )  # fmt: skip
        with pytest.raises(WrongState, match="已经答复"):
            services.answer_statement(
                statement.pk, outcome="refused", answer="再答", actor=self.cast.office, today=TODAY
            )
        services.confirm(record.pk, actor=self.cast.office, today=TODAY)
        assert (self.status(record), record.tier) == ("approved", "minor")
        assert services.open_statement(statement.pk, actor=self.cast.auditor).content == PDF
        with pytest.raises(NotFound):
            services.open_statement(statement.pk, actor=self.cast.other_clerk)

    def test_the_agency_itself_states_its_case_within_the_time_and_nobody_elses(self) -> None:
        record, admin = told(self.cast, self.cast.agency), self.cast.actor("agency_admin")
        with pytest.raises(WrongState, match="届满"):
            services.state_case(record.pk, text="延误有因。", actor=admin, today=date(2026, 12, 10))
        assert services.state_case(record.pk, text="延误有因。", actor=admin, today=date(2026, 12, 9)).pk
        for actor in (self.cast.clerk, self.cast.other_clerk, self.cast.actor("system_admin")):
            with pytest.raises(NotFound):
                services.state_case(record.pk, text="延误有因。", actor=actor, today=TODAY)
        with pytest.raises(NotFound):
            services.state_case(told(self.cast, self.target).pk, text="延误有因。", actor=admin, today=TODAY)

    def test_a_subject_with_its_file_open_states_its_own_case_and_how_it_proved_itself(self) -> None:
        own, others = told(self.cast, self.official), told(self.cast, make_official(2))
        actor = Actor(
            user_id=None, name="主体本人", roles=frozenset({"subject"}), unit_ids=frozenset({self.official.pk})
        )
        statement = services.state_case(own.pk, text="当日不在岗。", way="凭查阅码" * 200, actor=actor, today=TODAY)
        assert statement.way.startswith("凭查阅码") and len(statement.way) <= 400
        with pytest.raises(NotFound):
            services.state_case(others.pk, text="当日不在岗。", actor=actor, today=TODAY)
        nobody = Actor(user_id=None, name="访客", unit_ids=frozenset({self.official.pk}))
        with pytest.raises(NotFound):
            services.state_case(own.pk, text="当日不在岗。", actor=nobody, today=TODAY)
        with pytest.raises(WrongState, match="届满"):
            services.state_case(own.pk, text="当日不在岗。", actor=actor, today=AFTER)

    def test_an_adopted_statement_ends_it_without_effect(self) -> None:
        record = told(self.cast, self.official)
        statement = services.record_statement(
            record.pk, received_on=TODAY, text="当日不在岗。", actor=self.cast.office, today=TODAY
        )
        services.answer_statement(
            statement.pk, outcome="adopted", answer="考勤记录属实。", actor=self.cast.office, today=TODAY
        )
        assert self.status(record) == "discarded"
        assert not Revision.objects.filter(record=record).exists()
        again = drafted(self.cast, self.official, document_number=record.document_number)
        assert again.effective_to == date(2027, 8, 31)

    def test_a_statement_with_personal_numbers_or_of_another_day_is_refused(self) -> None:
        record = told(self.cast, self.target)
        with pytest.raises(Invalid) as refusal:
            services.record_statement(
                record.pk, received_on=TODAY - timedelta(days=1), text="联系电话13800138000", actor=self.cast.office,
                today=TODAY,
            )  # fmt: skip
        assert set(refusal.value.fields) == {"received_on", "text"}

    def test_remitted_it_goes_through_both_pairs_of_eyes_again(self) -> None:
        record = reviewed(self.cast, self.target)
        services.remit(record.pk, actor=self.cast.office, reason="扫描件缺页。")
        assert (self.status(record), record.return_reason, record.approved_by_id) == ("returned", "扫描件缺页。", None)
        services.revise(
            record.pk, {**values("accountability.notice"), "duty": "《预算法》第十三条"}, actor=self.cast.clerk
        )
        ledger.submit(record.pk, actor=self.cast.clerk, today=TODAY)
        ledger.approve(record.pk, actor=self.cast.reviewer, today=TODAY)
        self.find(record)
        assert self.status(record) == "notified"

    def test_dismissed_it_never_has_effect(self) -> None:
        record = reviewed(self.cast, self.target)
        services.dismiss(record.pk, actor=self.cast.office, reason="不属于政务失信。", today=TODAY)
        assert self.status(record) == "discarded"

    def test_a_serious_one_of_an_agency_is_public_and_names_nobody(self) -> None:
        official = make_official(7, self.target, name="司徒示例远")
        facts = "局长司徒示例远擅自变更合同，造成企业损失。"
        record = drafted(
            self.cast, self.target, tier="serious", facts=facts, decided_on="2026-11-10", effective_from="2026-11-10"
        )
        on = Dishonesty.objects.get(pk=record.pk).acted_from
        services.name_responsible(record.pk, [services.Named(official.pk, "direct")], on=on, actor=self.cast.clerk)
        ledger.submit(record.pk, actor=self.cast.clerk, today=TODAY)
        ledger.approve(record.pk, actor=self.cast.reviewer, today=TODAY)
        self.find(record)
        services.confirm(record.pk, actor=self.cast.office, today=AFTER)
        assert self.status(record) == "published"
        row = PublicRecord.objects.get(pk=record.pk)
        assert (row.about_agency, row.on_time) == (True, True)
        public = Revision.objects.get(record=record).public
        shown = {f["name"]: f["value"] for f in public["fields"]}
        assert shown["facts"] == "局长司徒*擅自变更合同，造成企业损失。"
        assert "司徒示例远" not in str(public)
        assert "impact" not in shown

    def test_revoked_by_another_person_than_who_found_it(self) -> None:
        record = effective(self.cast, self.official)
        with pytest.raises(NotAllowed, match="本人认定"):
            services.revoke(record.pk, actor=self.cast.office, reason="处分决定被撤销。")
        services.revoke(record.pk, actor=self.cast.second_office, reason="处分决定被撤销。")
        assert self.status(record) == "withdrawn"
        assert not Revision.objects.filter(record=record).exists()

    def test_one_that_only_look_ups_show_is_disputed_too(self) -> None:
        record = effective(self.cast, self.official)
        ledger.mark_disputed(record.pk, actor=self.cast.office, reason="当事人提出异议。")
        record.refresh_from_db()
        assert (record.disputed, record.version) == (True, 1)
        assert not Revision.objects.filter(record=record).exists()
        ledger.close_dispute(record.pk, actor=self.cast.office, reason="维持。")
        waiting = reviewed(self.cast, self.official, decided_on="2026-11-02", effective_from="2026-11-02")
        with pytest.raises(WrongState):
            ledger.mark_disputed(waiting.pk, actor=self.cast.office, reason="尚未生效。")

    def test_two_findings_count_what_took_effect_meanwhile(self) -> None:
        """Entered side by side, the later 处分 is longer by what is left of the earlier one once both have effect."""
        later = told(self.cast, self.official, decided_on="2026-10-01", effective_from="2026-10-01")
        assert later.effective_to == date(2027, 9, 30)
        effective(self.cast, self.official)
        services.confirm(later.pk, actor=self.cast.office, today=AFTER)
        later.refresh_from_db()
        assert later.effective_to == date(2028, 8, 31)
        assert "处分条例第十条" in Dishonesty.objects.get(pk=later.pk).effect

    def test_honours_go_the_short_way(self) -> None:
        record = honoured(self.cast, self.target)
        assert self.status(record) == "published"
        assert honoured(self.cast, self.official).visibility == "authorised"


class FulfilmentTests(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = make_cast()
        cls.target = make_agency()

    def fulfil(self, record: CreditRecord, **changes: Any) -> CreditRecord:
        given = {"on": date(2026, 11, 20), "evidence": "付款凭证第8号", "actor": self.cast.office, **changes}
        return services.register_fulfilment(record.pk, **given, today=TODAY)

    def standing(self, record: CreditRecord, day: date) -> str:
        record.refresh_from_db()
        return standing_of(record, kind_of(record.kind).details([record.pk])[record.pk], day)

    def test_arrears_have_effect_until_they_are_paid(self) -> None:
        record = effective(self.cast, self.target, "arrears.payment")
        assert record.effective_to is None
        assert self.standing(record, TODAY + timedelta(days=3650)) == "生效中，至履行完毕为止"
        self.fulfil(record)
        assert self.standing(record, TODAY) == "已履行完毕，不再有效"
        with pytest.raises(WrongState, match="已登记"):
            self.fulfil(record)

    def test_a_public_one_says_so_from_then_on(self) -> None:
        record = effective(self.cast, self.target, "arrears.payment", tier="serious")
        assert record.status == "published"
        self.fulfil(record)
        newest = Revision.objects.filter(record=record).order_by("-version").first()
        assert newest is not None
        assert (newest.act, newest.basis) == ("corrected", "付款凭证第8号")
        assert "履行完毕" in str(newest.public["fields"])

    def test_a_wrong_day_no_evidence_and_a_measure_without_performance_are_refused(self) -> None:
        record = effective(self.cast, self.target, "arrears.payment")
        with pytest.raises(Invalid) as refusal:
            self.fulfil(record, on=DECIDED - timedelta(days=1), evidence="")
        assert set(refusal.value.fields) == {"on", "evidence"}
        with pytest.raises(NotAllowed):
            self.fulfil(record, actor=self.cast.clerk)
        with pytest.raises(WrongState):
            self.fulfil(effective(self.cast, self.target))


class ReleaseTests(TestCase):
    """解除 comes with the day: nobody acts, and the sweep changes nothing about it."""

    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = make_cast()
        cls.official = make_official(1)
        cls.record = effective(cls.cast, cls.official)

    def test_in_effect_until_the_last_day_and_released_on_the_next(self) -> None:
        detail = Dishonesty.objects.get(pk=self.record.pk)
        last = date(2027, 8, 31)
        assert standing_of(self.record, detail, last) == "生效中，至2027年8月31日"
        assert standing_of(self.record, detail, last + timedelta(days=1)) == "已于2027年8月31日期满，自动解除"

    def test_the_sweep_of_that_night_leaves_the_record_as_it_is(self) -> None:
        ledger.daily_sweep(today=date(2027, 9, 1), actor=system_actor())
        self.record.refresh_from_db()
        assert self.record.status == "approved"

    def test_the_responsible_person_view_of_the_file_says_the_role_and_the_state_of_the_day(self) -> None:
        (panel, _) = panels([self.official.pk], date(2027, 9, 1), kind="official", public=False)
        assert panel.title == "任责记录"
        ((day, line),) = panel.lines
        assert day == "2026年5月6日"
        assert "时任" in line
        assert "自动解除" in line
        assert list(panels([self.official.pk], TODAY, kind="official", public=True)) == []
        of_agency = panels([self.cast.agency.pk], TODAY, kind="agency", public=False)
        assert panel.title not in {other.title for other in of_agency}

    def test_what_a_rule_keeps_from_everybody_stands_in_no_panel(self) -> None:
        CreditRecord.objects.filter(pk=self.record.pk).update(visibility="internal")
        (panel, _) = panels([self.official.pk], TODAY, kind="official", public=False)
        assert panel.lines == ()

    def test_one_list_per_subject_penalties_included(self) -> None:
        agency = make_agency()
        published_penalty(self.cast, agency, today=TODAY)
        effective(self.cast, agency, tier="serious")
        honoured(self.cast, agency)
        kinds = set(CreditRecord.objects.filter(subject=agency).values_list("kind", flat=True))
        assert kinds == {"penalty", "dishonesty", "honour"}
        assert PublicRecord.objects.filter(subject=agency, about_agency=True).count() == 3
