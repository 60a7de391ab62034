"""States as people read them: badge, icon, sentence, next steps, clause. Defined here once, for pages and help.

A status is never a bare word. Icons differ in shape, not only in colour (static/portal/icons.svg).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from core.formats import day
from records.choices import RecordKindCode, RevisionAct


@dataclass(frozen=True, slots=True)
class Badge:
    """How a state looks, and what it means in general (help page)."""

    code: str
    label: str
    tone: str
    icon: str
    meaning: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing the reader can do next."""

    text: str
    href: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class StateView:
    """A state on its own page: badge, one sentence for this record, next steps, clause."""

    label: str
    tone: str
    icon: str
    sentence: str
    steps: tuple[Step, ...] = ()
    clause: str = ""


BADGES = {
    badge.code: badge
    for badge in (
        Badge("published", "公示中", "blue", "published", "依法公示的有效信息。"),
        Badge("disputed", "异议处理中", "amber", "disputed", "当事人已提出异议，正在核查，核查期间请谨慎使用。"),
        Badge("corrected", "已更正", "blue", "corrected", "公示后更正过，详情页列出更正前后的内容和原因。"),
        Badge("repaired", "已修复", "green", "repaired", "该主体已纠正并完成信用修复，不再公示具体内容。"),
        Badge("withdrawn", "已撤下", "grey", "withdrawn", "因决定被撤销、变更或信息有误等原因停止公示。"),
        Badge("expired", "公示期满", "grey", "expired", "最长公示期已届满，不再公示具体内容。"),
        Badge("rule_closed", "依规则停止公示", "grey", "info", "公示规则变更，该类信息不再公示。"),
    )
}

# In a subject's own file stands also what the public never saw.
NOT_PUBLIC = Badge("not_public", "不公开", "plain", "info", "不向社会公开；依规定有权的单位按目的查询时才能看到。")
BY_LABEL = {badge.label: badge for badge in BADGES.values()}

# What an act of a revision looks like in histories and in the ledger of corrections.
ACTS: dict[str, Badge] = {
    RevisionAct.PUBLISHED: BADGES["published"],
    RevisionAct.CORRECTED: BADGES["corrected"],
    RevisionAct.DISPUTED: Badge("disputed", "异议受理", "amber", "disputed"),
    RevisionAct.DISPUTE_CLOSED: Badge("dispute_closed", "异议办结", "blue", "on-time"),
    RevisionAct.REPAIRED: BADGES["repaired"],
    RevisionAct.WITHDRAWN: BADGES["withdrawn"],
    RevisionAct.EXPIRED: BADGES["expired"],
    RevisionAct.RULE_CHANGED: Badge("rule_changed", "公示规则变更", "blue", "corrected"),
    RevisionAct.RULE_CLOSED: BADGES["rule_closed"],
    RevisionAct.RECOUNTED: Badge("recounted", "期限重新计算", "blue", "corrected"),
}

ON_TIME = Badge("on_time", "按期公示", "plain", "on-time")
LATE = Badge("late", "逾期公示", "red", "late")

HELP_WRONG, HELP_REPAIR = "/help/#wrong", "/help/#repair"


def state_of(public: Mapping[str, Any]) -> Badge:
    return BADGES[public["state"]]


def timeliness_of(public: Mapping[str, Any]) -> Badge | None:
    """Whether it was published within the statutory working days; nothing to say where there is no deadline."""
    if public.get("due_on") is None:
        return None
    return ON_TIME if public["on_time"] else LATE


def state_view(
    public: Mapping[str, Any], *, today: date, corrected_on: date | None = None, reason: str = ""
) -> StateView:
    """The state of a record that is public now."""
    badge = state_of(public)
    if badge.code == "disputed":
        sentence = "当事人已对该信息提出异议，正在核查。核查期间请谨慎使用。"
    elif badge.code == "corrected":
        because = f"，原因：{_full_stop(reason)}" if reason else "。"
        sentence = f"该信息于{day(corrected_on)}更正{because}更正前后的内容见“变更经过”。"
    else:
        sentence = _published_sentence(public)
    return StateView(badge.label, badge.tone, badge.icon, sentence, _steps(public, today), _clause(public, badge.code))


def ended_view(tombstone: Mapping[str, Any]) -> StateView:
    """The state of a record whose publication ended."""
    badge = BADGES[tombstone["state"]]
    if badge.code == "withdrawn":
        sentence = f"该信息于{day(tombstone['ended_on'])}撤下，原因：{_full_stop(tombstone['reason'])}"
    elif badge.code == "rule_closed":
        sentence = f"该信息于{day(tombstone['ended_on'])}停止公示。{_full_stop(tombstone['reason'])}"
    else:
        sentence = badge.meaning
    steps = (Step("已经下载或转载的，请同步删除或更新。"),)
    return StateView(badge.label, badge.tone, badge.icon, sentence, steps, tombstone.get("basis") or "")


def meaning_of(public: Mapping[str, Any]) -> tuple[str, ...]:
    """“这意味着什么，您可以做什么”, for somebody who has never read such a page."""
    subject, agency = public["subject"]["name"], public["agency"]["name"]
    if public["kind"] == RecordKindCode.PENALTY:
        what = (
            f"这是{agency}对{subject}作出的行政处罚决定。公示行政处罚不等于列入严重失信主体名单；"
            "除法定的惩戒措施清单所列措施外，任何单位不得以此为由另行限制其权利。"
        )
    elif public["kind"] == RecordKindCode.DISHONESTY:
        what = (
            f"这是{subject}的政务失信记录，依据已经生效的文书，经信用办认定并听取陈述申辩后公示。"
            "效力期届满或履行完毕后不再有效，具体见“效力期”。"
        )
    elif public["kind"] == RecordKindCode.HONOUR:
        what = f"这是{subject}获得的守信荣誉，由授予机关依据文书作出，经{agency}审核后公示。"
    else:
        what = (
            f"这是{agency}准予{subject}的行政许可，表示其在有效期内可以从事所许可的活动。"
            "办理业务前，请核对许可内容和有效期。"
        )
    return (
        what,
        f"如果您是当事人：认为内容有误的，可以向{agency}或者本站提出异议，核查期间该信息会标注“异议处理中”。",
        "如果您要引用或转载：请以本页的最新状态为准，并注明来源；停止公示后，不应继续展示或使用。",
    )


def _published_sentence(public: Mapping[str, Any]) -> str:
    until = public["publish_until"]
    start = f"该信息依据{_quoted(public['policy']['basis'])}公示，自{day(public['published_on'])}起，"
    return start + (f"最长至{day(until)}。" if until else "在其有效期内持续公示。")


def _steps(public: Mapping[str, Any], today: date) -> tuple[Step, ...]:
    steps = [Step("认为内容有误，可以提出异议。", HELP_WRONG, "怎样提出异议")]
    if repairable := public["repairable_from"]:
        open_now = date.fromisoformat(repairable) <= today
        when = "已满最短公示期" if open_now else f"自{day(repairable)}起"
        steps.append(Step(f"已经改正的，{when}可以申请信用修复。", HELP_REPAIR, "怎样申请修复"))
    return tuple(steps)


def _clause(public: Mapping[str, Any], code: str) -> str:
    return "" if code == "published" else public["policy"]["basis"]


def _quoted(basis: str) -> str:
    return basis if basis.startswith("《") else f"《{basis}》" if basis and "《" not in basis else basis


def _full_stop(text: str) -> str:
    return text if text.endswith(("。", "！", "？")) else text + "。"
