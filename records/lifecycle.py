"""The road of a record and of a proposed change, as data. Nothing else assigns `status`."""

from core.lifecycle import Lifecycle, Transition, states
from records.choices import BatchStatus, ChangeStatus, RecordStatus, RuleStatus
from records.permissions import (
    is_clerk_of,
    is_clerk_or_reviewer_of,
    is_reviewer_of,
    is_system,
    keeps_policy,
    may_decide_change,
    may_handle_batch,
    not_own_entry,
    not_own_proposal,
)

S = RecordStatus

RECORD = Lifecycle(
    field="status",
    states=RecordStatus,
    initial=S.DRAFT,
    transitions=(
        Transition("submit", states(S.DRAFT, S.RETURNED), S.SUBMITTED, "提交审核", may=(is_clerk_of,)),
        Transition("approve", states(S.SUBMITTED), S.APPROVED, "审核通过", may=(is_reviewer_of, not_own_entry)),
        Transition("return", states(S.SUBMITTED), S.RETURNED, "退回", may=(is_reviewer_of, not_own_entry)),
        Transition("discard", states(S.DRAFT, S.RETURNED), S.DISCARDED, "作废", may=(is_clerk_of,)),
        Transition("publish", states(S.APPROVED), S.PUBLISHED, "公示"),
        Transition("correct", states(S.PUBLISHED), S.PUBLISHED, "更正", may=(is_clerk_or_reviewer_of,)),
        Transition("withdraw", states(S.PUBLISHED), S.WITHDRAWN, "撤下", may=(is_clerk_or_reviewer_of,)),
        Transition("repair", states(S.PUBLISHED), S.REPAIRED, "信用修复", may=(is_system,)),
        Transition("expire", states(S.PUBLISHED), S.EXPIRED, "公示期满", may=(is_system,)),
        Transition("conform", states(S.PUBLISHED), S.PUBLISHED, "按新规则公示", may=(is_system,)),
        # Back to where a record is that no rule opens: a later rule may open it again.
        Transition("close", states(S.PUBLISHED), S.APPROVED, "依规则停止公示", may=(is_system,)),
    ),
)

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
