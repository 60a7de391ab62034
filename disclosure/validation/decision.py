"""What a decision says besides its party: authority, days, categories and amounts, and whether they fit together."""

from collections.abc import Collection
from datetime import date
from decimal import Decimal
from typing import Any

from core.text import fold_document_number, fold_text
from core.values import looks_like_yuan
from disclosure.validation.ground import Authority, Ground
from disclosure.validation.outcome import Outcome

SUSPENDED_OR_REVOKED = ("暂扣许可证件", "吊销许可证件")
CONFISCATED = ("没收违法所得", "没收非法财物")


# ---------------------------------------------------------------- who decided


class Authorities:
    """决定机关 and 数据来源单位 of every row; a table names the same few, so answers are remembered."""

    def __init__(self, ground: Ground, *, name: str, code: str) -> None:
        self.ground = ground
        self.labels = {"authority": name, "authority_code": code}
        self._seen: dict[tuple[str | None, str | None], tuple[Authority | None, list[tuple[str, str, str, str]]]] = {}

    def check(self, outcome: Outcome) -> None:
        values = outcome.values
        key = (values.get("authority"), values.get("authority_code"))
        if key not in self._seen:
            self._seen[key] = self._judge(*key)
        known, problems = self._seen[key]
        for level, field, code, message in problems:
            (outcome.error if level == "error" else outcome.warn)(field, code, message)
        if known and not key[1] and not outcome.failed("authority_code"):
            values["authority_code"] = known.code

    def _judge(self, name: str | None, code: str | None) -> tuple[Authority | None, list[tuple[str, str, str, str]]]:
        by_code = self._by_code(code)
        by_name = self._by_name(name, by_code[0])
        return by_name[0] or by_code[0], by_code[1] + by_name[1]

    def _by_code(self, code: str | None) -> tuple[Authority | None, list[tuple[str, str, str, str]]]:
        ground, label = self.ground, self.labels["authority_code"]
        if not code or (known := ground.own.get(code)):
            return (known if code else None), []
        if other := ground.others.get(code):
            message = f"“{label}”是“{other.name}”的代码，不是本单位（{ground.agency.name}）的。"
            return None, [("error", "authority_code", "other_agency", message + OTHER_AGENCY)]
        message = f"“{label}”与本单位代码{ground.agency.code}不一致，请核对；不填时按本单位代码。"
        return None, [("error", "authority_code", "other_agency", message)]

    def _by_name(
        self, name: str | None, by_code: Authority | None
    ) -> tuple[Authority | None, list[tuple[str, str, str, str]]]:
        ground, label = self.ground, self.labels["authority"]
        if not name:
            return None, []
        folded = fold_text(name)
        if known := ground.own.get(folded):
            if not known.former:
                return known, []
            current = ground.own[known.code].name if known.code in ground.own else ground.agency.name
            return known, [("warning", "authority", "former_name", f"“{name}”是曾用名，现名“{current}”，请核对。")]
        if other := ground.others.get(folded):
            message = f"“{label}”填的是“{other.name}”，不是本单位（{ground.agency.name}）。"
            return None, [("error", "authority", "other_agency", message + OTHER_AGENCY)]
        if by_code:
            message = f"“{label}”填的“{name}”不是“{by_code.name}”的登记名称，代码相符，请核对是否写了简称。"
            return by_code, [("warning", "authority", "authority_name", message)]
        message = (
            f"“{label}”填的“{name}”不是本单位（{ground.agency.name}）或其下属机构的名称。"
            "请填写本单位全称；名称确有变化的，请联系信用办更新。"
        )
        return None, [("error", "authority", "authority_unknown", message)]


OTHER_AGENCY = "各单位只能报送自己作出的决定，请删去该行，由作出决定的单位报送。"


def check_source_unit(outcome: Outcome, ground: Ground) -> None:
    """数据来源单位 is this agency unless the table names another."""
    values = outcome.values
    name, code = values.get("source_unit"), values.get("source_unit_code")
    if not name and not outcome.failed("source_unit"):
        values["source_unit"] = ground.agency.name
    if not code and not outcome.failed("source_unit_code"):
        known = ground.own.get(fold_text(name)) if name else ground.agency
        values["source_unit_code"] = known.code if known else ground.agency.code


# ---------------------------------------------------------------- number and days


def check_document_number(outcome: Outcome, label: str) -> None:
    number = outcome.values.get("document_number")
    if number and not fold_document_number(number):
        outcome.error("document_number", "document_number", f"“{label}”中没有文字或数字，请填写文书上的文号。")
    elif number and len(number) < 3:
        outcome.warn("document_number", "document_number", f"“{label}”只有{len(number)}个字，请核对是否完整。")


def check_decision_day(outcome: Outcome, ground: Ground, label: str) -> None:
    day = outcome.values.get("decided_on")
    if day is None:
        return
    if day > ground.today:
        outcome.error(
            "decided_on",
            "date_in_future",
            f"“{label}”{day:%Y-%m-%d}晚于今天（{ground.today:%Y-%m-%d}），请核对年份和月份。",
        )
    elif reason := ground.rule_missing(day):
        outcome.error("decided_on", "rule_missing", f"“{label}”{day:%Y-%m-%d}过早：{reason}")


def check_order(outcome: Outcome, first: tuple[str, str], second: tuple[str, str]) -> None:
    """`second` (name, label) may not come before `first`."""
    (a, a_label), (b, b_label) = first, second
    start: date | None = outcome.values.get(a)
    end: date | None = outcome.values.get(b)
    if start and end and end < start:
        outcome.error(
            b,
            "end_before_start",
            f"“{b_label}”{end:%Y-%m-%d}早于“{a_label}”{start:%Y-%m-%d}，请核对两个日期，"
            "看是否填反；长期有效请填2099-12-31。",
        )


# ---------------------------------------------------------------- categories and amounts


def check_penalty(outcome: Outcome, columns: Collection[str]) -> None:
    """Amounts and certificates that the categories ask for, where the table has columns for them."""
    values = outcome.values
    _merge_second_category(outcome)
    categories = values.get("penalty_category") or ()
    if categories:
        fined = "罚款" in categories
        taken = any(c in categories for c in CONFISCATED)
        _amount(outcome, "fine_amount", "罚款金额（万元）", "罚款", fined, "fine_amount" in columns)
        _amount(outcome, "confiscated_amount", "没收金额（万元）", "没收", taken, "confiscated_amount" in columns)
        _certificate(outcome, categories, "revoked_certificate" in columns)
    for name in ("fine_amount", "confiscated_amount"):
        text = f"{values.get('content') or ''}\n{values.get('facts') or ''}" if name == "confiscated_amount" else None
        if (amount := values.get(name)) is not None and (
            message := looks_like_yuan(amount, text if text is not None else values.get("content") or "")
        ):
            outcome.warn(name, "amount_in_yuan", message)


def _merge_second_category(outcome: Outcome) -> None:
    """处罚类别2 of the older tables continues 处罚类别1."""
    values = outcome.values
    second = values.pop("penalty_category_second", None)
    if second:
        first = values.get("penalty_category") or ()
        values["penalty_category"] = (*first, *(c for c in second if c not in first))


def _amount(outcome: Outcome, name: str, label: str, category: str, wanted: bool, has_column: bool) -> None:
    amount: Decimal | None = outcome.values.get(name)
    if amount is None:
        if wanted and has_column and not outcome.failed(name):
            outcome.error(
                name,
                "required",
                f"处罚类别含“{category}”，请填写“{label}”，单位是万元：2000元填0.2。",
            )
    elif not wanted and amount:
        outcome.warn(name, "amount_without_category", f"填写了“{label}”，但处罚类别不含“{category}”，请核对。")
    elif wanted and not amount:
        outcome.warn(name, "amount_zero", f"处罚类别含“{category}”，但“{label}”为0，请核对。")


def _certificate(outcome: Outcome, categories: Collection[str], has_column: bool) -> None:
    wanted = [c for c in SUSPENDED_OR_REVOKED if c in categories]
    if (
        wanted
        and has_column
        and not outcome.values.get("revoked_certificate")
        and not outcome.failed("revoked_certificate")
    ):
        outcome.error(
            "revoked_certificate",
            "required",
            f"处罚类别含“{wanted[0]}”，请填写“暂扣或吊销证照名称及编号”，例如“食品经营许可证 JY1441302…”。",
        )


def check_licence(outcome: Outcome, columns: Collection[str]) -> None:
    values = outcome.values
    if (
        values.get("certificate_name")
        and not values.get("licence_number")
        and "licence_number" in columns
        and not outcome.failed("licence_number")
    ):
        outcome.error("licence_number", "required", "填写了“许可证书名称”的，请同时填写“许可编号”。")
    start, decided = values.get("effective_from"), values.get("decided_on")
    if start and decided and start < decided:
        outcome.warn("effective_from", "effect_before_decision", "“有效期自”早于许可决定日期，请核对。")


def tier_of(values: dict[str, Any], rule: dict[str, Any]) -> str:
    """失信程度 by rule `penalty.tier`: the serious measure outweighs the simple procedure."""
    categories = set(values["penalty_category"])
    serious = rule["serious"]
    fine = values.get("fine_amount")
    if categories & set(serious["any"]) or (fine is not None and fine >= Decimal(serious["fine_at_least"])):
        return "serious"
    minor = rule["minor"]
    if (minor.get("simple_procedure") and values.get("simple_procedure")) or categories <= set(minor["only"]):
        return "minor"
    return str(rule["otherwise"])
