"""The road of a record and of a proposed change, as data. Nothing else assigns `status`."""

from typing import Any

from core.actors import Actor
from core.lifecycle import Lifecycle, Transition, states
from records.choices import BatchStatus, ChangeStatus, RecordStatus, RuleStatus
from records.kinds import kind_of
from records.permissions import (
    is_clerk_of,
    is_clerk_or_reviewer_of,
    is_reviewer_of,
    is_system,
    keeps_policy,
    makes_findings,
    may_decide_change,
    may_handle_batch,
    not_own_entry,
    not_own_proposal,
    not_own_review,
)

S = RecordStatus


def needs_finding(record: Any, actor: Actor) -> str | None:
    """Only kinds that the credit office finds (认定) go the long way."""
    return None if kind_of(record.kind).found else "该种类的记录由本单位审核即可，不需要信用办认定。"


def needs_no_finding(record: Any, actor: Actor) -> str | None:
    return "该种类的记录审核同意后须由信用办认定。" if kind_of(record.kind).found else None


def needs_no_revocation(record: Any, actor: Actor) -> str | None:
    """What was found is revoked by the credit office, not withdrawn."""
    return "认定生效的记录由信用办撤销认定，不能申请撤下。" if kind_of(record.kind).found else None


FINDERS = (makes_findings, not_own_entry, not_own_review)

RECORD = Lifecycle(
    field="status",
    states=RecordStatus,
    initial=S.DRAFT,
    transitions=(
        Transition("submit", states(S.DRAFT, S.RETURNED), S.SUBMITTED, "提交审核", may=(is_clerk_of,)),
        Transition(
            "approve",
            states(S.SUBMITTED),
            S.APPROVED,
            "审核通过",
            may=(is_reviewer_of, not_own_entry),
            guards=(needs_no_finding,),
        ),
        # The long way of kinds that are found: 认定 by the credit office, 告知 the subject, then 生效.
        Transition(
            "endorse",
            states(S.SUBMITTED),
            S.FINDING,
            "审核同意",
            may=(is_reviewer_of, not_own_entry),
            guards=(needs_finding,),
        ),
        Transition("remit", states(S.FINDING), S.RETURNED, "退回补正", may=(makes_findings,)),
        Transition("find", states(S.FINDING), S.NOTIFIED, "认定并告知", may=FINDERS),
        Transition("confirm", states(S.NOTIFIED), S.APPROVED, "生效", may=FINDERS),
        Transition("dismiss", states(S.FINDING, S.NOTIFIED), S.DISCARDED, "不予认定", may=FINDERS),
        Transition(
            "revoke", states(S.APPROVED), S.WITHDRAWN, "撤销认定", may=(makes_findings,), guards=(needs_finding,)
        ),
        Transition("return", states(S.SUBMITTED), S.RETURNED, "退回", may=(is_reviewer_of, not_own_entry)),
        Transition("discard", states(S.DRAFT, S.RETURNED), S.DISCARDED, "作废", may=(is_clerk_of,)),
        Transition("publish", states(S.APPROVED), S.PUBLISHED, "公示"),
        Transition("correct", states(S.PUBLISHED), S.PUBLISHED, "更正", may=(is_clerk_or_reviewer_of,)),
        Transition("withdraw", states(S.PUBLISHED), S.WITHDRAWN, "撤下", may=(is_clerk_or_reviewer_of,)),
        # The same of what no rule opens: authorised look-ups and the subject's own file show it all the same.
        Transition("amend", states(S.APPROVED), S.APPROVED, "更正未公示的记录", may=(is_clerk_or_reviewer_of,)),
        Transition(
            "void",
            states(S.APPROVED),
            S.WITHDRAWN,
            "撤下未公示的记录",
            may=(is_clerk_or_reviewer_of,),
            guards=(needs_no_revocation,),
        ),
        Transition("repair", states(S.PUBLISHED), S.REPAIRED, "信用修复", may=(is_system,)),
        Transition("expire", states(S.PUBLISHED), S.EXPIRED, "公示期满", may=(is_system,)),
        Transition("conform", states(S.PUBLISHED), S.PUBLISHED, "按新规则公示", may=(is_system,)),
        Transition("recount", states(S.PUBLISHED), S.PUBLISHED, "期限重新计算", may=(is_system,)),
        # Back to where a record is that no rule opens: a later rule may open it again.
        Transition("close", states(S.PUBLISHED), S.APPROVED, "依规则停止公示", may=(is_system,)),
    ),
)

HELD = {"correct": "amend", "withdraw": "void"}


def by_change(record: Any, kind: str) -> str:
    """The transition by which a proposed change of this record takes effect: public or held, that is another one."""
    return HELD[kind] if record.status == S.APPROVED else kind


CHANGE = Lifecycle(
    field="status",
    states=ChangeStatus,
    initial=ChangeStatus.PROPOSED,
    transitions=(
        Transition("accept", states(ChangeStatus.PROPOSED), ChangeStatus.ACCEPTED, "同意", may=(may_decide_change,)),
        Transition("refuse", states(ChangeStatus.PROPOSED), ChangeStatus.REFUSED, "退回", may=(may_decide_change,)),
    ),
)

R = RuleStatus

# Moves a proposal and, with it, each of its rule versions.
PROPOSAL = Lifecycle(
    field="status",
    states=RuleStatus,
    initial=R.PROPOSED,
    transitions=(
        Transition("ratify", states(R.PROPOSED), R.APPROVED, "批准", may=(keeps_policy, not_own_proposal)),
        Transition("reject", states(R.PROPOSED), R.REFUSED, "退回提案", may=(keeps_policy, not_own_proposal)),
        # Before its first day; what two people approved earlier goes on, so one person may do it.
        Transition("revoke", states(R.APPROVED), R.REVOKED, "撤销", may=(keeps_policy,)),
    ),
)

B = BatchStatus

BATCH = Lifecycle(
    field="status",
    states=BatchStatus,
    initial=B.CHECKING,
    transitions=(
        Transition("checked", states(B.CHECKING), B.CHECKED, "检查完成"),
        Transition("fail", states(B.CHECKING), B.FAILED, "无法读取"),
        Transition("remap", states(B.CHECKED, B.FAILED), B.CHECKING, "重新对应列", may=(may_handle_batch,)),
        Transition("commit", states(B.CHECKED, B.COMMITTED), B.COMMITTING, "入库", may=(may_handle_batch,)),
        Transition("committed", states(B.COMMITTING), B.COMMITTED, "入库完成"),
        Transition("stop", states(B.COMMITTING), B.CHECKED, "中止入库"),
        Transition(
            "abandon", states(B.CHECKING, B.CHECKED, B.FAILED), B.ABANDONED, "放弃导入", may=(may_handle_batch,)
        ),
    ),
)
