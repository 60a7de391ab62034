"""Subjects enter the library (主体库) and change their names; set-based, with their names, codes and trail."""

from collections.abc import Sequence
from datetime import date

from django.db import transaction

from core import audit
from core.actors import Actor
from core.bulk import insert_rows, reserve_ids, update_rows
from core.errors import Invalid, NotAllowed
from core.locks import locked
from core.search import terms_literal
from core.text import fold_text
from records.choices import Verification
from records.kinds import kind_of
from records.matching import Party
from records.models import PublicRecord, Subject, SubjectIdentifier, SubjectName
from records.projection import search_parts

OBJECT = Subject._meta.label_lower
SUBJECT = (
    "id", "kind", "name", "name_folded", "code", "verification", "representative", "id_type", "id_number",
    "id_number_index", "terms",
)  # fmt: skip


@transaction.atomic
def create_subjects(parties: Sequence[Party], *, actor: Actor) -> list[int]:
    """New subjects, unverified (未核验), in the order of `parties`; none of their codes may be known yet.

    The caller holds `locks.one_at_a_time` of the ledger's door, so that nobody creates the same subject beside it.
    """
    if not parties:
        return []
    ids = reserve_ids(Subject, len(parties))
    numbered = list(zip(ids, parties, strict=True))
    insert_rows(
        Subject,
        SUBJECT,
        [
            (pk, p.kind, p.name, p.folded, p.code or None, Verification.UNVERIFIED, p.representative, p.id_type,
             p.id_number, p.id_index or None, terms_literal(_search_parts(p)))
            for pk, p in numbered
        ],
    )  # fmt: skip
    insert_rows(SubjectName, ("subject", "name", "name_folded"), [(pk, p.name, p.folded) for pk, p in numbered])
    codes = [(pk, scheme, value) for pk, p in numbered for scheme, value in p.identifiers]
    if codes:
        insert_rows(SubjectIdentifier, ("subject", "scheme", "value"), codes)
    entries = [audit.Entry(pk, p.name) for pk, p in numbered]
    audit.record_many("records.subject_created", OBJECT, entries, actor=actor)
    return ids


def _search_parts(party: Party) -> list[str]:
    codes = [fold_text(code) for code in (party.code, *(value for _, value in party.identifiers)) if code]
    return [party.folded, *codes]


@transaction.atomic
def rename_subject(subject_id: int, name: str, *, actor: Actor, reason: str, on: date) -> Subject:
    """主体更名 by the credit office: the name so far becomes a former name and stays findable."""
    if not actor.has("credit_office", "system"):
        raise NotAllowed("not_allowed", "只有信用办可以办理主体更名，请联系信用办。")
    subject: Subject = locked(Subject.objects.all(), subject_id)
    name = " ".join(name.split())
    folded = fold_text(name)
    if not folded:
        raise Invalid("name_required", "请填写新名称。", fields={"name": ["请填写新名称。"]})
    if name == subject.name:
        raise Invalid("nothing_changed", "新名称与现名相同，无需更名。")
    before = subject.name
    subject.names.filter(name=before).update(valid_to=on)
    SubjectName.objects.update_or_create(
        subject=subject, name=name, defaults={"name_folded": folded, "valid_from": on, "valid_to": None}
    )
    subject.name, subject.name_folded = name, folded
    codes = [subject.code, *subject.identifiers.values_list("value", flat=True)]
    parts = [*subject.names.values_list("name_folded", flat=True), *(fold_text(code) for code in codes if code)]
    subject.terms = terms_literal(dict.fromkeys(parts))
    subject.save(update_fields=["name", "name_folded", "terms"])
    _find_by_new_name(subject)
    audit.record("records.subject_renamed", subject, actor=actor, changes={"name": [before, name]}, reason=reason)
    return subject


def _find_by_new_name(subject: Subject) -> None:
    """Public search finds the records of a body by every name it had; what the records say stays as published."""
    if subject.is_person:
        return
    names = list(subject.names.values_list("name", flat=True))
    rows = PublicRecord.objects.filter(subject=subject).with_content()
    terms = [
        (row.pk, terms_literal(search_parts(row.revision.public, names, kind_of(row.kind).searchable))) for row in rows
    ]
    update_rows(PublicRecord, ["terms"], terms)
