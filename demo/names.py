"""Names of people and of bodies: made up, trade names from characters that few firms would choose together."""

from itertools import accumulate
from random import Random

# Family names by how often they are met: of ten thousand people, about this many bear each.
_SURNAMES = {
    650: "李王张刘陈",
    260: "杨黄林赵吴周徐罗梁",
    140: "孙胡朱高何郭马宋郑谢邓叶曾钟",
    80: "韩唐冯于董萧程曹许沈彭苏卢蔡潘丁余姚廖邱赖黎",
    30: "袁傅吕蒋贾魏薛阎杜戴夏汪田任姜范方石谭邹熊金陆郝孔白崔康毛秦江史顾侯邵孟龙万段雷钱汤尹易常武乔贺龚文翟",
    10: ("欧阳", "司徒", "上官", "诸葛"),
}
SURNAMES = tuple(name for group in _SURNAMES.values() for name in group)
_CUMULATIVE = list(accumulate(count for count, group in _SURNAMES.items() for _ in group))

GIVEN = tuple(
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超霞平刚桂英华文建国志海燕玲玉兰梅红春秋冬雪晴雨晨曦云峰山林森松柏竹青蓝紫"
    "思思远宁安康健乐欣怡悦佳嘉家豪俊彦博学书翰墨诗涵梓轩宇航凯旋鹏程翔飞扬帆帅锋锐毅恒永庆祥瑞福禄寿喜财富贵荣"
    "昌盛兴旺达通顺利和睦谦诚信义礼智仁德良善美慧颖婷婉莉莎琳琪瑶瑾瑜璇珊珍珠宝钰铭锦绣绮罗素心若水清浅淑惠贤"
)

# Characters of trade names.
TRADE = tuple(
    "岚栖禾榕汀鹭芷蘅砚苔樾澹漪澄溯泓潋岫崧峤屿嶂岑垚埕堇菁芃苒茗荻菀蓁蔚薇藜蘋槿榆楸桐栎椿檀枫柚橘榴杉筠筱篁笙"
    "箫笛琴瑟磬钧铎镜鉴锦绮缦绡绫素缃绛翎羽翮鸢鹂鹤雁隼麓鹿麋骊骁骐驰旸昕晗晏晖曜曦暄朗朔望弦珂珞珩琅琨璞璟瑭玥"
    "墨砚笺卷帙简册舟楫帆舫棹津渡浦湾洲渚淇沅沛泠洵涵渝渊滢潇澜瀚灏云霁霓霭岸原野陌阡畴畦稷黍稻麦粟粲炊馨饴酩醇"
    "星辰斗参商辉焕炎烁煜熠耀森沐润泽浚浩瀛坤垣城垒墅庐轩榭楼台阁亭廊苑圃园圃庭阶栈驿邮途远迩遥致衡衍彻循恪慎"
)
# How a firm's trade is written in its name.
FORMS = ("有限公司", "有限公司", "有限公司", "有限责任公司", "股份有限公司", "（普通合伙）", "（惠州）有限公司")


def surname(random: Random) -> str:
    return random.choices(SURNAMES, cum_weights=_CUMULATIVE)[0]


def person(random: Random) -> str:
    """A full name of two or three characters (four with a double family name)."""
    given = random.choice(GIVEN) + (random.choice(GIVEN) if random.random() < 0.72 else "")
    return surname(random) + given


def trade_name(random: Random, length: int = 0) -> str:
    """A firm's distinguishing word (字号): two to four characters, mostly three."""
    count = length or (2, 3, 3, 3, 4)[random.randrange(5)]
    return "".join(random.sample(TRADE, count))


def enterprise(random: Random, trade: str) -> str:
    """惠州市 + 字号 + trade + form; 惠州 may also stand in brackets behind the trade name."""
    form = random.choice(FORMS)
    word = trade_name(random)
    if form == "（惠州）有限公司":
        return f"广东{word}{trade}{form}"
    return f"{random.choice(('惠州市', '惠州市', '惠州市惠城区', '惠州'))}{word}{trade}{form}"


def sole_trader(random: Random, shop: str, town: str) -> str:
    place = random.choice(("惠州市惠城区", "惠城区", f"惠城区{town.removesuffix('街道').removesuffix('镇')}"))
    return f"{place}{trade_name(random)}{shop}"
