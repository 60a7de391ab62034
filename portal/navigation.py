"""The entrances of the site. Only what exists stands here: later work adds its own line."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entrance:
    section: str
    label: str
    view: str
    text: str


ENTRANCES = (
    Entrance("search", "信用查询", "portal:search", "按名称、统一社会信用代码或文书号查询单位和公示信息"),
    Entrance("disclosure", "双公示", "portal:licences", "行政许可和行政处罚，自作出决定之日起 7 个工作日内公示"),
    Entrance("integrity", "政务诚信", "portal:integrity", "政府机构自身的信用信息：公开什么、从何时起、依据什么"),
    Entrance("statistics", "数据与统计", "portal:statistics", "各单位公示的数量与及时情况，附计算方法和下载"),
    Entrance("corrections", "更正公告", "portal:corrections", "每一次更正、异议、修复、撤下和期满的记录与原因"),
    Entrance("verify", "报告核验", "portal:verify-start", "核验信用报告是否由本站出具、是否被改动、之后有何变化"),
    Entrance("own", "本人查阅", "portal:own", "凭本人查阅码看自己的全部档案、谁查询过，对失信认定的告知陈述申辩"),
    Entrance("data", "开放数据", "portal:data", "下载全部公示信息，通过接口保持同步"),
)
