"""What a database from before there were sub-kinds (细类) gets."""

from importlib import import_module

from django.apps import apps
from django.test import TestCase

from records.models import CreditRecord, DryRun
from tests.factories.integrity import drafted, honoured, make_official
from tests.factories.policy import proposed, tried, version
from tests.factories.records import published_penalty
from tests.people import make_cast


class UpgradeTests(TestCase):
    def test_existing_records_get_the_sub_kind_of_their_measure(self) -> None:
        cast = make_cast()
        drafted(cast, cast.agency, "arrears.payment"), drafted(cast, cast.agency, "breach.contract")
        drafted(cast, make_official(3)), honoured(cast, cast.agency)
        before = dict(CreditRecord.objects.values_list("pk", "category"))
        assert sorted(before.values()) == ["", "arrears", "breach", "discipline"]
        CreditRecord.objects.update(category="")
        with self.assertNumQueries(7):  # one for each source, however many records
            import_module("integrity.migrations.0003_categories_of_measures").fill(apps, None)
        assert dict(CreditRecord.objects.values_list("pk", "category")) == before

    def test_groups_of_earlier_dry_runs_are_read_as_before(self) -> None:
        cast, migration = make_cast(), import_module("records.migrations.0017_dry_run_categories")
        published_penalty(cast, tier="minor")
        run = tried(cast, proposed(cast, version(tier="minor")))
        migration.take(apps, None)
        old = DryRun.objects.get(pk=run.pk).summary
        assert old["groups"] == [["appears", "penalty", cast.agency.pk, "enterprise", "minor", 1]]
        migration.add(apps, None)
        assert DryRun.objects.get(pk=run.pk).summary == run.summary
