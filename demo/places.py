"""The district's thirteen streets and towns, and roads in them. 惠环、陈江、潼湖、沥林、潼侨 are left out: the 仲恺
high-tech zone administers them."""

from dataclasses import dataclass
from random import Random

DISTRICT_CODE = "441302"


@dataclass(frozen=True, slots=True)
class Town:
    """A street (街道) or town (镇) with its nine-digit statistical code and some of its roads."""

    name: str
    code: str
    roads: tuple[str, ...]
    short: str  # how its documents abbreviate it
    villages: tuple[str, ...] = ()  # made up; real villages have real collectives

    @property
    def is_street(self) -> bool:
        return self.name.endswith("街道")


TOWNS = (
    Town("桥东街道", "441302001", ("水东东路", "水东西路", "东江沙公园路", "上塘街", "惠新中街", "东平大道"), "桥东"),
    Town("桥西街道", "441302002", ("环城西路", "中山北路", "中山南路", "南坛北路", "下角中路", "长寿路"), "桥西"),
    Town("江南街道", "441302003", ("下埔路", "麦地东路", "滨江西路", "花边北路", "麦兴路", "龙丰路"), "江南"),
    Town("江北街道", "441302004", ("云山西路", "文昌一路", "文明一路", "三新北路", "惠州大道", "期湖塘路"), "江北"),
    Town("龙丰街道", "441302005", ("龙丰路", "鹅岭南路", "麦地路", "东湖西路", "花边岭南路"), "龙丰"),
    Town("河南岸街道", "441302006", ("演达大道", "演达一路", "河南岸路", "斑樟湖路", "金山湖路"), "河南岸"),
    Town("水口街道", "441302009", ("水口大道", "龙湖大道", "荔城路", "中心大道", "东江二路"), "水口"),
    Town("小金口街道", "441302010", ("金龙大道", "惠州大道小金口段", "兴隆路", "金府路", "乌石路"), "小金口"),
    Town(
        "汝湖镇", "441302100", ("汝湖大道", "东江大道", "兴湖一路", "上围路"), "汝湖",
        ("云溪村", "鹿塘村", "石榴坪村", "东篱村"),
    ),
    Town(
        "三栋镇", "441302103", ("三栋大道", "惠南大道", "福长路", "数码园路"), "三栋",
        ("竹影村", "上荷村", "鹭洲村", "梅坳村"),
    ),
    Town("马安镇", "441302109", ("马安大道", "新乐路", "建设路", "柏田路"), "马安", ("青石埔村", "禾田村", "柏香村")),
    Town("横沥镇", "441302110", ("横沥大道", "河东路", "翟村路", "矮陂路"), "横沥", ("枫树潭村", "月岭村", "稻香村")),
    Town("芦洲镇", "441302112", ("芦洲大道", "岚派路", "东胜路"), "芦洲", ("芦花村", "渔歌村", "沙洲尾村")),
)  # fmt: skip


def address(town: Town, random: Random) -> str:
    """A made-up house number on one of the town's roads."""
    number = f"惠州市惠城区{town.name}{random.choice(town.roads)}{random.randint(1, 399)}号"
    return f"{number}{random.choice(SUFFIXES)}"


SUFFIXES = ("", "", "首层", "一楼", "二楼", "A栋", "3栋2楼", "01号铺", "105号铺", "B座1203室", "厂房一楼")
