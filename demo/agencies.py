"""Government agencies of the district: departments, vertically led branches, streets and towns.

Names are real. Codes are made up (11441302MBDM…, with right check characters), and so is how each numbers its
documents, after the manner of its trade: brackets, blanks, 第 and leading zeros differ as they do in life.
"""

from dataclasses import dataclass
from functools import cache

from core.identifiers import make_uscc
from demo.places import TOWNS, Town


@dataclass(frozen=True, slots=True)
class Agency:
    """`licences`, `penalties`: document number styles with {year} and {n}; empty: this agency decides none of these."""

    key: str
    name: str
    code: str
    licences: str = ""
    penalties: str = ""
    town: Town | None = None
    parent: str = ""

    @property
    def kinds(self) -> tuple[str, ...]:
        return tuple(kind for kind, style in (("licence", self.licences), ("penalty", self.penalties)) if style)


GOVERNMENT = "government"
_DEPARTMENTS: tuple[tuple[str, str, str, str], ...] = (
    # key, name, licence numbers, penalty numbers
    (GOVERNMENT, "惠州市惠城区人民政府", "", ""),
    ("reform", "惠州市惠城区发展和改革局", "惠城发改审〔{year}〕{n}号", "惠城发改罚〔{year}〕{n}号"),
    ("education", "惠州市惠城区教育局", "惠城教许〔{year}〕{n}号", "惠城教罚〔{year}〕{n}号"),
    ("industry", "惠州市惠城区科技和工业信息化局", "", "惠城科工信罚〔{year}〕{n}号"),
    ("police", "惠州市公安局惠城区分局", "惠公惠城许字〔{year}〕{n:05d}号", "惠公惠城(治)行罚决字〔{year}〕{n:05d}号"),
    ("civil", "惠州市惠城区民政局", "惠城民准〔{year}〕{n}号", "惠城民罚〔{year}〕{n}号"),
    ("justice", "惠州市惠城区司法局", "惠城司许〔{year}〕{n}号", ""),
    ("finance", "惠州市惠城区财政局", "惠城财许〔{year}〕{n}号", "惠城财罚〔{year}〕{n}号"),
    ("labour", "惠州市惠城区人力资源和社会保障局", "惠城人社许〔{year}〕{n}号", "惠城人社监罚字[{year}]第{n:03d}号"),
    ("land", "惠州市自然资源局惠城区分局", "惠城自然资许〔{year}〕{n}号", "惠城自然资罚〔{year}〕{n}号"),
    ("environment", "惠州市生态环境局惠城分局", "惠市环（惠城）建〔{year}〕{n}号", "惠市环（惠城）罚〔{year}〕{n}号"),
    ("housing", "惠州市惠城区住房和城乡建设局", "惠城建许〔{year}〕{n}号", "惠城建罚〔{year}〕{n}号"),
    ("transport", "惠州市惠城区交通运输局", "粤惠惠城交许〔{year}〕{n:05d}号", "粤惠惠城交罚〔{year}〕{n:05d}号"),
    ("water", "惠州市惠城区水利局", "惠城水许决字〔{year}〕{n}号", "惠城水罚字〔{year}〕第{n}号"),
    ("farming", "惠州市惠城区农业农村局", "惠城农许〔{year}〕{n}号", "惠城农（畜牧）罚〔{year}〕{n}号"),
    ("culture", "惠州市惠城区文化广电旅游体育局", "惠城文许〔{year}〕{n}号", "（惠城）文综罚字〔{year}〕第{n:03d}号"),
    ("health", "惠州市惠城区卫生健康局", "惠城卫许〔{year}〕第{n:04d}号", "惠城卫公罚〔{year}〕{n}号"),
    ("veterans", "惠州市惠城区退役军人事务局", "", ""),
    ("emergency", "惠州市惠城区应急管理局", "惠城应急许〔{year}〕{n}号", "（惠城）应急罚〔{year}〕{n}号"),
    ("audit", "惠州市惠城区审计局", "", "惠城审罚〔{year}〕{n}号"),
    ("market", "惠州市惠城区市场监督管理局", "惠城市监许〔{year}〕{n}号", "惠城市监处罚〔{year}〕{n}号"),
    ("statistics", "惠州市惠城区统计局", "", "惠城统罚字〔{year}〕{n}号"),
    ("insurance", "惠州市惠城区医疗保障局", "", "惠城医保罚〔{year}〕{n}号"),
    ("city", "惠州市惠城区城市管理和综合执法局", "惠城城管许〔{year}〕{n}号", "惠城城综执罚字〔{year}〕第{n:04d}号"),
    ("digital", "惠州市惠城区政务服务和数据管理局", "", ""),
    ("forestry", "惠州市惠城区林业局", "惠城林许〔{year}〕{n}号", "惠城林罚决字[{year}]第{n}号"),
    ("fire", "惠州市惠城区消防救援大队", "惠城消安许字〔{year}〕第{n:04d}号", "惠城消行罚决字〔{year}〕第{n:04d}号"),
    ("tax", "国家税务总局惠州市惠城区税务局", "", "惠城税 罚 〔{year}〕 {n} 号"),
    ("tobacco", "惠州市惠城区烟草专卖局", "惠城烟许〔{year}〕{n:06d}号", "惠城烟处〔{year}〕第{n}号"),
)  # fmt: skip


def _code(number: int) -> str:
    return make_uscc(f"11441302MBDM{number:04d}")


def _of_town(town: Town, number: int) -> Agency:
    name = f"惠州市惠城区人民政府{town.name}办事处" if town.is_street else f"惠州市惠城区{town.name}人民政府"
    return Agency(
        key=f"town.{town.code}",
        name=name,
        code=_code(number),
        licences=f"惠城{town.short}许〔{{year}}〕{{n}}号",
        penalties=f"惠城{town.short}综执罚〔{{year}}〕{{n}}号",
        town=town,
        parent=GOVERNMENT,
    )


@cache
def agencies() -> tuple[Agency, ...]:
    """All of them; the district government comes first and is the parent of the others."""
    departments = [
        Agency(key, name, _code(i), licences, penalties, parent="" if key == GOVERNMENT else GOVERNMENT)
        for i, (key, name, licences, penalties) in enumerate(_DEPARTMENTS, 1)
    ]
    return (*departments, *(_of_town(town, i) for i, town in enumerate(TOWNS, 501)))


@cache
def by_key() -> dict[str, Agency]:
    return {agency.key: agency for agency in agencies()}


def town_agencies() -> tuple[Agency, ...]:
    return tuple(a for a in agencies() if a.town)
