"""A year of the work calendar arrives and due days move: the records follow, and what readers see of them."""

from collections.abc import Iterable
from datetime import date

from core import audit
from core.actors import Actor
from core.bulk import update_rows
from core.locks import locked_many
from core.models import Clock
from records.choices import RecordStatus, RevisionAct
from records.deadlines import CLOCK, OBJECT
from records.lifecycle import RECORD
from records.models import CreditRecord
from records.policy import PublicationPolicy
from records.services.publication import corrected_among, project_records, write_revisions
from records.services.review import chunks

REASON = "工作日历公布，公示期限重新计算。"


def follow_moved_clocks(clocks: Iterable[Clock], actor: Actor) -> None:
    """Handler of `clocks.moved`. What is public gets a revision each, because its due day, and with it whether it was
    in time, is among what was said; in the transaction that loads the year."""
    due = {c.object_id: c.due_on for c in clocks if (c.kind, c.object_type) == (CLOCK, OBJECT)}
    policy = PublicationPolicy()
    for ids in chunks(due):
        records = [r for r in locked_many(CreditRecord.objects.all(), ids) if r.due_on != due[r.pk]]
        entries = [_entry(record, due[record.pk]) for record in records]
        for record in records:
            record.due_on = due[record.pk]
        shown = [r for r in records if r.status == RecordStatus.PUBLISHED]
        for record in shown:
            RECORD.check(record, "recount", actor=actor)
            RECORD.move(record, "recount")
            record.version += 1
        now = actor.now()
        update_rows(
            CreditRecord, ["due_on", "version", "updated_at"], [(r.pk, r.due_on, r.version, now) for r in records]
        )
        rows = project_records(shown, corrected=corrected_among(r.pk for r in shown), policy=policy)
        for row in rows:
            row.reason = REASON
        write_revisions(rows, RevisionAct.RECOUNTED, actor=actor)
        audit.record_many("records.recounted", OBJECT, entries, actor=actor)


def _entry(record: CreditRecord, due_on: date) -> audit.Entry:
    return audit.Entry(record.pk, str(record), audit.difference({"due_on": record.due_on}, {"due_on": due_on}), REASON)
