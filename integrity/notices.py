"""告知 as its subject reads it: what was found on which paper, until when it may be answered, and the answers.

Read for the staff site (an agency's administrator) and for the portal (本人查阅): one set of sentences, one masking.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from core import clocks
from core.actors import Actor
from core.clocks import Explanation
from core.models import Clock
from integrity.kinds import readable
from integrity.models import Dishonesty, Finding, Statement
from integrity.services.finding import CLOCK, OBJECT, statement_clock
from integrity.services.statements import speaks_for
from records.choices import RecordStatus
from records.kinds import kind_of
from records.models import CreditRecord
from records.querysets import CreditRecordQuerySet

MOST = 100


@dataclass(frozen=True, slots=True)
class Line:
    """One notice in a list."""

    record: CreditRecord
    due_on: date | None
    said: bool

    @property
    def open(self) -> bool:
        return self.record.status == RecordStatus.NOTIFIED


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice. `facts`: (label, type, value); `over`: the time to state the case has passed; `open`: it has not
    been decided yet whether the finding takes effect."""

    record: CreditRecord
    finding: Finding
    opinion: str
    facts: tuple[tuple[str, str, str], ...]
    statements: tuple[tuple[Statement, str], ...]
    clock: Explanation | None
    over: bool
    open: bool


def notices_of(actor: Actor) -> CreditRecordQuerySet:
    """What the actor's subjects were told: what is still open, and what they had a word on, with the answer."""
    found = CreditRecord.objects.filter(subject__in=speaks_for(actor), dishonesty__finding__isnull=False)
    heard = Finding.objects.filter(statements__isnull=False).values("pk")
    rows: CreditRecordQuerySet = found.filter(Q(status=RecordStatus.NOTIFIED) | Q(pk__in=heard))
    return rows


def lines(rows: Iterable[CreditRecord]) -> list[Line]:
    """Three queries, however many."""
    records = list(rows)
    pks = [r.pk for r in records]
    running = Clock.objects.filter(kind=CLOCK, object_type=OBJECT, object_id__in=pks)
    due = dict(running.values_list("object_id", "due_on"))
    said = set(Finding.objects.filter(pk__in=pks, statements__isnull=False).values_list("pk", flat=True))
    return [Line(r, due.get(r.pk), r.pk in said) for r in records]


def notice(record: CreditRecord, *, today: date) -> Notice:
    kind, clock = kind_of(record.kind), statement_clock(record.pk)
    finding = Finding.objects.prefetch_related("statements").get(pk=record.pk)
    detail: Dishonesty = kind.details([record.pk])[record.pk]
    facts = ((f.label, f.type, f.value(record, detail) or "") for f in kind.fields)
    return Notice(
        record=record,
        finding=finding,
        opinion=readable(finding.opinion, detail),
        facts=tuple(fact for fact in facts if fact[2]),
        statements=tuple((s, readable(s.answer, detail)) for s in finding.statements.all()),
        clock=clocks.explain(clock, today=today) if clock else None,
        over=bool(clock and today > clock.due_on),
        open=record.status == RecordStatus.NOTIFIED,
    )
