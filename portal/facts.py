"""The facts of a record as two columns: the standard's order, labels for readers, a short explanation each."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from records.choices import RecordKindCode

# Field name → (label for readers, explanation). Without an entry the standard's own label stands.
WORDS: dict[str, tuple[str, str]] = {
    "party_name": ("行政相对人", "许可或者处罚所针对的单位或个人"),
    "party_category": ("相对人类别", ""),
    "uscc": ("统一社会信用代码", "登记机关赋予的 18 位唯一代码"),
    "business_registration": ("工商注册号", "未换发统一代码前使用"),
    "organisation_code": ("组织机构代码", "未换发统一代码前使用"),
    "tax_registration": ("税务登记号", "未换发统一代码前使用"),
    "institution_certificate": ("事业单位证书号", ""),
    "social_organisation_certificate": ("社会组织登记证号", ""),
    "representative": ("法定代表人", "作出决定时登记的负责人"),
    "document_title": ("许可决定文书", ""),
    "document_number": ("文书号", "决定书上的编号，可凭此向决定机关查证"),
    "licence_category": ("许可类别", "普通、特许、认可、核准、登记等"),
    "certificate_name": ("许可证书", ""),
    "licence_number": ("许可编号", "证书上的编号"),
    "content": ("决定内容", ""),
    "decided_on": ("决定日期", "公示时限自该日起算"),
    "effective_from": ("有效期自", ""),
    "effective_to": ("有效期至", ""),
    "state": ("当前状态", "以许可机关的登记为准"),
    "authority": ("决定机关", ""),
    "authority_code": ("决定机关代码", ""),
    "source_unit": ("数据来源单位", "提供并对该条数据负责的单位"),
    "source_unit_code": ("来源单位代码", ""),
    "violation_type": ("违法行为类型", ""),
    "facts": ("违法事实", "决定书认定的事实"),
    "legal_basis": ("处罚依据", "作出处罚所适用的法律条款"),
    "penalty_category": ("处罚类别", "行政处罚法第九条列举的种类"),
    "fine_amount": ("罚款金额", ""),
    "confiscated_amount": ("没收金额", "没收违法所得、非法财物的价值"),
    "revoked_certificate": ("暂扣或吊销的证照", ""),
    "simple_procedure": ("简易程序", "当场作出的处罚"),
}
CODES = frozenset({"uscc", "code"})
# The kinds whose field names these are; others bring labels that readers understand.
DISCLOSURE = (RecordKindCode.LICENCE, RecordKindCode.PENALTY)


@dataclass(frozen=True, slots=True)
class Fact:
    name: str
    label: str
    value: str
    type: str = "text"
    help: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """One field that a correction changed."""

    label: str
    old: Fact
    new: Fact


def fact(field: Mapping[str, Any], words: Mapping[str, tuple[str, str]] = WORDS) -> Fact:
    label, explanation = words.get(field["name"], (field["label"], ""))
    kind = "code" if field["type"] in CODES or field["name"] == "document_number" else field["type"]
    return Fact(field["name"], label, field["value"], kind, explanation)


def facts(public: Mapping[str, Any]) -> list[Fact]:
    words = WORDS if public["kind"] in DISCLOSURE else {}
    rows = [fact(field, words) for field in public["fields"]]
    if public["tier_label"]:
        rows.append(Fact("tier", "失信程度", public["tier_label"], "text", "决定公示期限的长短"))
    return rows


def changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Change]:
    """What differs between two versions, in the order of the newer one."""
    before = {f.name: f for f in facts(old)}
    after = {f.name: f for f in facts(new)}
    names = [*after, *(name for name in before if name not in after)]
    none = Fact("", "", "")
    return [
        Change((after.get(n) or before[n]).label, before.get(n, none), after.get(n, none))
        for n in names
        if before.get(n, none).value != after.get(n, none).value
    ]
