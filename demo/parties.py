"""Parties (行政相对人): firms, traders, schools, collectives and people who hold licences or were penalised.

A party has a line of business, and agencies decide about parties whose business is theirs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from core.identifiers import make_resident_id, make_uscc
from demo import names
from demo.places import DISTRICT_CODE, TOWNS, address
from records.choices import SubjectKind


@dataclass(frozen=True, slots=True)
class Business:
    """A line of business: how firms and shops in it are called. An empty tuple: none of that kind."""

    key: str
    weight: int
    trades: tuple[str, ...] = ()
    shops: tuple[str, ...] = ()


BUSINESSES = (
    Business("catering", 16, ("餐饮管理", "餐饮服务", "食品"), ("小吃店", "饭店", "茶餐厅", "烧烤店", "糖水铺")),
    Business("grocery", 16, ("商贸", "超市", "贸易"), ("便利店", "百货商行", "副食店", "水果店", "粮油店", "烟酒商行")),
    Business("food_factory", 3, ("食品", "食品科技", "饮品"), ("米粉加工坊", "豆制品作坊")),
    Business("pharmacy", 4, ("医药", "大药房连锁", "药业"), ("药店", "大药房")),
    Business("clinic", 4, ("门诊部", "医疗管理", "口腔门诊部"), ("诊所", "中医诊所", "口腔诊所")),
    Business("beauty", 5, ("美容美发", "医疗美容"), ("理发店", "美容店", "美甲店", "足浴店")),
    Business("hotel", 3, ("酒店管理", "酒店", "公寓管理"), ("旅馆", "民宿", "宾馆")),
    Business("leisure", 3, ("文化传播", "娱乐", "影视文化"), ("网吧", "棋牌室", "游泳馆", "健身馆")),
    Business("construction", 9, ("建筑工程", "建设工程", "装饰工程", "劳务")),
    Business("estate", 3, ("房地产开发", "置业", "物业管理")),
    Business("factory", 10, ("电子", "五金制品", "塑胶", "家具", "精密模具", "光电科技"), ("五金加工店", "喷漆加工店")),
    Business("transport", 6, ("物流", "运输", "汽车服务", "供应链管理"), ("汽修店", "货运部")),
    Business("environment", 2, ("环保科技", "再生资源", "水务"), ("废品收购站",)),
    Business("labour", 2, ("人力资源", "劳务派遣", "企业管理咨询")),
    Business("training", 2, ("教育咨询", "教育科技", "培训中心")),
    Business("farm", 4, ("农业发展", "生态农业", "种业", "水产养殖"), ("农资店", "兽药店", "养殖场")),
    Business("shop", 8, ("科技", "信息技术", "广告", "服饰", "建材"), ("服装店", "建材店", "手机店", "花店", "文具店")),
)  # fmt: skip
_WEIGHTS = [b.weight for b in BUSINESSES]
_LINES = {b.key: b for b in BUSINESSES}
# Schools, homes and collectives are in a line of their own whatever the draw said.
_KEPT_BY = {
    SubjectKind.INSTITUTION: _LINES["training"],
    SubjectKind.SOCIAL_ORGANISATION: _LINES["training"],
    SubjectKind.VILLAGE_COLLECTIVE: _LINES["farm"],
}
_PREFIX = {
    SubjectKind.ENTERPRISE: "91441302MA",
    SubjectKind.SOLE_TRADER: "92441302MA",
    SubjectKind.INSTITUTION: "12441302MB",
    SubjectKind.SOCIAL_ORGANISATION: "52441302MJ",
    SubjectKind.VILLAGE_COLLECTIVE: "N2441302MF",
}
# Of a thousand parties; the rest are enterprises.
_SHARES = (
    (SubjectKind.SOLE_TRADER, 400),
    (SubjectKind.NATURAL_PERSON, 460),
    (SubjectKind.INSTITUTION, 475),
    (SubjectKind.SOCIAL_ORGANISATION, 490),
    (SubjectKind.VILLAGE_COLLECTIVE, 495),
)
PUBLIC_BODIES = {
    SubjectKind.INSTITUTION: ("小学", "初级中学", "幼儿园", "社区卫生服务中心"),
    SubjectKind.SOCIAL_ORGANISATION: ("幼儿园", "培训学校", "社会工作服务中心", "养老院"),
}
ORGANISATION_CHARACTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"


@dataclass(frozen=True, slots=True)
class Party:
    kind: str
    business: str
    name: str
    code: str
    representative: str
    address: str
    region_code: str
    town: int  # place in TOWNS
    former_names: tuple[tuple[str, date], ...] = ()  # (name, last day it held)
    id_number: str = ""

    @property
    def category(self) -> str:
        """行政相对人类别 as the standard exchanges it."""
        if self.kind == SubjectKind.NATURAL_PERSON:
            return "自然人"
        return "个体工商户" if self.kind == SubjectKind.SOLE_TRADER else "法人及非法人组织"


def _six(number: int) -> str:
    """A number below 31^6 in the characters of organisation codes: different numbers give different codes."""
    digits = ""
    for _ in range(6):
        number, rest = divmod(number, 31)
        digits = ORGANISATION_CHARACTERS[rest] + digits
    return digits


def code_of(kind: str, number: int) -> str:
    """The unified code of the `number`-th party; spread over the range so that neighbours look unlike."""
    return make_uscc(_PREFIX[SubjectKind(kind)] + _six(number * 286_331_153 % 31**6))


def make_party(random: Random, number: int, *, kind: str = "", business: str = "", today: date) -> Party:
    """The `number`-th party of a district; codes and identity numbers follow from the number, so they never collide."""
    line = _business(random, business, kind)
    kind = kind or _kind(random, line)
    line = _KEPT_BY.get(kind, line)
    place = random.randrange(len(TOWNS))
    town = TOWNS[place]
    name = _name(random, kind, line, place)
    former = _former(random, kind, line, place, today)
    id_number = ""
    if kind == SubjectKind.NATURAL_PERSON:
        born = date(1956, 1, 1) + timedelta(days=number % 18_000)
        id_number = make_resident_id(DISTRICT_CODE, born, number // 18_000 % 1000)
    return Party(
        kind=kind,
        business=line.key,
        name=name,
        code="" if kind == SubjectKind.NATURAL_PERSON else code_of(kind, number),
        representative="" if kind == SubjectKind.NATURAL_PERSON else names.person(random),
        address="" if kind == SubjectKind.NATURAL_PERSON else address(town, random),
        region_code=town.code,
        town=place,
        former_names=former,
        id_number=id_number,
    )


def _business(random: Random, key: str, kind: str) -> Business:
    if key:
        return _LINES[key]
    while True:
        line = random.choices(BUSINESSES, _WEIGHTS)[0]
        if kind != SubjectKind.SOLE_TRADER or line.shops:
            return line


def _kind(random: Random, line: Business) -> str:
    drawn = random.randrange(1000)
    kind = next((kind for kind, up_to in _SHARES if drawn < up_to), SubjectKind.ENTERPRISE)
    return SubjectKind.ENTERPRISE if kind == SubjectKind.SOLE_TRADER and not line.shops else kind


def _name(random: Random, kind: str, line: Business, place: int) -> str:
    town = TOWNS[place]
    if kind == SubjectKind.NATURAL_PERSON:
        return names.person(random)
    if kind == SubjectKind.SOLE_TRADER:
        return names.sole_trader(random, random.choice(line.shops), town.name)
    if kind in PUBLIC_BODIES:
        return f"惠州市惠城区{names.trade_name(random)}{random.choice(PUBLIC_BODIES[SubjectKind(kind)])}"
    if kind == SubjectKind.VILLAGE_COLLECTIVE:
        # Only towns have villages; the group's name keeps collectives of one village apart.
        rural = [t for t in TOWNS if t.villages]
        town = rural[place % len(rural)]
        return f"惠州市惠城区{town.name}{random.choice(town.villages)}{names.trade_name(random, 2)}股份经济合作社"
    return names.enterprise(random, random.choice(line.trades))


def _former(random: Random, kind: str, line: Business, place: int, today: date) -> tuple[tuple[str, date], ...]:
    """One body in twenty was once called otherwise."""
    if kind == SubjectKind.NATURAL_PERSON or random.random() >= 0.05:
        return ()
    changed = today - timedelta(days=random.randint(60, 1800))
    return ((_name(random, kind, line, place), changed),)


def make_parties(random: Random, numbers: Sequence[int], *, today: date) -> list[Party]:
    return [make_party(random, number, today=today) for number in numbers]
