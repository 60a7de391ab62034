"""Who belongs together: subjects that were merged, and agencies that followed one another.

Merging moves no record. Whoever reads a subject reads its family: itself and all that was merged into it. The file of
an agency also shows the records of the predecessors whose records it took over; that is `lineage`.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db import connection

from records.models import Subject, Succession

# Nobody followed so many bodies one after the other; a longer chain is a mistake, and must not run for ever.
DEPTH = 30


@dataclass(frozen=True, slots=True)
class Ancestor:
    """A predecessor; `since` is the day from which its records are its successor's, `depth` how many steps back."""

    subject_id: int
    name: str
    since: date
    depth: int


def family(subject_id: int) -> list[int]:
    """The subject and whatever was merged into it."""
    return list(Subject.objects.family(subject_id).order_by("pk").values_list("pk", flat=True))


def survivors(subject_ids: Iterable[int]) -> dict[int, int]:
    """For those of these subjects that were merged: the subject they are now."""
    merged = Subject.objects.filter(pk__in=list(subject_ids), merged_into__isnull=False)
    return dict(merged.values_list("pk", "merged_into"))


# Both ends of a succession are read as the subjects that they are now. {taken} narrows to what the file shows.
_LINE = """
WITH RECURSIVE line(subject_id, since, depth) AS (
    SELECT COALESCE(p.merged_into_id, p.id), s.day, 1
    FROM {subject} f
    JOIN {succession} s ON s.successor_id = f.id {taken}
    JOIN {subject} p ON p.id = s.predecessor_id
    WHERE f.id = %(subject)s OR f.merged_into_id = %(subject)s
    UNION
    SELECT COALESCE(p.merged_into_id, p.id), s.day, line.depth + 1
    FROM line
    JOIN {subject} f ON f.id = line.subject_id OR f.merged_into_id = line.subject_id
    JOIN {succession} s ON s.successor_id = f.id {taken}
    JOIN {subject} p ON p.id = s.predecessor_id
    WHERE line.depth < {depth}
)
SELECT line.subject_id, n.name, MIN(line.since), MIN(line.depth)
FROM line JOIN {subject} n ON n.id = line.subject_id
GROUP BY line.subject_id, n.name
ORDER BY MIN(line.depth), MIN(line.since), line.subject_id
"""
TAKEN = "AND s.takes_over AND s.day <= %(on)s"


def lineage(subject_id: int, on: date) -> list[Ancestor]:
    """The predecessors whose records and obligations are this agency's on that day, nearest first; one query."""
    return _line(subject_id, TAKEN, {"subject": subject_id, "on": on})


def ancestors(subject_id: int) -> list[Ancestor]:
    """All that this agency came from, whoever took over what: what may not follow it again."""
    return _line(subject_id, "", {"subject": subject_id})


def _line(subject_id: int, taken: str, params: dict[str, int | date]) -> list[Ancestor]:
    quote = connection.ops.quote_name
    tables = {"subject": quote(Subject._meta.db_table), "succession": quote(Succession._meta.db_table)}
    with connection.cursor() as cursor:
        cursor.execute(_LINE.format(taken=taken, depth=DEPTH, **tables), params)
        rows = cursor.fetchall()
    found = [Ancestor(pk, name, _day(since), depth) for pk, name, since, depth in rows]
    return [ancestor for ancestor in found if ancestor.subject_id != subject_id]


def _day(value: date | str) -> date:
    """SQLite hands days over as text."""
    return date.fromisoformat(value) if isinstance(value, str) else value


def file_of(subject_id: int, on: date) -> list[int]:
    """Every subject whose records stand in this one's file on that day: its family, and its lineage's families."""
    roots = [subject_id, *(ancestor.subject_id for ancestor in lineage(subject_id, on))]
    return list(Subject.objects.family(*roots).order_by("pk").values_list("pk", flat=True))


def families_of(subject_ids: Iterable[int]) -> dict[int, list[int]]:
    """Of many subjects at once, each with whatever was merged into it; one statement."""
    found = {pk: [pk] for pk in subject_ids}
    merged = Subject.objects.filter(merged_into__in=list(found)).order_by("pk").values_list("merged_into", "pk")
    for into, pk in merged if found else ():
        found[into].append(pk)
    return found


def files_of(subject_ids: Iterable[int], on: date) -> dict[int, list[int]]:
    """`file_of` of many agencies at once: two statements, and the succession walked in memory (agencies are few)."""
    roots = list(subject_ids)
    rows = Succession.objects.filter(takes_over=True, day__lte=on).values_list(
        "successor", "successor__merged_into", "predecessor", "predecessor__merged_into"
    )
    before: dict[int, set[int]] = defaultdict(set)
    for successor, into, predecessor, was in rows:
        before[into or successor].add(was or predecessor)
    lines = {root: _walk(root, before) for root in roots}
    members = families_of({pk for line in lines.values() for pk in line})
    return {root: [pk for each in line for pk in members[each]] for root, line in lines.items()}


def _walk(root: int, before: dict[int, set[int]]) -> list[int]:
    """The root, then its predecessors, nearest first, each once."""
    found, ring = {root: None}, {root}
    for _ in range(DEPTH):
        ring = {pk for each in ring for pk in before.get(each, ())} - found.keys()
        found |= dict.fromkeys(sorted(ring))
    return list(found)
