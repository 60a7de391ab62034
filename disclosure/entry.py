"""Decisions enter the ledger: one set-based path for form, workbook and API; a form is a set of one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import DatabaseError, transaction
from django.utils import timezone

from core import audit
from core.actors import Actor, system_actor
from core.bulk import insert_rows, reserve_ids
from core.clocks import ClockStart, due, start_many
from core.errors import Invalid, NotAllowed
from core.locks import alongside, one_at_a_time, overtaken
from core.text import fold_document_number
from disclosure import standard
from disclosure.duplicates import Standing, standing_message, standing_records
from disclosure.models import Licence, Penalty
from disclosure.rejected import answer, marks_of
from disclosure.validation import Ground, Outcome, Problem, Validator, party_of, tier_of
from records.choices import RecordKindCode, RecordStatus
from records.deadlines import CLOCK, OBJECT
from records.kinds import kind_of
from records.lifecycle import RECORD
from records.matching import Match, Party, SubjectBook, Verdict
from records.models import CreditRecord, Subject
from records.permissions import may_import_for
from records.services.subjects import create_subjects, give_codes

DETAILS: dict[str, type[Licence] | type[Penalty]] = {
    RecordKindCode.LICENCE: Licence,
    RecordKindCode.PENALTY: Penalty,
}
LEDGER_DOOR = "disclosure.entry"
TITLE = 300


@dataclass(slots=True)
class Entry:
    """One valid row on its way in. After `write`: `record_id`, or why it did not go in."""

    values: dict[str, Any]
    party: Party = field(init=False)
    number_folded: str = field(init=False)
    record_id: int | None = None
    subject_id: int | None = None
    errors: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    duplicate_of: Standing | None = None
    # Subjects that an edit gives their unified code.
    gaining: Mapping[int, Party] = field(default_factory=dict)
    # While a file is checked: its mark, and the earlier row that has the same.
    fingerprint: str = ""
    twin: int | None = None

    def __post_init__(self) -> None:
        self.party = party_of(self.values)
        self.number_folded = fold_document_number(self.values["document_number"])

    def look_again(self) -> None:
        """Forget what an attempt said that was rolled back."""
        self.record_id = self.subject_id = self.duplicate_of = None
        self.errors, self.warnings = [], []

    @property
    def open(self) -> bool:
        return not self.errors and self.duplicate_of is None


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What is the same for all rows of one set."""

    kind: str
    ground: Ground
    actor: Actor
    batch_id: int | None = None
    submit: bool = True


@transaction.atomic
def write(entries: Sequence[Entry], circumstances: Circumstances) -> None:
    """Put valid entries into the ledger; what turns out to be known or contradictory is marked on the entry instead.

    Nobody waits here for another's set, unless both speak of the same new subject or decision: then a unique
    constraint refuses the slower one, who looks again, alone this time. So two imports of the same file add it once,
    and a form does not wait for either.
    """
    try:
        with transaction.atomic():
            alongside(LEDGER_DOOR)
            _write(entries, circumstances, alone=False)
            return
    except NotAloneError:
        pass
    except DatabaseError as error:
        if not overtaken(error):
            raise
    one_at_a_time(LEDGER_DOOR)
    for entry in entries:
        entry.look_again()
    _write(entries, circumstances, alone=True)


class NotAloneError(Exception):
    """What is to be done changes a subject that others may be writing about."""


def _write(entries: Sequence[Entry], circumstances: Circumstances, *, alone: bool) -> None:
    _find_subjects(entries, circumstances.actor, alone=alone)
    _find_duplicates(entries, circumstances)
    entered = [e for e in entries if e.open]
    _insert(entered, circumstances)
    _answer_rejected(entered, circumstances)


def _answer_rejected(entries: Sequence[Entry], circumstances: Circumstances) -> None:
    """What was rejected of these decisions before is answered by the record, through whatever door it came."""
    decisions = {
        mark: (e.record_id, e.values["decided_on"])
        for e in entries
        if e.record_id is not None
        for mark in marks_of(e.number_folded, e.party, e.values["decided_on"])
    }
    answer(decisions, kind=circumstances.kind, agency_id=circumstances.ground.agency_id)


def mark_match(entry: Entry, match: Match) -> None:
    """What the library says about the party, as the row's own error or warning."""
    if match.verdict in (Verdict.SAME, Verdict.UNKNOWN):
        return
    problem: Problem = {"field": match.field, "code": str(match.verdict), "message": match.message}
    (entry.errors if match.refused else entry.warnings).append(problem)


def _find_subjects(entries: Sequence[Entry], actor: Actor, *, alone: bool) -> None:
    """Known subjects by code; unknown ones are created once, however many rows name them."""
    book = SubjectBook(e.party for e in entries)
    if book.gaining and not alone:
        raise NotAloneError
    give_codes(book.gaining, actor=actor)
    new: list[Party] = []
    for entry in entries:
        match = book.match(entry.party)
        if match.verdict == Verdict.UNKNOWN:
            new.append(entry.party)
            entry.subject_id = -len(new)
            book.add(entry.party, entry.subject_id)
            continue
        mark_match(entry, match)
        if not match.refused:
            entry.subject_id = match.subject_id
    ids = create_subjects(new, actor=actor)
    for entry in entries:
        if entry.subject_id is not None and entry.subject_id < 0:
            entry.subject_id = ids[-entry.subject_id - 1]


def _find_duplicates(entries: Sequence[Entry], circumstances: Circumstances) -> None:
    keyed = [(e, (e.number_folded, e.subject_id, e.values["decided_on"])) for e in entries if e.open]
    standing = standing_records(
        circumstances.kind,
        circumstances.ground.agency_id,
        (k for _, k in keyed if k[1] is not None),  # type: ignore[misc]
    )
    for entry, key in keyed:
        if found := standing.get(key):  # type: ignore[arg-type]
            entry.duplicate_of = found
        else:
            standing[key] = Standing(0, RecordStatus.SUBMITTED)  # type: ignore[index]


# ---------------------------------------------------------------- the rows

RECORD_COLUMNS = (
    "id", "kind", "subject", "agency", "title", "document_number", "document_number_folded", "decided_on",
    "effective_from", "effective_to", "tier", "status", "due_on", "submitted_on", "door", "batch", "entered_by",
    "created_at", "updated_at",
)  # fmt: skip


def _insert(entries: Sequence[Entry], circumstances: Circumstances) -> None:
    """Records, details, clocks and trail of entries whose subjects are known."""
    if not entries:
        return
    c, ground = circumstances, circumstances.ground
    status = RECORD.transition("submit").target if c.submit else RECORD.initial
    submitted_on = ground.today if c.submit else None
    records, details, clocks, trail, now = [], [], [], [], c.actor.now()
    model = DETAILS[c.kind]
    names, blanks = detail_columns(c.kind)
    for pk, entry in zip(reserve_ids(CreditRecord, len(entries)), entries, strict=True):
        v = entry.values
        decided_on, title = v["decided_on"], title_of(c.kind, v)
        rule = ground.deadline.on(decided_on)
        tier = tier_of(v, ground.tiers.on(decided_on).value) if c.kind == RecordKindCode.PENALTY else ""
        entry.record_id = pk
        records.append(
            (pk, c.kind, entry.subject_id, ground.agency_id, title, v["document_number"], entry.number_folded,
             decided_on, v.get("effective_from"), v.get("effective_to"), tier, status,
             due(ground.calendar, decided_on, rule)[0], submitted_on, c.actor.door, c.batch_id, c.actor.user_id, now,
             now)
        )  # fmt: skip
        details.append((pk, *detail_values(v, blanks)))
        clocks.append(ClockStart(pk, ground.agency_id, decided_on, rule))
        trail.append(
            audit.Entry(pk, f"{title}（{v['document_number']}）", {"状态": [None, RecordStatus(status).label]})
        )
    # In the order of `record_once`: two who bring the same decisions wait for each other in one order.
    place = [RECORD_COLUMNS.index(name) for name in ("document_number_folded", "subject", "decided_on")]
    records.sort(key=lambda row: [row[i] for i in place])
    insert_rows(CreditRecord, RECORD_COLUMNS, records)
    insert_rows(model, ("record", *names), details)
    start_many(CLOCK, OBJECT, clocks, ground.calendar)
    audit.record_many("records.entered", OBJECT, trail, actor=c.actor)


def detail_columns(kind: str) -> tuple[tuple[str, ...], tuple[tuple[str, Any], ...]]:
    """Names of the detail's columns, and what stands in each when nothing was given."""
    fields: list[Any] = [DETAILS[kind]._meta.get_field(c.name) for c in standard.columns(kind) if c.stored == "detail"]
    blanks = tuple((f.name, None if f.null else f.get_default()) for f in fields)
    return tuple(name for name, _ in blanks), blanks


def detail_values(values: Mapping[str, Any], blanks: Sequence[tuple[str, Any]]) -> list[Any]:
    row = []
    for name, blank in blanks:
        value = values.get(name)
        if value is None:
            value = blank
        elif type(value) is tuple:
            value = "、".join(value)
        row.append(value)
    return row


def title_of(kind: str, values: Mapping[str, Any]) -> str:
    """A licence has a title; a penalty is known by what was done and what followed."""
    if kind == RecordKindCode.LICENCE:
        return str(values["document_title"])[:TITLE]
    what = " ".join(values["violation_type"].split())
    return f"{what[:120]}（{'、'.join(values['penalty_category'])[:120]}）"


# ---------------------------------------------------------------- the form


@transaction.atomic
def enter(
    kind: str,
    values: Mapping[str, Any],
    *,
    actor: Actor,
    agency: Subject,
    today: date,
    submit: bool = True,
) -> CreditRecord:
    """录入 one decision. Raises Invalid with every error by field, NotAllowed, or Invalid `duplicate`."""
    if reason := may_import_for(agency.pk, actor):
        raise NotAllowed("not_allowed", reason)
    ground = Ground.load(agency, today=today)
    outcome = Validator(kind, ground).check(_given(values))
    if not outcome.errors:
        entry = Entry(outcome.values)
        write([entry], Circumstances(kind, ground, actor, submit=submit))
        if entry.record_id is not None:
            return CreditRecord.objects.get(pk=entry.record_id)
        outcome.errors += entry.errors
        if entry.duplicate_of:
            message = standing_message(entry.values["document_number"], entry.duplicate_of)
            outcome.error("document_number", "duplicate", message)
    raise refusal(outcome)


def refusal(outcome: Outcome) -> Invalid:
    return Invalid(
        "invalid_record",
        f"有{len(outcome.errors)}处需要修改，请按各栏下方的提示改正后重新提交。",
        fields=outcome.errors_by_field(),
    )


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    """Form values without the blanks."""
    return {name: value for name, value in values.items() if value not in ("", None)}


# ---------------------------------------------------------------- change of what is there


def check_new(kind: str, values: Mapping[str, Any], ground: Ground) -> Outcome:
    """Everything that `enter` would find, without writing: what is wrong in an unfinished entry."""
    outcome = Validator(kind, ground).check(_given(values))
    if not outcome.errors:
        _judge(Entry(outcome.values), outcome, kind, ground.agency_id)
    return outcome


def check_change(kind: str, record: CreditRecord, detail: Any, values: Mapping[str, Any]) -> Outcome:
    """Everything that `apply_values` would find, without writing."""
    return _checked(kind, record, detail, values)[0]


def apply_values(kind: str, record: CreditRecord, detail: Any, values: Mapping[str, Any]) -> Outcome:
    """Check form values over what the record holds and write them into `record` and `detail`, both unsaved.

    Columns that are not given stay as they are, and personal numbers also when given blank. A column that the record
    never had (older tables) may stay empty. Nothing is written when the outcome has errors.
    """
    outcome, entry, ground = _checked(kind, record, detail, values)
    if entry is not None:
        _assign(kind, record, detail, entry, ground)
    return outcome


def _checked(
    kind: str, record: CreditRecord, detail: Any, values: Mapping[str, Any]
) -> tuple[Outcome, Entry | None, Ground]:
    """What is found, and the entry when nothing is wrong with it."""
    ground = Ground.load(Subject.objects.get(pk=record.agency_id), today=timezone.localdate())
    raw, columns = _present(kind, record, detail, values)
    outcome = Validator(kind, ground, columns=columns).check(raw)
    if not detail.representative and "party_category" not in values:
        outcome.errors = [e for e in outcome.errors if (e["field"], e["code"]) != ("representative", "required")]
    if outcome.errors:
        return outcome, None, ground
    entry = Entry(outcome.values)
    _judge(entry, outcome, kind, record.agency_id, record)
    return outcome, None if outcome.errors else entry, ground


def _present(
    kind: str, record: CreditRecord, detail: Any, values: Mapping[str, Any]
) -> tuple[dict[str, Any], set[str]]:
    """The record's values overlaid with the given ones, and the columns that it is judged by."""
    raw = _given(kind_of(kind).raw_values(record, detail))
    personal = {c.name: getattr(detail, c.name) for c in standard.columns(kind) if c.personal}
    raw.update(_given(personal))
    columns = {
        c.name
        for c in standard.columns(kind)
        if c.stored != "merged" and (c.older_tables or c.name in raw or values.get(c.name) not in ("", None))
    }
    for name, value in values.items():
        if value not in ("", None):
            raw[name] = value
        elif name not in personal:
            raw.pop(name, None)
    return raw, columns


def _judge(entry: Entry, outcome: Outcome, kind: str, agency_id: int, record: CreditRecord | None = None) -> None:
    """Whom a valid entry is about, and whether that decision is there already; `record`: the one it would change."""
    book = SubjectBook([entry.party])
    match = book.match(entry.party)
    entry.gaining = book.gaining
    mark_match(entry, match)
    entry.subject_id = match.subject_id
    published = record is not None and record.status == RecordStatus.PUBLISHED
    if record and published and not match.refused and match.subject_id != record.subject_id:
        message = "更正不能把记录改到另一个主体名下。请申请撤下本记录并说明理由，再按正确的相对人重新录入。"
        entry.errors.append({"field": "uscc", "code": "subject_changed", "message": message})
    if entry.subject_id is not None and not entry.errors:
        key = (entry.number_folded, entry.subject_id, entry.values["decided_on"])
        besides = record.pk if record else None
        if found := standing_records(kind, agency_id, [key], besides=besides).get(key):
            message = standing_message(entry.values["document_number"], found)
            entry.errors.append({"field": "document_number", "code": "duplicate", "message": message})
    outcome.errors += entry.errors
    outcome.warnings += entry.warnings


def _assign(kind: str, record: CreditRecord, detail: Any, entry: Entry, ground: Ground) -> None:
    v = entry.values
    if entry.subject_id is None:
        (entry.subject_id,) = create_subjects([entry.party], actor=system_actor(record.door))
    elif record.status != RecordStatus.PUBLISHED:
        # A proposed correction is not decided yet; its code comes with the next document that states it.
        give_codes(entry.gaining, actor=system_actor(record.door))
    record.subject_id = entry.subject_id
    record.title = title_of(kind, v)
    record.document_number, record.document_number_folded = v["document_number"], entry.number_folded
    record.decided_on = v["decided_on"]
    record.effective_from, record.effective_to = v.get("effective_from"), v.get("effective_to")
    if kind == RecordKindCode.PENALTY:
        record.tier = tier_of(v, ground.tiers.on(record.decided_on).value)
    names, blanks = detail_columns(kind)
    for name, value in zip(names, detail_values(v, blanks), strict=True):
        setattr(detail, name, value)
