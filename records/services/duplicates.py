"""疑似重复, kept: the nightly search writes what is new, and asks nobody twice."""

from django.db import transaction
from django.utils import timezone

from core.bulk import insert_rows, update_rows
from core.locks import one_at_a_time
from records.choices import DuplicateState
from records.duplicates import pairs
from records.models import DuplicateCandidate

COLUMNS = ("first", "second", "evidence", "score", "found_at")


@transaction.atomic
def find_duplicates() -> dict[str, int]:
    """Write new pairs, renew the evidence of open ones, drop open ones that nothing speaks for any more."""
    one_at_a_time("duplicates")
    found = pairs()
    known = {
        (c.first_id, c.second_id): c for c in DuplicateCandidate.objects.only("pk", "first", "second", "state", "score")
    }
    now = timezone.now()
    new = [(p.first, p.second, p.evidence, p.score, now) for p in found if (p.first, p.second) not in known]
    insert_rows(DuplicateCandidate, COLUMNS, new)
    still = {(p.first, p.second): p for p in found}
    open_ones = {key: c for key, c in known.items() if c.state == DuplicateState.OPEN}
    renewed = [(c.pk, still[key].evidence, still[key].score) for key, c in open_ones.items() if key in still]
    if renewed:
        update_rows(DuplicateCandidate, ["evidence", "score"], renewed)
    gone = [c.pk for key, c in open_ones.items() if key not in still]
    DuplicateCandidate.objects.filter(pk__in=gone).delete()
    return {"new": len(new), "open": len(renewed) + len(new), "gone": len(gone)}
