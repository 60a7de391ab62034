"""The demonstration's dishonesty records and honours, in every state: told after the registry, because it names who
held which post on the day of the act. Everything is made up."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from core.actors import Actor
from demo.accounts import MAIN_AGENCY
from integrity import services as integrity
from integrity.services import Named
from records import services
from records.choices import RecordKindCode, SubjectKind
from records.models import CreditRecord, Subject, Tenure

# How far each is on its road: draft, submitted, returned, finding, notified, stated, adopted, effective, fulfilled.
IN_EFFECT = ("effective", "fulfilled")


@dataclass(frozen=True, slots=True)
class Fault:
    """`whose`: an agency's key, or `official`, `mover` (who has another post since). `ago`: days since the decision."""

    whose: str
    measure: str
    ago: int
    fate: str
    issuer: str
    number: str
    facts: str
    duty: str
    tier: str = "general"
    loss: str = ""
    impact: str = "limited"
    channel: str = "supervisory"
    matter: str = ""


COURT, WATCH = "惠州市惠城区人民法院", "中共惠州市惠城区纪律检查委员会、惠州市惠城区监察委员会"
FAULTS = (
    Fault("official", "discipline.demerit", 480, "effective", WATCH, "惠城监处〔{year}〕11号",
          "违反规定接受管理服务对象宴请。", "《公职人员政务处分法》第三十四条"),
    Fault("official", "discipline.warning", 60, "effective", WATCH, "惠城监处〔{year}〕27号",
          "对下属单位审批超期失察。", "《公职人员政务处分法》第三十九条", tier="minor"),
    Fault("mover", "discipline.serious_demerit", 90, "effective", WATCH, "惠城监处〔{year}〕31号",
          "任前一职务期间违规出具证明材料。", "《公职人员政务处分法》第三十九条", loss="2.4"),
    Fault("official", "accountability.admonition", 400, "effective", WATCH, "惠城纪问〔{year}〕5号",
          "分管工作推进不力。", "《中国共产党问责条例》第七条", tier="minor", channel="proposal"),
    Fault("housing", "arrears.payment", 200, "effective", "惠州市惠城区人民政府", "惠城府认〔{year}〕3号",
          "拖欠某建筑企业工程款，经投诉核实逾期一年未付。", "《保障中小企业款项支付条例》第八条", tier="serious",
          loss="186.5", impact="wide", channel="complaint",
          matter="保障性住房二期施工合同（惠城房建〔2023〕合字18号）"),
    Fault("transport", "arrears.payment", 260, "fulfilled", "惠州市惠城区人民政府", "惠城府认〔{year}〕2号",
          "拖欠某养护企业服务费。", "《保障中小企业款项支付条例》第八条", tier="serious", loss="42", channel="hotline"),
    Fault("water", "arrears.payment", 140, "effective", "惠州市惠城区人民政府", "惠城府认〔{year}〕5号",
          "拖欠某养护企业河道清淤服务费。", "《保障中小企业款项支付条例》第八条", loss="18.3", channel="hotline"),
    Fault("industry", "breach.contract", 150, "effective", "惠州市惠城区发展和改革局", "惠城发改认〔{year}〕1号",
          "以机构职能调整为由不履行已签订的产业扶持协议。", "《优化营商环境条例》第三十一条", tier="serious",
          loss="300", impact="grave", channel="complaint", matter="产业扶持协议（惠城工信〔2024〕协字6号）"),
    Fault("farming", "judgment.unlawful", 120, "effective", COURT, "（{year}）粤1302行初88号",
          "作出的行政决定被判决撤销。", "《行政诉讼法》第七十条", channel="court"),
    Fault("water", "accountability.notice", 45, "adopted", WATCH, "惠城纪问〔{year}〕9号",
          "被指未按期公开信息，经陈述申辩查明系系统故障。", "《政府信息公开条例》第二十六条", channel="third_party"),
    Fault("health", "accountability.inspection", 30, "notified", WATCH, "惠城纪问〔{year}〕12号",
          "服务承诺超期未兑现。", "《优化营商环境条例》第三十六条", channel="e_supervision"),
    Fault("education", "breach.contract", 28, "stated", "惠州市惠城区发展和改革局", "惠城发改认〔{year}〕4号",
          "变更政府采购合同未予补偿。", "《优化营商环境条例》第三十一条", loss="12.8", channel="complaint"),
    Fault("culture", "defaulter.list", 20, "finding", COURT, "（{year}）粤1302执1024号",
          "未按执行通知书指定的期间履行给付义务，被列入失信被执行人名单。", "《民事诉讼法》第二百六十条",
          tier="serious", loss="58", impact="wide", channel="court"),
    Fault("insurance", "arrears.payment", 22, "finding", "惠州市惠城区人民政府", "惠城府认〔{year}〕7号",
          "未按合同约定支付信息系统运维费。", "《保障中小企业款项支付条例》第八条", loss="9.6", channel="hotline"),
    Fault("official", "accountability.notice_official", 18, "finding", WATCH, "惠城纪问〔{year}〕14号",
          "对群众反映的问题推诿。", "《中国共产党问责条例》第七条", tier="minor", channel="complaint"),
    Fault("labour", "judgment.unlawful", 26, "notified", COURT, "（{year}）粤1302行初102号",
          "不予受理决定被判决确认违法。", "《行政诉讼法》第七十四条", channel="court"),
    Fault("market", "accountability.notice", 11, "notified", WATCH, "惠城纪问〔{year}〕16号",
          "个别窗口未按承诺时限办结。", "《优化营商环境条例》第三十六条", tier="minor", channel="e_supervision"),
    Fault("official", "discipline.demerit", 15, "submitted", WATCH, "惠城监处〔{year}〕40号",
          "泄露工作秘密。", "《公职人员政务处分法》第三十九条"),
    Fault("civil", "accountability.notice", 12, "returned", WATCH, "惠城纪问〔{year}〕15号",
          "项目资金拨付迟延。", "《预算法》第五十七条", channel="audit"),
    Fault("land", "judgment.performance", 9, "draft", COURT, "（{year}）粤1302民初3310号",
          "败诉后尚未履行补偿义务。", "《民事诉讼法》第二百四十七条", loss="75", channel="court"),
)  # fmt: skip
HONOURS = (
    ("digital", "全市政务服务先进集体", "city", 300, "“一门式一网式”办件按期办结率连续三年居首。"),
    ("market", "全省信用监管示范单位", "province", 210, "双公示及时率、合规率均为百分之百。"),
    ("finance", "诚信机关", "district", 100, "支付中小企业款项无一逾期。"),
    ("official", "人民满意的公务员", "city", 130, "十年无一投诉。"),
)


@dataclass(slots=True)
class Integrity:
    """One telling. `actor(username, day, hour)` is that person on that day."""

    today: date
    units: Mapping[str, Subject]
    actor: Callable[[str, date, int], Actor]
    number: int = 0

    def tell(self) -> None:
        for fault in FAULTS:
            self._fault(fault)
        for whose, title, level, ago, deeds in HONOURS:
            self._honour(whose, title, level, self._ago(ago), deeds)

    def _fault(self, fault: Fault) -> None:
        decided = self._ago(fault.ago)
        entered = min(decided + timedelta(days=4), self.today)
        tenure = self._tenure(fault.whose, decided)
        subject = tenure.official if fault.whose in ("official", "mover") else self.units[fault.whose]
        acted = self._acted(tenure, decided)
        record = integrity.enter(
            RecordKindCode.DISHONESTY,
            {
                "measure": fault.measure, "document_number": fault.number.format(year=decided.year),
                "issuing_body": fault.issuer, "decided_on": decided.isoformat(),
                "effective_from": decided.isoformat(), "acted_from": acted.isoformat(), "facts": fault.facts,
                "duty": fault.duty, "matter": fault.matter, "tier": fault.tier, "loss": fault.loss,
                "impact": fault.impact,
                "impact_reason": "按涉及对象的数量和是否挽回判断（演示）。", "channel": fault.channel,
            },
            scan=paper(fault.measure), subject=subject, agency=self.units[MAIN_AGENCY],
            actor=self.actor("clerk", entered, 10), today=entered,
        )  # fmt: skip
        if subject.kind == SubjectKind.AGENCY:
            named = [Named(tenure.official_id, "main_leader")]
            integrity.name_responsible(record.pk, named, on=acted, actor=self.actor("clerk", entered, 11))
        self._road(record, fault.fate, entered)

    def _road(self, record: CreditRecord, fate: str, day: date) -> None:
        """As far as it has come; each step by who takes it, on a day of its own."""
        pk = record.pk
        if fate == "draft":
            return
        services.submit(pk, actor=self.actor("clerk", day, 12), today=day)
        if fate == "submitted":
            return
        day = self._later(day, 1)
        if fate == "returned":
            services.return_(pk, actor=self.actor("reviewer", day, 14), reason="扫描件第二页不清晰，请重新扫描。")
            return
        services.approve(pk, actor=self.actor("reviewer", day, 14), today=day)
        if fate != "finding":
            self._found(pk, fate, self._later(day, 2))

    def _found(self, pk: int, fate: str, day: date) -> None:
        office = self.actor("office", day, 10)
        integrity.find(
            pk, opinion="文书已生效，事实清楚，予以认定。", served_on=day, service="direct", actor=office, today=day
        )
        if fate in ("stated", "adopted"):
            said = self._later(day, 3)
            text = "超期系信息系统升级所致，并已于当日向社会说明，请求不予认定。"
            statement = integrity.record_statement(
                pk, received_on=said, text=text, scan=paper("statement"), actor=self.actor("office", said, 9),
                today=said,
            )  # fmt: skip
            if fate == "adopted":
                integrity.answer_statement(
                    statement.pk, outcome="adopted", answer="经核查系统日志，情况属实，不予认定。",
                    actor=self.actor("office", said, 16), today=said,
                )  # fmt: skip
        if fate in IN_EFFECT:
            over = self._later(day, 35)
            integrity.confirm(pk, actor=self.actor("office", over, 10), today=over)
            if fate == "fulfilled":
                paid = self._later(over, 60)
                integrity.register_fulfilment(
                    pk, on=paid, evidence="国库集中支付凭证第1088号", actor=self.actor("office", paid, 15), today=paid
                )

    def _honour(self, whose: str, title: str, level: str, day: date, deeds: str) -> None:
        subject = self._tenure(whose, day).official if whose == "official" else self.units[whose]
        self.number += 1
        record = integrity.enter(
            RecordKindCode.HONOUR,
            {
                "title": title, "level": level, "document_number": f"惠府表〔{day.year}〕{self.number}号",
                "issuing_body": "惠州市人民政府", "decided_on": day.isoformat(), "deeds": deeds,
            },
            scan=paper("honour"), subject=subject, agency=self.units[MAIN_AGENCY],
            actor=self.actor("clerk", day, 10), today=day,
        )  # fmt: skip
        services.submit(record.pk, actor=self.actor("clerk", day, 11), today=day)
        services.approve(record.pk, actor=self.actor("reviewer", day, 15), today=day)

    def _tenure(self, whose: str, day: date) -> Tenure:
        """Who held the post then: of an agency its head, else one of the first agency's own, each time another."""
        held = Tenure.objects.on(day - timedelta(days=30)).select_related("official", "agency").order_by("pk")
        if whose == "mover":
            mover: Tenure = Tenure.objects.filter(
                agency=self.units[MAIN_AGENCY], ended_on__lt=day, post="股长"
            ).select_related("official")[0]
            return mover
        if whose != "official":
            head: Tenure = held.heads().filter(agency=self.units[whose])[0]
            return head
        self.number += 1
        ours = held.filter(agency=self.units[MAIN_AGENCY], is_head=False, ended_on=None)
        found: Tenure = ours[self.number % ours.count()]
        return found

    def _acted(self, tenure: Tenure, decided: date) -> date:
        """A day on which the post was held: the last one of a post that has ended."""
        return min(tenure.ended_on or decided, decided - timedelta(days=30))

    def _later(self, day: date, days: int) -> date:
        return min(day + timedelta(days=days), self.today)

    def _ago(self, days: int) -> date:
        return self.today - timedelta(days=days)


def paper(title: str) -> bytes:
    """A one-page PDF that stands for the scan."""
    text = f"BT /F1 20 Tf 72 720 Td (DEMONSTRATION - {title}) Tj ET".encode("ascii")
    parts = [
        b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(text), text),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]  # fmt: skip
    out, places = bytearray(b"%PDF-1.4\n"), []
    for number, part in enumerate(parts, 1):
        places.append(len(out))
        out += b"%d 0 obj%s\nendobj\n" % (number, part)
    start = len(out)
    out += b"xref\n0 6\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % place for place in places)
    return bytes(out + b"trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % start)
