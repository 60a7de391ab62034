"""The daily sweep carries out rules that reach back: what opens, what closes, what changes, and nothing else."""

from datetime import date
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import TestCase

from core.models import AuditEvent
from records import services
from records.models import CreditRecord, PublicationRule, PublicRecord, Revision
from records.projection import canonical, digest
from tests.factories.policy import OPENS, approved, version
from tests.factories.records import TODAY, make_subject, published_licence, published_penalty
from tests.people import make_cast

EVE = date(2026, 12, 31)


def sweep(day: date = OPENS) -> dict[str, int]:
    return services.daily_sweep(today=day)


def last(record: CreditRecord) -> Revision:
    found: Revision = Revision.objects.filter(record=record).order_by("-version")[0]
    return found


class Story(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = make_cast()
        cls.body = make_subject("惠城区某某街道办事处", kind="agency")
        cls.held = published_penalty(cls.cast, cls.body, tier="minor")
        cls.shown = published_penalty(cls.cast)
        cls.person = published_penalty(cls.cast, make_subject("王小明", kind="natural_person"))

    def now(self, record: CreditRecord) -> Any:
        record.refresh_from_db()
        return record


class OpeningTests(Story):
    def test_a_class_opens_on_its_day_without_anyone_touching_it(self) -> None:
        approved(self.cast, version(subject_kind="agency"))
        assert sweep(EVE)["redecided"] == 0 and self.now(self.held).status == "approved"
        assert sweep()["redecided"] == 1
        record = self.now(self.held)
        assert (record.status, record.published_on, record.opened_on) == ("published", OPENS, OPENS)
        revision = last(record)
        assert revision.act == "published" and "自2027年1月1日起" in revision.reason
        assert revision.basis == "《惠城区政务诚信信息公开办法》第五条" and revision.actor is None
        assert revision.digest == digest(canonical(revision.public), revision.salt)
        assert PublicRecord.objects.get(pk=record.pk).about_agency
        assert AuditEvent.objects.filter(object_id=record.pk, action="records.published").count() == 1
        assert self.now(self.shown).version == 1 and self.now(self.person).status == "approved"

    def test_nobody_is_late_with_what_a_rule_opened_later(self) -> None:
        approved(self.cast, version(tier="minor"))
        late = published_penalty(self.cast, tier="minor", decided_on=date(2026, 10, 12))
        sweep()
        assert PublicRecord.objects.get(pk=self.held.pk).on_time and not PublicRecord.objects.get(pk=late.pk).on_time

    def test_twice_changes_nothing_and_a_later_day_catches_up(self) -> None:
        (rule,) = approved(self.cast, version(tier="minor"))
        assert sweep(date(2027, 1, 5))["redecided"] == 1
        rule.refresh_from_db()
        assert rule.applied_on == date(2027, 1, 5) and self.now(self.held).published_on == date(2027, 1, 5)
        before = Revision.objects.count(), AuditEvent.objects.count()
        assert sweep(date(2027, 1, 5)) == {"redecided": 0, "expired": 0, "opened": 0}
        PublicationRule.objects.filter(pk=rule.pk).update(applied_on=None, cursor=0)  # as if it were carried out again
        assert sweep(date(2027, 1, 6))["redecided"] == 0
        assert Revision.objects.count() == before[0]

    def test_a_rule_for_decisions_from_its_day_on_leaves_earlier_ones_alone(self) -> None:
        approved(self.cast, version(tier="minor", applies_to_earlier=False))
        assert sweep()["redecided"] == 0 and self.now(self.held).status == "approved"
        day = date(2027, 1, 4)
        later = published_penalty(self.cast, tier="minor", decided_on=day, today=day, effective_to=date(2028, 1, 3))
        assert later.status == "published"

    def test_a_person_is_opened_only_by_name_of_the_kind_and_masked(self) -> None:
        approved(self.cast, version(subject_kind="natural_person", visibility="masked"))
        sweep()
        public = last(self.now(self.person)).public
        assert self.person.status == "published" and "小明" not in str(public) and public["subject"]["id"] is None

    def test_what_ended_stays_ended(self) -> None:
        sweep_day = date(2027, 11, 3)
        services.daily_sweep(today=sweep_day)
        assert self.now(self.shown).status == "expired"
        approved(self.cast, version(tier="general", max_months=60, in_force_from=date(2027, 12, 1)))
        assert sweep(date(2027, 12, 1))["redecided"] == 0 and self.now(self.shown).status == "expired"


class ClosingTests(Story):
    def close(self) -> None:
        approved(self.cast, version(tier="general", visibility="internal", fields=()))

    def test_a_closed_class_stops_being_public_with_reason_and_basis(self) -> None:
        self.close()
        services.mark_disputed(self.shown.pk, actor=self.cast.office, reason="当事人异议")
        sweep()
        record = self.now(self.shown)
        assert (record.status, record.visibility, record.disputed) == ("approved", "internal", False)
        revision = last(record)
        assert revision.act == "rule_closed" and revision.reason.startswith("公示规则变更")
        assert revision.public["basis"] == revision.basis != "" and "fields" not in revision.public
        assert not PublicRecord.objects.filter(pk=record.pk).exists()
        page = self.client.get(f"/records/{record.pk}/")
        assert page.status_code == 410 and "依规则停止公示" in page.content.decode()

    def test_what_was_closed_may_be_opened_again(self) -> None:
        self.close()
        sweep()
        assert not CreditRecord.objects.opening_on(date(2027, 1, 2)).exists(), "no sweep looks at it again"
        assert sweep(date(2027, 1, 2)) == {"redecided": 0, "expired": 0, "opened": 0}
        approved(self.cast, version(tier="general", in_force_from=date(2027, 3, 1)), today=date(2027, 2, 1))
        assert sweep(date(2027, 3, 1))["redecided"] == 1
        record = self.now(self.shown)
        acts = Revision.objects.filter(record=record).order_by("version").values_list("act", flat=True)
        assert record.status == "published" and list(acts) == ["published", "rule_closed", "published"]
        assert self.client.get(f"/records/{record.pk}/").status_code == 200

    def test_a_shorter_period_ends_what_is_past_it(self) -> None:
        approved(self.cast, version(tier="general", min_months=None, max_months=1))
        sweep()
        assert self.now(self.shown).status == "expired" and last(self.shown).act == "expired"


class ChangingTests(Story):
    def test_fewer_fields_and_other_terms_make_a_new_version(self) -> None:
        services.propose_correction(
            self.shown.pk, {"legal_basis": "《企业信息公示暂行条例》第十八条"}, actor=self.cast.clerk, reason="遗漏条款"
        )
        change = self.shown.change_requests.get()
        services.accept_change(change.pk, actor=self.cast.reviewer)
        approved(self.cast, version(tier="general", fields=("violation_type", "penalty_category"), max_months=18))
        sweep()
        record = self.now(self.shown)
        revision = last(record)
        assert revision.act == "rule_changed" and record.version == 3 and record.publish_until == date(2028, 5, 2)
        assert [f["name"] for f in revision.public["fields"]] == ["violation_type", "penalty_category"]
        row = PublicRecord.objects.get(pk=record.pk)
        assert row.revision_id == revision.pk and row.state == "corrected" and row.publish_until == record.publish_until

    def test_a_period_that_grows_on_its_last_day_does_not_end(self) -> None:
        CreditRecord.objects.filter(pk=self.shown.pk).update(publish_until=EVE)
        PublicRecord.objects.filter(pk=self.shown.pk).update(publish_until=EVE)
        approved(self.cast, version(tier="general"))
        assert sweep() == {"redecided": 1, "expired": 0, "opened": 0}
        assert self.now(self.shown).status == "published"

    def test_a_less_specific_rule_changes_nothing(self) -> None:
        approved(self.cast, version())
        assert sweep()["redecided"] == 0 and self.now(self.shown).version == 1

    def test_another_kind_is_not_touched(self) -> None:
        licence = published_licence(self.cast)
        approved(self.cast, version(tier="minor"))
        sweep()
        assert self.now(licence).version == 1


class ResumingTests(Story):
    def test_a_killed_sweep_goes_on_where_it_was(self) -> None:
        more = [published_penalty(self.cast, tier="minor") for _ in range(4)]
        (rule,) = approved(self.cast, version(tier="minor"))
        assert services.apply_due_rules(today=OPENS, limit=2) == 2
        rule.refresh_from_db()
        assert rule.cursor == more[0].pk and rule.applied_on is None
        with pytest.raises(RuntimeError), transaction.atomic():
            services.apply_due_rules(today=OPENS, limit=2)
            raise RuntimeError("killed before the commit")
        assert Revision.objects.filter(act="published", record__tier="minor").count() == 2
        assert sweep()["redecided"] == 3
        assert Revision.objects.filter(record__tier="minor").count() == 5

    @pytest.mark.postgres  # one statement per row on SQLite by design (core/bulk.py)
    def test_queries_do_not_grow_with_the_records(self) -> None:
        counts = []
        for size, tier, day in ((3, "minor", OPENS), (30, "serious", date(2027, 2, 1))):
            for _ in range(size):
                published_penalty(self.cast, tier=tier, today=TODAY)
            approved(self.cast, version(tier=tier, in_force_from=day, fields=("content",)))
            with _Counted() as counted:
                services.apply_due_rules(today=day)
            counts.append(counted.count)
            public = PublicRecord.objects.filter(tier=tier).values_list("revision__public", flat=True)
            assert sum(p["policy"]["edition"] == "2027" for p in public) >= size
            sweep(day)  # to the end of this rule, so that the next one is the oldest
        # Twenty-seven records more; another group of effects costs its revision and its audit rows.
        assert counts[1] <= counts[0] + 4, counts


class _Counted:
    """Statements sent to the database."""

    count = 0

    def __enter__(self) -> "_Counted":
        self._wrapper = connection.execute_wrapper(self._see)
        self._wrapper.__enter__()
        return self

    def __exit__(self, *exc: Any) -> None:
        self._wrapper.__exit__(*exc)

    def _see(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        self.count += 1
        return execute(sql, params, many, context)
