"""公示规则 by proposal: one person proposes, another approves, and only what is approved decides anything."""

from dataclasses import replace
from datetime import date

import pytest
from django.db import IntegrityError, transaction
from django.test import TestCase

from core.errors import Invalid, NotAllowed, WrongState
from core.models import AuditEvent
from records.choices import PERSONAL_KINDS, RuleStatus, SubjectKind, Tier
from records.kinds import registered
from records.models import DryRun, PublicationProposal, PublicationRule
from records.policy import PublicationPolicy
from records.services import policies
from tests.factories.policy import OPENS, approved, proposed, tried, version
from tests.factories.records import TODAY, make_subject, published_penalty
from tests.people import make_cast


class ProposalTests(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = make_cast()

    def test_the_rules_that_came_with_the_system_are_approved(self) -> None:
        assert set(PublicationRule.objects.values_list("status", flat=True)) == {"approved"}

    def test_only_the_credit_office_proposes(self) -> None:
        for actor in (self.cast.reviewer, self.cast.auditor, self.cast.actor("system_admin")):
            with pytest.raises(NotAllowed, match="信用办"):
                policies.propose_rules([version()], title="试", reason="试", actor=actor, today=TODAY)

    def test_a_proposed_rule_decides_nothing_until_a_second_person_approves_it(self) -> None:
        found = proposed(self.cast, version(tier="minor"))
        answer = lambda: PublicationPolicy().rule_for("penalty", "enterprise", "minor", date(2026, 5, 1), on=OPENS)  # noqa: E731
        before = answer()
        assert before is not None and before.visibility == "internal"
        tried(self.cast, found)
        policies.approve_proposal(found.pk, actor=self.cast.second_office, today=TODAY)
        after = answer()
        assert after is not None and after.proposal_id == found.pk and after.code == "penalty.minor"
        assert AuditEvent.objects.filter(action="records.publication_rule_approved", object_id=after.pk).exists()

    def test_nobody_approves_or_refuses_their_own_proposal(self) -> None:
        found = proposed(self.cast)
        tried(self.cast, found)
        for act in (policies.approve_proposal, policies.refuse_proposal):
            with pytest.raises(NotAllowed, match="本人"):
                act(found.pk, actor=self.cast.office, opinion="同意")
        with pytest.raises(IntegrityError, match="policy_four_eyes"), transaction.atomic():
            PublicationProposal.objects.filter(pk=found.pk).update(
                decided_by=self.cast.office.user_id, decided_at=self.cast.office.now()
            )
        with pytest.raises(IntegrityError, match="policy_decided_by_somebody"), transaction.atomic():
            PublicationProposal.objects.filter(pk=found.pk).update(status="approved")

    def test_a_whole_set_is_proposed_and_approved_together_or_not_at_all(self) -> None:
        open_, closed = version(subject_kind="agency"), version(subject_kind="official", visibility="internal")
        rules = approved(self.cast, open_, replace(closed, fields=()))
        assert {r.status for r in rules} == {"approved"} and len({r.proposal_id for r in rules}) == 1
        with pytest.raises(Invalid), transaction.atomic():
            proposed(self.cast, version(tier="serious"), version(kind="nonsense"))
        assert not PublicationRule.objects.filter(tier="serious", in_force_from=OPENS).exists()

    def test_people_are_masked_whatever_a_rule_says(self) -> None:
        for kind in PERSONAL_KINDS:
            with pytest.raises(Invalid) as refused:
                proposed(self.cast, version(subject_kind=kind))
            assert "脱敏" in refused.value.fields["visibility"][0]
            with pytest.raises(IntegrityError, match="publication_persons_masked"), transaction.atomic():
                PublicationRule.objects.create(
                    code="x", title="x", kind="penalty", subject_kind=kind, visibility="public", fields=["*"],
                    in_force_from=OPENS, basis="x",
                )  # fmt: skip

    def test_people_stay_internal_under_a_rule_for_everybody(self) -> None:
        approved(self.cast, version())
        for kind in PERSONAL_KINDS:
            assert PublicationPolicy().rule_for("penalty", kind, "general", date(2026, 11, 2), on=OPENS) is None

    def test_a_rule_never_comes_into_force_before_it_was_approved(self) -> None:
        with pytest.raises(Invalid) as refused:
            proposed(self.cast, version(in_force_from=TODAY))
        assert "晚于今天" in refused.value.fields["in_force_from"][0]
        found = proposed(self.cast)
        tried(self.cast, found)
        with pytest.raises(WrongState, match="改期"):
            policies.approve_proposal(found.pk, actor=self.cast.second_office, today=OPENS)

    def test_two_versions_of_a_class_have_two_days(self) -> None:
        proposed(self.cast)
        with pytest.raises(Invalid) as refused:
            proposed(self.cast)
        assert "待批准" in refused.value.fields["in_force_from"][0]
        with pytest.raises(IntegrityError), transaction.atomic():
            PublicationRule.objects.create(
                code="penalty", title="x", kind="penalty", visibility="public", fields=["*"], in_force_from=OPENS,
                basis="x",
            )  # fmt: skip

    def test_what_was_refused_may_be_proposed_again_for_the_same_day(self) -> None:
        found = proposed(self.cast)
        with pytest.raises(Invalid, match="意见"):
            policies.refuse_proposal(found.pk, actor=self.cast.second_office, opinion=" ")
        policies.refuse_proposal(found.pk, actor=self.cast.second_office, opinion="依据不足")
        assert found.rules.get().status == RuleStatus.REFUSED
        with pytest.raises(WrongState):
            policies.approve_proposal(found.pk, actor=self.cast.second_office, today=TODAY)
        proposed(self.cast)

    def test_what_was_approved_can_be_revoked_before_its_day_and_leaves_the_rule_that_stands(self) -> None:
        rules = approved(self.cast, version(tier="minor"))
        answer = lambda: PublicationPolicy().rule_for("penalty", "enterprise", "minor", OPENS, on=OPENS)  # noqa: E731
        found = rules[0].proposal_id
        assert answer() == rules[0]
        with pytest.raises(NotAllowed, match="信用办"):
            policies.revoke_proposal(found, actor=self.cast.reviewer, reason="有误", today=TODAY)
        with pytest.raises(Invalid, match="理由"):
            policies.revoke_proposal(found, actor=self.cast.office, reason=" ", today=TODAY)
        with pytest.raises(WrongState, match="不能撤销"):
            policies.revoke_proposal(found, actor=self.cast.office, reason="有误", today=OPENS)
        policies.revoke_proposal(found, actor=self.cast.office, reason="依据条款引用有误", today=TODAY)
        standing = answer()
        assert standing is not None and standing.visibility == "internal"
        assert AuditEvent.objects.filter(action="records.publication_rule_revoked", object_id=rules[0].pk).exists()
        with pytest.raises(WrongState):
            policies.revoke_proposal(found, actor=self.cast.office, reason="再来", today=TODAY)
        assert approved(self.cast, version(tier="minor"))[0].in_force_from == rules[0].in_force_from  # the day is free

    def test_a_rule_about_one_sub_kind_goes_before_one_for_a_tier_and_touches_no_other(self) -> None:
        day = date(2027, 2, 1)
        (rule,) = approved(self.cast, version("dishonesty", "agency", category="arrears", fields=("measure",)))
        assert rule.code == "dishonesty.agency.arrears"
        answer = lambda category, tier: PublicationPolicy().rule_for(  # noqa: E731
            "dishonesty", "agency", tier, TODAY, on=day, category=category
        )
        assert answer("arrears", "general") == answer("arrears", "serious") == rule
        for category in ("", "breach"):
            other = answer(category, "general")
            assert other is not None and other.code == "dishonesty.agency.general"
        assert PublicationPolicy().rule_for("dishonesty", "official", "", TODAY, on=day, category="arrears") != rule
        (narrower,) = approved(
            self.cast, version("dishonesty", "agency", "minor", category="arrears", fields=("measure",))
        )
        assert (answer("arrears", "minor"), answer("arrears", "general")) == (narrower, rule)

    def test_a_sub_kind_is_one_of_its_kinds_own(self) -> None:
        with pytest.raises(Invalid) as refused:
            proposed(self.cast, version("penalty", category="arrears"))
        assert "没有这个细类" in refused.value.fields["category"][0]
        codes = {*SubjectKind.values, *Tier.values}  # the parts of a rule's code are told apart
        assert not codes & {code for kind in registered() for code, _ in kind.categories}

    def test_bad_versions_are_named_field_by_field(self) -> None:
        bad = version(min_months=12, max_months=3, fields=("no_such_field",), in_force_from=date(2020, 1, 1))
        with pytest.raises(Invalid) as refused:
            proposed(self.cast, bad)
        assert set(refused.value.fields) == {"max_months", "fields_", "in_force_from"}
        with pytest.raises(Invalid) as refused:
            proposed(self.cast, version(fields=()))
        assert set(refused.value.fields) == {"fields_"}


class ApprovalTests(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = make_cast()

    def setUp(self) -> None:
        self.found = proposed(self.cast)

    def test_without_a_dry_run_nothing_is_approved(self) -> None:
        with pytest.raises(WrongState, match="试算"):
            policies.approve_proposal(self.found.pk, actor=self.cast.second_office, today=TODAY)

    def test_a_dry_run_of_another_text_does_not_count(self) -> None:
        tried(self.cast, self.found)
        policies.add_version(self.found.pk, version(tier="minor"), actor=self.cast.office, today=TODAY)
        with pytest.raises(WrongState, match="试算"):
            policies.approve_proposal(self.found.pk, actor=self.cast.second_office, today=TODAY)
        tried(self.cast, self.found)
        policies.approve_proposal(self.found.pk, actor=self.cast.second_office, today=TODAY)

    def test_what_was_read_is_what_is_approved(self) -> None:
        seen = policies.content_digest(self.found.rules.all())
        rule = policies.add_version(self.found.pk, version(tier="minor"), actor=self.cast.office, today=TODAY)
        tried(self.cast, self.found)
        with pytest.raises(WrongState, match="修改过"):
            policies.approve_proposal(self.found.pk, actor=self.cast.second_office, seen=seen, today=TODAY)
        policies.remove_version(self.found.pk, rule.pk, actor=self.cast.office)
        assert policies.content_digest(self.found.rules.all()) == seen

    def test_only_the_proposer_changes_it_and_only_while_it_waits(self) -> None:
        with pytest.raises(NotAllowed, match="提案人"):
            policies.add_version(self.found.pk, version(tier="minor"), actor=self.cast.second_office, today=TODAY)
        with pytest.raises(WrongState, match="至少"):
            policies.remove_version(self.found.pk, self.found.rules.get().pk, actor=self.cast.office)
        tried(self.cast, self.found)
        policies.approve_proposal(self.found.pk, actor=self.cast.second_office, today=TODAY)
        with pytest.raises(WrongState, match="不能再修改"):
            policies.add_version(self.found.pk, version(tier="minor"), actor=self.cast.office, today=TODAY)

    def test_a_dry_run_still_running_does_not_count(self) -> None:
        run = tried(self.cast, self.found)
        DryRun.objects.filter(pk=run.pk).update(finished_at=None)
        with pytest.raises(WrongState, match="试算"):
            policies.approve_proposal(self.found.pk, actor=self.cast.second_office, today=TODAY)


class CorrectionTests(TestCase):
    def test_a_record_approved_after_the_day_is_judged_by_the_rule_that_reaches_back(self) -> None:
        cast = make_cast()
        approved(cast, version(tier="minor", max_months=36))
        early = published_penalty(cast, make_subject(), tier="minor", today=date(2026, 12, 31))
        late = published_penalty(cast, make_subject(), tier="minor", today=OPENS)
        assert (early.status, late.status) == ("approved", "published")
