"""The columns of both kinds, once: form, record page, labels and public fields are read off here."""

from collections.abc import Sequence
from dataclasses import dataclass

from integrity.choices import Channel, HonourLevel, Impact
from records.choices import RecordKindCode, Tier

TEXT, LONG_TEXT, DATE, AMOUNT, NUMBER, CHOICE = "text", "long_text", "date", "amount", "number", "choice"
Choices = tuple[tuple[str, str], ...]


def _pairs(choices: Sequence[tuple[str, str]]) -> Choices:
    return tuple((value, str(label)) for value, label in choices if value)


@dataclass(frozen=True, slots=True)
class Column:
    """One column: `record` says that the ledger's row holds it, not the detail. Texts: at most `most` characters."""

    name: str
    label: str
    group: str
    type: str = TEXT
    required: bool = True
    record: bool = False
    help: str = ""
    choices: Choices = ()
    most: int = 500

    @property
    def personal(self) -> bool:
        return False


PAPER, PERIOD, ACT = "生效文书", "期限", "失信情况"
MASKED = "不要写个人证件号码、电话、住址。"
DISHONESTY = (
    Column("measure", "失信种类", PAPER, CHOICE),
    Column("document_number", "文书号", PAPER, record=True, most=128),
    Column(
        "issuing_body", "作出文书的机关", PAPER, most=200, help="文书落款的机关全称，例如法院、纪委监委、处罚机关。"
    ),
    Column("decided_on", "文书日期", PAPER, DATE, record=True),
    Column("effective_from", "生效日期", PAPER, DATE, record=True, help="处分自作出之日起生效；判决为生效日。"),
    Column(
        "months",
        "文书载明的期限（月）",
        PERIOD,
        NUMBER,
        False,
        help="与规则一致的不必填；合并处分、延长期限的必须填写。",
    ),
    Column("several", "合并的相同处分数", PERIOD, NUMBER, False, help="同时受到多个相同处分、合并确定期限的填写个数。"),
    Column("acted_from", "行为日期自", ACT, DATE, help="责任人按这一天的任职确定。"),
    Column("acted_to", "行为日期至", ACT, DATE, False, help="持续的行为填写终了之日。"),
    Column("facts", "失信事实", ACT, LONG_TEXT, most=4000, help=MASKED),
    Column("duty", "违反的职责或义务", ACT, LONG_TEXT, help="写明法律法规、合同或承诺的具体条款。"),
    Column("tier", "失信程度", ACT, CHOICE, record=True, choices=_pairs(Tier.choices)),
    Column("loss", "造成的损失（万元）", ACT, AMOUNT, False),
    Column("impact", "社会影响", ACT, CHOICE, choices=_pairs(Impact.choices)),
    Column("impact_reason", "社会影响的判断理由", ACT, LONG_TEXT),
    Column("channel", "线索来源", ACT, CHOICE, choices=_pairs(Channel.choices)),
    Column(
        "matter",
        "关联承诺或案件",
        ACT,
        LONG_TEXT,
        False,
        help="所涉承诺、合同或案件的名称和编号，例如合同编号、承诺事项、法院案号。不写个人姓名和证件号码。",
    ),
    Column("related", "相关记录", ACT, NUMBER, False, help="同一主体的有关信用记录编号，例如已公示的处罚。"),
)
HONOUR = (
    Column("title", "荣誉名称", PAPER, record=True, most=300),
    Column("level", "荣誉级别", PAPER, CHOICE, choices=_pairs(HonourLevel.choices)),
    Column("document_number", "文书号", PAPER, record=True, most=128),
    Column("issuing_body", "作出文书的机关", PAPER, most=200, help="授予荣誉的机关全称。"),
    Column("decided_on", "文书日期", PAPER, DATE, record=True),
    Column("effective_to", "有效期至", PAPER, DATE, False, record=True, help="没有期限的不填。"),
    Column("deeds", "主要事迹", PAPER, LONG_TEXT, most=4000, help=MASKED),
)
COLUMNS: dict[str, tuple[Column, ...]] = {RecordKindCode.DISHONESTY: DISHONESTY, RecordKindCode.HONOUR: HONOUR}
