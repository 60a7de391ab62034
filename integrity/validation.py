"""What was typed, judged: every error by column at once, and doubts that a person must answer. One judge for all doors.

Takes texts by column name (`integrity.columns`), gives values for record and detail.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Max

from core.errors import Invalid
from core.formats import day
from core.masking import scrub
from core.text import fold_document_number
from core.values import ValueProblem, parse_amount, parse_date
from integrity import policy
from integrity.columns import AMOUNT, CHOICE, COLUMNS, DATE, LONG_TEXT, NUMBER, Column
from integrity.effects import effect, period_problem
from records.choices import RecordKindCode, RecordStatus, SubjectKind
from records.families import family
from records.models import AgencyProfile, CreditRecord, Subject, Tenure

IN_EFFECT = (RecordStatus.APPROVED, RecordStatus.PUBLISHED)
GONE = (RecordStatus.DISCARDED, RecordStatus.WITHDRAWN)


@dataclass(slots=True)
class Checked:
    """Values by column name, {column: sentences} of errors and of doubts."""

    values: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, list[str]] = field(default_factory=dict)
    doubts: dict[str, list[str]] = field(default_factory=dict)

    def wrong(self, name: str, sentence: str) -> None:
        self.errors.setdefault(name, []).append(sentence)

    def raise_errors(self) -> None:
        """Raises Invalid with every error."""
        if self.errors:
            count = sum(len(found) for found in self.errors.values())
            message = f"有{count}处需要修改，请按各栏下方的提示改正后重新提交。"
            raise Invalid("invalid_record", message, fields=self.errors)


def check(
    kind: str, given: Mapping[str, Any], subject: Subject, agency_id: int, *, today: date, besides: int | None = None
) -> Checked:
    """Judge an entry about `subject` for `agency_id`; `besides`: the record that it would change."""
    checked = Checked()
    for column in COLUMNS[kind]:
        _convert(column, given.get(column.name), checked)
    _days(checked, today)
    if not checked.errors:
        (_dishonesty if kind == RecordKindCode.DISHONESTY else _honour)(checked, subject, besides)
    if not checked.errors:
        _known(kind, checked, subject, agency_id, besides)
    return checked


# ---------------------------------------------------------------- column by column


def _convert(column: Column, given: Any, checked: Checked) -> None:
    text = "" if given is None else str(given).strip()
    checked.values[column.name] = None if column.type in (DATE, AMOUNT, NUMBER) else ""
    if not text:
        if column.required:
            checked.wrong(column.name, f"请{'选择' if column.type == CHOICE else '填写'}{column.label}。")
        return
    try:
        checked.values[column.name] = _CONVERT.get(column.type, _text)(text, column)
    except ValueProblem as problem:
        checked.wrong(column.name, problem.message)
        return
    if column.type == LONG_TEXT and scrub(text) != text:
        checked.doubts[column.name] = [
            f"“{column.label}”中像是写有个人证件号码、手机号或银行账号，请删除；确需保留的，公开和查阅时会自动隐去。"
        ]


def _text(text: str, column: Column) -> str:
    if len(text) > column.most:
        raise ValueProblem("too_long", f"最多{column.most}个字，现有{len(text)}个。")
    return text


def _choice(text: str, column: Column) -> str:
    """By label or by code; measures are looked up later, when their day is known."""
    code = {label: code for code, label in column.choices}.get(text, text)
    if column.choices and code not in dict(column.choices):
        raise ValueProblem("unknown_choice", "请在列出的选项中选择。")
    return code


def _number(text: str, column: Column) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > 15:
        raise ValueProblem("not_a_number", "请填写整数，例如 12。")
    return int(text)


def _amount(text: str, column: Column) -> Any:
    amount = parse_amount(text)
    if amount is not None and amount < 0:
        raise ValueProblem("negative", "金额不能为负数。")
    return amount


_CONVERT: dict[str, Callable[[str, Column], Any]] = {
    LONG_TEXT: _text, CHOICE: _choice, NUMBER: _number, AMOUNT: _amount, DATE: lambda text, column: parse_date(text),
}  # fmt: skip


def _days(checked: Checked, today: date) -> None:
    """The order of the days."""
    v, wrong = checked.values, checked.wrong
    decided, begins = v.get("decided_on"), v.get("effective_from")
    acted, ended = v.get("acted_from"), v.get("acted_to")
    if decided and decided > today:
        wrong("decided_on", "文书日期晚于今天，请核对。")
    if decided and begins and begins < decided:
        wrong("effective_from", f"生效日期早于文书日期（{day(decided)}），文书不会先于作出而生效，请核对。")
    if begins and begins > today:
        wrong("effective_from", f"文书到{day(begins)}才生效。没有生效文书的不能登记，请在生效后录入。")
    if acted and decided and acted > decided:
        wrong("acted_from", "行为日期晚于文书日期，请核对。")
    if acted and ended and ended < acted:
        wrong("acted_to", "行为日期至早于行为日期自，请核对。")
    if (until := v.get("effective_to")) and decided and until < decided:
        wrong("effective_to", "有效期至早于文书日期，请核对。")


# ---------------------------------------------------------------- the whole


def _dishonesty(checked: Checked, subject: Subject, besides: int | None) -> None:
    v = checked.values
    measures = policy.measures_on(v["decided_on"], subject.kind).values()
    found = next((m for m in measures if v["measure"] in (m[0].code, policy.named(m[0]))), None)
    if found is None:
        kind = SubjectKind(subject.kind).label
        checked.wrong("measure", f"规则库中没有{day(v['decided_on'])}适用于{kind}的该失信种类，请重新选择。")
        return
    measure, v["rule"] = found
    v["measure"] = measure.code
    v["several"] = v["several"] or 1
    problem = period_problem(measure, months=v["months"], several=v["several"], cap=policy.cap_on(v["decided_on"]))
    if problem:
        checked.wrong("months", problem)
    if measure.carries and v["effective_from"] != v["decided_on"]:
        checked.wrong(
            "effective_from", "处分自作出之日起计算（公务员法第六十四条、政务处分法第八条），应与文书日期相同。"
        )
    if v["related"] and not CreditRecord.objects.filter(pk=v["related"], subject__in=family(subject.pk)).exists():
        checked.wrong("related", "没有该主体的这一编号的信用记录，请核对编号。")
    v["title"] = policy.named(measure)
    v["responsible"] = _there_that_day(checked, subject)
    if checked.errors:
        return
    running = running_until(subject.pk, v["effective_from"], besides) if measure.carries else None
    answer = effect(measure, begins=v["effective_from"], months=v["months"], several=v["several"], running=running)
    v["effective_to"], v["effect"] = answer.ends, answer.sentence


def _honour(checked: Checked, subject: Subject, besides: int | None) -> None:
    checked.values["effective_from"] = checked.values["decided_on"]


def running_until(subject_id: int, on: date, besides: int | None) -> date | None:
    """Last day of the official's earlier 处分 that still run on a day (处分条例 10)."""
    rows = CreditRecord.objects.filter(
        subject__in=family(subject_id), kind=RecordKindCode.DISHONESTY, status__in=IN_EFFECT, effective_to__gte=on,
        decided_on__lt=on, dishonesty__rule__value__carries=True,
    )  # fmt: skip
    last: date | None = rows.exclude(pk=besides).aggregate(last=Max("effective_to"))["last"]
    return last


def _there_that_day(checked: Checked, subject: Subject) -> Tenure | None:
    """The subject was there on the day of the act: an agency existed, an official held a post (which is returned)."""
    on = checked.values["acted_from"]
    if subject.kind == SubjectKind.AGENCY:
        if problem := existence_problem(subject, on):
            checked.wrong("acted_from", problem)
        return None
    held: list[Tenure] = list(posts_on(subject.pk, on))
    if not held:
        checked.wrong("acted_from", no_post(subject.name, on))
        return None
    if problem := existence_problem(held[0].agency, on):
        checked.wrong("acted_from", problem)
    return held[0]


def posts_on(official_id: int, on: date) -> Any:
    """The posts of an official on a day, the main one first."""
    found = Tenure.objects.on(on).filter(official__in=family(official_id)).select_related("agency", "official")
    return found.order_by("is_concurrent", "-started_on", "pk")


def no_post(name: str, on: date) -> str:
    return f"{name}在{day(on)}没有登记任职。请核对日期，或请其单位在“公务员档案”中补登任职后再登记。"


def existence_problem(agency: Subject, on: date) -> str | None:
    """Why an agency cannot have acted on a day."""
    profile = AgencyProfile.objects.filter(pk=agency.pk).first()
    if profile is None or profile.existed_on(on):
        return None
    if profile.established_on and on < profile.established_on:
        return f"{agency.name}于{day(profile.established_on)}成立，{day(on)}还不存在，请核对日期和单位。"
    return f"{agency.name}已于{day(profile.dissolved_on)}裁撤，{day(on)}已不存在，请核对日期，或登记到承继单位。"


def _known(kind: str, checked: Checked, subject: Subject, agency_id: int, besides: int | None) -> None:
    """The same instrument stands once in the file, whatever kind it was entered as."""
    v = checked.values
    folded = fold_document_number(v["document_number"])
    mine = CreditRecord.objects.filter(subject__in=family(subject.pk), document_number_folded=folded)
    mine = mine.exclude(status__in=GONE).exclude(pk=besides)
    if mine.filter(kind=kind, agency=agency_id, decided_on=v["decided_on"]).exists():
        checked.wrong("document_number", "该主体的这份文书已经登记，请在录入记录中查看，不要重复录入。")
    elif kind == RecordKindCode.DISHONESTY and mine.filter(kind=RecordKindCode.PENALTY).exists():
        checked.wrong(
            "document_number", "这份处罚决定已作为行政处罚记入该主体的信用记录，同一文书只记一次，不必重复录入。"
        )
