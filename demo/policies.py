"""The demonstration's publication rules: an opening that is approved and comes next month, proposals that wait, and
penalties that government bodies received, for 政务诚信 to show."""

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from demo.agencies import by_key
from demo.decisions import Maker
from disclosure.entry import enter
from records import services
from records.choices import RecordKindCode
from records.projection import ALL_FIELDS
from records.services import dry_runs, policies
from records.services.policies import NewVersion

if TYPE_CHECKING:
    from demo.story import Story

COUNT = 9


def _next_month(day: date, months: int = 1) -> date:
    number = day.year * 12 + day.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)


def penalise_agencies(story: "Story", day: date) -> None:
    """Decisions of two agencies about other government bodies, some of them minor and so not yet public."""
    bodies = [unit for key, unit in story.units.items() if key not in ("market", "city")][:COUNT]
    maker = Maker(story.random, story.parties, [by_key()["market"]], first_number=900)
    clerk, reviewer = story.actor("clerk", day, 9), story.actor("reviewer", day, 15)
    for number, body in enumerate(bodies):
        decision = maker.on(day - timedelta(days=3))
        while decision.kind != RecordKindCode.PENALTY:
            decision = maker.on(day - timedelta(days=3))
        form: dict[str, Any] = {
            **decision.as_form(), "party_name": body.name, "party_category": "法人及非法人组织", "uscc": body.code,
            "representative": "陈示例",
        }  # fmt: skip
        if number % 3 == 0:
            form |= {"penalty_category": "警告", "content": "警告。", "fine_amount": "", "confiscated_amount": "",
                     "revoked_certificate": ""}  # fmt: skip
        record = enter(decision.kind, form, actor=clerk, agency=story.units["market"], today=day, submit=True)
        services.approve(record.pk, actor=reviewer, today=day)


def open_next_month(story: "Story", day: date) -> None:
    """Approved: minor penalties of government bodies become public on the first of the month after the story's end."""
    opens = _next_month(story.today)
    opening = NewVersion(
        kind=RecordKindCode.PENALTY, subject_kind="agency", tier="minor", title="政府机构轻微行政处罚公示",
        visibility="public", fields=(ALL_FIELDS,), min_months=None, max_months=12, in_force_from=opens,
        basis="《惠城区政务诚信建设方案》：依法依规逐步公开政务失信记录（演示）", edition="演示",
        certainty="演示用规则", applies_to_earlier=True,
    )  # fmt: skip
    made = policies.propose_rules(
        [opening],
        title="公开政府机构受到的轻微行政处罚",
        reason="政务诚信建设方案要求逐步公开政府机构的失信信息，先从行政处罚开始，此前作出的一并公开。",
        actor=story.actor("office", day, 9),
        today=day,
    )
    second = story.actor("office2", day, 11)
    dry_runs.finish_dry_run(dry_runs.start_dry_run(made.pk, opens, actor=second, today=day).pk)
    policies.approve_proposal(made.pk, actor=second, opinion="试算结果已逐条核对，同意。", today=day)


def propose_arrears(story: "Story", day: date) -> None:
    """Waiting: of general 政务失信 of government bodies, arrears are opened next month and nothing else."""
    opening = NewVersion(
        kind=RecordKindCode.DISHONESTY, subject_kind="agency", category="arrears", tier="general",
        title="政府机构一般拖欠账款公开", visibility="public",
        fields=("measure", "issuing_body", "document_number", "decided_on", "loss", "effect"), min_months=None,
        max_months=24, in_force_from=_next_month(story.today), edition="演示", certainty="演示用规则",
        basis="《惠城区政务诚信建设方案》：依法依规逐步公开政务失信记录（演示）", applies_to_earlier=True,
    )  # fmt: skip
    policies.propose_rules(
        [opening],
        title="公开政府机构的拖欠账款",
        reason="先公开企业反映集中的拖欠账款，一般失信中的其他种类暂不公开。",
        actor=story.actor("office", day, 11),
        today=day,
    )


def propose_persons_masked(story: "Story", day: date) -> None:
    """Waiting: serious penalties of natural persons, masked; those of officials stay closed."""
    opens = _next_month(story.today, 3)
    basis = "《惠城区公共信用信息公开目录》（征求意见稿，演示）"

    def version(subject_kind: str, title: str, visibility: str, fields: tuple[str, ...]) -> NewVersion:
        return NewVersion(
            kind=RecordKindCode.PENALTY, subject_kind=subject_kind, tier="serious", title=title,
            visibility=visibility, fields=fields, min_months=12 if fields else None, max_months=36 if fields else None,
            in_force_from=opens, basis=basis, edition="演示", certainty="演示用规则", applies_to_earlier=True,
        )  # fmt: skip

    shown = ("violation_type", "legal_basis", "penalty_category", "content", "authority")
    policies.propose_rules(
        [
            version("natural_person", "自然人严重行政处罚脱敏公示", "masked", shown),
            version("official", "公务员行政处罚不予公示", "internal", ()),
        ],
        title="自然人严重行政处罚脱敏公示",
        reason="严重失信行为涉及公共安全，拟只公示必要字段并隐去姓名；公务员的信息继续不公示。",
        actor=story.actor("office", day, 10),
        today=day,
    )
