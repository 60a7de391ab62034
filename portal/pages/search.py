"""信用查询: results with the match marked, facets over the newest thousand, near names when nothing matches."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.urls import reverse

from core.formats import CAP, capped
from core.text import bigrams, fold_text
from portal.filters import Asked, select
from portal.highlight import excerpt, holds
from portal.pages.rows import address, agency_names, listed, turn
from records.choices import PublicState, RecordKindCode, SubjectKind
from records.models import PublicRecord, Subject, SubjectName

SUBJECTS, NEAR, GRAMS = 5, 6, 10
KIND_LABELS = dict(RecordKindCode.choices)
STATE_LABELS = dict(PublicState.choices)
SUBJECT_LABELS = dict(SubjectKind.choices)


@dataclass(frozen=True, slots=True)
class FacetOption:
    label: str
    count: str
    href: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Facet:
    label: str
    options: list[FacetOption]


Narrow = tuple[str, int, int, Any, str]  # kind, agency, subject, decided_on, state


def search_page(asked: Asked, *, path: str) -> dict[str, Any]:
    """Context of the search page: one narrow read for count and facets, one for the rows shown."""
    page: dict[str, Any] = {
        "q": asked.q,
        "terms": asked.terms,
        "kept": [(n, getattr(asked, n)) for n in ("kind", "agency", "year", "state") if getattr(asked, n)],
        "asked": asked.narrowed(),
        "advice": _advice(asked),
        "rows": [],
        "subjects": [],
        "facets": [],
        "near": [],
        "chosen": [],
        "first_url": "",
        "next_url": "",
    }
    if not asked.narrowed() or asked.problem:
        page["asked"] = False
        return page
    agencies = agency_names()
    newest = _newest(asked)
    rows, following = listed(asked) if newest else ([], "")
    page |= {
        "rows": _with_hits(rows, asked.terms),
        "facets": _facets(asked, newest, agencies, path),
        "facet_note": f"各项数量按最近的 {CAP:,} 条计算。" if len(newest) > CAP else "",
        "count_text": f"共 {capped(len(newest))} 条，最近作出的在前",
        "chosen": _chosen(asked, agencies, path),
        "subjects": _subjects(asked, newest) if asked.q and not asked.after else [],
        **turn(path, asked, following),
    }
    if not rows:
        page |= _nothing(asked, path)
    return page


def _advice(asked: Asked) -> str:
    if asked.problem:
        return asked.problem
    if not asked.narrowed():
        return "输入名称中任意连续两个字即可；也可以输入统一社会信用代码，或者文书号（括号样式不限）。"
    return ""


def _newest(asked: Asked) -> list[Narrow]:
    rows = select(replace(asked, after="")).newest_first()
    return list(rows.values_list("kind", "agency_id", "subject_id", "decided_on", "state")[: CAP + 1])


def _facets(asked: Asked, newest: list[Narrow], agencies: dict[int, str], path: str) -> list[Facet]:
    """What the results can be narrowed by; a facet with one value says nothing and is left out."""
    counted = newest[:CAP]
    facets: tuple[tuple[str, str, Counter[Any], dict[Any, Any] | None], ...] = (
        ("kind", "种类", Counter(n[0] for n in counted), KIND_LABELS),
        ("agency", "机关", Counter(n[1] for n in counted), agencies),
        ("year", "决定年份", Counter(n[3].year for n in counted), None),
        ("state", "状态", Counter(n[4] for n in counted), STATE_LABELS),
    )
    out = []
    for name, label, counter, labels in facets:
        if getattr(asked, name) or len(counter) < 2:
            continue
        ordered = sorted(counter, reverse=True) if name == "year" else [v for v, _ in counter.most_common(8)]
        options = [
            FacetOption(
                str(labels.get(value, value)) if labels else f"{value}年",
                capped(counter[value]),
                address(path, asked.query_string(**{name: value, "after": ""})),
                False,
            )
            for value in ordered
        ]
        out.append(Facet(label, options))
    return out


def _chosen(asked: Asked, agencies: dict[int, str], path: str) -> list[FacetOption]:
    labels = {
        "kind": KIND_LABELS.get(asked.kind, ""),
        "agency": agencies.get(asked.agency or 0, "其他机关"),
        "year": f"{asked.year}年",
        "state": STATE_LABELS.get(asked.state, ""),
        "subject": "指定主体",
        "on_time": "按期公示" if asked.on_time == "yes" else "逾期公示",
    }
    return [
        FacetOption(str(label), "", address(path, asked.query_string(**{name: None, "after": ""})), True)
        for name, label in labels.items()
        if getattr(asked, name)
    ]


def _with_hits(rows: list[dict[str, Any]], terms: list[str]) -> list[dict[str, Any]]:
    """Each row with the field that matched, when it is none of those every result shows; only then it is read whole."""
    seen = ("subject", "title", "document_number")
    hidden = {r["record"] for r in rows if terms and not any(holds(_text(r[name]), terms) for name in seen)}
    public = PublicRecord.objects.filter(pk__in=hidden).values_list("pk", "revision__public")
    whole = dict(public) if hidden else {}
    return [{**r, "hit": _hit(whole[r["record"]], terms) if r["record"] in whole else None} for r in rows]


def _text(value: Any) -> str:
    return str(value["name"] if isinstance(value, dict) else value)


def _hit(row: dict[str, Any], terms: list[str]) -> dict[str, str] | None:
    if holds(row["agency"]["name"], terms):
        return {"label": "决定机关", "text": row["agency"]["name"]}
    if holds(row["subject"]["code"], terms):
        return {"label": "统一社会信用代码", "text": row["subject"]["code"]}
    for field in row["fields"]:
        if holds(field["value"], terms):
            return {"label": field["label"], "text": excerpt(field["value"], terms)}
    return {"label": "曾用名", "text": terms[0]} if row["subject"]["id"] else None


def _names_of(subjects: Iterable[int]) -> Iterable[tuple[int, str]]:
    """Newest first for each, by key: the model's own order would read the table of subjects for their names."""
    names = SubjectName.objects.filter(subject__in=subjects).order_by("subject_id", "-valid_from")
    return names.values_list("subject_id", "name")


def _subjects(asked: Asked, newest: list[Narrow]) -> list[dict[str, Any]]:
    """Bodies among the results: agencies by name, and whom the newest results are about."""
    about = [pk for pk, _ in Counter(n[2] for n in newest).most_common(200)]
    agencies = Q(kind=SubjectKind.AGENCY, name_folded__contains=fold_text(asked.q))
    # What was merged is found by its own names and codes, and shown as the subject that it turned out to be.
    bodies = (
        Subject.objects.public()
        .filter(Q(pk__in=about) | agencies)
        .values_list("pk", "name", "kind", "code", "merged_into", "merged_into__name", "merged_into__code")
    )
    former: dict[int, str] = {}
    for pk, name in _names_of(about):
        if holds(name, asked.terms):
            former[pk] = name
    shown: dict[int, dict[str, Any]] = {}
    for pk, name, kind, code, into, survivor, survivors_code in bodies:
        by_name = holds(name, asked.terms)
        if by_name or pk in former or holds(code, asked.terms):
            row = {
                "id": into or pk,
                "name": survivor or name,
                "kind_label": SUBJECT_LABELS[kind],
                "code": (survivors_code if into else code) or "",
                "former": name if by_name and into else "" if by_name else former.get(pk, ""),
            }
            if not into or row["id"] not in shown:
                shown[row["id"]] = row
    found = shown.values()
    return sorted(found, key=lambda s: (s["former"] != "", len(s["name"])))[:SUBJECTS]


def _nothing(asked: Asked, path: str) -> dict[str, Any]:
    links = [("清除全部条件", path)]
    if replace(asked, q="").narrowed() and asked.q:
        links.insert(0, ("在全部信息中查", address(path, f"q={asked.q}")))
    links.append(("查看更正公告", reverse("portal:corrections")))
    return {
        "empty_text": "请检查有没有错别字，或者只输入名称中最特别的几个字。没有公示信息不代表该单位不存在；"
        "已修复、期满或撤下的信息不再显示。",
        "empty_links": links,
        "near": near_names(asked.q) if asked.q and not asked.after else [],
    }


def near_names(query: str) -> list[dict[str, Any]]:
    """Bodies whose names share most pairs of characters with the query; only such as stand on public pages."""
    folded = fold_text(query)
    grams = list(dict.fromkeys(bigrams(folded)))[:GRAMS]
    on_pages = Exists(PublicRecord.objects.filter(subject=OuterRef("pk")))
    candidates: dict[int, tuple[str, str, str]] = {}
    for gram in grams:
        matching = Subject.objects.public().standing().matching(gram).filter(Q(kind=SubjectKind.AGENCY) | on_pages)
        # In no order, so that a pair that a hundred thousand names share is left after the first hundred.
        for pk, name, name_folded, kind in matching.order_by().values_list("pk", "name", "name_folded", "kind")[:100]:
            candidates[pk] = (name, name_folded, kind)
    return _closest(folded, candidates.items())


def _closest(folded: str, candidates: Iterable[tuple[int, tuple[str, str, str]]]) -> list[dict[str, Any]]:
    scored = [
        (SequenceMatcher(None, folded, name_folded).ratio(), pk, name, kind)
        for pk, (name, name_folded, kind) in candidates
    ]
    best = sorted((s for s in scored if s[0] >= 0.4), reverse=True)[:NEAR]
    return [{"id": pk, "name": name, "kind_label": SUBJECT_LABELS[kind]} for _, pk, name, kind in best]
