"""How dishonesty records and honours take part in the ledger."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import timezone

from core.masking import mask_person_name, scrub
from core.text import fold_document_number
from integrity import policy
from integrity.choices import HonourLevel, Impact, Source
from integrity.columns import COLUMNS
from integrity.effects import standing
from integrity.models import Dishonesty, Finding, Honour
from integrity.validation import check
from records.choices import RecordKindCode
from records.kinds import PublicField, RecordKind
from records.models import CreditRecord, Subject


def raw_values(kind: str) -> Callable[[CreditRecord, Any], dict[str, Any]]:
    """Texts by column name as the form has them: choices by their labels, so that people read them everywhere."""

    def raw(record: CreditRecord, detail: Any) -> dict[str, Any]:
        found = {}
        for column in COLUMNS[kind]:
            source, name = (record, column.name) if column.record else (detail, column.name)
            value = _plain(getattr(source, "related_id" if name == "related" else name))
            found[name] = dict(column.choices).get(value, value)
        if isinstance(detail, Dishonesty):
            found["measure"] = _measure(record, detail)
        return found

    return raw


def _plain(value: Any) -> str:
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    return "" if value is None else str(value)


def apply(kind: str) -> Callable[[CreditRecord, Any, Mapping[str, Any]], None]:
    """Judge the record's values overlaid with the given ones and write them into both, unsaved."""
    raw = raw_values(kind)

    def write(record: CreditRecord, detail: Any, values: Mapping[str, Any]) -> None:
        subject = Subject.objects.get(pk=record.subject_id)
        given = {**raw(record, detail), **values}
        checked = check(kind, given, subject, record.agency_id, today=timezone.localdate(), besides=record.pk)
        checked.raise_errors()
        assign(record, detail, checked.values)

    return write


def assign(record: CreditRecord, detail: Any, values: Mapping[str, Any]) -> None:
    """Put judged values into record and detail, both unsaved."""
    record.document_number_folded = fold_document_number(values["document_number"])
    for name in RECORD_VALUES & values.keys():
        setattr(record, name, values[name])
    for name in detail_values(detail) & values.keys():
        setattr(detail, "related_id" if name == "related" else name, values[name])
    if "measure" in values:
        record.category = policy.source_of(values["measure"]).value


RECORD_VALUES = frozenset({"title", "document_number", "decided_on", "effective_from", "effective_to", "tier"})


def detail_values(detail: Any) -> frozenset[str]:
    return frozenset(f.name for f in detail._meta.local_fields) - {"record"}


# ---------------------------------------------------------------- what readers may see


def readable(text: str, detail: Any) -> str:
    """Free text without personal numbers; persons named as responsible appear with surname and star."""
    text = scrub(text)
    for person in detail.responsibilities.all() if isinstance(detail, Dishonesty) else ():
        text = text.replace(person.official.name, mask_person_name(person.official.name))
    return text


def _free(name: str) -> Callable[[CreditRecord, Any], str | None]:
    return lambda record, detail: readable(getattr(detail, name), detail) or None


def _iso(read: Callable[[CreditRecord, Any], date | None]) -> Callable[[CreditRecord, Any], str | None]:
    return lambda record, detail: value.isoformat() if (value := read(record, detail)) else None


def _measure(record: CreditRecord, detail: Dishonesty) -> str:
    return policy.named(policy.measure_of(detail.rule))


_LABELS = {code: {c.name: c.label for c in columns} for code, columns in COLUMNS.items()}


def _field(kind: str, name: str, type_: str, value: Callable[[CreditRecord, Any], str | None]) -> PublicField:
    return PublicField(name, name, _LABELS[kind].get(name, "效力期"), type_, value)


_D, _H = RecordKindCode.DISHONESTY, RecordKindCode.HONOUR
DISHONESTY_FIELDS = (
    _field(_D, "measure", "text", _measure),
    _field(_D, "issuing_body", "text", lambda record, detail: detail.issuing_body),
    _field(_D, "document_number", "text", lambda record, detail: record.document_number),
    _field(_D, "decided_on", "date", _iso(lambda record, detail: record.decided_on)),
    _field(_D, "effective_from", "date", _iso(lambda record, detail: record.effective_from)),
    _field(_D, "acted_from", "date", _iso(lambda record, detail: detail.acted_from)),
    _field(_D, "acted_to", "date", _iso(lambda record, detail: detail.acted_to)),
    _field(_D, "facts", "long_text", _free("facts")),
    _field(_D, "duty", "long_text", _free("duty")),
    _field(_D, "matter", "long_text", _free("matter")),
    _field(_D, "loss", "amount", lambda record, detail: _plain(detail.loss) or None),
    _field(_D, "impact", "text", lambda record, detail: Impact(detail.impact).label),
    _field(_D, "effect", "text", lambda record, detail: detail.effect),
)
HONOUR_FIELDS = (
    _field(_H, "title", "text", lambda record, detail: record.title),
    _field(_H, "level", "text", lambda record, detail: HonourLevel(detail.level).label),
    _field(_H, "issuing_body", "text", lambda record, detail: detail.issuing_body),
    _field(_H, "document_number", "text", lambda record, detail: record.document_number),
    _field(_H, "decided_on", "date", _iso(lambda record, detail: record.decided_on)),
    _field(_H, "effective_to", "date", _iso(lambda record, detail: record.effective_to)),
    _field(_H, "deeds", "long_text", _free("deeds")),
)


def standing_of(record: CreditRecord, detail: Any, today: date) -> str:
    """Whether a decided record has effect on a day, in words."""
    begins = record.effective_from or record.decided_on
    if isinstance(detail, Honour):
        return standing(begins, record.effective_to, today, lasting="没有期限")
    if detail.fulfilled_on and detail.fulfilled_on <= today:
        return "已履行完毕，不再有效"
    performed = policy.measure_of(detail.rule).until == "performed"
    return standing(begins, record.effective_to, today, lasting="至履行完毕为止" if performed else "没有期限")


def finders_of(record_id: int) -> set[int | None]:
    """Who found it and who put it into effect."""
    rows = Finding.objects.filter(pk=record_id).values_list("found_by", "confirmed_by")
    return {user for row in rows for user in row}


DISHONESTY = RecordKind(
    code=_D,
    label=_D.label,
    deadline_rule=policy.DEADLINE_RULE,
    detail_model=Dishonesty,
    fields=DISHONESTY_FIELDS,
    searchable=("measure", "issuing_body"),
    party_name=lambda detail: "",
    amount=lambda detail: detail.loss,
    apply=apply(_D),
    raw_values=raw_values(_D),
    categories=tuple((source.value, source.label) for source in Source),
    found=True,
    standing=standing_of,
    finders=finders_of,
)
HONOUR = RecordKind(
    code=_H,
    label=_H.label,
    deadline_rule=policy.DEADLINE_RULE,
    detail_model=Honour,
    fields=HONOUR_FIELDS,
    searchable=("issuing_body",),
    party_name=lambda detail: "",
    amount=lambda detail: None,
    apply=apply(_H),
    raw_values=raw_values(_H),
    standing=standing_of,
)
