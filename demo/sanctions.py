"""The demonstration's lists and sanctions, in every state: told after the dishonesty records. The list is made up."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from io import BytesIO
from typing import Any

import xlsxwriter

from core.actors import Actor
from demo.accounts import MAIN_AGENCY, SECOND_AGENCY
from demo.integrity import paper
from records.choices import RecordKindCode, RecordStatus
from records.models import CreditRecord, Subject
from sanctions import services
from sanctions.models import Measure
from sanctions.policy import last_day

HEADER = ("序号", "类别", "惩戒措施", "惩戒内容", "惩戒对象", "法规政策依据", "实施主体")
RATED, FIRMS = "限制参加评先评优（演示）", "企业、个体工商户"
FIRST = (
    (1, "管理措施", RATED, "在惩戒期限内不得参加评先评优。", FIRMS, "演示依据第一条", "组织评选的单位"),
    (2, "管理措施", "纳入重点监管（演示）", "列为重点监管对象。", FIRMS, "演示依据第二条", "行业主管部门"),
)
SECOND = (
    (
        1,
        "管理措施",
        RATED,
        "在惩戒期限内不得参加各类评先评优。",
        f"{FIRMS}、社会组织",
        "演示依据第一条",
        "组织评选的单位",
    ),
    (2, "管理措施", "限制享受优惠政策（演示）", "不得享受财政优惠政策。", "企业", "演示依据第三条", "财政部门"),
)


@dataclass(frozen=True, slots=True)
class Case:
    """`whose`: an agency's key, or "official"; `ago`: days since it was proposed; `fate`: how far it has come."""

    whose: str
    measure: str
    executor: str
    ago: int
    fate: str


CASES = (
    Case("housing", "限制申请财政性资金和项目", MAIN_AGENCY, 20, "active"),
    Case("housing", "取消荣誉评选资格", SECOND_AGENCY, 40, "executed"),
    Case("industry", "公开通报批评", "reform", 60, "executed"),
    Case("industry", "追究主要负责人责任", "reform", 30, "active"),
    Case("industry", "限制试点示范", MAIN_AGENCY, 2, "proposed"),
    Case("water", "限制申请财政性资金和项目", MAIN_AGENCY, 50, "lifted"),
    Case("farming", "取消荣誉评选资格", SECOND_AGENCY, 45, "stopped"),
    Case("farming", "限制试点示范", MAIN_AGENCY, 35, "declined"),
    Case("official", "公务员限制评优评先", MAIN_AGENCY, 20, "executed"),
)
NOTICE = "该单位以机构职能调整为由不履行已签订的产业扶持协议，造成企业损失，现予通报批评（演示）。"


@dataclass(slots=True)
class Sanctions:
    """One telling. `actor(username, day, hour)` is that person on that day."""

    today: date
    units: Mapping[str, Subject]
    actor: Callable[[str, date, int], Actor]

    def tell(self) -> None:
        self._list(FIRST, 200, 180, "演示第一版", approved=True)
        self._list(SECOND, 3, -30, "演示第二版", approved=False)
        for case in CASES:
            self._case(case)

    def _list(self, rows: Sequence[Sequence[Any]], ago: int, force: int, edition: str, *, approved: bool) -> None:
        day = self._ago(ago)
        head = {
            "level": "city", "title": "市补充清单（演示）", "edition": edition, "issued_by": "演示机关",
            "document_number": "", "basis": "演示依据，不是真实清单", "in_force_from": self._ago(force),
        }  # fmt: skip
        made = services.load_edition(
            head, content=workbook(rows), filename="清单（演示）.xlsx", actor=self.actor("office", day, 9)
        )
        if approved:
            services.approve_edition(made.pk, actor=self.actor("office2", day, 15), opinion="与印发文本一致。")

    def _case(self, case: Case) -> None:
        day, cause = self._ago(case.ago), self._cause(case.whose)
        measure = Measure.objects.get(edition__level="district", name=case.measure)
        head = services.heads(cause)[0].pk if measure.is_about_head else None
        new = services.NewSanction(
            measure.pk, self.units[case.executor].pk, day, last_day(cause), "依实施方案采取。",
            NOTICE if measure.is_notice else "", head,
        )  # fmt: skip
        pk = services.propose(cause.pk, new, actor=self.actor("office", day, 10), today=day).pk
        if case.fate == "declined":
            services.decline(pk, actor=self.actor("office2", day, 15), opinion="已主动整改，不再采取。")
        elif case.fate != "proposed":
            services.impose(pk, actor=self.actor("office2", day, 15), today=day)
            if case.fate != "active":
                self._carried_out(pk, case, day)

    def _carried_out(self, pk: int, case: Case, day: date) -> None:
        who = {MAIN_AGENCY: "clerk", SECOND_AGENCY: "city-clerk"}.get(case.executor)
        day += timedelta(days=2)
        if who:
            given = {"evidence": "已通知有关科室执行（演示）。", "scan": paper("execution"), "today": day}
            services.record_execution(pk, on=day, **given, actor=self.actor(who, day, 11))
        if case.fate in ("lifted", "stopped"):
            over = self._ago(3)
            services.lift(pk, actor=self.actor("office2", over, 10), reason="已全部整改并消除影响。", today=over)
            if case.fate == "stopped" and who:
                services.confirm_stopped(pk, actor=self.actor(who, over, 16), today=over)

    def _cause(self, whose: str) -> CreditRecord:
        """A dishonesty record in effect: that agency's, or the official's that ends last."""
        rows = CreditRecord.objects.filter(
            kind=RecordKindCode.DISHONESTY, status__in=[RecordStatus.APPROVED, RecordStatus.PUBLISHED]
        )
        if whose == "official":
            return rows.filter(subject__kind="official").order_by("-effective_to", "-pk")[0]
        return rows.filter(subject=self.units[whose]).order_by("-pk")[0]

    def _ago(self, days: int) -> date:
        return self.today - timedelta(days=days)


def workbook(rows: Sequence[Sequence[Any]]) -> bytes:
    out = BytesIO()
    book = xlsxwriter.Workbook(out)
    sheet = book.add_worksheet("清单")
    for number, row in enumerate((HEADER, *rows)):
        sheet.write_row(number, 0, row)
    book.close()
    return out.getvalue()
