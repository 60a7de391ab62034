"""States of a record as staff read them: badge, shape, and one sentence that says what comes next."""

from dataclasses import dataclass

from records.choices import BatchStatus, ChangeStatus, RecordStatus, RuleStatus, Visibility


@dataclass(frozen=True, slots=True)
class Badge:
    """Tone and icon are classes and symbols of the public site's look (static/portal)."""

    label: str
    tone: str
    icon: str
    sentence: str


S = RecordStatus
STATUS = {
    S.DRAFT: Badge(S.DRAFT.label, "grey", "corrected", "草稿只有本单位可见。核对无误后请提交审核。"),
    S.SUBMITTED: Badge(
        S.SUBMITTED.label, "amber", "expired", "已提交，等待另一位工作人员审核。审核通过后按公示规则公示。"
    ),
    S.RETURNED: Badge(
        S.RETURNED.label, "red", "late", "审核人已退回。请按退回理由修改后重新提交；不再需要的可以作废。"
    ),
    S.FINDING: Badge(S.FINDING.label, "amber", "expired", "本单位已审核同意，等待信用办认定。"),
    S.NOTIFIED: Badge(S.NOTIFIED.label, "amber", "expired", "信用办已认定并告知当事人，陈述申辩期满或答复后生效。"),
    S.APPROVED: Badge(S.APPROVED.label, "green", "on-time", "已审核。按公示规则目前不公示，仅作内部保存。"),
    S.PUBLISHED: Badge(
        S.PUBLISHED.label, "blue", "published", "正在公示。内容有误请申请更正，决定被撤销等情形请申请撤下。"
    ),
    S.REPAIRED: Badge(S.REPAIRED.label, "green", "repaired", "该主体已完成信用修复，不再公示具体内容。"),
    S.WITHDRAWN: Badge(S.WITHDRAWN.label, "grey", "withdrawn", "已撤下，不再公示；撤下原因向社会公开。"),
    S.EXPIRED: Badge(S.EXPIRED.label, "grey", "expired", "最长公示期已届满，不再公示具体内容。"),
    S.DISCARDED: Badge(S.DISCARDED.label, "grey", "withdrawn", "已作废，未曾公示；文书号可以重新录入。"),
}
DISPUTED = Badge("异议处理中", "amber", "disputed", "当事人已提出异议，正在核查。")

C = ChangeStatus
CHANGE = {
    C.PROPOSED: Badge(C.PROPOSED.label, "amber", "expired", "等待另一位工作人员复核；复核同意后立即生效。"),
    C.ACCEPTED: Badge(C.ACCEPTED.label, "green", "on-time", "已同意并生效。"),
    C.REFUSED: Badge(C.REFUSED.label, "grey", "withdrawn", "复核人未同意，记录保持不变。"),
}

P = RuleStatus
PROPOSAL = {
    P.PROPOSED: Badge(P.PROPOSED.label, "amber", "expired", "等待信用办的另一位工作人员批准；批准前不影响任何信息。"),
    P.APPROVED: Badge(P.APPROVED.label, "green", "on-time", "已批准，各条规则自施行之日起适用。"),
    P.REFUSED: Badge(P.REFUSED.label, "grey", "withdrawn", "批准人未同意，现行规则不变。"),
    P.REVOKED: Badge(P.REVOKED.label, "grey", "withdrawn", "批准之后、施行之前撤销，现行规则不变。"),
}

B = BatchStatus
BATCH = {
    B.CHECKING: Badge(B.CHECKING.label, "amber", "expired", "正在逐行检查，可以离开本页，稍后回来。"),
    B.CHECKED: Badge(B.CHECKED.label, "blue", "corrected", "检查完成，请核对后入库。"),
    B.COMMITTING: Badge(B.COMMITTING.label, "amber", "expired", "正在入库，可以离开本页，稍后回来。"),
    B.COMMITTED: Badge(B.COMMITTED.label, "green", "on-time", "已入库，等待审核人审核。"),
    B.FAILED: Badge(B.FAILED.label, "red", "late", "文件无法读取，没有导入任何内容。"),
    B.ABANDONED: Badge(B.ABANDONED.label, "grey", "withdrawn", "已放弃，没有导入任何内容。"),
}


# Of records that no public reader ever saw: found (认定), and open to authorised look-ups only.
LOOKED_UP = {
    S.APPROVED: Badge(S.APPROVED.label, "green", "on-time", "已审核。按公示规则不向社会公开，供依法授权的查询使用。"),
    S.WITHDRAWN: Badge("已撤销", "grey", "withdrawn", "认定已撤销，记录不再有效，也不再供查询；未曾公示。"),
}


def record_badge(status: str, disputed: bool = False, visibility: str = "") -> Badge:
    if disputed:
        return DISPUTED
    known = LOOKED_UP if visibility == Visibility.AUTHORISED else {}
    return known.get(S(status)) or STATUS[S(status)]
