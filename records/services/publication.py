"""Acts that change what readers may see. Each writes a Revision per record, in the same transaction, and nothing
is public but by such an act. How publication ends: records/services/endings.py."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone

from core import acts, audit, clocks
from core.actors import Actor
from core.bulk import JsonText, insert_rows, reserve_ids, update_rows
from core.errors import Invalid, NotAllowed, WrongState
from core.locks import locked, locked_many
from core.search import terms_literal
from records.choices import ENDING_ACTS, RecordStatus, RevisionAct, SubjectKind
from records.deadlines import CLOCK, OBJECT, restart
from records.kinds import kind_of
from records.lifecycle import RECORD
from records.models import CreditRecord, PublicRecord, Revision, Subject, SubjectName
from records.permissions import is_reviewer_of
from records.policy import PublicationPolicy
from records.projection import canonical, digest, new_salt, project, search_parts, state_of, summary

# Records per transaction, or per round of statements, of acts on any number of records.
CHUNK = 5_000


@dataclass(slots=True)
class Outgoing:
    """One record on its way out: its projection, what the public row copies from the detail, and why."""

    record: CreditRecord
    public: dict[str, Any]
    parts: Sequence[str] = ()
    amount: Any = None
    reason: str = ""
    basis: str = ""


def publish_approved(records: Sequence[CreditRecord], policy: PublicationPolicy, *, actor: Actor, today: date) -> int:
    """Decide by policy and publish what may be seen today; the rest stays approved, with the decision stored.

    The records are locked and approved by the caller, who has not saved them yet: this writes them. `policy` is read
    once by whoever goes through many records.
    """
    kinds = dict(Subject.objects.filter(pk__in={r.subject_id for r in records}).values_list("pk", "kind"))
    shown = []
    for record in records:
        decision = policy.decide(record, kinds[record.subject_id], on=today)
        record.visibility = decision.visibility if decision else "internal"
        record.publication_rule_id = decision.rule.pk if decision else None
        record.repairable_from = decision.repairable_from if decision else None
        record.publish_until = decision.until if decision else None
        if decision and decision.shown_on(today) and (record.publish_from is None or record.publish_from <= today):
            RECORD.check(record, "publish", actor=actor)
            RECORD.move(record, "publish")
            record.publish_from = record.published_on = today
            record.version += 1
            shown.append(record)
    _save_publication(records, actor)
    clocks.finish(CLOCK, OBJECT, [r.pk for r in records], on=today)
    if shown:
        rows = project_records(shown, policy=policy)
        write_revisions(rows, RevisionAct.PUBLISHED, actor=actor)
        entries = [audit.Entry(r.pk, str(r), {"公示截止日": [None, _iso(r.publish_until) or "长期"]}) for r in shown]
        audit.record_many("records.published", OBJECT, entries, actor=actor)
    return len(shown)


SAVED = (
    "status",
    "approved_by",
    "visibility",
    "publication_rule",
    "repairable_from",
    "publish_from",
    "publish_until",
    "published_on",
    "version",
    "updated_at",
)


def _save_publication(records: Iterable[CreditRecord], actor: Actor) -> None:
    now = actor.now()
    update_rows(
        CreditRecord,
        SAVED,
        [
            (r.pk, r.status, r.approved_by_id, r.visibility, r.publication_rule_id, r.repairable_from,
             r.publish_from, r.publish_until, r.published_on, r.version, now)
            for r in records
        ],
    )  # fmt: skip


def corrected_among(ids: Iterable[int]) -> frozenset[int]:
    """Which of these records were ever corrected: their state says so from then on."""
    acts = Revision.objects.filter(record__in=list(ids), act=RevisionAct.CORRECTED)
    return frozenset(acts.values_list("record", flat=True))


def project_records(
    records: Sequence[CreditRecord],
    *,
    corrected: Collection[int] = frozenset(),
    policy: PublicationPolicy | None = None,
) -> list[Outgoing]:
    """Projections for many records with a fixed number of queries; the rules are read unless they are given.

    `corrected`: the keys of those that were ever corrected.
    """
    subject_ids = {r.subject_id for r in records}
    subjects = Subject.objects.in_bulk(subject_ids | {r.agency_id for r in records})
    former: dict[int, list[str]] = {}
    # By key: the model's own order would read the whole table of subjects for their names.
    names = SubjectName.objects.filter(subject__in=subject_ids).order_by("subject_id", "-valid_from")
    for subject_id, name in names.values_list("subject_id", "name"):
        former.setdefault(subject_id, []).append(name)
    rules = {r.pk: r for r in (policy or PublicationPolicy()).rules}
    out = []
    for code in {r.kind for r in records}:
        kind = kind_of(code)
        mine = [r for r in records if r.kind == code]
        details = kind.details(r.pk for r in mine)
        for record in mine:
            subject = subjects[record.subject_id]
            public = project(
                record,
                details[record.pk],
                kind=kind,
                subject=subject,
                agency=subjects[record.agency_id],
                rule=rules[record.publication_rule_id],  # type: ignore[index]
                state=state_of(record, corrected=record.pk in corrected),
            )
            older = [] if subject.is_person else former.get(subject.pk, [])
            parts = search_parts(public, older, kind.searchable)
            out.append(Outgoing(record, public, parts, kind.amount(details[record.pk])))
    return out


REVISION = (
    "id", "record", "version", "act", "at", "reason", "basis", "actor", "actor_name", "actor_unit", "door", "public",
    "salt", "digest",
)  # fmt: skip
PUBLIC = (
    "record", "revision", "kind", "subject", "agency", "document_number_folded", "decided_on", "due_on", "on_time",
    "tier", "state", "amount", "published_on", "publish_until", "about_agency", "terms", "summary",
)  # fmt: skip


def write_revisions(rows: Sequence[Outgoing], act: str, *, actor: Actor) -> None:
    """One revision per record and, unless publication ends, the public row that shows it."""
    now = actor.now()
    ids = reserve_ids(Revision, len(rows))
    revisions, public_rows = [], []
    for revision_id, row in zip(ids, rows, strict=True):
        r, p, salt = row.record, row.public, new_salt()
        text = JsonText(canonical(p))
        cited = row.basis or (p["policy"]["basis"] if "policy" in p else "")
        revisions.append(
            (revision_id, r.pk, r.version, act, now, row.reason, cited, actor.user_id, actor.name, actor.unit,
             actor.door, text, salt, digest(text, salt))
        )  # fmt: skip
        if act not in ENDING_ACTS:
            public_rows.append(
                (r.pk, revision_id, r.kind, r.subject_id, r.agency_id, r.document_number_folded, r.decided_on, r.due_on,
                 p["on_time"], r.tier, p["state"], row.amount, r.published_on, r.publish_until,
                 p["subject"]["kind"] == SubjectKind.AGENCY, terms_literal(row.parts), summary(p))
            )  # fmt: skip
    insert_rows(Revision, REVISION, revisions)
    if act != RevisionAct.PUBLISHED:
        PublicRecord.objects.filter(pk__in=[r.record.pk for r in rows]).delete()
    insert_rows(PublicRecord, PUBLIC, public_rows)
    acts.announce("revisions.written", count=len(rows))


def publish_due(*, today: date, actor: Actor, limit: int = CHUNK) -> int:
    """Records approved earlier that a rule or their start day opens by `today`; returns how many were opened.

    Every `limit` of them are a transaction of their own: a run that was broken off goes on with what it left.
    """
    policy, last, opened = PublicationPolicy(), 0, 0
    due = CreditRecord.objects.opening_on(today).order_by("pk")
    # By key, not until none is left: what the policy keeps back stays due, and must not hold up those behind it.
    while ids := list(due.filter(pk__gt=last).values_list("pk", flat=True)[:limit]):
        opened += _publish_chunk(ids, policy, today=today, actor=actor)
        last = ids[-1]
    return opened


@transaction.atomic
def _publish_chunk(ids: Sequence[int], policy: PublicationPolicy, *, today: date, actor: Actor) -> int:
    records = locked_many(CreditRecord.objects.opening_on(today), ids)
    opened = publish_approved(records, policy, actor=actor, today=today) if records else 0
    # A rule that opens them may also say until when.
    reasons = {record.pk: "公示规则变更。" for record in records}
    acts.announce("records.corrected", reasons=reasons, actor=actor, today=today)
    return opened


def correct_published(record: CreditRecord, *, actor: Actor, reason: str, basis: str) -> None:
    """更正: a new version with the values that the caller has written (services.changes holds lock and guard)."""
    subject_kind = Subject.objects.values_list("kind", flat=True).get(pk=record.subject_id)
    policy, today = PublicationPolicy(), timezone.localdate(actor.now())
    decision = policy.decide(record, subject_kind, on=today)
    if decision is None or not decision.shown_on(today):
        raise Invalid(
            "correction_ends_publication",
            "按更正后的内容，该记录依公示规则不应公示。请改为申请“撤下”，再按正确内容重新录入。",
        )
    restart(record)
    record.publication_rule_id, record.visibility = decision.rule.pk, decision.visibility
    record.publish_until, record.repairable_from = decision.until, decision.repairable_from
    record.version += 1
    record.updated_at = actor.now()
    record.save()
    (row,) = project_records([record], corrected={record.pk}, policy=policy)
    row.reason, row.basis = reason, basis
    write_revisions([row], RevisionAct.CORRECTED, actor=actor)


def correct_held(record: CreditRecord, *, actor: Actor, today: date) -> None:
    """更正 of a record that is not public, with the values that the caller has written: authorised readers see them
    from now on, and the policy looks at it again, as it did when it was approved."""
    RECORD.check(record, "amend", actor=actor)
    RECORD.move(record, "amend")
    restart(record)
    record.version += 1
    record.save()
    publish_approved([record], PublicationPolicy(), actor=actor, today=today)


def disputable(record: CreditRecord) -> bool:
    """What is public, and what was found and is open to authorised look-ups only: those readers see the mark."""
    held = record.status == RecordStatus.APPROVED and kind_of(record.kind).found
    return held or record.status == RecordStatus.PUBLISHED


def _mark(record_id: int, *, disputed: bool, actor: Actor, reason: str, basis: str) -> None:
    record = locked(CreditRecord.objects.visible_to(actor), record_id)
    if why_not := is_reviewer_of(record, actor):
        raise NotAllowed("not_allowed", why_not)
    if not disputable(record) or record.disputed == disputed:
        raise WrongState("wrong_state", "只有公示中或认定生效、未在异议处理的记录可以标注异议；办结须先有受理。")
    record.disputed = disputed
    record.version += 1
    record.save(update_fields=["disputed", "version"])
    act = RevisionAct.DISPUTED if disputed else RevisionAct.DISPUTE_CLOSED
    if record.status == RecordStatus.PUBLISHED:
        (row,) = project_records([record], corrected=corrected_among([record.pk]))
        row.reason, row.basis = reason, basis
        write_revisions([row], act, actor=actor)
    audit.record(f"records.{act}", record, actor=actor, reason=reason)


@transaction.atomic
def mark_disputed(record_id: int, *, actor: Actor, reason: str, basis: str = "") -> None:
    """异议受理: whoever sees the record sees it with the mark."""
    _mark(record_id, disputed=True, actor=actor, reason=reason, basis=basis)


@transaction.atomic
def close_dispute(record_id: int, *, actor: Actor, reason: str, basis: str = "") -> None:
    """异议办结 without a change; a change is a correction or a withdrawal."""
    _mark(record_id, disputed=False, actor=actor, reason=reason, basis=basis)


SEAL_LOCK = 7_302_441


@transaction.atomic
def seal(limit: int = 200_000) -> int:
    """Give committed revisions their gapless `seq`. One writer at a time; returns how many were sealed.

    Keys are drawn before commit, so “the last key I saw” may miss a slow transaction; `seq` never does.
    """
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [SEAL_LOCK])
        last = Revision.objects.aggregate(last=Max("seq"))["last"] or 0
        cursor.execute(
            "UPDATE records_revision SET seq = numbered.n FROM ("
            "  SELECT id AS rid, %s + row_number() OVER (ORDER BY id) AS n FROM ("
            "    SELECT id FROM records_revision WHERE seq IS NULL ORDER BY id LIMIT %s) AS unsealed"
            ") AS numbered WHERE records_revision.id = numbered.rid",
            [last, limit],
        )
        return int(cursor.rowcount)


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
