"""The paper form on the screen, read off the standard's columns. It shapes input; the one validator judges it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.urls import reverse
from django.utils.datastructures import MultiValueDict

from core.masking import mask_id_number
from core.values import ValueProblem, parse_amount
from disclosure import standard
from disclosure.choices import PartyCategory
from disclosure.standard import Column, Type
from records.choices import RecordKindCode

OTHER, LONG, CLEAR = "__other", "__long", "__clear"
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
NUMBERS_HIDDEN = "（已填写，加密保存，不显示）"
NOT_KEPT = "acknowledged"
YUAN_PER_WAN = 10_000


@dataclass(frozen=True, slots=True)
class Cell:
    """One column on the screen: its bound field, and the fields that belong to it."""

    field: forms.BoundField
    wide: bool
    parties: str
    extra: forms.BoundField | None
    clear: forms.BoundField | None
    warnings: tuple[str, ...]
    missing: tuple[str, ...]
    theirs: str
    yuan: str | None
    described: str


class RecordForm(forms.Form):
    """Every column of one kind. No field is required here: `values()` goes to the validator, which finds all errors.

    `known`: values of a record that is being changed; its personal columns stay as they are when left blank.
    `kept`: identity numbers of the draft that is gone on with; they too are not shown again, and stay when left blank.
    """

    acknowledged = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        kind: str,
        data: Any = None,
        *,
        known: Mapping[str, str] | None = None,
        kept: Mapping[str, str] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(data, **kwargs)
        self.kind = kind
        self.columns = [c for c in standard.columns(kind) if c.stored != "merged"]
        self.known = dict(known or {})
        self.kept = dict(kept or {})
        # Beside the fields: doubts, what is not filled in yet, and what somebody else saved meanwhile.
        self.warnings: dict[str, list[str]] = {}
        self.missing: dict[str, list[str]] = {}
        self.theirs: dict[str, str] = {}
        for column in self.columns:
            self._add(column, known)

    @staticmethod
    def reopened(fields: Mapping[str, Sequence[str]], kind: str) -> tuple[MultiValueDict[str, str], dict[str, str]]:
        """The fields of a draft as `data` and `kept`."""
        numbers = [c.name for c in standard.columns(kind) if c.type == Type.ID_NUMBER]
        kept = {name: fields[name][0] for name in numbers if fields.get(name) and fields[name][0]}
        data = {name: list(values) for name, values in fields.items() if name not in kept}
        return MultiValueDict(data), kept

    def typed(self) -> dict[str, list[str]]:
        """Every field exactly as it was sent, for a draft; identity numbers that were left blank as they were kept."""
        data: Any = self.data
        found = {name: list(data.getlist(name)) for name in self.fields if name in data and name != NOT_KEPT}
        for name, number in self.kept.items():
            if not any(found.get(name, ())) and not found.get(name + CLEAR):
                found[name] = [number]
        return {name: values for name, values in found.items() if not name.endswith(CLEAR)}

    def _add(self, column: Column, known: Mapping[str, str] | None) -> None:
        field = _field(column)
        field.help_text = KEPT_HELP if known is not None and column.personal else column.help
        if number := self.kept.get(column.name):
            field.help_text = f"已填写“{mask_id_number(number)}”，加密保存，不再显示；留空则保持不变。"
            self.fields[column.name + CLEAR] = forms.BooleanField(required=False, label="删除已填写的号码")
        if column.name == "decided_on":
            field.widget.attrs |= _deadline_attributes(self.kind)
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
        name = column.name
        extra = name + OTHER if _takes_other(column) else name + LONG if name in ENDLESS else None
        return Cell(
            self[name],
            wide=column.type in (Type.LONG_TEXT, Type.CATEGORIES),
            parties=PERSON if name in OF_PERSONS else BODIES if name in OF_BODIES else "",
            extra=self[extra] if extra else None,
            clear=self[name + CLEAR] if name in self.kept else None,
            warnings=tuple(self.warnings.get(name, ())),
            missing=tuple(self.missing.get(name, ())),
            theirs=self.theirs.get(name, ""),
            yuan=_in_yuan(self[name].value()) if column.type == Type.AMOUNT else None,
            described=self._described(name),
        )

    def _described(self, name: str) -> str:
        """Ties all that is said below a field to its control, for those who hear the page."""
        said = {
            "helptext": self.fields[name].help_text,
            "error": self.errors.get(name),
            "notes": self.missing.get(name) or self.warnings.get(name) or self.theirs.get(name),
        }
        places = " ".join(f"{self[name].auto_id}_{part}" for part, there in said.items() if there)
        # A group of boxes is described as a group, by its template.
        if places and not self.fields[name].widget.use_fieldset:
            self.fields[name].widget.attrs["aria-describedby"] = places
        return places

    def pointers(self) -> dict[str, list[tuple[str, str, list[str]]]]:
        """What is wrong and what is missing, in the order of the form: label, place in the page, sentences."""
        found: dict[str, list[tuple[str, str, list[str]]]] = {"wrong": [], "missing": []}
        for name, field in self.fields.items():
            place, label = self[name].id_for_label or self[name].auto_id, str(field.label or "")
            if name in self.errors:
                found["wrong"].append((label, place, [str(e) for e in self.errors[name]]))
            elif name in self.missing:
                found["missing"].append((label, place, self.missing[name]))
        return found

    def differing(self) -> list[dict[str, str]]:
        """The fields that somebody else filled in otherwise."""
        return [
            {"label": c.label, "place": self[c.name].id_for_label or self[c.name].auto_id}
            for c in self.columns
            if c.name in self.theirs
        ]

    def values(self) -> dict[str, str]:
        """What was typed, by column name, as the validator reads it."""
        found = {c.name: _value(c, self.cleaned_data, self.known.get(c.name, "")) for c in self.columns}
        for name, number in self.kept.items():
            if not found[name] and not self.cleaned_data.get(name + CLEAR):
                found[name] = number
        return found

    def tell(self, problems: Mapping[str, Sequence[str]]) -> None:
        """Put the validator's errors beside the fields: what is only not filled in yet apart from what is wrong."""
        values, self.missing = self.values(), {}
        for name, messages in problems.items():
            if name in self.fields and not values.get(name):
                self.missing[name] = list(messages)
            else:
                self.add_error(name if name in self.fields else None, list(messages))


def _takes_other(column: Column) -> bool:
    return OTHERS in column.choices


def _field(column: Column) -> forms.Field:
    label = column.label
    common: dict[str, Any] = {"required": False}
    match column.type:
        case Type.LONG_TEXT:
            return forms.CharField(label=label, widget=forms.Textarea(attrs={"rows": 4}), **common)
        case Type.DATE:
            # Text, because a date field of the browser throws a day away that does not exist; the script adds a picker.
            attrs = {"autocomplete": "off", "data-day": "", "placeholder": f"例如：{column.example or '2026-11-02'}"}
            return forms.CharField(label=label, widget=forms.TextInput(attrs=attrs), **common)
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


def _deadline_attributes(kind: str) -> dict[str, str]:
    """The clock is asked for while the day is typed; the last question is the one that counts."""
    return {
        "hx-get": reverse("admin:entry_deadline", args=[kind]),
        "hx-trigger": "input changed delay:400ms",
        "hx-target": "#deadline",
        "hx-sync": "this:replace",
    }


def _in_yuan(value: Any) -> str:
    """What an amount in 万元 is in 元, once it can be read."""
    try:
        amount = parse_amount(value)
    except ValueProblem:
        return ""
    return "" if amount is None else f"合 {amount * YUAN_PER_WAN:,.2f} 元"


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


def _in_order(chosen: Sequence[str], known: str) -> list[str]:
    """Boxes have the standard's order; what stood in the decision's own order keeps it, or it would look changed."""
    before = [OTHERS if part.startswith(OTHERS) else part for part in known.split(SEPARATOR)]
    return sorted(chosen, key=lambda part: before.index(part) if part in before else len(before))


def _value(column: Column, cleaned: Mapping[str, Any], known: str) -> str:
    value = cleaned.get(column.name)
    if column.name in ENDLESS and cleaned.get(column.name + LONG):
        return LONG_TERM
    if column.type == Type.BOOLEAN:
        return "是" if value else "否"
    if not _takes_other(column):
        return str(value or "").strip()
    other = str(cleaned.get(column.name + OTHER) or "").strip()
    parts = _in_order(value or (), known) if column.type == Type.CATEGORIES else [value] if value else []
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
