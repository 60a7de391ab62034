"""What the database refuses, whatever the code does: each by raw SQL, on both databases."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import TransactionTestCase

from records.models import CreditRecord, Subject
from sanctions import services
from sanctions.guards import GUARDS, lift_guards
from sanctions.models import Measure, MeasureEdition, Sanction
from tests.factories.records import published_licence, published_penalty, submitted_penalty
from tests.factories.registry import make_tenure
from tests.factories.sanctions import TODAY, approved, imposed, loaded, proposed
from tests.people import make_cast
from tests.sanctions.test_services import Story

DAY = timedelta(days=1)


def execute(sql: str, *params: Any) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, [p.isoformat() if isinstance(p, date) else p for p in params])


class SanctionGuardTests(Story):
    def refused(self, said: str, sql: str, *params: Any) -> None:
        with pytest.raises(DatabaseError) as caught:
            execute(sql, *params)
        assert said in str(caught.value), caught.value

    def changed(self, said: str, sanction: Sanction, **values: Any) -> None:
        sets = ", ".join(f"{name} = %s" for name in values)
        self.refused(said, f"UPDATE sanctions_sanction SET {sets} WHERE id = %s", *values.values(), sanction.pk)

    def test_a_proposal_cannot_be_made_unlawful(self) -> None:
        sanction = proposed(self.cast, self.penalty, self.limit)
        other, licence = submitted_penalty(self.cast), published_licence(self.cast, self.penalty.subject)
        waiting = submitted_penalty(self.cast, self.penalty.subject)
        later = approved(self.cast, level="city", in_force_from=TODAY + DAY).measures.get(number=1)
        unapproved = loaded(self.cast, level="province").measures.get(number=1)
        last = self.penalty.effective_to
        self.changed("measure in force", sanction, measure_id=later.pk)
        self.changed("measure in force", sanction, measure_id=unapproved.pk)
        self.changed("kind of subject", sanction, measure_id=self.stop.pk)
        self.changed("that of its cause", sanction, cause_id=other.pk)
        self.changed("that of its cause", sanction, subject_id=other.subject_id)
        self.changed("cause in effect", sanction, cause_id=licence.pk)
        self.changed("cause in effect", sanction, cause_id=waiting.pk)
        self.changed("cause in effect", sanction, starts_on=last + DAY)
        self.changed("longer than its cause", sanction, ends_on=last + DAY)
        self.changed("longer than its cause", sanction, ends_on=None)
        tenure = make_tenure(self.cast.agency, 905, date(2020, 1, 1), is_head=True)
        self.changed("post held to account", sanction, tenure_id=tenure.pk)
        self.changed("entered or approved", sanction, status="active", decided_by_id=self.penalty.entered_by_id,
                     decided_at=sanction.proposed_at)  # fmt: skip
        self.changed("sanction_four_eyes", sanction, decided_by_id=sanction.proposed_by_id)
        self.changed("sanction_decided_by_somebody", sanction, status="active")

    def test_nor_made_so_from_the_start(self) -> None:
        sanction = proposed(self.cast, self.penalty, self.limit)
        columns = [f.column for f in Sanction._meta.local_fields if f.name not in ("id", "measure", "executor")]
        names = ", ".join(columns)
        for measure, said in ((self.stop.pk, "kind of subject"), (0, "measure in force")):
            copy = f"INSERT INTO sanctions_sanction (measure_id, executor_id, {names}) SELECT %s, executor_id, {names}"
            self.refused(said, f"{copy} FROM sanctions_sanction WHERE id = %s", measure, sanction.pk)

    def test_what_was_decided_is_kept(self) -> None:
        sanction = imposed(self.cast, self.penalty, self.limit)
        second = self.edition.measures.get(number=2)
        for change in (
            {"measure_id": second.pk}, {"starts_on": TODAY + DAY}, {"reason": "另一理由"}, {"status": "proposed"},
            {"decided_by_id": self.cast.users["auditor"].pk},
        ):  # fmt: skip
            self.changed("decided is not edited", sanction, **change)
        self.changed("sanction_lifted_with_ground", sanction, status="lifted")
        self.changed("sanction_stopped_after_lift", sanction, stopped_on=TODAY)
        self.changed("sanction_executed_with_evidence", sanction, executed_on=TODAY)
        services.lift(sanction.pk, actor=self.cast.office, reason="已整改。", today=TODAY)
        self.changed("decided is not edited", sanction, status="active", lifted_on=None, lift_ground="")
        self.refused("not deleted", "DELETE FROM sanctions_sanction WHERE id = %s", sanction.pk)

    def test_an_approved_list_is_kept(self) -> None:
        edition, measure = self.edition, self.limit
        kept = "decided is not edited"
        self.refused(kept, "UPDATE sanctions_measure SET content = %s WHERE id = %s", "更重", measure.pk)
        self.refused(kept, "DELETE FROM sanctions_measure WHERE id = %s", measure.pk)
        self.refused(kept, "DELETE FROM sanctions_measureedition WHERE id = %s", edition.pk)
        columns = ", ".join(f.column for f in Measure._meta.local_fields if f.name not in ("id", "number", "name"))
        self.refused(kept, f"INSERT INTO sanctions_measure (number, name, {columns}) SELECT 99, '加码', {columns}"
                     " FROM sanctions_measure WHERE id = %s", measure.pk)  # fmt: skip
        for change in ({"title": "另一份"}, {"in_force_from": date(2020, 1, 1)}, {"status": "proposed"}):
            ((name, value),) = change.items()
            self.refused(kept, f"UPDATE sanctions_measureedition SET {name} = %s WHERE id = %s", value, edition.pk)
        imposed(self.cast, self.penalty, measure)
        end = "UPDATE sanctions_measureedition SET in_force_to = %s WHERE id = %s"
        self.refused("before sanctions by it began", end, TODAY - DAY, edition.pk)
        execute(end, TODAY, edition.pk)
        self.refused(kept, end, TODAY + DAY, edition.pk)

    def test_two_people_and_one_open_list_for_a_level(self) -> None:
        waiting = loaded(self.cast, level="city")
        with pytest.raises(IntegrityError), transaction.atomic():
            MeasureEdition.objects.filter(pk=waiting.pk).update(decided_by=waiting.proposed_by)
        with pytest.raises(IntegrityError), transaction.atomic():
            MeasureEdition.objects.create(level="city", title="又一份", in_force_from=TODAY)


@pytest.mark.postgres
class LedgerGuardTests(TransactionTestCase):
    """No record ends while an active sanction would outlast it, when the transaction ends."""

    def setUp(self) -> None:
        self.cast = make_cast()
        self.measure = approved(self.cast).measures.get(number=1)
        self.penalty = published_penalty(self.cast)
        self.sanction = imposed(self.cast, self.penalty, self.measure)

    def test_the_ledger_alone_cannot_end_it(self) -> None:
        other = (
            Subject.objects.exclude(pk=self.penalty.subject_id).filter(kind="enterprise").first() or self.cast.agency
        )
        for change in (
            {"status": "withdrawn"}, {"status": "expired"}, {"status": "repaired"}, {"subject_id": other.pk},
            {"effective_to": TODAY + DAY}, {"publish_until": TODAY + DAY},
        ):  # fmt: skip
            ((name, value),) = change.items()
            with pytest.raises(DatabaseError) as caught:
                execute(f"UPDATE records_creditrecord SET {name} = %s WHERE id = %s", value, self.penalty.pk)
            assert "would outlast it" in str(caught.value), change
        self.penalty.refresh_from_db()
        assert self.penalty.status == "published"

    def test_together_they_can(self) -> None:
        with transaction.atomic():
            execute("UPDATE records_creditrecord SET status = 'withdrawn' WHERE id = %s", self.penalty.pk)
            services.end_with_causes(reasons={self.penalty.pk: "撤销"}, actor=self.cast.office, today=TODAY)
        assert CreditRecord.objects.get(pk=self.penalty.pk).status == "withdrawn"
        assert Sanction.objects.get(pk=self.sanction.pk).status == "lifted"


@pytest.mark.sqlite
class SqliteGuardTests(TransactionTestCase):
    def test_migrating_takes_the_guards_away_and_puts_them_back(self) -> None:
        def there() -> set[str]:
            with connection.cursor() as cursor:
                cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'sanctions_%%'")
                return {name for (name,) in cursor.fetchall()}

        assert there() == set(GUARDS)
        lift_guards(apps.get_app_config("sanctions"))
        assert there() == set()
        call_command("migrate", verbosity=0)
        assert there() == set(GUARDS)
