"""The two tables of the 2018 national standard (双公示归集标准, 发改办财金〔2018〕424号), column by column.

Everything that needs to know a column reads it here: header mapping, conversion, validation, templates, forms, public
projections and platform field maps. `aliases` are the labels of the 2015/2016 tables and of provincial variants.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from disclosure.choices import LicenceState, PartyCategory
from records.choices import RecordKindCode


class Type(StrEnum):
    TEXT = "text"
    LONG_TEXT = "long_text"
    DATE = "date"
    AMOUNT = "amount"  # 万元, six decimals
    CHOICE = "choice"  # one of `choices`, exchanged as its label
    CATEGORIES = "categories"  # one or more of `choices`
    USCC = "uscc"
    CODE = "code"
    ID_NUMBER = "id_number"
    BOOLEAN = "boolean"


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `required`: in the 2018 table; `older_tables` says whether the 2015/2016 tables had it.

    `stored`: "record" (CreditRecord), "detail" (Licence/Penalty). `public`: may ever stand in a public projection.
    `personal`: holds data about a person; encrypted or masked, never public.
    """

    name: str
    code: str
    label: str
    type: Type = Type.TEXT
    length: int = 0
    required: bool = False
    aliases: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    help: str = ""
    group: str = ""
    stored: str = "detail"
    public: bool = True
    personal: bool = False
    older_tables: bool = True
    example: str = ""


PARTY, DECISION, EFFECT, SOURCE = "行政相对人", "行政决定", "有效期", "来源"

ID_TYPES = (
    "身份证",
    "护照号",
    "港澳居民来往内地通行证",
    "台湾居民来往大陆通行证",
    "外国人永久居留身份证",
)

LICENCE_CATEGORIES = ("普通", "特许", "认可", "核准", "登记", "其他")

# 行政处罚法 2021 art 9, and the wording of the 2016 tables; one decision may carry several.
PENALTY_CATEGORIES = (
    "警告",
    "通报批评",
    "罚款",
    "没收违法所得",
    "没收非法财物",
    "暂扣许可证件",
    "降低资质等级",
    "吊销许可证件",
    "限制开展生产经营活动",
    "责令停产停业",
    "责令关闭",
    "限制从业",
    "行政拘留",
    "其他",
)

# Old wordings → today's, by folded text.
PENALTY_CATEGORY_SYNONYMS = {
    "没收违法所得、没收非法财物": ("没收违法所得", "没收非法财物"),
    "没收非法所得": ("没收违法所得",),
    "暂扣或者吊销许可证、暂扣或者吊销执照": ("吊销许可证件",),
    "暂扣或者吊销许可证": ("吊销许可证件",),
    "暂扣或者吊销执照": ("吊销许可证件",),
    "暂扣许可证": ("暂扣许可证件",),
    "暂扣执照": ("暂扣许可证件",),
    "吊销许可证": ("吊销许可证件",),
    "吊销执照": ("吊销许可证件",),
    "吊销营业执照": ("吊销许可证件",),
    "市场禁入": ("限制从业",),
}


# What departments write into 相对人类别, by folded text.
PARTY_CATEGORY_SYNONYMS = {
    "法人": PartyCategory.ORGANISATION,
    "法人及其他组织": PartyCategory.ORGANISATION,
    "法人或其他组织": PartyCategory.ORGANISATION,
    "法人和其他组织": PartyCategory.ORGANISATION,
    "法人或非法人组织": PartyCategory.ORGANISATION,
    "非法人组织": PartyCategory.ORGANISATION,
    "企业": PartyCategory.ORGANISATION,
    "单位": PartyCategory.ORGANISATION,
    "个人": PartyCategory.NATURAL_PERSON,
    "公民": PartyCategory.NATURAL_PERSON,
    "个体户": PartyCategory.SOLE_TRADER,
    "个体": PartyCategory.SOLE_TRADER,
}

# 当前状态 by generation: the 2018 table has 1 and 2; the tables before it 0 to 3, blank meaning 0.
LICENCE_STATE_CODES = {
    "1": LicenceState.VALID,
    "2": LicenceState.INVALID,
}
OLDER_STATE_CODES = {"0": "正常", "1": "撤销", "2": "异议", "3": "其他"}
OLDER_LICENCE_STATES = {
    "正常": LicenceState.VALID,
    "撤销": LicenceState.INVALID,
    "异议": LicenceState.VALID,
    "其他": LicenceState.VALID,
}
# Words for the state that mean one of the two.
LICENCE_STATE_SYNONYMS = {
    "正常": LicenceState.VALID,
    "在用": LicenceState.VALID,
    "生效": LicenceState.VALID,
    "撤销": LicenceState.INVALID,
    "吊销": LicenceState.INVALID,
    "注销": LicenceState.INVALID,
    "失效": LicenceState.INVALID,
    "过期": LicenceState.INVALID,
}

ID_TYPE_SYNONYMS = {
    "居民身份证": "身份证",
    "公民身份证": "身份证",
    "护照": "护照号",
    "港澳通行证": "港澳居民来往内地通行证",
    "港澳居民往来内地通行证": "港澳居民来往内地通行证",
    "回乡证": "港澳居民来往内地通行证",
    "台胞证": "台湾居民来往大陆通行证",
    "台湾通行证": "台湾居民来往大陆通行证",
    "外国人永居证": "外国人永久居留身份证",
}
RESIDENT_CARD = "身份证"

YES_WORDS = ("是", "1", "y", "yes", "true", "√", "有")
NO_WORDS = ("否", "0", "n", "no", "false", "×", "无")

# What the 2015 tables wrote where a document had no number.
NO_NUMBER_WORDS = ("空", "无", "无文号", "没有", "不详")

# The six codes of the standard, in its order.
CODE_COLUMNS = (
    "uscc",
    "business_registration",
    "organisation_code",
    "tax_registration",
    "institution_certificate",
    "social_organisation_certificate",
)


def _party(prefix: str) -> tuple[Column, ...]:
    """Columns about the party (行政相对人), the same in both tables but for the code's prefix."""
    p = prefix
    return (
        Column(
            "party_name", f"{p}_XDR_MC", "行政相对人名称", length=200, required=True, group=PARTY,
            aliases=("企业名称", "相对人名称", "当事人", "当事人名称", "被处罚人", "单位名称", "被许可人"),
            help="登记机关核准的全称；与统一社会信用代码不一致时会请您核对。", example="惠州市示例建材有限公司",
        ),
        Column(
            "party_category", f"{p}_XDR_LB", "行政相对人类别", Type.CHOICE, 100, True, group=PARTY,
            choices=tuple(PartyCategory.labels), older_tables=False, aliases=("相对人类别",),
            help="代码以92开头的个体工商户填“个体工商户”，填报在法人表中。", example="法人及非法人组织",
        ),
        Column(
            "uscc", f"{p}_XDR_SHXYM", "行政相对人代码_1(统一社会信用代码)", Type.USCC, 18, group=PARTY,
            aliases=("统一社会信用代码", "社会信用代码", "信用代码", "行政相对人代码_1"),
            help="18位。确无统一社会信用代码的，至少填写其他一种代码。", example="91441302MA4UK3XQ1A",
        ),
        Column(
            "business_registration", f"{p}_XDR_GSZC", "行政相对人代码_2(工商注册号)", Type.CODE, 50, group=PARTY,
            aliases=("工商注册号", "工商登记码", "注册号", "行政相对人代码_3 (工商登记码)"),
            help="没有统一社会信用代码时填写，15位，见营业执照。",
        ),
        Column(
            "organisation_code", f"{p}_XDR_ZZJG", "行政相对人代码_3(组织机构代码)", Type.CODE, 32, group=PARTY,
            aliases=("组织机构代码", "行政相对人代码_2 (组织机构代码)"),
            help="没有统一社会信用代码时填写，9位，见组织机构代码证。",
        ),
        Column(
            "tax_registration", f"{p}_XDR_SWDJ", "行政相对人代码_4(税务登记号)", Type.CODE, 32, group=PARTY,
            aliases=("税务登记号", "税务登记证号"), help="没有统一社会信用代码时填写，见税务登记证。",
        ),
        Column(
            "institution_certificate", f"{p}_XDR_SYDW", "行政相对人代码_5(事业单位证书号)", Type.CODE, 120,
            group=PARTY, aliases=("事业单位证书号",), older_tables=False,
            help="事业单位没有统一社会信用代码时填写，见事业单位法人证书。",
        ),
        Column(
            "social_organisation_certificate", f"{p}_XDR_SHZZ", "行政相对人代码_6(社会组织登记证号)", Type.CODE, 50,
            group=PARTY, aliases=("社会组织登记证号",), older_tables=False,
            help="社会组织没有统一社会信用代码时填写，见登记证书。",
        ),
        Column(
            "representative", f"{p}_FRDB", "法定代表人", length=50, group=PARTY,
            aliases=("法定代表人姓名", "法定代表人（负责人）", "法人代表"), help="法人及非法人组织必填。",
            example="陈示例",
        ),
        Column(
            "representative_id_type", f"{p}_FR_ZJLX", "法定代表人证件类型", Type.CHOICE, 64, group=PARTY,
            choices=ID_TYPES, public=False, personal=True, older_tables=False,
            help="不鼓励填写；填写时须与证件号码同时填写。",
        ),
        Column(
            "representative_id_number", f"{p}_FR_ZJHM", "法定代表人证件号码", Type.ID_NUMBER, 64, group=PARTY,
            public=False, personal=True, older_tables=False, aliases=(f"{p}_FR_SFZH", "法定代表人身份证号"),
            help="加密保存，任何情况下不公示。",
        ),
        Column(
            "party_id_type", f"{p}_XDR_ZJLX", "证件类型", Type.CHOICE, 64, group=PARTY, choices=ID_TYPES,
            public=False, personal=True, older_tables=False, aliases=("自然人证件类型",), help="自然人必填。",
        ),
        Column(
            "party_id_number", f"{p}_XDR_ZJHM", "证件号码", Type.ID_NUMBER, 64, group=PARTY, public=False,
            personal=True, aliases=(
                "自然人证件号码", "居民身份证号", "身份证号", "行政相对人代码_5 (居民身份证号)", f"{p}_XDR_SFZ",
            ),
            help="自然人必填；加密保存，任何情况下不公示。",
        ),
    )  # fmt: skip


def _source(prefix: str, unit: str, unit_code: str) -> tuple[Column, ...]:
    return (
        Column(
            "source_unit", unit, "数据来源单位", length=200, required=True, group=SOURCE, older_tables=False,
            help="上传该条数据的单位全称；不填时为本单位。",
        ),
        Column(
            "source_unit_code", unit_code, "数据来源单位统一社会信用代码", Type.USCC, 18, True, group=SOURCE,
            older_tables=False, help="上传该条数据的单位的代码；不填时为本单位。",
        ),
        Column(
            "remark", "BZ", "备注", Type.LONG_TEXT, group=SOURCE, public=False,
            help="需要向审核人说明的情况；不公示。",
        ),
    )  # fmt: skip


LICENCE = (
    *_party("XK"),
    Column(
        "document_title", "XK_XKWS", "行政许可决定文书名称", length=256, required=True, group=DECISION,
        aliases=("项目名称", "许可文件名称", "许可决定书名称", "XK_XMMC"), help="照决定书填写标题全文。",
        example="关于准予食品经营许可的决定",
    ),
    Column(
        "document_number", "XK_WSH", "行政许可决定文书号", length=128, required=True, group=DECISION, stored="record",
        aliases=("行政许可决定书文号", "许可文件编号", "许可决定书文号", "行政许可决定书文书号"),
        help="文书没有文号的，填写许可编号。", example="惠城市监许〔2026〕128号",
    ),
    Column(
        "licence_category", "XK_XKLB", "许可类别", Type.CHOICE, 256, True, group=DECISION, choices=LICENCE_CATEGORIES,
        aliases=("审批类别", "XK_SPLB", "行政许可类别"), help="其他类别写作“其他-具体类别”。", example="普通",
    ),
    Column(
        "certificate_name", "XK_XKZS", "许可证书名称", length=128, group=DECISION, older_tables=False,
        help="颁发证书的，填写证书上的名称。", example="食品经营许可证",
    ),
    Column(
        "licence_number", "XK_XKBH", "许可编号", length=128, group=DECISION, older_tables=False,
        help="填写了许可证书名称的，须填写许可编号。", example="JY14413020000001",
    ),
    Column(
        "content", "XK_NR", "许可内容", Type.LONG_TEXT, 4000, True, group=DECISION, help="写明许可从事的事项和范围。",
        example="预包装食品销售",
    ),
    Column(
        "decided_on", "XK_JDRQ", "许可决定日期", Type.DATE, required=True, group=DECISION, stored="record",
        aliases=("决定日期", "许可决定书签发日期"), help="公示期限自该日起算7个工作日。", example="2026-11-02",
    ),
    Column(
        "effective_from", "XK_YXQZ", "有效期自", Type.DATE, required=True, group=EFFECT, stored="record",
        older_tables=False, aliases=("许可有效期自",), help="填写许可生效的日期，一般为决定日期。",
        example="2026-11-02",
    ),
    Column(
        "effective_to", "XK_YXQZI", "有效期至", Type.DATE, required=True, group=EFFECT, stored="record",
        aliases=("许可截止期", "许可有效期至", "XK_JZQ"), help="长期有效填 2099-12-31 或“长期”。", example="2031-11-01",
    ),
    Column(
        "authority", "XK_XKJG", "许可机关", length=200, required=True, group=SOURCE, aliases=("决定机关",),
        help="作出决定的机关全称。",
    ),
    Column(
        "authority_code", "XK_XKJGDM", "许可机关统一社会信用代码", Type.USCC, 18, True, group=SOURCE,
        older_tables=False, help="填写许可机关的18位代码。",
    ),
    Column(
        "state", "XK_ZT", "当前状态", Type.CHOICE, 10, True, group=EFFECT, choices=tuple(LicenceState.labels),
        aliases=("登记状态",), help="有效或无效；也可填写代码 1（有效）、2（无效）。", example="有效",
    ),
    *_source("XK", "XK_LYDW", "XK_LYDWDM"),
)  # fmt: skip

PENALTY = (
    *_party("CF"),
    Column(
        "document_number", "CF_WSH", "行政处罚决定书文号", length=128, required=True, group=DECISION, stored="record",
        aliases=("处罚决定书文号", "决定书文号", "文书号"), help="照决定书填写文号全文，括号写法不限。",
        example="惠城市监罚〔2026〕56号",
    ),
    Column(
        "violation_type", "CF_WFXW", "违法行为类型", Type.LONG_TEXT, 2000, True, group=DECISION,
        aliases=("处罚名称", "CF_CFMC", "案由"), help="一句话写明违反了什么；公示时作为标题。",
        example="未按规定公示企业信息",
    ),
    Column(
        "facts", "CF_SY", "违法事实", Type.LONG_TEXT, 20000, True, group=DECISION, aliases=("处罚事由", "违法行为"),
        help="写明时间、行为和后果；不要写个人证件号码、住址、电话。", example="当事人未在规定期限内公示2025年度报告。",
    ),
    Column(
        "legal_basis", "CF_YJ", "处罚依据", Type.LONG_TEXT, 20000, True, group=DECISION,
        help="写明法律法规名称和条款。", example="《企业信息公示暂行条例》第十七条第一款",
    ),
    Column(
        "penalty_category", "CF_CFLB", "处罚类别", Type.CATEGORIES, 256, True, group=DECISION,
        choices=PENALTY_CATEGORIES, aliases=("处罚种类", "处罚类别1", "CF_CFLB1"),
        help="可多选，以顿号分隔；其他类别写作“其他-具体类别”。", example="罚款",
    ),
    Column(
        "penalty_category_second", "CF_CFLB2", "处罚类别2", Type.CATEGORIES, 256, group=DECISION,
        choices=PENALTY_CATEGORIES, stored="merged", public=False,
    ),
    Column(
        "content", "CF_NR", "处罚内容", Type.LONG_TEXT, 20000, True, group=DECISION, aliases=("处罚结果", "CF_JG"),
        help="照决定书主文填写，罚没金额与金额栏一致。", example="罚款人民币贰仟元整",
    ),
    Column(
        "fine_amount", "CF_NR_FK", "罚款金额（万元）", Type.AMOUNT, group=DECISION, older_tables=False,
        aliases=("罚款金额", "罚款金额(万元)"), example="0.2",
        help="单位是万元：罚款2000元填0.2。处罚类别含罚款时必填。",
    ),
    Column(
        "confiscated_amount", "CF_NR_WFFF", "没收违法所得、没收非法财物的金额（万元）", Type.AMOUNT, group=DECISION,
        older_tables=False, aliases=("没收金额", "没收违法所得、没收非法财物的金额"),
        help="单位是万元。处罚类别含没收时必填。",
    ),
    Column(
        "older_state", "CF_ZT", "当前状态", Type.CHOICE, 10, group=DECISION, stored="merged", public=False,
        choices=tuple(OLDER_STATE_CODES.values()), help="只有2015、2016年的旧表有此列；已撤销的处罚不得报送。",
    ),
    Column(
        "revoked_certificate", "CF_NR_ZKDX", "暂扣或吊销证照名称及编号", length=200, group=DECISION, older_tables=False,
        help="处罚类别含暂扣或吊销时必填。",
    ),
    Column(
        "simple_procedure", "CF_JYCX", "简易程序", Type.BOOLEAN, group=DECISION, older_tables=False, public=False,
        choices=("是", "否"), help="当场作出的简易程序处罚原则上不予公示。",
    ),
    Column(
        "decided_on", "CF_JDRQ", "处罚决定日期", Type.DATE, required=True, group=DECISION, stored="record",
        aliases=("决定日期", "处罚决定书签发日期"), help="公示期限自该日起算7个工作日。", example="2026-11-02",
    ),
    Column(
        "effective_to", "CF_YXQ", "处罚有效期", Type.DATE, required=True, group=EFFECT, stored="record",
        older_tables=False, help="长期有效填 2099-12-31 或“长期”。", example="2027-11-01",
    ),
    Column(
        "publicity_deadline", "CF_GSJZQ", "公示截止期", Type.DATE, group=EFFECT, older_tables=False, public=False,
        help="仅作核对：公示截止日由公示规则计算。",
    ),
    Column(
        "authority", "CF_CFJG", "处罚机关", length=200, required=True, group=SOURCE, aliases=("决定机关",),
        help="作出决定的机关全称。",
    ),
    Column(
        "authority_code", "CF_CFJGDM", "处罚机关统一社会信用代码", Type.USCC, 18, True, group=SOURCE,
        older_tables=False, help="填写处罚机关的18位代码。",
    ),
    *_source("CF", "CF_SJLY", "CF_SJLYDM"),
)  # fmt: skip

# Fields that a form shows and the 2016 column merges into another.
TABLES: dict[str, tuple[Column, ...]] = {RecordKindCode.LICENCE: LICENCE, RecordKindCode.PENALTY: PENALTY}


def columns(kind: str) -> tuple[Column, ...]:
    return TABLES[kind]


def column(kind: str, name: str) -> Column:
    return next(c for c in TABLES[kind] if c.name == name)


def public_columns(kind: str) -> Iterator[Column]:
    """Columns that a publication rule's “*” opens: never personal ones."""
    return (c for c in TABLES[kind] if c.public and not c.personal)
