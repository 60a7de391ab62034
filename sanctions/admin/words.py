"""States as staff read them: badge and one sentence that says what comes next."""

from records.admin.words import Badge
from sanctions.choices import EditionStatus, SanctionStatus
from sanctions.models import Sanction

E, S = EditionStatus, SanctionStatus
EDITION = {
    E.PROPOSED: Badge(E.PROPOSED.label, "amber", "expired", "等待信用办的另一位工作人员批准；批准前不能据以采取惩戒。"),
    E.APPROVED: Badge(E.APPROVED.label, "green", "on-time", "已批准，自施行日期起可以据以采取惩戒，内容不再改动。"),
    E.REFUSED: Badge(E.REFUSED.label, "grey", "withdrawn", "批准人未同意，现行清单不变。"),
}
SANCTION = {
    S.PROPOSED: Badge(S.PROPOSED.label, "amber", "expired", "等待信用办的另一位工作人员批准；批准前不执行。"),
    S.ACTIVE: Badge(S.ACTIVE.label, "blue", "published", "正在执行。期限届满或原因记录终止时自动解除。"),
    S.LIFTED: Badge(S.LIFTED.label, "grey", "withdrawn", "已解除，不再执行。"),
    S.DECLINED: Badge(S.DECLINED.label, "grey", "withdrawn", "没有采取，未曾执行。"),
}
TO_EXECUTE = Badge("待执行", "amber", "expired", "已批准，等待执行单位登记执行情况。")
TO_STOP = Badge("待停止执行", "red", "late", "已解除，执行单位须立即停止执行，并确认已停止。")


def sanction_badge(s: Sanction) -> Badge:
    if s.status == S.ACTIVE and s.executed_on is None:
        return TO_EXECUTE
    if s.status == S.LIFTED and s.stopped_on is None:
        return TO_STOP
    return SANCTION[S(s.status)]
