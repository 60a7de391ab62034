"""Cells to values, one converter per column, prepared once for a table of any length.

A converter gives the value (None: nothing stands there) or raises ValueProblem; what is only doubtful it adds to the
warnings. `older` tables (2015/2016) differ in the codes of 当前状态 and in how strictly 其他 must be explained.
"""

import re
from collections.abc import Callable, Iterable
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any

from core.identifiers import (
    Finding,
    check_business_registration,
    check_organisation_code,
    check_tax_registration,
    check_uscc,
    normalise_code,
)
from core.masking import scrub
from core.tabular.problems import CellProblem
from core.text import fold_text
from core.values import ValueProblem, is_blank, parse_amount, parse_date, parse_text
from disclosure import standard
from disclosure.choices import LicenceState, PartyCategory
from disclosure.standard import Column, Type

Warn = Callable[[str, str, str], None]
Converter = Callable[[Any, Warn], Any]

NOTHING = frozenset({"无", "空", "null", "NULL", "none", "None"})
_SPLIT = re.compile(r"[、，,；;/|\n]+")
_OTHER = re.compile(r"其他\s*[-—–－:：（(]+\s*(.*?)\s*[)）]?", re.DOTALL)
_BLANKS = re.compile(r"\s+")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?", re.ASCII)


def converter(column: Column, *, older: bool, unit: str = "") -> Converter:
    """How this column's cells are read. `unit`: what the header says about bare amounts (元, 亿元)."""
    if column.type == Type.AMOUNT and unit in ("元", "亿元"):
        return _amount_in(unit)
    if column.name in SPECIAL:
        return SPECIAL[column.name](column, older)
    return BY_TYPE[column.type](column, older)


def _usable(value: Any) -> Any:
    if type(value) is CellProblem:
        raise ValueProblem(value.code, value.message + "。")
    return value


def _fit(text: str, column: Column) -> str:
    if column.length and len(text) > column.length:
        raise ValueProblem(
            "too_long",
            f"“{column.label}”最多{column.length}字，现有{len(text)}字，请删减后重新填写。",
        )
    return text


# ---------------------------------------------------------------- text


def _text(column: Column, older: bool) -> Converter:
    limit = column.length or 10_000

    def convert(value: Any, warn: Warn) -> str | None:
        if type(value) is str:
            text = value.strip()
            if len(text) <= limit and text.isprintable() and text[:1] not in "#/-—\\－／":
                return text or None
        text = parse_text(_usable(value))
        if is_blank(text):
            return None
        if isinstance(value, date | datetime | time):
            warn(column.name, "date_as_text", f"“{column.label}”的单元格是日期格式，已按“{text}”读取，请核对。")
        return _fit(_BLANKS.sub(" ", text), column)

    return convert


def _long_text(column: Column, older: bool) -> Converter:
    def convert(value: Any, warn: Warn) -> str | None:
        text = parse_text(_usable(value))
        if len(text) < 3 and is_blank(text):
            return None
        if scrub(text) != text:
            warn(
                column.name,
                "personal_number",
                f"“{column.label}”中像是写有个人证件号码、手机号或银行账号，公示时会隐去，建议在原文中删除。",
            )
        return _fit(text, column)

    return convert


def _document_number(column: Column, older: bool) -> Converter:
    plain = _text(column, older)

    def convert(value: Any, warn: Warn) -> str | None:
        text = plain(value, warn)
        return None if text in standard.NO_NUMBER_WORDS else text

    return convert


# ---------------------------------------------------------------- days and amounts


def _date(column: Column, older: bool) -> Converter:
    long_term = column.name in ("effective_to", "publicity_deadline")

    def convert(value: Any, warn: Warn) -> date | None:
        return parse_date(_usable(value), allow_long_term=long_term)

    return convert


def _amount(column: Column, older: bool) -> Converter:
    def convert(value: Any, warn: Warn) -> Any:
        return parse_amount(_usable(value))

    return convert


def _amount_in(unit: str) -> Converter:
    """A header such as 罚款金额（元）: a bare number is in that unit."""

    def convert(value: Any, warn: Warn) -> Any:
        text = parse_text(_usable(value))
        bare = text.replace(",", "").replace("，", "")
        return parse_amount(f"{bare}{unit}" if _NUMBER.fullmatch(bare) else text)

    return convert


def _boolean(column: Column, older: bool) -> Converter:
    def convert(value: Any, warn: Warn) -> bool | None:
        if isinstance(value, bool):
            return value
        text = parse_text(_usable(value)).lower()
        if text in standard.YES_WORDS:
            return True
        if text in standard.NO_WORDS:
            return False
        if is_blank(text):
            return None
        raise ValueProblem("unknown_value", f"“{column.label}”只能填“是”或“否”，现为“{_shown(text)}”。")

    return convert


# ---------------------------------------------------------------- codes


def _findings(column: Column, found: Iterable[Finding], warn: Warn) -> None:
    """Every warning is kept; the first error refuses the value."""
    for finding in found:
        if finding.level == "error":
            raise ValueProblem(finding.code, finding.message)
        warn(column.name, finding.code, finding.message)


def _code_text(value: Any) -> str:
    text = parse_text(_usable(value))
    return "" if is_blank(text) or text in NOTHING else text


def _uscc(column: Column, older: bool) -> Converter:
    def convert(value: Any, warn: Warn) -> str | None:
        text = value if type(value) is str and len(value) == 18 else _code_text(value)
        if not text:
            return None
        if found := check_uscc(text):
            _findings(column, found, warn)
        return normalise_code(text)

    return convert


CODE_CHECKS: dict[str, Callable[[object], list[Finding]]] = {
    "business_registration": check_business_registration,
    "organisation_code": check_organisation_code,
    "tax_registration": check_tax_registration,
}


def _code(column: Column, older: bool) -> Converter:
    check = CODE_CHECKS.get(column.name)

    def convert(value: Any, warn: Warn) -> str | None:
        text = _code_text(value)
        if not text:
            return None
        if check:
            _findings(column, check(text), warn)
        code = normalise_code(text)
        if column.name == "organisation_code":
            code = code.replace("-", "")
        return _fit(code, column)

    return convert


def _id_number(column: Column, older: bool) -> Converter:
    def convert(value: Any, warn: Warn) -> str | None:
        # The number itself is judged where the kind of document is known (party.py).
        text = _code_text(value)
        if "加密保存" in text:
            raise ValueProblem("sealed_mark", f"“{column.label}”在下载的退回表中不显示，请重新填写原号码。")
        return _fit(normalise_code(text), column) or None

    return convert


# ---------------------------------------------------------------- choices


def _choices(column: Column) -> dict[str, str]:
    return {fold_text(choice): choice for choice in column.choices}


def _explained(text: str, column: Column) -> str | None:
    """“其他-具体类别” in whatever punctuation; None when the text is no such thing."""
    match = _OTHER.fullmatch(text)
    return f"其他-{match[1]}" if match and match[1] else None


def _choice(column: Column, older: bool) -> Converter:
    known = _choices(column)
    open_ended = "其他" in column.choices

    def convert(value: Any, warn: Warn) -> str | None:
        text = parse_text(_usable(value))
        if is_blank(text):
            return None
        if (choice := known.get(fold_text(text))) is not None:
            if choice == "其他" and open_ended:
                _unexplained_other(column, older, warn)
            return choice
        if open_ended and (other := _explained(text, column)):
            return _fit(other, column)
        raise _unknown(column, text, open_ended)

    return convert


def _unexplained_other(column: Column, older: bool, warn: Warn) -> None:
    message = f"“{column.label}”填“其他”的，须写明具体类别，例如“其他-补录”。"
    if not older:
        raise ValueProblem("other_unexplained", message)
    warn(column.name, "other_unexplained", message)


def _unknown(column: Column, text: str, open_ended: bool) -> ValueProblem:
    advice = f"没有对应的请写作“其他-{_shown(text)}”。" if open_ended else "请从中选择一个。"
    return ValueProblem(
        "unknown_value",
        f"“{column.label}”的值“{_shown(text)}”不在允许范围内（{'、'.join(column.choices)}）。{advice}",
    )


def _shown(text: str) -> str:
    return text if len(text) <= 30 else text[:30] + "…"


def _id_type(column: Column, older: bool) -> Converter:
    known = _choices(column) | {fold_text(k): v for k, v in standard.ID_TYPE_SYNONYMS.items()}

    def convert(value: Any, warn: Warn) -> str | None:
        text = parse_text(_usable(value))
        if is_blank(text):
            return None
        if (choice := known.get(fold_text(text))) is not None:
            return choice
        if other := _explained(text, column):
            return _fit(other, column)
        raise _unknown(column, text, True)

    return convert


def _party_category(column: Column, older: bool) -> Converter:
    known = {fold_text(c.label): str(c) for c in PartyCategory}
    known |= {fold_text(k): str(v) for k, v in standard.PARTY_CATEGORY_SYNONYMS.items()}

    def convert(value: Any, warn: Warn) -> str | None:
        text = parse_text(_usable(value))
        if is_blank(text):
            return None
        if (choice := known.get(fold_text(text))) is not None:
            return choice
        raise _unknown(column, text, False)

    return convert


def _licence_state(column: Column, older: bool) -> Converter:
    known = {fold_text(s.label): str(s) for s in LicenceState}
    known |= {fold_text(k): str(v) for k, v in standard.LICENCE_STATE_SYNONYMS.items()}
    if not older:
        known |= {code: str(state) for code, state in standard.LICENCE_STATE_CODES.items()}

    def convert(value: Any, warn: Warn) -> str | None:
        text = parse_text(_usable(value))
        if older and (text in standard.OLDER_STATE_CODES or text in standard.OLDER_LICENCE_STATES):
            word = standard.OLDER_STATE_CODES.get(text, text)
            if word in ("异议", "其他"):
                warn(column.name, "older_state", f"旧表中状态为“{word}”，已按“有效”读取，请对照备注核对。")
            return str(standard.OLDER_LICENCE_STATES[word])
        if is_blank(text):
            return None
        if (state := known.get(fold_text(text))) is not None:
            return state
        raise ValueProblem(
            "unknown_value",
            f"“{column.label}”的值“{_shown(text)}”无法识别，请填“有效”或“无效”，或代码1（有效）、2（无效）。",
        )

    return convert


def _older_state(column: Column, older: bool) -> Converter:
    def convert(value: Any, warn: Warn) -> None:
        text = parse_text(_usable(value))
        word = standard.OLDER_STATE_CODES.get(text, text)
        if word in ("撤销", "已撤销"):
            raise ValueProblem("decision_revoked", "该处罚决定的状态为“撤销”，已撤销的处罚不得公示，请从表中删去该行。")
        if word in ("异议", "其他"):
            warn(column.name, "older_state", f"旧表中状态为“{word}”，请对照备注核对该处罚是否仍应公示。")

    return convert


# ---------------------------------------------------------------- several categories in one cell


def _categories(column: Column, older: bool) -> Converter:
    def convert(value: Any, warn: Warn) -> tuple[str, ...] | None:
        if isinstance(value, list | tuple):
            value = "、".join(str(v) for v in value)
        text = parse_text(_usable(value))
        if is_blank(text):
            return None
        found, notes = _categories_of(text, older)
        for code, message in notes:
            warn(column.name, code, message)
        _fit("、".join(found), column)
        return found

    return convert


@lru_cache(maxsize=4_096)
def _categories_of(text: str, older: bool) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    """The categories a cell names, in today's words, and what to tell about the translation."""
    column = standard.column("penalty", "penalty_category")
    found: list[str] = []
    notes: list[tuple[str, str]] = []
    whole = _known_category(text)
    for part in [text] if whole else filter(None, (p.strip() for p in _SPLIT.split(text))):
        names = _known_category(part)
        if names is None:
            other = _explained(part, column)
            if other is None:
                raise _unknown(column, part, True)
            names = (other,)
        if names == ("其他",):
            _unexplained_other(column, older, lambda name, code, message: notes.append((code, message)))
        if "暂扣" in part and names == ("吊销许可证件",):
            notes.append(("category_merged", f"“{part}”已按“吊销许可证件”读取；如为暂扣，请改填“暂扣许可证件”。"))
        found += [n for n in names if n not in found]
    return tuple(found), tuple(notes)


def _known_category(text: str) -> tuple[str, ...] | None:
    return _category_words().get(fold_text(text))


@lru_cache(maxsize=1)
def _category_words() -> dict[str, tuple[str, ...]]:
    words = {fold_text(name): (name,) for name in standard.PENALTY_CATEGORIES}
    return words | {fold_text(old): new for old, new in standard.PENALTY_CATEGORY_SYNONYMS.items()}


def categories_in(text: str) -> bool:
    """Whether a text is nothing but names of penalty categories."""
    try:
        _categories_of(text, True)
    except ValueProblem:
        return False
    return True


BY_TYPE: dict[Type, Callable[[Column, bool], Converter]] = {
    Type.TEXT: _text,
    Type.LONG_TEXT: _long_text,
    Type.DATE: _date,
    Type.AMOUNT: _amount,
    Type.CHOICE: _choice,
    Type.CATEGORIES: _categories,
    Type.USCC: _uscc,
    Type.CODE: _code,
    Type.ID_NUMBER: _id_number,
    Type.BOOLEAN: _boolean,
}
SPECIAL: dict[str, Callable[[Column, bool], Converter]] = {
    "document_number": _document_number,
    "party_category": _party_category,
    "party_id_type": _id_type,
    "representative_id_type": _id_type,
    "state": _licence_state,
    "older_state": _older_state,
}
