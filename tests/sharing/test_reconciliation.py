"""核对: planted differences are found, shown and put right; what cannot be put right is shown."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import SimpleTestCase, override_settings
from django.utils import timezone

from core.errors import Invalid
from records import services as records
from sharing import services
from sharing.models import Delivery, ReconciliationRun
from sharing.payload import record_key
from sharing.services import reconciliation
from sharing.services.reconciliation import Ours, Theirs, merged
from tests.factories.records import published_penalty
from tests.sharing.receivers import penalty
from tests.sharing.street import OnePlatformCase
from tests.sharing.test_services import dispute, withdraw


def key_of(record: object) -> str:
    return record_key(record.pk, "441302")  # type: ignore[attr-defined]


class ReconciliationTests(OnePlatformCase):
    def reconcile(self) -> ReconciliationRun:
        # Settled a moment ago counts as on the move; the run of the next night sees it.
        return services.reconcile(self.platform.pk, now=timezone.now() + timedelta(minutes=1))

    def kinds(self, run: ReconciliationRun) -> list[str]:
        return list(run.rows.values_list("kind", flat=True))

    def test_equal_lists_have_no_difference(self) -> None:
        a, b = published_penalty(self.cast), published_penalty(self.cast)
        self.deliver()
        withdraw(self, b)
        self.deliver()
        run = self.reconcile()
        assert (run.state, run.compared, run.equal, run.differences) == ("finished", 2, 2, 0)
        assert self.states(a) == ["stored"]

    def test_each_planted_difference_is_found_and_put_right(self) -> None:
        rows = [published_penalty(self.cast) for _ in range(4)]
        self.deliver()
        withdraw(self, rows[3])
        self.deliver()
        self.receiver.control(forget=[key_of(rows[0]), key_of(rows[3])], spoil=[key_of(rows[1])])
        # Somebody over there put the withdrawn record back.
        self.receiver.post(penalty(key_of(rows[3]), 2, key="restored-by-hand"))
        run = self.reconcile()
        assert sorted(self.kinds(run)) == ["content", "missing", "not_recalled"]
        assert (run.compared, run.equal, run.differences, run.requeued) == (4, 1, 3, 3)
        assert self.states(rows[0]) == ["pending"] and self.states(rows[3]) == ["stored", "recalling"]
        self.deliver()
        again = self.reconcile()
        assert (again.differences, again.equal) == (0, 4)
        assert self.receiver.manifest()[key_of(rows[3])][2] is True
        assert self.delivery(rows[0]).resends == 1

    def test_an_older_version_there_is_sent_again(self) -> None:
        record = published_penalty(self.cast)
        self.deliver()
        dispute(self, record)
        self.deliver()
        self.receiver.control(forget=[key_of(record)])
        self.receiver.post(penalty(key_of(record), 1, key="old-backup"))
        assert self.kinds(self.reconcile()) == ["older"]
        self.deliver()
        assert self.held(record)[0] == 2

    def test_a_newer_version_or_an_unknown_record_is_shown_and_left_alone(self) -> None:
        record = published_penalty(self.cast)
        self.deliver()
        self.receiver.post(penalty(key_of(record), 9, key="from-elsewhere"), penalty("441302-999999999999"))
        run = self.reconcile()
        assert self.kinds(run) == ["newer", "unknown"] and run.requeued == 0
        assert self.states(record) == ["stored"]
        row = run.rows.get(kind="newer")
        assert (row.our_version, row.their_version, row.record_id) == (1, 9, record.pk)

    def test_what_is_on_its_way_is_not_a_difference(self) -> None:
        published_penalty(self.cast)
        self.deliver()
        published_penalty(self.cast)
        records.seal()
        services.fan_out(self.platform.pk)
        run = self.reconcile()
        assert (run.moving, run.equal, run.differences) == (1, 1, 0)

    def test_what_settled_during_the_run_is_not_a_difference(self) -> None:
        record = published_penalty(self.cast)
        began = timezone.now()
        self.deliver()
        self.receiver.control(forget=[key_of(record)])
        run = services.reconcile(self.platform.pk, now=began)
        assert (run.moving, run.differences) == (1, 0)

    def test_a_refused_record_that_was_never_stored_is_no_difference(self) -> None:
        record = published_penalty(self.cast)
        self.receiver.control(refuse=[{"match": {"record": key_of(record)}, "code": "1003", "text": "不符"}])
        self.deliver()
        assert self.states(record) == ["refused"] and self.reconcile().differences == 0

    def test_pages_of_any_size_give_the_same_result(self) -> None:
        rows = [published_penalty(self.cast) for _ in range(9)]
        self.deliver()
        self.receiver.control(forget=[key_of(rows[0]), key_of(rows[4]), key_of(rows[8])])
        page, reconciliation.PAGE = reconciliation.PAGE, 2
        try:
            run = self.reconcile()
        finally:
            reconciliation.PAGE = page
        assert (run.compared, run.equal, run.differences, run.requeued) == (9, 6, 3, 3)

    def test_a_platform_that_cannot_be_read_leaves_an_unfinished_run(self) -> None:
        published_penalty(self.cast)
        self.deliver()
        self.receiver.control(fail_next=1)
        run = self.reconcile()
        assert run.state == "failed" and "503" in run.message and run.differences == 0
        assert Delivery.objects.get().state == "stored"

    def test_without_an_address_there_is_nothing_to_compare(self) -> None:
        with (
            override_settings(SHARING_PLATFORMS={"municipal": {"url": "", "signing_key": ""}}),
            pytest.raises(Invalid, match="地址"),
        ):
            services.reconcile(self.platform.pk)

    def test_the_command_says_what_it_found_and_fails_when_it_could_not_finish(self) -> None:
        published_penalty(self.cast)
        out = StringIO()
        call_command("sweep", stdout=out)
        assert "新增报送 1 项" in out.getvalue() and "入库 1" in out.getvalue()
        call_command("reconcile", platform=["municipal"], stdout=out)
        assert "差异 0 条" in out.getvalue()
        self.receiver.control(fail_next=1)
        with pytest.raises(CommandError):
            call_command("reconcile", platform=["municipal"], stdout=out)
        with pytest.raises(CommandError):
            call_command("reconcile", platform=["nowhere"], stdout=out)


class MergeTests(SimpleTestCase):
    def test_two_sorted_lists_pair_up_by_key(self) -> None:
        ours = [Ours(key, 1, 1, 1, "", False, False) for key in "abdf"]
        theirs = [Theirs(key, 1, "", False) for key in "bcdg"]
        pairs = [(mine and mine.key, other and other.key) for mine, other in merged(ours, theirs)]
        assert pairs == [("a", None), ("b", "b"), (None, "c"), ("d", "d"), ("f", None), (None, "g")]
