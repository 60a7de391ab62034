"""政务诚信: what is public about government bodies, and by which rules, now and next."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import product
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from core.formats import CAP, capped, day
from portal.cursors import NEWEST, page_of
from portal.environment import subject_url
from portal.filters import Asked, select
from portal.pages.rows import PAGE_SIZE, Option, address, agency_names, content, shown, turn, years
from portal.presentation import BADGES
from records.choices import SubjectKind, Tier, Visibility
from records.kinds import RecordKind, registered
from records.models import PublicationRule, PublicRecord
from records.policy import SHOWN, PublicationPolicy, is_about
from records.projection import ALL_FIELDS

AGENCIES_SHOWN = 40
BATCH = 2000
HEADER = (
    "公示信息编号", "种类", "状态", "政府机构", "统一社会信用代码", "标题", "文书号", "来源单位", "决定日期",
    "公示日期", "公示截止日", "公示依据", "公开内容",
)  # fmt: skip


def asked_of(query: Any) -> Asked:
    """Only the filters of this page; others do not narrow what it says it shows."""
    return Asked.of({name: query[name] for name in ("kind", "subject", "year", "after") if name in query})


def about_agencies(asked: Asked) -> QuerySet[PublicRecord]:
    """Public records whose subject is a government body, as filtered. Partial indexes hold exactly these."""
    return select(replace(asked, subject=None)).filter(
        about_agency=True, **({"subject": asked.subject} if asked.subject else {})
    )


def integrity_page(asked: Asked, *, path: str, today: date) -> dict[str, Any]:
    rows = NEWEST.apply(NEWEST.after(about_agencies(asked), asked.after))
    found, more = page_of(content(rows), PAGE_SIZE)
    policy = PublicationPolicy()
    query = asked.query_string(after="")
    return {
        "rows": shown(found),
        "filters": _filters(asked, today),
        **_numbers(asked, path),
        "now": list(_now(policy, today)),
        "next": list(_next(policy, today)),
        "csv_url": f"{reverse('portal:integrity-export')}{'?' + query if query else ''}",
        **turn(path, asked, NEWEST.cursor(found[-1]) if more else ""),
        **_empty(asked, path),
    }


def _filters(asked: Asked, today: date) -> list[Option]:
    kinds = tuple((kind.code, kind.label) for kind in registered())
    return [
        Option("subject", "政府机构", tuple(agency_names().items()), asked.subject or ""),
        Option("kind", "种类", kinds, asked.kind),
        Option("year", "决定年份", tuple((y, f"{y}年") for y in years(today)), asked.year or ""),
    ]


def _empty(asked: Asked, path: str) -> dict[str, Any]:
    if asked.narrowed():
        text = "没有同时符合以上条件的信息。可以放宽条件；已期满、已撤下和依规则停止公示的不再显示。"
        return {"empty_text": text, "empty_links": [("清除全部条件", path)]}
    text = "目前没有正在公示的、以政府机构为对象的信息。哪些会公开、何时公开，见上面的公开规则。"
    return {"empty_text": text, "empty_links": [("查看更正公告", reverse("portal:corrections"))]}


# ---------------------------------------------------------------- numbers


@dataclass(frozen=True, slots=True)
class AgencyLine:
    name: str
    href: str
    counts: tuple[int, ...]
    total: int


def _numbers(asked: Asked, path: str) -> dict[str, Any]:
    """By kind, year and agency, over the newest CAP records: never a count of the whole."""
    rows = NEWEST.apply(about_agencies(asked.without_place())).values_list("subject", "kind", "decided_on")
    newest = list(rows[: CAP + 1])
    kinds = [kind for kind in registered() if not asked.kind or kind.code == asked.kind]
    by_kind = Counter(kind for _, kind, _ in newest)
    by_year = Counter(decided.year for *_, decided in newest)
    by_agency = Counter((subject, kind) for subject, kind, _ in newest)
    totals, names = Counter(subject for subject, *_ in newest), agency_names()

    def link(**changes: Any) -> str:
        return address(path, asked.query_string(after="", **changes))

    return {
        "count_text": f"共 {capped(len(newest))} 条",
        "sampled": f"各项数量按最近的 {CAP:,} 条计算。" if len(newest) > CAP else "",
        "kinds": [(kind.label, by_kind[kind.code], link(kind=kind.code)) for kind in kinds],
        "years": [(year, count, link(year=year)) for year, count in sorted(by_year.items(), reverse=True)],
        "agencies": [
            AgencyLine(
                names.get(pk, "其他机构"),
                f"{subject_url(pk)}?side=about",
                tuple(by_agency[pk, kind.code] for kind in kinds),
                total,
            )
            for pk, total in totals.most_common(AGENCIES_SHOWN)
        ],
        "more_agencies": len(totals) > AGENCIES_SHOWN,
    }


# ---------------------------------------------------------------- rules


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One rule in plain words: what is public, since when, how long, why."""

    what: str
    shown: bool
    answer: str
    since: str
    how_long: str
    basis: str


def _now(policy: PublicationPolicy, today: date) -> Iterator[RuleLine]:
    """For each kind, sub-kind and tier of government bodies' records, the rule that answers for what is decided
    today."""
    for kind in registered():
        seen: set[int] = set()
        for category, tier in product(_categories(policy, kind), _tiers(policy, kind)):
            rule = policy.rule_for(kind.code, SubjectKind.AGENCY, tier, today, on=today, category=category)
            if rule and rule.pk not in seen:
                seen.add(rule.pk)
                yield _line(rule, kind)
        if not seen:
            yield RuleLine(kind.label, False, "不公开：没有规则写明公开", "", "", "")


def _categories(policy: PublicationPolicy, kind: RecordKind) -> list[str]:
    """None first; then those that rules name, in the kind's order."""
    named = {rule.category for rule in policy.rules if rule.kind == kind.code}
    return ["", *(code for code, _ in kind.categories if code in named)]


def _tiers(policy: PublicationPolicy, kind: RecordKind) -> list[str]:
    named = {rule.tier for rule in policy.rules if rule.kind == kind.code}
    return [tier for tier in Tier.values if tier in named]


def _next(policy: PublicationPolicy, today: date) -> Iterator[RuleLine]:
    """Approved rules about government bodies whose day is still to come, the next one first."""
    kinds = {kind.code: kind for kind in registered()}
    coming = [r for r in policy.rules if r.in_force_from > today and r.kind in kinds]
    for rule in sorted(coming, key=lambda r: (r.in_force_from, r.pk)):
        if is_about(rule, rule.kind, SubjectKind.AGENCY, rule.tier, rule.category):
            yield _line(rule, kinds[rule.kind])


def _line(rule: PublicationRule, kind: RecordKind) -> RuleLine:
    about = kind.named(rule.category)
    scope = f"{about}（{Tier(rule.tier).label}）" if rule.tier else about
    is_open = rule.visibility in SHOWN
    closed = "不公开，依授权查询" if rule.visibility == Visibility.AUTHORISED else "不公开"
    answer = _fields(rule, kind) if is_open else closed
    reach = "，包括此前作出的" if rule.applies_to_earlier else "作出的决定"
    return RuleLine(scope, is_open, answer, f"{day(rule.in_force_from)}起{reach}", _months(rule, is_open), rule.basis)


def _fields(rule: PublicationRule, kind: RecordKind) -> str:
    if ALL_FIELDS in rule.fields:
        return "公开标准规定的全部公开字段"
    labels = [field.label for field in kind.fields if field.name in rule.fields]
    return f"公开{len(labels)}项：{'、'.join(labels)}"


def _months(rule: PublicationRule, is_open: bool) -> str:
    if not is_open:
        return ""
    return f"自决定之日起最长{rule.max_months}个月" if rule.max_months is not None else "至有效期届满"


# ---------------------------------------------------------------- the file


def export_rows(asked: Asked) -> Iterator[Sequence[Any]]:
    """One row per public record of the list, read in batches."""
    rows = NEWEST.apply(about_agencies(asked.without_place())).values_list("revision__public", flat=True)
    for public in rows.iterator(chunk_size=BATCH):
        yield (
            public["record"],
            public["kind_label"],
            BADGES[public["state"]].label,
            public["subject"]["name"],
            public["subject"]["code"],
            public["title"],
            public["document_number"],
            public["agency"]["name"],
            public["decided_on"],
            public["published_on"],
            public["publish_until"],
            public["policy"]["basis"],
            _as_text(public["fields"]),
        )


def _as_text(fields: Iterable[Any]) -> str:
    return "；".join(f"{field['label']}：{field['value']}" for field in fields)
