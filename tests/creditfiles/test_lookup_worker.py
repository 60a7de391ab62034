"""A long list on a real worker, killed in the middle: whoever comes next goes on, no line is left out or told twice."""

from datetime import timedelta

from django.utils import timezone

from core.models import AuditEvent
from creditfiles.lists import Asked
from creditfiles.models import Lookup, QueryLog
from creditfiles.services import open_lookup
from creditfiles.tasks import sweep_lookups
from tests.creditfiles.lists import STATEMENTS
from tests.factories.records import make_subject
from tests.people import make_cast
from tests.support.processes import Worker, wait_until

ROWS, BODIES = 20_000, 200


def now(lookup: Lookup) -> Lookup:
    lookup.refresh_from_db()
    return lookup


def test_kill_9_in_the_middle_of_a_list(worker: Worker) -> None:
    cast = make_cast()
    names = [make_subject().name for _ in range(BODIES)]
    lines = [Asked(n, name=names[n % BODIES]) for n in range(1, ROWS + 1)]
    lookup = open_lookup(lines, about="bodies", purpose="supervision", actor=cast.office, **STATEMENTS)
    wait_until(lambda: now(lookup).judged_rows > 0, seconds=60, what=worker.output[-2000:])
    worker.kill()
    done = now(lookup).judged_rows
    assert 0 < done < ROWS, "killed too late to prove anything"
    assert lookup.lines.exclude(verdict="").count() == done
    worker.ready()
    Lookup.objects.filter(pk=lookup.pk).update(heartbeat_at=timezone.now() - timedelta(minutes=2))
    sweep_lookups.delay()
    wait_until(lambda: now(lookup).status == "done", seconds=120, what=worker.output[-2000:])
    assert lookup.judged_rows == ROWS == lookup.lines.filter(verdict="clear").count()
    assert lookup.counts == {"clear": ROWS}
    assert QueryLog.objects.filter(lookup=lookup).count() == BODIES
    assert AuditEvent.objects.filter(action="creditfiles.file_opened").count() == BODIES
