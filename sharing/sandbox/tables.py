"""What the stand-in platforms demand of a row, table by table, and the answers by code.

XK_* and CF_* are the four tables of the 2018 standard. ZWSX_* (政务失信) and SXRY_* (守信荣誉) are our own convention
in its manner: no such table of the real platforms is public.
Written independently of the sender's field maps, so that a mistake there is seen here.
"""

import re
from dataclasses import dataclass
from datetime import date

OK = "200"
SERVER_ERROR = "500"
NAME_MISMATCH = "1001"
REQUIRED_EMPTY = "1002"
BAD_VALUE = "1003"
OLDER_VERSION = "1004"
UNKNOWN_COLUMN = "1005"
TABLE_EMPTY = "3001"
TABLE_UNKNOWN = "3002"
DEPARTMENT_EMPTY = "4001"
BAD_JSON = "5001"
BODY_EMPTY = "6001"
BODY_SHAPE = "6002"
REPLAYED = "7007"

TEXT, DATE, AMOUNT, CODE = "text", "date", "amount", "code"


@dataclass(frozen=True, slots=True)
class Refusal:
    code: str
    column: str
    text: str


@dataclass(frozen=True, slots=True)
class Column:
    label: str
    length: int
    kind: str = TEXT
    required: bool = False


def _must(label: str, length: int = 4000, kind: str = TEXT) -> Column:
    return Column(label, length, kind, required=True)


def _may(label: str, length: int = 4000, kind: str = TEXT) -> Column:
    return Column(label, length, kind)


def _party(prefix: str) -> dict[str, Column]:
    """The legal person's part: at least one of six codes."""
    return {
        f"{prefix}_XDR_MC": _must("行政相对人名称", 200),
        f"{prefix}_XDR_LB": _must("行政相对人类别", 100),
        f"{prefix}_XDR_SHXYM": _may("行政相对人代码_1(统一社会信用代码)", 18, CODE),
        f"{prefix}_XDR_GSZC": _may("行政相对人代码_2(工商注册号)", 50),
        f"{prefix}_XDR_ZZJG": _may("行政相对人代码_3(组织机构代码)", 32),
        f"{prefix}_XDR_SWDJ": _may("行政相对人代码_4(税务登记号)", 32),
        f"{prefix}_XDR_SYDW": _may("行政相对人代码_5(事业单位证书号)", 120),
        f"{prefix}_XDR_SHZZ": _may("行政相对人代码_6(社会组织登记证号)", 50),
        f"{prefix}_FRDB": _may("法定代表人", 50),
        f"{prefix}_FR_ZJLX": _may("法定代表人证件类型", 64),
    }


def _person(prefix: str) -> dict[str, Column]:
    """The natural person's part: shared masked and without the number (《个人信息保护法》第三十四条)."""
    return {
        f"{prefix}_XDR_MC": _must("行政相对人名称", 200),
        f"{prefix}_XDR_LB": _must("行政相对人类别", 100),
        f"{prefix}_XDR_ZJLX": _may("证件类型", 64),
    }


_LICENCE = {
    "XK_XKWS": _must("行政许可决定文书名称", 256),
    "XK_WSH": _must("行政许可决定文书号", 128),
    "XK_XKLB": _must("许可类别", 256),
    "XK_XKZS": _may("许可证书名称", 256),
    "XK_XKBH": _may("许可编号", 128),
    "XK_NR": _must("许可内容"),
    "XK_JDRQ": _must("许可决定日期", 10, DATE),
    "XK_YXQZ": _must("有效期自", 10, DATE),
    "XK_YXQZI": _must("有效期至", 10, DATE),
    "XK_XKJG": _must("许可机关", 200),
    "XK_XKJGDM": _must("许可机关统一社会信用代码", 18, CODE),
    "XK_ZT": _must("当前状态", 1),
    "XK_LYDW": _must("数据来源单位", 200),
    "XK_LYDWDM": _must("数据来源单位统一社会信用代码", 18, CODE),
    "BZ": _may("备注"),
}
_PENALTY = {
    "CF_WSH": _must("行政处罚决定书文号", 128),
    "CF_WFXW": _must("违法行为类型"),
    "CF_SY": _must("违法事实"),
    "CF_YJ": _must("处罚依据"),
    "CF_CFLB": _must("处罚类别", 256),
    "CF_NR": _must("处罚内容"),
    "CF_NR_FK": _may("罚款金额(万元)", 24, AMOUNT),
    "CF_NR_WFFF": _may("没收违法所得、没收非法财物的金额(万元)", 24, AMOUNT),
    "CF_NR_ZKDX": _may("暂扣或吊销证照名称及编号", 200),
    "CF_JDRQ": _must("处罚决定日期", 10, DATE),
    "CF_YXQ": _must("处罚有效期", 10, DATE),
    "CF_GSJZQ": _may("公示截止期", 10, DATE),
    "CF_CFJG": _must("处罚机关", 200),
    "CF_CFJGDM": _must("处罚机关统一社会信用代码", 18, CODE),
    "CF_SJLY": _must("数据来源单位", 200),
    "CF_SJLYDM": _must("数据来源单位统一社会信用代码", 18, CODE),
    "BZ": _may("备注"),
}


def _official(prefix: str) -> dict[str, Column]:
    """An official: masked, and without any code."""
    return {f"{prefix}_ZT_MC": _must("主体名称", 200), f"{prefix}_ZT_LB": _must("主体类别", 100)}


def _body(prefix: str) -> dict[str, Column]:
    """A government body, always with its unified code."""
    return _official(prefix) | {f"{prefix}_ZT_SHXYM": _must("主体统一社会信用代码", 18, CODE)}


def _origin(prefix: str) -> dict[str, Column]:
    return {
        f"{prefix}_GSJZQ": _may("公示截止期", 10, DATE),
        f"{prefix}_SJLY": _must("数据来源单位", 200),
        f"{prefix}_SJLYDM": _must("数据来源单位统一社会信用代码", 18, CODE),
        "BZ": _may("备注"),
    }


# What a publication rule may keep closed is not demanded here.
_DISHONESTY = {
    "ZWSX_SXZL": _must("失信种类", 256),
    "ZWSX_WSH": _must("文书号", 128),
    "ZWSX_ZCJG": _may("作出文书的机关", 200),
    "ZWSX_WSRQ": _must("文书日期", 10, DATE),
    "ZWSX_SXRQ": _must("生效日期", 10, DATE),
    "ZWSX_XWQ": _may("行为日期自", 10, DATE),
    "ZWSX_XWZ": _may("行为日期至", 10, DATE),
    "ZWSX_SY": _may("失信事实"),
    "ZWSX_YW": _may("违反的职责或义务", 500),
    "ZWSX_GLSX": _may("关联承诺或案件", 500),
    "ZWSX_SS": _may("造成的损失(万元)", 24, AMOUNT),
    "ZWSX_YX": _may("社会影响", 20),
    "ZWSX_CD": _must("失信程度", 10),
    "ZWSX_XLZ": _may("效力期至", 10, DATE),
    "ZWSX_XLSM": _may("效力期说明", 500),
} | _origin("ZWSX")
_HONOUR = {
    "SXRY_MC": _must("荣誉名称", 300),
    "SXRY_JB": _may("荣誉级别", 20),
    "SXRY_SYJG": _may("授予机关", 200),
    "SXRY_WSH": _must("文书号", 128),
    "SXRY_SYRQ": _must("授予日期", 10, DATE),
    "SXRY_YXZ": _may("有效期至", 10, DATE),
    "SXRY_SJ": _may("主要事迹"),
} | _origin("SXRY")
TABLES: dict[str, dict[str, Column]] = {
    "XK_FR": _party("XK") | _LICENCE,
    "XK_ZRR": _person("XK") | _LICENCE,
    "CF_FR": _party("CF") | _PENALTY,
    "CF_ZRR": _person("CF") | _PENALTY,
    "ZWSX_FR": _body("ZWSX") | _DISHONESTY,
    "ZWSX_ZRR": _official("ZWSX") | _DISHONESTY,
    "SXRY_FR": _body("SXRY") | _HONOUR,
    "SXRY_ZRR": _official("SXRY") | _HONOUR,
}
_ENTITY_CODES = ("SHXYM", "GSZC", "ZZJG", "SWDJ", "SYDW", "SHZZ")
_PARTY_TYPES: dict[str, tuple[str, ...]] = {"FR": ("法人及非法人组织", "个体工商户"), "ZRR": ("自然人",)}
_GOVERNMENT_TYPES: dict[str, tuple[str, ...]] = {"FR": ("政府机构",), "ZRR": ("公务员",)}


@dataclass(frozen=True, slots=True)
class Plan:
    """What the tables of one prefix have in common: whose columns, of which types, and the day of the paper."""

    whose: str
    types: dict[str, tuple[str, ...]]
    decided: str


_PLANS = {
    "XK": Plan("XK_XDR", _PARTY_TYPES, "XK_JDRQ"),
    "CF": Plan("CF_XDR", _PARTY_TYPES, "CF_JDRQ"),
    "ZWSX": Plan("ZWSX_ZT", _GOVERNMENT_TYPES, "ZWSX_WSRQ"),
    "SXRY": Plan("SXRY_ZT", _GOVERNMENT_TYPES, "SXRY_SYRQ"),
}
# Columns that hold one of a list.
_LISTED = {
    "ZWSX_CD": ("轻微", "一般", "严重"),
    "SXRY_JB": ("国家级", "省级", "市级", "区级", "部门"),
}
# A day that does not come before another.
_ORDER = {
    "ZWSX": (("ZWSX_WSRQ", "ZWSX_SXRQ"), ("ZWSX_SXRQ", "ZWSX_XLZ"), ("ZWSX_XWQ", "ZWSX_XWZ")),
    "SXRY": (("SXRY_SYRQ", "SXRY_YXZ"),),
}


def name_column(table: str) -> str:
    """The column with the name of whom a row is about."""
    return f"{_PLANS[table.split('_')[0]].whose}_MC"


def code_column(table: str) -> str:
    return f"{_PLANS[table.split('_')[0]].whose}_SHXYM"


@dataclass(frozen=True, slots=True)
class Profile:
    """How one platform differs: its name, the dates it reads, the columns it adds."""

    name: str
    date_form: re.Pattern[str]
    date_example: str
    extra: dict[str, Column]


PROFILES = {
    "municipal": Profile("惠州市公共信用信息平台", re.compile(r"(\d{4})/(\d{2})/(\d{2})"), "2026/03/01", {}),
    "provincial": Profile(
        "广东省公共信用信息平台",
        re.compile(r"(\d{4})-(\d{2})-(\d{2})"),
        "2026-03-01",
        {"DFBM": Column("地方编码", 6, required=True)},
    ),
    "national": Profile("全国信用信息共享平台", re.compile(r"(\d{4})/(\d{2})/(\d{2})"), "2026/03/01", {}),
}
_KNOWN = {
    (platform, table): columns | profile.extra
    for platform, profile in PROFILES.items()
    for table, columns in TABLES.items()
}

_USCC = re.compile(r"[0-9A-HJ-NPQRTUWXY]{18}")
_CODE_CHARS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CODE_VALUE = {char: value for value, char in enumerate(_CODE_CHARS)}
_CODE_WEIGHTS = [pow(3, place, 31) for place in range(17)]
_AMOUNT = re.compile(r"\d{1,12}(\.\d{1,6})?")


def _code_is_right(code: str) -> bool:
    """GB 32100-2015: 31 characters, weights 3ⁿ mod 31."""
    if not _USCC.fullmatch(code):
        return False
    total = sum(_CODE_VALUE[char] * weight for char, weight in zip(code[:17], _CODE_WEIGHTS, strict=True))
    return _CODE_VALUE[code[17]] == (31 - total % 31) % 31


def _bad_date(profile: Profile, value: str) -> bool:
    parts = profile.date_form.fullmatch(value)
    if not parts:
        return True
    try:
        date(*map(int, parts.groups()))
    except ValueError:
        return True
    return False


def _bad_value(profile: Profile, column: Column, value: str) -> str:
    if len(value) > column.length:
        return f"长度超过 {column.length} 个字符"
    if column.kind == DATE and _bad_date(profile, value):
        return f"日期应为 {profile.date_example} 的形式"
    if column.kind == AMOUNT and not _AMOUNT.fullmatch(value):
        return "金额应为以万元为单位的数字，最多六位小数"
    if column.kind == CODE and not _code_is_right(value):
        return "统一社会信用代码不正确"
    return ""


def _not_listed(code: str, value: str) -> str:
    listed = _LISTED.get(code)
    return f"应为：{'、'.join(listed)}" if listed and value not in listed else ""


def _check_each(profile: Profile, known: dict[str, Column], columns: dict[str, object]) -> Refusal | None:
    for code, value in columns.items():
        column = known.get(code)
        if column is None:
            return Refusal(UNKNOWN_COLUMN, code, f"目录中没有列 {code}。")
        if not isinstance(value, str):
            return Refusal(BAD_VALUE, code, f"{column.label}应为文本。")
        if value and (fault := _bad_value(profile, column, value) or _not_listed(code, value)):
            return Refusal(BAD_VALUE, code, f"{column.label}{fault}。")
    for code, column in known.items():
        if column.required and not columns.get(code):
            return Refusal(REQUIRED_EMPTY, code, f"{column.label}为必填项。")
    return None


def _check_together(table: str, columns: dict[str, object], today: str) -> Refusal | None:
    prefix, party = table.split("_")
    plan = _PLANS[prefix]
    type_column = f"{plan.whose}_LB"
    if columns[type_column] not in plan.types[party]:
        allowed, label = "、".join(plan.types[party]), TABLES[table][type_column].label
        return Refusal(BAD_VALUE, type_column, f"{label}应为：{allowed}。")
    if party == "FR" and not any(columns.get(f"{plan.whose}_{code}") for code in _ENTITY_CODES):
        return Refusal(REQUIRED_EMPTY, f"{plan.whose}_SHXYM", "法人至少填写一种代码。")
    if _digits(columns[plan.decided]) > today:
        return Refusal(BAD_VALUE, plan.decided, f"{TABLES[table][plan.decided].label}晚于今天。")
    if "罚款" in str(columns.get("CF_CFLB", "")) and not columns.get("CF_NR_FK"):
        return Refusal(REQUIRED_EMPTY, "CF_NR_FK", "处罚类别含罚款时，罚款金额为必填项。")
    return _check_order(table, _ORDER.get(prefix, ()), columns)


def _digits(value: object) -> str:
    return re.sub(r"\D", "", str(value))


def _check_order(table: str, days: tuple[tuple[str, str], ...], columns: dict[str, object]) -> Refusal | None:
    for first, second in days:
        one, other = _digits(columns.get(first, "")), _digits(columns.get(second, ""))
        if one and other and other < one:
            labels = TABLES[table]
            return Refusal(BAD_VALUE, second, f"{labels[second].label}早于{labels[first].label}。")
    return None


def check_columns(platform: str, table: object, columns: dict[str, object], today: date) -> Refusal | None:
    """The first reason to refuse a row, or None."""
    if not table:
        return Refusal(TABLE_EMPTY, "", "目录编码为空。")
    if not isinstance(table, str) or table not in TABLES:
        return Refusal(TABLE_UNKNOWN, "", f"目录编码 {table} 不存在。")
    profile = PROFILES[platform]
    return _check_each(profile, _KNOWN[platform, table], columns) or _check_together(
        table, columns, today.strftime("%Y%m%d")
    )
