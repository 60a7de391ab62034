"""The paper form on the screen, read off the standard's columns. It shapes input; the one validator judges it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms

from disclosure import standard
from disclosure.choices import PartyCategory
from disclosure.standard import Column, Type
from records.choices import RecordKindCode

OTHER, LONG = "__other", "__long"
OTHERS, LONG_TERM, SEPARATOR = "其他", "2099-12-31", "、"
PERSON = PartyCategory.NATURAL_PERSON.label
BODIES = f"{PartyCategory.ORGANISATION.label} {PartyCategory.SOLE_TRADER.label}"
# Columns that only one kind of party has: shown and hidden by the page's script.
OF_PERSONS = frozenset({"party_id_type", "party_id_number"})
OF_BODIES = frozenset(
    {
        "uscc", "business_registration", "organisation_code", "tax_registration", "institution_certificate",
        "social_organisation_certificate", "representative", "representative_id_type", "representative_id_number",
    }
)  # fmt: skip
# Effects that may have no end.
ENDLESS = frozenset({"effective_to"})
DECLARED = (RecordKindCode.LICENCE.value, RecordKindCode.PENALTY.value)
KEPT_HELP = "已保存的内容不显示；留空则保持不变。"


@dataclass(frozen=True, slots=True)
class Cell:
    """One column on the screen: its bound field, and the fields that belong to it."""

    field: forms.BoundField
    wide: bool
    parties: str
    extra: forms.BoundField | None
    warnings: tuple[str, ...]


class RecordForm(forms.Form):
    """Every column of one kind. No field is required here: `values()` goes to the validator, which finds all errors.

    `known`: values of a record that is being changed; its personal columns stay as they are when left blank.
    """

    acknowledged = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, kind: str, data: Any = None, *, known: Mapping[str, str] | None = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.kind = kind
        self.columns = [c for c in standard.columns(kind) if c.stored != "merged"]
        self.warnings: dict[str, list[str]] = {}
        for column in self.columns:
            self._add(column, known)

    def _add(self, column: Column, known: Mapping[str, str] | None) -> None:
        field = _field(column)
        field.help_text = KEPT_HELP if known is not None and column.personal else column.help
        field.must = column.required  # type: ignore[attr-defined]
        value = (known or {}).get(column.name, "")
        field.initial, other = _initial(column, value)
        self.fields[column.name] = field
        if _takes_other(column):
            label = f"{column.label}：其他的具体类别"
            widget = forms.TextInput(attrs={"placeholder": "选“其他”时写明具体类别", "aria-label": label})
            self.fields[column.name + OTHER] = forms.CharField(
                required=False, max_length=100, widget=widget, initial=other
            )
        if column.name in ENDLESS:
            box = forms.BooleanField(required=False, label="长期有效", initial=value == LONG_TERM)
            self.fields[column.name + LONG] = box

    def groups(self) -> Iterator[tuple[str, list[Cell]]]:
        """Columns as the paper form groups them, each group once, in the standard's order."""
        names = list(dict.fromkeys(c.group for c in self.columns))
        for name in names:
            yield name, [self._cell(c) for c in self.columns if c.group == name]

    def _cell(self, column: Column) -> Cell:
        extra = column.name + OTHER if _takes_other(column) else column.name + LONG if column.name in ENDLESS else None
        parties = PERSON if column.name in OF_PERSONS else BODIES if column.name in OF_BODIES else ""
        wide = column.type in (Type.LONG_TEXT, Type.CATEGORIES)
        warnings = tuple(self.warnings.get(column.name, ()))
        return Cell(self[column.name], wide, parties, self[extra] if extra else None, warnings)

    def values(self) -> dict[str, str]:
        """What was typed, by column name, as the validator reads it."""
        return {c.name: _value(c, self.cleaned_data) for c in self.columns}


def _takes_other(column: Column) -> bool:
    return OTHERS in column.choices


def _field(column: Column) -> forms.Field:
    label = column.label
    common: dict[str, Any] = {"required": False}
    match column.type:
        case Type.LONG_TEXT:
            return forms.CharField(label=label, widget=forms.Textarea(attrs={"rows": 4}), **common)
        case Type.DATE:
            return forms.CharField(label=label, widget=forms.DateInput(attrs={"type": "date"}), **common)
        case Type.CATEGORIES:
            choices = [(c, c) for c in column.choices]
            return forms.MultipleChoiceField(
                label=label, choices=choices, widget=forms.CheckboxSelectMultiple, **common
            )
        case Type.CHOICE:
            attrs = {"data-party": ""} if column.name == "party_category" else {}
            choices = [("", "请选择"), *((c, c) for c in column.choices)]
            return forms.ChoiceField(label=label, choices=choices, widget=forms.Select(attrs=attrs), **common)
        case Type.BOOLEAN:
            return forms.BooleanField(label=label, **common)
    return forms.CharField(label=label, widget=forms.TextInput(attrs=_attributes(column)), **common)


def _attributes(column: Column) -> dict[str, str]:
    attrs = {"autocomplete": "off"}
    if column.example:
        attrs["placeholder"] = f"例如：{column.example}"
    if column.type == Type.AMOUNT:
        attrs |= {"inputmode": "decimal", "data-wan": ""}
    if column.type in (Type.USCC, Type.CODE, Type.ID_NUMBER):
        attrs |= {"spellcheck": "false", "class": "code"}
    return attrs


def _initial(column: Column, value: str) -> tuple[Any, str]:
    """A stored text as the widget wants it, and what stands beside “其他”."""
    if column.type == Type.BOOLEAN:
        return value == "是", ""
    if not _takes_other(column):
        return ("" if column.name in ENDLESS and value == LONG_TERM else value), ""
    parts = [p for p in value.split(SEPARATOR) if p]
    known = [p for p in parts if p in column.choices]
    others = [p for p in parts if p not in column.choices]
    named = SEPARATOR.join(p.removeprefix(OTHERS).lstrip("-—－:：") for p in others)
    chosen = known + ([OTHERS] if others and OTHERS not in known else [])
    return (chosen if column.type == Type.CATEGORIES else "".join(chosen[:1])), named


def _value(column: Column, cleaned: Mapping[str, Any]) -> str:
    value = cleaned.get(column.name)
    if column.name in ENDLESS and cleaned.get(column.name + LONG):
        return LONG_TERM
    if column.type == Type.BOOLEAN:
        return "是" if value else "否"
    if not _takes_other(column):
        return str(value or "").strip()
    other = str(cleaned.get(column.name + OTHER) or "").strip()
    parts = list(value or ()) if column.type == Type.CATEGORIES else [value] if value else []
    return SEPARATOR.join(f"{OTHERS}-{other}" if part == OTHERS and other else part for part in parts)


class CorrectionForm(RecordForm):
    """申请更正: the same columns, and why."""

    reason = forms.CharField(
        label="更正原因",
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2000,
        help_text="向社会公开，不要写个人证件号码、住址、电话。",
        error_messages={"required": "请填写更正原因。"},
    )
    basis = forms.CharField(
        label="依据", max_length=500, required=False, help_text="例如：决定书更正通知、复议决定书或判决书文号。"
    )


class DeclarationForm(forms.Form):
    """月度申报 of both kinds; field names are the kinds, so that refusals find them."""

    agency = forms.TypedChoiceField(label="单位", coerce=int)
    month = forms.TypedChoiceField(label="月份", coerce=date.fromisoformat)

    def __init__(self, *args: Any, agencies: list[tuple[int, str]], months: list[date], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agency"].choices = agencies  # type: ignore[attr-defined]
        self.fields["month"].choices = [(m.isoformat(), f"{m.year}年{m.month}月") for m in months]  # type: ignore[attr-defined]
        for kind in (RecordKindCode.LICENCE, RecordKindCode.PENALTY):
            self.fields[kind.value] = forms.IntegerField(
                label=f"{kind.label}产生数量",
                min_value=0,
                max_value=1_000_000,
                help_text="本月作出的决定数量，没有产生填0。",
                widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
                error_messages={"required": "请填写数量，没有产生填0。"},
            )
            self.fields[f"{kind.value}_basis"] = forms.CharField(
                label=f"{kind.label}未报送依据",
                required=False,
                max_length=1000,
                widget=forms.Textarea(attrs={"rows": 2}),
                help_text="有依法不予公示、涉密等未报送情形的，写明数量和依据。",
            )

    def produced(self) -> dict[str, int]:
        return {kind: self.cleaned_data[kind] for kind in DECLARED}

    def basis(self) -> dict[str, str]:
        return {kind: self.cleaned_data[f"{kind}_basis"] for kind in DECLARED}
