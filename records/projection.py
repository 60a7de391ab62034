"""The public projection: the only form in which a record leaves the ledger — for pages, API and platforms alike.

A whitelist: fields of the kind's registered list that the publication rule opens. Nothing else is ever copied.
"""

import hashlib
import json
import re
import secrets
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from core.masking import mask_person_name
from core.text import fold_document_number, fold_text
from records.choices import PublicState, SubjectKind, Tier, Visibility
from records.kinds import RecordKind
from records.models.ledger import CreditRecord
from records.models.policy import PublicationRule
from records.models.subjects import Subject

ALL_FIELDS = "*"
# Looked up once per record of a large set; get_*_display() rebuilds its table at every call.
KIND_LABELS = {value: str(label) for value, label in SubjectKind.choices}
TIER_LABELS = {value: str(label) for value, label in Tier.choices} | {"": ""}


def state_of(record: CreditRecord, *, corrected: bool) -> str:
    """What the badge says; a dispute outweighs a past correction."""
    if record.disputed:
        return PublicState.DISPUTED
    return PublicState.CORRECTED if corrected else PublicState.PUBLISHED


def project(
    record: CreditRecord,
    detail: Any,
    *,
    kind: RecordKind,
    subject: Subject,
    agency: Subject,
    rule: PublicationRule,
    state: str,
) -> dict[str, Any]:
    """The JSON that every reader sees for this version. Dates ISO, amounts decimal strings in 万元."""
    masked = subject.is_person or rule.visibility == Visibility.MASKED
    mask = _masking(subject.name, kind.party_name(detail)) if masked else _as_it_is
    name = mask(subject.name)
    opened = None if ALL_FIELDS in rule.fields else frozenset(rule.fields)
    return {
        "record": record.pk,
        "version": record.version,
        "kind": record.kind,
        "kind_label": kind.label,
        "state": str(state),
        "subject": {
            "id": None if subject.is_person else subject.pk,
            "name": name,
            "kind": subject.kind,
            "kind_label": KIND_LABELS[subject.kind],
            "code": subject.code or "",
        },
        "agency": {"id": agency.pk, "name": agency.name, "code": agency.code},
        "title": mask(record.title),
        "document_number": record.document_number,
        "decided_on": record.decided_on.isoformat(),
        "effective_from": _iso(record.effective_from),
        "effective_to": _iso(record.effective_to),
        "tier": record.tier,
        "tier_label": TIER_LABELS[record.tier],
        "due_on": record.due_on.isoformat(),
        "submitted_on": _iso(record.submitted_on),
        "published_on": _iso(record.published_on),
        "on_time": _on_time(record, kind),
        "publish_until": _iso(record.publish_until),
        "repairable_from": _iso(record.repairable_from),
        "policy": {"id": rule.pk, "title": rule.title, "basis": rule.basis, "edition": rule.edition},
        "fields": [
            {"name": f.name, "code": f.code, "label": f.label, "type": f.type, "value": mask(value)}
            for f in kind.fields
            if (opened is None or f.name in opened) and (value := f.value(record, detail))
        ],
    }


def _on_time(record: CreditRecord, kind: RecordKind) -> bool:
    """Published within the deadline; what a rule opened later, or was still to be found, by the day of reporting."""
    day = record.submitted_on if record.opened_on or kind.found else record.published_on
    return day is not None and day <= record.due_on


def tombstone(record: CreditRecord, *, act: str, reason: str, basis: str, on: date) -> dict[str, Any]:
    """What remains when publication ends: that it ended, when, why and on what basis. No content."""
    return {
        "record": record.pk,
        "version": record.version,
        "kind": record.kind,
        "state": str(act),
        "ended_on": on.isoformat(),
        "reason": reason,
        "basis": basis,
    }


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _as_it_is(text: str) -> str:
    return text


def _masking(*names: str) -> Callable[[str], str]:
    """Replaces a person's name wherever it stands, as registered or as entered, with or without blanks in it."""
    plain = {"".join(name.split()) for name in names} - {""}
    pattern = re.compile("|".join(r"\s*".join(map(re.escape, name)) for name in sorted(plain, key=len, reverse=True)))
    return lambda text: pattern.sub(lambda found: mask_person_name("".join(found[0].split())), text)


def canonical(public: dict[str, Any]) -> str:
    """Canonical JSON: sorted keys, no blanks, UTF-8 as it is."""
    return json.dumps(public, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


# Long parts that no list shows; a record's own address shows all.
LEFT_OUT_OF_LISTS = frozenset({"fields", "policy"})


def summary(public: dict[str, Any]) -> str:
    """The projection as lists show it, as JSON text."""
    return canonical({name: value for name, value in public.items() if name not in LEFT_OUT_OF_LISTS})


def digest(canonical_text: str, salt: str) -> str:
    """SHA-256 over salt and canonical JSON: proves content without letting short content be guessed."""
    return hashlib.sha256((salt + canonical_text).encode()).hexdigest()


def new_salt() -> str:
    return secrets.token_hex(16)


def search_parts(public: dict[str, Any], former_names: Iterable[str], searchable: Iterable[str]) -> list[str]:
    """Folded texts that public search finds: only what the projection itself shows, and former names of bodies."""
    subject, agency = public["subject"], public["agency"]
    values = {f["name"]: f["value"] for f in public["fields"]}
    texts = [values[name][:200] for name in searchable if name in values]
    parts = [subject["name"], subject["code"], public["title"], agency["name"], *former_names, *texts]
    number = fold_document_number(public["document_number"] or "")
    return [number, *dict.fromkeys(fold_text(part) for part in parts if part)]
