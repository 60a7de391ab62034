"""How licences and penalties take part in the ledger."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from core.errors import Invalid
from core.masking import scrub
from disclosure import standard
from disclosure.choices import LicenceState, PartyCategory
from disclosure.models import Licence, Penalty
from disclosure.standard import Column, Type
from records.choices import RecordKindCode
from records.kinds import PublicField, RecordKind
from records.models import CreditRecord

DEADLINE_RULE = "disclosure.deadline"


def _source(column: Column) -> Callable[[CreditRecord, Any], Any]:
    name = column.name
    if column.stored == "record":
        return lambda record, detail: getattr(record, name)
    return lambda record, detail: getattr(detail, name)


def _public_value(column: Column) -> Callable[[CreditRecord, Any], str | None]:
    """The column's value as text for readers; free text loses any personal number a clerk may have typed into it."""
    read = _source(column)
    if column.name in CHOICE_LABELS:
        labels = CHOICE_LABELS[column.name]
        return lambda record, detail: labels.get(read(record, detail))
    if column.type == Type.DATE:
        return lambda record, detail: value.isoformat() if (value := read(record, detail)) else None
    if column.type == Type.AMOUNT:
        return lambda record, detail: plain_amount(read(record, detail))
    if column.type == Type.LONG_TEXT:
        return lambda record, detail: scrub(read(record, detail) or "")
    return lambda record, detail: read(record, detail) or None


CHOICE_LABELS: dict[str, dict[str, str]] = {
    "party_category": dict(PartyCategory.choices),
    "state": dict(LicenceState.choices),
}


def plain_amount(value: Decimal | None) -> str | None:
    """0.200000 → "0.2"; 万元."""
    return None if value is None else format(value.normalize(), "f")


def _public_fields(kind: str) -> tuple[PublicField, ...]:
    return tuple(
        PublicField(c.name, c.code, c.label, str(c.type), _public_value(c)) for c in standard.public_columns(kind)
    )


def _raw_values(kind: str) -> Callable[[CreditRecord, Any], dict[str, Any]]:
    """Form values by column name; personal columns are left out."""
    readers = {
        c.name: (_source(c), c) for c in standard.columns(kind) if not c.personal and c.stored in ("record", "detail")
    }

    def raw(record: CreditRecord, detail: Any) -> dict[str, Any]:
        return {name: _raw(read(record, detail), column) for name, (read, column) in readers.items()}

    return raw


def _raw(value: Any, column: Column) -> Any:
    if column.name in CHOICE_LABELS:
        return CHOICE_LABELS[column.name].get(value, "")
    if isinstance(value, Decimal):
        return plain_amount(value)
    if isinstance(value, bool):
        return "是" if value else "否"
    return "" if value is None else str(value)


def _apply(kind: str) -> Callable[[CreditRecord, Any, Mapping[str, Any]], None]:
    def apply(record: CreditRecord, detail: Any, values: Mapping[str, Any]) -> None:
        from disclosure.entry import apply_values  # the validator; imports this module's models

        outcome = apply_values(kind, record, detail, values)
        if outcome.errors:
            raise Invalid(
                "invalid_record",
                f"有{len(outcome.errors)}处需要修改，请按各栏下方的提示改正后重新提交。",
                fields=outcome.errors_by_field(),
            )

    return apply


def penalty_amount(detail: Penalty) -> Decimal | None:
    if detail.fine_amount is None and detail.confiscated_amount is None:
        return None
    return (detail.fine_amount or Decimal()) + (detail.confiscated_amount or Decimal())


LICENCE = RecordKind(
    code=RecordKindCode.LICENCE,
    label=RecordKindCode.LICENCE.label,
    deadline_rule=DEADLINE_RULE,
    detail_model=Licence,
    fields=_public_fields(RecordKindCode.LICENCE),
    searchable=("certificate_name", "licence_number", "content"),
    party_name=lambda detail: detail.party_name,
    amount=lambda detail: None,
    apply=_apply(RecordKindCode.LICENCE),
    raw_values=_raw_values(RecordKindCode.LICENCE),
)

PENALTY = RecordKind(
    code=RecordKindCode.PENALTY,
    label=RecordKindCode.PENALTY.label,
    deadline_rule=DEADLINE_RULE,
    detail_model=Penalty,
    fields=_public_fields(RecordKindCode.PENALTY),
    searchable=("violation_type", "penalty_category"),
    party_name=lambda detail: detail.party_name,
    amount=penalty_amount,
    apply=_apply(RecordKindCode.PENALTY),
    raw_values=_raw_values(RecordKindCode.PENALTY),
)
