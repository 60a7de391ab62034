"""Two ask at one moment: a batch number counts once, and so does each line of the day's limit."""

from typing import Any

from django.test import TransactionTestCase

from core.models import Rule
from creditfiles.lists import pasted
from creditfiles.models import Lookup, QueryLog
from creditfiles.services import open_lookup, run_lookup
from creditfiles.services.lookup_calls import receive_lookup
from records.services.keys import actor_of_key, issue_key
from tests.creditfiles.lists import STATEMENTS, TODAY
from tests.factories.records import make_subject
from tests.people import make_cast
from tests.records.test_races import together


class LookupRaceTests(TransactionTestCase):
    def setUp(self) -> None:
        self.cast = make_cast()
        self.names = [make_subject().name for _ in range(3)]

    def test_two_calls_with_one_batch_number(self) -> None:
        key, _ = issue_key(self.cast.agency.pk, name="项目审批系统", actor=self.cast.office)
        body = {"about": "bodies", "purpose": "project_approval", **STATEMENTS, "lines": [{"name": self.names[0]}]}

        def call() -> Any:
            return receive_lookup(body, agency_id=key.agency_id, batch_key="一次", actor=actor_of_key(key), today=TODAY)

        assert together(call, call) == {"done": 2}
        assert (Lookup.objects.count(), QueryLog.objects.count()) == (1, 1)

    def test_two_lists_that_together_exceed_the_limit(self) -> None:
        rule = Rule.objects.get(code="lookup.list.supervision")
        Rule.objects.filter(pk=rule.pk).update(value={**rule.value, "daily_lines": 5})

        def ask() -> Any:
            return open_lookup(
                pasted("\n".join(self.names)), about="bodies", purpose="supervision", actor=self.cast.actor("office"),
                today=TODAY, **STATEMENTS,
            )  # fmt: skip

        assert together(ask, ask) == {"done": 1, "NotAllowed": 1}
        assert Lookup.objects.get().total_rows == 3

    def test_two_workers_on_one_list(self) -> None:
        lookup = open_lookup(
            pasted("\n".join(self.names)), about="bodies", purpose="supervision", actor=self.cast.office, today=TODAY,
            at_once=0, **STATEMENTS,
        )  # fmt: skip
        assert together(lambda: run_lookup(lookup.pk), lambda: run_lookup(lookup.pk)) == {"done": 2}
        lookup.refresh_from_db()
        assert (lookup.judged_rows, lookup.counts) == (3, {"clear": 3})
        assert QueryLog.objects.filter(lookup=lookup).count() == 3
