"""Pages about the site itself: what can be downloaded, the rules of publication, the site map."""

from datetime import date
from typing import Any

from django.conf import settings
from django.urls import reverse

from core.formats import capped
from portal.navigation import ENTRANCES
from portal.pages.disclosure import KINDS
from portal.pages.rows import count_up_to_cap
from portal.presentation import BADGES
from records.models import PublicationRule, PublicRecord


def data_page() -> dict[str, Any]:
    sets = []
    for kind, about in KINDS.items():
        path = reverse(about["view"])
        sets.append(
            {
                "title": about["title"],
                "text": "国家标准规定的公开字段，一行一件，只含正在公示的。",
                "count": capped(count_up_to_cap(PublicRecord.objects.filter(kind=kind))),
                "formats": [("CSV", f"{path}export.csv"), ("XLSX", f"{path}export.xlsx")],
            }
        )
    return {
        "sets": sets,
        "rate": settings.API_RATE_PER_MINUTE,
        "calls": [
            {"path": reverse("api:records"), "text": "公示信息列表，可检索和筛选"},
            {"path": reverse("api:record", args=[0]).replace("0", "编号"), "text": "一条公示信息的全部公开字段"},
            {"path": reverse("api:subjects"), "text": "单位和企业，按名称或代码查询"},
            {"path": reverse("api:revisions"), "text": "修订：按连续序号列出每次变更"},
        ],
        "feeds": [("最新公示", reverse("portal:feed")), ("更正公告", reverse("portal:corrections-feed"))],
    }


def help_page(today: date) -> dict[str, Any]:
    """The periods come from the rules in force, never from the template."""
    rules = PublicationRule.objects.approved().filter(in_force_from__lte=today)
    return {
        "rules": [
            {
                "title": rule.title,
                "visibility": rule.get_visibility_display(),
                "shortest": _months(rule.min_months),
                "longest": _months(rule.max_months) if rule.visibility in ("public", "masked") else "",
                "basis": rule.basis,
            }
            for rule in rules.order_by("kind", "code", "-in_force_from")
            if rule.in_force_to is None or rule.in_force_to >= today
        ],
        "states": list(BADGES.values()),
    }


def _months(months: int | None) -> str:
    if months is None:
        return "—"
    return f"{months // 12} 年" if months >= 12 and months % 12 == 0 else f"{months} 个月"


def sitemap_page() -> dict[str, Any]:
    entrances = [(e.label, reverse(e.view), e.text) for e in ENTRANCES]
    measures = [
        ("惩戒措施清单", reverse("portal:measures"), "失信会有什么后果：措施、内容、对谁、依据什么"),
        ("通报批评", reverse("portal:notices"), "正在公开的通报批评"),
    ]
    lists = [(about["title"], reverse(about["view"]), about["lead"]) for about in KINDS.values()]
    return {
        "groups": [
            {"title": "查询与公示", "links": [*entrances[:1], *lists, *entrances[2:], *measures]},
            {
                "title": "帮助与订阅",
                "links": [
                    ("公示规则与您的权利", reverse("portal:help"), "公示多久、怎样提出异议、何时可以申请信用修复"),
                    ("关于本站", reverse("portal:about"), "主办单位、联系方式、网站找错、无障碍"),
                    ("接口文档", reverse("api:docs"), "在浏览器里试用开放接口"),
                    ("最新公示（Atom）", reverse("portal:feed"), "用阅读器订阅最新公示的信息"),
                    ("更正公告（Atom）", reverse("portal:corrections-feed"), "用阅读器订阅更正、撤下和修复"),
                ],
            },
        ]
    }
