"""录入草稿: kept as typed, refused only when somebody else saved meanwhile; gone when submitted or deleted."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction

from core import audit
from core.actors import Actor
from core.errors import NotAllowed, WrongState
from core.locks import locked, locked_many
from records.lifecycle import RECORD
from records.models import CreditRecord, EntryDraft
from records.permissions import may_import_for
from records.querysets import EntryDraftQuerySet


@dataclass(frozen=True, slots=True)
class Typed:
    """A form as it was sent, and how many columns are still missing or wrong."""

    fields: Mapping[str, Sequence[str]]
    missing: int = 0
    wrong: int = 0


@transaction.atomic
def start_draft(kind: str, typed: Typed, *, actor: Actor, agency_id: int) -> EntryDraft:
    """保存草稿 of a new entry."""
    if reason := may_import_for(agency_id, actor):
        raise NotAllowed("not_allowed", reason)
    return _keep(EntryDraft(kind=kind, agency_id=agency_id, version=0), typed, actor)


@transaction.atomic
def keep_draft(draft_id: int, typed: Typed, *, actor: Actor, version: int) -> EntryDraft:
    """保存草稿 again. `version` is the one that was opened. Raises NotFound, WrongState (saved by somebody else)."""
    draft = locked(_new_ones(actor), draft_id)
    _unchanged(draft, version)
    return _keep(draft, typed, actor)


@transaction.atomic
def keep_edit(record_id: int, typed: Typed, *, actor: Actor, version: int) -> EntryDraft:
    """保存草稿 of changes of a draft or returned record, which stays as it is. `version` is 0 for the first save."""
    record = locked(CreditRecord.objects.visible_to(actor), record_id)
    RECORD.check(record, "submit", actor=actor)
    draft = _locked_edit(record_id, actor)
    _unchanged(draft, version)
    draft = draft or EntryDraft(kind=record.kind, agency_id=record.agency_id, record=record, version=0)
    return _keep(draft, typed, actor)


@transaction.atomic
def take_draft(draft_id: int, *, actor: Actor, version: int) -> EntryDraft:
    """The draft leaves, because in the same transaction what it holds becomes a record. Raises like `keep_draft`."""
    draft: EntryDraft = locked(_new_ones(actor), draft_id)
    _unchanged(draft, version)
    _leave(draft, "records.draft_submitted", actor)
    return draft


@transaction.atomic
def take_edit(record_id: int, *, actor: Actor, version: int) -> EntryDraft | None:
    """The same for the changes of a record; there need not be a draft of them."""
    locked(CreditRecord.objects.visible_to(actor), record_id)
    draft = _locked_edit(record_id, actor)
    _unchanged(draft, version)
    if draft is not None:
        _leave(draft, "records.draft_submitted", actor)
    return draft


@transaction.atomic
def drop_draft(draft_id: int, *, actor: Actor, version: int) -> None:
    """删除草稿; a record whose changes it held stays as it is. Raises NotFound, WrongState."""
    draft = locked(EntryDraft.objects.visible_to(actor), draft_id)
    _unchanged(draft, version)
    _leave(draft, "records.draft_dropped", actor)


def drop_edits(record_ids: Iterable[int], *, actor: Actor) -> None:
    """The records are put away, and with them the changes that waited; in the caller's transaction."""
    for draft in EntryDraft.objects.filter(record__in=list(record_ids)):
        _leave(draft, "records.draft_dropped", actor)


def refuse_unfinished(record_ids: Iterable[int]) -> None:
    """Guard: a record is not submitted past changes of it that somebody kept; one query for many records."""
    if EntryDraft.objects.filter(record__in=list(record_ids)).exists():
        raise WrongState(
            "draft_open",
            "所选记录中有尚未提交的修改草稿，没有提交任何记录。请打开该记录，在“继续修改”中提交，或先删除草稿。",
        )


def draft_of(record_id: int, *, actor: Actor) -> EntryDraft | None:
    """The changes of this record that wait to be finished, for those who may go on with them."""
    draft: EntryDraft | None = EntryDraft.objects.visible_to(actor).filter(record=record_id).first()
    return draft


def _new_ones(actor: Actor) -> EntryDraftQuerySet:
    """Drafts of entries that are no record yet."""
    return EntryDraft.objects.visible_to(actor).filter(record=None)


def _locked_edit(record_id: int, actor: Actor) -> EntryDraft | None:
    drafts = EntryDraft.objects.visible_to(actor).filter(record=record_id)
    found = locked_many(drafts, drafts.values_list("pk", flat=True))
    return found[0] if found else None


def _leave(draft: EntryDraft, action: str, actor: Actor) -> None:
    audit.record(action, draft, actor=actor)
    draft.delete()


def _keep(draft: EntryDraft, typed: Typed, actor: Actor) -> EntryDraft:
    draft.fields = {name: list(values) for name, values in typed.fields.items()}
    draft.missing, draft.wrong = typed.missing, typed.wrong
    draft.version += 1
    draft.saved_by_id, draft.saved_at = actor.user_id, actor.now()
    if actor.user_id not in draft.clerks:
        draft.clerks.append(actor.user_id)
    draft.save()
    audit.record("records.draft_kept", draft, actor=actor)
    return draft


def _unchanged(draft: EntryDraft | None, version: int) -> None:
    """Guard: what was opened is what stands there."""
    found = draft.version if draft else 0
    if found != version:
        raise WrongState("draft_changed", "您打开页面之后，草稿已由他人保存、提交或删除。")
