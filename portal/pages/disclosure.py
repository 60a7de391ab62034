"""双公示: the lists of licences and penalties."""

from dataclasses import replace
from datetime import date
from typing import Any

from django.urls import reverse

from portal.filters import ORDERS, Asked
from portal.pages.rows import Option, Tab, agency_names, count_text, listed, turn, years
from records.choices import PublicState, RecordKindCode

KINDS: dict[str, dict[str, Any]] = {
    RecordKindCode.LICENCE: {
        "view": "portal:licences",
        "title": "行政许可公示",
        "noun": "行政许可",
        "lead": "各行政机关准予的行政许可，自作出决定之日起 7 个工作日内公示，在许可有效期内可查。",
        "columns": ("被许可人", "许可机关", "决定日期", "公示日期", "状态"),
        "sorts": ("newest", "ending"),
    },
    RecordKindCode.PENALTY: {
        "view": "portal:penalties",
        "title": "行政处罚公示",
        "noun": "行政处罚",
        "lead": "各行政机关作出的行政处罚决定，自作出决定之日起 7 个工作日内公示，最长公示期届满自动停止。",
        "columns": ("被处罚人", "处罚机关", "罚没金额", "决定日期", "公示日期", "状态"),
        "sorts": ("newest", "ending", "amount"),
    },
}


def list_of(kind: str) -> tuple[str, str, str]:
    """Title, address and section of the list in which records of a kind stand."""
    about = KINDS.get(kind)
    return (about["title"], about["view"], "disclosure") if about else ("政务诚信", "portal:integrity", "integrity")


def tabs(kind: str) -> list[Tab]:
    return [Tab(about["noun"], reverse(about["view"]), code == kind) for code, about in KINDS.items()]


def filters(asked: Asked, today: date) -> list[Option]:
    sorts = KINDS[asked.kind]["sorts"]
    return [
        Option("agency", "机关", tuple(agency_names().items()), asked.agency or ""),
        Option("year", "决定年份", tuple((y, f"{y}年") for y in years(today)), asked.year or ""),
        Option("state", "状态", tuple(PublicState.choices), asked.state),
        Option("on_time", "公示时限", (("yes", "按期公示"), ("no", "逾期公示")), asked.on_time),
        Option("sort", "排序", tuple((s, ORDERS[s].label) for s in sorts if s != "newest"), asked.sort,
               ORDERS["newest"].label),
    ]  # fmt: skip


def list_page(asked: Asked, *, path: str, today: date) -> dict[str, Any]:
    about = KINDS[asked.kind]
    rows, following = listed(asked)
    query = asked.query_string(kind="", after="")
    with_query = f"?{query}" if query else ""
    return {
        **about,
        "q": asked.q,
        "terms": asked.terms,
        "tabs": tabs(asked.kind),
        "filters": filters(asked, today),
        "rows": rows,
        "count_text": count_text(asked) if rows else "",
        "sort_text": asked.order.label,
        "with_amount": asked.kind == RecordKindCode.PENALTY,
        "numeric": ("罚没金额",),
        "csv_url": f"{path}export.csv{with_query}",
        "xlsx_url": f"{path}export.xlsx{with_query}",
        "feed_url": f"{reverse('portal:feed')}?kind={asked.kind}",
        **turn(path, replace(asked, kind=""), following),
        **_empty(asked, about, path),
    }


def _empty(asked: Asked, about: dict[str, Any], path: str) -> dict[str, Any]:
    if asked.problem:
        text = asked.problem
    elif replace(asked, kind="").narrowed():
        text = f"没有同时符合以上条件的{about['noun']}。可以放宽年份、机关等条件；已期满、已撤下的信息不再显示。"
    else:
        text = f"目前没有正在公示的{about['noun']}。各单位自作出决定之日起 7 个工作日内公示。"
    links = [("清除全部条件", path)] if replace(asked, kind="").narrowed() else []
    links.append(("查看更正公告", reverse("portal:corrections")))
    return {"empty_title": f"没有符合条件的{about['noun']}", "empty_text": text, "empty_links": links}
