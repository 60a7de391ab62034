"""The party (行政相对人) of a decision: which kind it is, which codes it must have, and whether they agree."""

import re
from collections.abc import Collection
from datetime import date
from functools import lru_cache
from typing import Any

from core.identifiers import Finding, check_resident_id, uscc_kind
from core.text import fold_text
from disclosure.choices import PartyCategory
from disclosure.standard import CODE_COLUMNS, RESIDENT_CARD
from disclosure.validation.outcome import Outcome
from records.choices import SubjectKind
from records.matching import Party, identity_index

SOLE_TRADER_PREFIX = "92"
OTHER_DOCUMENT = re.compile(r"[0-9A-Z()（）\-/]{4,40}")

# What a unified code's first two characters say, as a kind of subject (core.identifiers.USCC_KINDS).
SUBJECT_KINDS = {
    "agency": SubjectKind.AGENCY,
    "institution": SubjectKind.INSTITUTION,
    "people_organisation": SubjectKind.SOCIAL_ORGANISATION,
    "social_organisation": SubjectKind.SOCIAL_ORGANISATION,
    "enterprise": SubjectKind.ENTERPRISE,
    "farmers_cooperative": SubjectKind.ENTERPRISE,
    "sole_trader": SubjectKind.SOLE_TRADER,
    "collective": SubjectKind.VILLAGE_COLLECTIVE,
}


def check_party(outcome: Outcome, columns: Collection[str], *, older: bool, today: date) -> None:
    """Fills in the category where the table does not have it, and judges codes and documents by it."""
    values = outcome.values
    given = [name for name in CODE_COLUMNS if values.get(name)]
    category = values.get("party_category")
    if category is None:
        category = _inferred(outcome, given, columns)
        if not outcome.failed("party_category"):
            values["party_category"] = category
    if category == PartyCategory.NATURAL_PERSON:
        _person(outcome, given, older=older, today=today)
    else:
        _body(outcome, category, given, older=older)
    _representative_document(outcome, today=today)


def _inferred(outcome: Outcome, given: list[str], columns: Collection[str]) -> str:
    uscc = outcome.values.get("uscc")
    if uscc:
        return PartyCategory.SOLE_TRADER if uscc.startswith(SOLE_TRADER_PREFIX) else PartyCategory.ORGANISATION
    if given or outcome.failed(*CODE_COLUMNS):
        return PartyCategory.ORGANISATION
    if outcome.values.get("party_id_number") or not any(name in columns for name in CODE_COLUMNS):
        return PartyCategory.NATURAL_PERSON
    return PartyCategory.ORGANISATION


def _body(outcome: Outcome, category: str, given: list[str], *, older: bool) -> None:
    values = outcome.values
    if not given and not outcome.failed(*CODE_COLUMNS):
        outcome.error(
            "uscc",
            "code_required",
            "没有填写任何一种代码，无法确定是哪一个主体。请填写统一社会信用代码；确实没有的，至少填写其他一种代码。"
            "相对人是自然人的，请把“行政相对人类别”填为“自然人”并填写证件号码。",
        )
    _category_by_code(outcome, category)
    if values.pop("party_id_number", None):
        outcome.warn(
            "party_id_number",
            "personal_data_not_needed",
            "相对人是单位或个体工商户，不需要个人证件号码，已不予保存。",
        )
    values.pop("party_id_type", None)
    if (
        category == PartyCategory.ORGANISATION
        and not older
        and not values.get("representative")
        and not outcome.failed("representative")
    ):
        outcome.error(
            "representative",
            "required",
            "“法定代表人”没有填写：相对人为法人及非法人组织的，请填写法定代表人或负责人姓名。",
        )


def _category_by_code(outcome: Outcome, category: str) -> None:
    """92… is a sole trader and nothing else is (国家标准: 个体工商户填报在法人表中)."""
    uscc = outcome.values.get("uscc")
    if not uscc:
        return
    sole_trader = uscc.startswith(SOLE_TRADER_PREFIX)
    if sole_trader and category == PartyCategory.ORGANISATION:
        outcome.error(
            "party_category",
            "category_by_code",
            "统一社会信用代码以92开头，是个体工商户：请把“行政相对人类别”改为“个体工商户”，或核对代码。",
        )
    elif not sole_trader and category == PartyCategory.SOLE_TRADER:
        outcome.error(
            "uscc",
            "category_by_code",
            "行政相对人代码_1(统一社会信用代码)不正确：个体工商户的代码以92开头。请核对代码，"
            "或把“行政相对人类别”改为“法人及非法人组织”。",
        )


def _person(outcome: Outcome, given: list[str], *, older: bool, today: date) -> None:
    values = outcome.values
    for name in given:
        outcome.error(
            name,
            "code_of_person",
            "自然人没有单位代码：请清空此栏；如相对人是单位或个体工商户，请改正“行政相对人类别”。",
        )
    number = values.get("party_id_number")
    if not number:
        if not outcome.failed("party_id_number"):
            outcome.error(
                "party_id_number", "required", "“证件号码”没有填写：相对人为自然人的必须填写（加密保存，不公示）。"
            )
        return
    if not values.get("party_id_type") and not outcome.failed("party_id_type"):
        if older:
            values["party_id_type"] = RESIDENT_CARD
        else:
            outcome.error("party_id_type", "required", "“证件类型”没有填写：相对人为自然人的必须填写，例如“身份证”。")
    _document(outcome, "party_id_number", number, values.get("party_id_type"), today)


def _representative_document(outcome: Outcome, *, today: date) -> None:
    values = outcome.values
    kind, number = values.get("representative_id_type"), values.get("representative_id_number")
    if bool(kind) != bool(number) and not outcome.failed("representative_id_type", "representative_id_number"):
        missing = "representative_id_number" if kind else "representative_id_type"
        outcome.error(
            missing,
            "both_or_neither",
            "法定代表人的证件类型和证件号码须同时填写，或都不填写（不鼓励填写）。",
        )
    if number:
        _document(outcome, "representative_id_number", number, kind, today)


def _document(outcome: Outcome, name: str, number: str, kind: str | None, today: date) -> None:
    if kind == RESIDENT_CARD:
        for finding in _resident(number, today):
            (outcome.error if finding.level == "error" else outcome.warn)(name, finding.code, finding.message)
    elif kind and not OTHER_DOCUMENT.fullmatch(number):
        outcome.error(name, "bad_document", f"证件号码与“{kind}”的写法不符（应为字母和数字），请对照证件核对。")


@lru_cache(maxsize=4_096)
def _resident(number: str, today: date) -> tuple[Finding, ...]:
    return tuple(check_resident_id(number, today=today))


# ---------------------------------------------------------------- the party as a subject


def party_of(values: dict[str, Any]) -> Party:
    """The subject that valid values name."""
    name = values["party_name"]
    if values["party_category"] == PartyCategory.NATURAL_PERSON:
        number = values["party_id_number"]
        return Party(
            kind=SubjectKind.NATURAL_PERSON,
            name=name,
            folded=fold_text(name),
            id_type=values.get("party_id_type") or RESIDENT_CARD,
            id_number=number,
            id_index=identity_index(number),
        )
    codes = tuple((scheme, code) for scheme in CODE_COLUMNS[1:] if (code := values.get(scheme)))
    return Party(
        kind=_subject_kind(values),
        name=name,
        folded=fold_text(name),
        code=values.get("uscc") or "",
        identifiers=codes,
        representative=values.get("representative") or "",
    )


def _subject_kind(values: dict[str, Any]) -> str:
    if values["party_category"] == PartyCategory.SOLE_TRADER:
        return SubjectKind.SOLE_TRADER
    if uscc := values.get("uscc"):
        kind = uscc_kind(uscc)
        return SUBJECT_KINDS.get(kind.code, SubjectKind.OTHER_ORGANISATION) if kind else SubjectKind.OTHER_ORGANISATION
    if values.get("institution_certificate"):
        return SubjectKind.INSTITUTION
    if values.get("social_organisation_certificate"):
        return SubjectKind.SOCIAL_ORGANISATION
    if values.get("business_registration"):
        return SubjectKind.ENTERPRISE
    return SubjectKind.OTHER_ORGANISATION
