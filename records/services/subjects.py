"""Subjects enter the library (主体库) and change their names; set-based, with their names, codes and trail."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from django.db import transaction

from core import audit
from core.actors import Actor
from core.bulk import insert_rows, reserve_ids, update_rows
from core.errors import Invalid, NotAllowed
from core.locks import locked, locked_many
from core.search import terms_literal
from core.text import fold_text
from records.choices import SubjectKind, Verification
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

    Somebody else may create one of them at the same moment: a unique constraint refuses the slower one, who looks
    again. Written in the order of their keys, so that two who create the same ones wait for each other in one order.
    """
    if not parties:
        return []
    ids = reserve_ids(Subject, len(parties))
    numbered = sorted(zip(ids, parties, strict=True), key=lambda pair: pair[1].keys)
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
        codes.sort(key=lambda code: code[1:])
        insert_rows(SubjectIdentifier, ("subject", "scheme", "value"), codes)
    entries = [audit.Entry(pk, p.name) for pk, p in numbered]
    audit.record_many("records.subject_created", OBJECT, entries, actor=actor)
    return ids


@transaction.atomic
def give_codes(gaining: Mapping[int, Party], *, actor: Actor) -> None:
    """补登统一社会信用代码: subjects known only by an older code get the one that a document states beside it.

    What kind of body it is stands in the code too, and is taken over where the older code did not tell.
    """
    rows, trail = [], []
    subjects = [s for s in locked_many(Subject.objects.all(), gaining) if not s.code]
    texts = _known_texts([s.pk for s in subjects])
    for subject in subjects:
        party, before = gaining[subject.pk], subject.kind
        subject.code = party.code
        if subject.kind == SubjectKind.OTHER_ORGANISATION:
            subject.kind = party.kind
        parts = dict.fromkeys([*texts[subject.pk], fold_text(party.code)])
        rows.append((subject.pk, subject.code, subject.kind, terms_literal(parts)))
        changes = {"code": [None, party.code]} | audit.difference({"kind": before}, {"kind": subject.kind})
        trail.append(audit.Entry(subject.pk, subject.name, changes))
    if not subjects:
        return
    update_rows(Subject, ["code", "kind", "terms"], rows)
    _find_public_rows(subjects)
    audit.record_many("records.subject_code_added", OBJECT, trail, actor=actor)


def _known_texts(ids: Sequence[int]) -> dict[int, list[str]]:
    """Every name and other code of some subjects, folded."""
    texts: dict[int, list[str]] = {pk: [] for pk in ids}
    for pk, name in SubjectName.objects.filter(subject__in=ids).values_list("subject_id", "name_folded"):
        texts[pk].append(name)
    for pk, value in SubjectIdentifier.objects.filter(subject__in=ids).values_list("subject_id", "value"):
        texts[pk].append(fold_text(value))
    return texts


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
    _find_public_rows([subject])
    audit.record("records.subject_renamed", subject, actor=actor, changes={"name": [before, name]}, reason=reason)
    return subject


def _find_public_rows(subjects: Iterable[Subject]) -> None:
    """Public search finds a body's records by every name it had and by its code; what they say stays as published."""
    bodies = {s.pk: s for s in subjects if not s.is_person}
    names: dict[int, list[str]] = {pk: [] for pk in bodies}
    for pk, name in SubjectName.objects.filter(subject__in=bodies).values_list("subject_id", "name"):
        names[pk].append(name)
    terms = []
    for row in PublicRecord.objects.filter(subject__in=bodies).with_content():
        parts = search_parts(row.revision.public, names[row.subject_id], kind_of(row.kind).searchable)
        parts.append(fold_text(bodies[row.subject_id].code or ""))
        terms.append((row.pk, terms_literal(dict.fromkeys(filter(None, parts)))))
    update_rows(PublicRecord, ["terms"], terms)
