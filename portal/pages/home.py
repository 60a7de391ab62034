"""首页: search first, four figures that mean something, what is new, entrances by intention, towns and streets."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Q
from django.db.models.functions import TruncMonth
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from core.formats import month, percent
from portal.charts import sparkline
from portal.environment import subject_url
from portal.kept import kept
from portal.pages.disclosure import KINDS
from portal.pages.rows import content, shown
from records.choices import QUIET_ACTS, PublicState, RevisionAct
from records.models import PublicRecord, Revision, Subject

MONTHS, NEWEST = 12, 6
WAYS = (
    ("查一家单位", "portal:search", "", "按名称或代码查询它得到的许可、受到的处罚，以及信息是否仍在公示。"),
    ("我被公示了怎么办", "portal:help", "", "公示多久、依据什么，怎样提出异议，何时可以申请信用修复。"),
    ("信息有误", "portal:about", "#report-error", "发现错误或打不开的页面，告诉来源单位或者本站。"),
    ("下载数据", "portal:data", "", "下载全部正在公示的信息，或者通过接口和订阅保持同步。"),
)
ENDED = (RevisionAct.CORRECTED, RevisionAct.WITHDRAWN, RevisionAct.REPAIRED)


@dataclass(frozen=True, slots=True)
class Figure:
    label: str
    value: str
    unit: str
    note: str
    spark: SafeString
    href: str
    link: str


def home_page(today: date, district_code: str) -> dict[str, Any]:
    return {
        "figures": figures(today),
        "newest": [
            {
                "title": f"最新{about['noun']}",
                "noun": about["noun"],
                "href": reverse(about["view"]),
                "rows": shown(content(PublicRecord.objects.filter(kind=kind).newest_first())[:NEWEST]),
            }
            for kind, about in KINDS.items()
        ],
        "examples": examples(),
        "ways": ways(),
        "towns": towns(district_code, today),
    }


def months_back(today: date, count: int = MONTHS) -> list[date]:
    """First days of the last `count` months, oldest first, this month last."""
    year, number = today.year, today.month
    out = []
    for _ in range(count):
        out.append(date(year, number, 1))
        year, number = (year, number - 1) if number > 1 else (year - 1, 12)
    return out[::-1]


def figures(today: date) -> list[Figure]:
    months = months_back(today)
    # Months that are over change little: counted once an hour. This month is counted with every new page.
    published = kept(f"published:{today}", 3600, lambda: _published_by_month(months[0], months[-1]))
    published = published | _published_by_month(months[-1])
    acts = kept(f"acts:{today}", 60, lambda: _acts_by_month(months[0]))
    counts = [published.get(m, (0, 0))[0] for m in months]
    on_time = [published.get(m, (0, 0))[1] for m in months]
    changed = [sum(acts.get((m, act), 0) for act in ENDED) for m in months]
    disputed = [acts.get((m, RevisionAct.DISPUTED), 0) for m in months]
    open_disputes = PublicRecord.objects.filter(state=PublicState.DISPUTED).count()
    shares = [100 * t / c if c else None for t, c in zip(on_time, counts, strict=True)]
    span = f"{month(months[0])}至{month(months[-1])}"
    return [
        Figure(
            "本月公示的决定",
            f"{counts[-1]:,}",
            "件",
            f"上月 {counts[-2]:,} 件",
            sparkline(counts, f"每月公示件数，{span}"),
            f"{reverse('portal:search')}?year={today.year}",
            "查看今年作出的决定",
        ),
        Figure(
            "本月按期公示",
            percent(on_time[-1], counts[-1]),
            "",
            f"{on_time[-1]:,} 件在 7 个工作日内公示，共 {counts[-1]:,} 件",
            sparkline(shares, f"每月按期公示的比例，{span}"),
            reverse("portal:statistics"),
            "各单位情况",
        ),
        Figure(
            "本月更正、撤下和修复",
            f"{changed[-1]:,}",
            "件",
            f"上月（{month(months[-2])}）{changed[-2]:,} 件",
            sparkline(changed, f"每月更正、撤下和修复件数，{span}"),
            reverse("portal:corrections"),
            "逐件查看原因",
        ),
        Figure(
            "正在处理的异议",
            f"{open_disputes:,}",
            "件",
            f"本月新受理 {disputed[-1]:,} 件",
            sparkline(disputed, f"每月受理的异议，{span}"),
            f"{reverse('portal:search')}?state=disputed",
            "查看有异议的信息",
        ),
    ]


def _published_by_month(since: date, before: date = date.max) -> dict[date, tuple[int, int]]:
    """Month → (published, of these on time), over the index on the day of publication."""
    rows = (
        PublicRecord.objects.filter(published_on__gte=since, published_on__lt=before)
        .annotate(month=TruncMonth("published_on"))
        .order_by()
        .values_list("month")
        .annotate(all=Count("pk"), on_time=Count("pk", filter=Q(on_time=True)))
    )
    return {m: (count, on_time) for m, count, on_time in rows}


def _acts_by_month(since: date) -> dict[tuple[date, str], int]:
    """(Month, act) → how many, over the index of corrections."""
    rows = (
        Revision.objects.exclude(act__in=list(QUIET_ACTS))
        .filter(at__gte=timezone.make_aware(datetime(since.year, since.month, 1)))
        .annotate(month=TruncMonth("at"))
        .order_by()
        .values_list("month", "act")
        .annotate(count=Count("*"))
    )
    return {(m.date(), act): count for m, act, count in rows}


def examples() -> Sequence[str]:
    """Three searches that find something: a body, a licence or violation, a year's document numbers."""
    newest = list(PublicRecord.objects.newest_first().values_list("revision__public", flat=True)[:40])
    bodies = [p["subject"]["name"] for p in newest if p["subject"]["id"]]
    words = [
        field["value"]
        for p in newest
        for field in p["fields"]
        if field["name"] in ("certificate_name", "violation_type") and field["value"] and len(field["value"]) <= 14
    ]
    numbers = [p["document_number"] for p in newest if p["document_number"]]
    return [found[0] for found in (bodies, words, numbers) if found]


def ways() -> list[dict[str, str]]:
    return [{"title": title, "href": reverse(view) + place, "text": text} for title, view, place, text in WAYS]


def towns(district_code: str, today: date) -> list[dict[str, str]]:
    """The district's towns and streets, with how many of their decisions are public."""
    rows = list(
        Subject.objects.agencies()
        .filter(region_code__startswith=district_code, region_code__gt=district_code)
        .exclude(region_code=f"{district_code}000000")
        .order_by("region_code", "name")
        .values_list("pk", "name")
    )
    counts = kept("towns", 60, lambda: _decided_by([pk for pk, _ in rows]))
    return [
        {"name": _short(name), "href": subject_url(pk), "note": f"公示 {counts.get(pk, 0):,} 件"} for pk, name in rows
    ]


def _decided_by(agencies: Sequence[int]) -> dict[int, int]:
    rows = PublicRecord.objects.filter(agency__in=agencies).order_by().values_list("agency")
    return dict(rows.annotate(count=Count("*")))


def _short(name: str) -> str:
    """惠州市惠城区人民政府桥东街道办事处 → 桥东街道; 惠州市惠城区横沥镇人民政府 → 横沥镇."""
    for ending in ("办事处", "人民政府"):
        name = name.removesuffix(ending)
    return name.split("惠城区")[-1].removeprefix("人民政府") or name
