"""One body: who it is, what is public about it, and for an agency what it decided. Never a natural person."""

import json
from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from django.db.models import IntegerField, QuerySet, Subquery
from django.http import Http404

from core.compiled import CompiledQuery
from core.formats import CAP, capped, percent
from portal.cursors import NEWEST
from portal.environment import url
from portal.filters import Asked
from portal.pages.rows import PAGE_SIZE, Tab, address, turn
from records.choices import PERSONAL_KINDS, RecordKindCode, SubjectKind, Verification
from records.models import PublicRecord, Subject

DECIDED, ABOUT = "decided", "about"
AGENCY, SUBJECT = "agency", "subject"
CHILDREN = 40
KIND_LABELS = {kind: str(SubjectKind(kind).label) for kind in SubjectKind.values}
VERIFICATION_LABELS = {code: str(Verification(code).label) for code in Verification.values}


class Body(NamedTuple):
    id: int
    name: str
    kind: str
    code: str | None
    verification: str
    region_code: str
    address: str
    contact: str
    parent_id: int | None
    parent__name: str | None
    merged_into_id: int | None

    @property
    def is_agency(self) -> bool:
        return self.kind == SubjectKind.AGENCY

    @property
    def kind_label(self) -> str:
        return KIND_LABELS[self.kind]


class Count(Subquery):
    """How many rows of a limited query, counted in the database."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) counted)"
    output_field = IntegerField()


class Known(NamedTuple):
    """A body, its other names, and the keys of whatever was merged into it."""

    body: Body
    former: list[str]
    merged: list[int]


def _named(subject_id: int) -> "QuerySet[Subject, Any]":
    """The body, and what was merged into it, with each of their names, the newest first."""
    rows: QuerySet[Subject, Any] = Subject.objects.family(subject_id).order_by("-names__valid_from")
    return rows.values_list(*Body._fields, "names__name")


def _mine(side: str, subjects: int | list[int]) -> "QuerySet[PublicRecord]":
    # One key alone keeps the plan of an ordered index; families are rare.
    return PublicRecord.objects.filter(**{f"{side}__in" if isinstance(subjects, list) else side: subjects})


def _rows(
    subjects: int | list[int], day: date | None, key: int | None, side: str, kind: str
) -> "QuerySet[PublicRecord, Any]":
    """A page of its records and one more, behind the cursor's day and key."""
    rows = NEWEST.apply(_mine(side, subjects))
    if kind:
        rows = rows.filter(kind=kind)
    if day:
        rows = NEWEST.behind(rows, day, key or 0)
    columns: QuerySet[PublicRecord, Any] = rows.values_list("record_id", "decided_on", "summary")[: PAGE_SIZE + 1]
    return columns


def _tally(subjects: int | list[int], side: str) -> "QuerySet[Subject, Any]":
    """Licences and penalties up to the cap, the newest records up to the cap, and those of them on time."""
    mine = _mine(side, subjects)
    newest = mine.order_by("-decided_on", "-record_id").values("pk", "on_time")[:CAP]
    counts = [Count(mine.filter(kind=kind).order_by().values("pk")[: CAP + 1]) for kind, _ in FIGURES]
    on_time = Count(newest, template=f"{Count.template[:-1]} WHERE on_time)")
    one = subjects[0] if isinstance(subjects, list) else subjects
    rows: QuerySet[Subject, Any] = Subject.objects.filter(pk=one).values_list(*counts, Count(newest), on_time)
    return rows


def _below(subject_id: int) -> "QuerySet[Subject, Any]":
    rows: QuerySet[Subject, Any] = Subject.objects.agencies().standing().filter(parent=subject_id).order_by("name")
    return rows.values_list("id", "name")[:CHILDREN]


FIGURES = ((RecordKindCode.LICENCE, "行政许可"), (RecordKindCode.PENALTY, "行政处罚"))
_body_with_names = CompiledQuery(_named, prepare=True)
_page_of = CompiledQuery(_rows, prepare=True)
_tally_of = CompiledQuery(_tally, prepare=True)
_children_of = CompiledQuery(_below, prepare=True)


def public_subject(subject_id: int) -> Known:
    """A body by its key, with its former names and those of what was merged; a person is as unknown as no one."""
    rows = _body_with_names(subject_id)
    found = next((Body(*row[:-1]) for row in rows if row[0] == subject_id), None)
    if found is None or found.kind in PERSONAL_KINDS:
        raise Http404("no such subject")
    former = list(dict.fromkeys(row[-1] for row in rows if row[-1] not in (None, found.name)))
    return Known(found, former, sorted({row[0] for row in rows} - {subject_id}))


def subject_page(known: Known, asked: Asked, *, side: str, path: str) -> dict[str, Any]:
    subject, former, merged = known
    as_agency = subject.is_agency and side != ABOUT
    whose = AGENCY if as_agency else SUBJECT
    day, key = NEWEST.read(asked.after) if asked.after else (None, None)
    if merged:
        found = list(_rows([subject.id, *merged], day, key, whose, asked.kind))
    else:
        found = _page_of(subject.id, day, key, shape=(whose, asked.kind))
    found, more = found[:PAGE_SIZE], len(found) > PAGE_SIZE
    if not (found or subject.is_agency or asked.kind or asked.after or subject.verification == Verification.VERIFIED):
        # Known from an entry that nobody has approved: as unknown here as anywhere on the site.
        raise Http404("not on public pages")
    rows = [json.loads(text) for _, _, text in found]
    following = NEWEST.cursor_of(found[-1][1], found[-1][0]) if more else ""
    # A first page that holds everything counts itself.
    whole = not (more or asked.kind or asked.after)
    return {
        "subject": {"name": subject.name, "kind_label": subject.kind_label, "former": former},
        "identity": _identity(subject),
        "parent": {"id": subject.parent_id, "name": subject.parent__name} if subject.parent_id else None,
        "children": [{"id": pk, "name": name} for pk, name in _children_of(subject.id)] if subject.is_agency else [],
        "figures": _figures(_counted(rows) if whole else _tallied(known, whose), as_agency),
        "report_url": f"{path}report.pdf",
        "json_url": f"{url('api:records')}?{whose}={subject.id}",
        "page": {
            "heading": "作出的决定" if as_agency else "公示信息",
            "as_agency": as_agency,
            "tabs": _tabs(subject, asked, as_agency, path),
            "rows": rows,
            "empty_text": "该单位目前没有正在公示的决定。"
            if as_agency
            else "没有记录不等于没有发生：已修复、期满或撤下的信息不再显示。",
            **turn(path, asked, following, "side=about" if side == ABOUT else ""),
        },
    }


def _identity(subject: Body) -> list[tuple[str, str]]:
    rows = (
        ("主体类别", subject.kind_label),
        ("统一社会信用代码", subject.code or ""),
        ("行政区划代码", subject.region_code),
        ("住所", subject.address),
        ("联系方式", subject.contact),
        ("核验情况", VERIFICATION_LABELS[subject.verification]),
    )
    return [(label, value) for label, value in rows if value]


def _tallied(known: Known, whose: str) -> Sequence[int]:
    if known.merged:
        return next(iter(_tally([known.body.id, *known.merged], whose)))
    return _tally_of(known.body.id, shape=(whose,))[0]  # type: ignore[no-any-return]


def _counted(rows: Sequence[dict[str, Any]]) -> Sequence[int]:
    """The tally of rows that are all there is."""
    kinds = [row["kind"] for row in rows]
    return *(kinds.count(kind) for kind, _ in FIGURES), len(rows), sum(row["on_time"] for row in rows)


def _figures(tally: Sequence[int], as_agency: bool) -> list[dict[str, str]]:
    """Counts up to the cap, each over an index; the share on time over the newest ones."""
    *counts, newest, on_time = tally
    figures = [
        {"label": label, "value": capped(count), "unit": "件", "note": "正在公示"}
        for (_, label), count in zip(FIGURES, counts, strict=True)
    ]
    if as_agency:
        note = f"最近 {newest:,} 件中在期限内公示的" if newest else "暂无公示"
        figures.append({"label": "按期公示", "value": percent(on_time, newest), "unit": "", "note": note})
    return figures


def _tabs(subject: Body, asked: Asked, as_agency: bool, path: str) -> list[Tab]:
    side = DECIDED if as_agency else ABOUT
    ways = [(side, "", "全部"), (side, RecordKindCode.LICENCE, "行政许可"), (side, RecordKindCode.PENALTY, "行政处罚")]
    if subject.is_agency and not as_agency:
        ways += [(side, kind, str(kind.label)) for kind in (RecordKindCode.DISHONESTY, RecordKindCode.HONOUR)]
    if subject.is_agency:
        ways.append((ABOUT, "", "本单位收到的") if as_agency else (DECIDED, "", "本单位作出的"))
    tabs = []
    for way, kind, label in ways:
        other = "side=about" if way == ABOUT and subject.is_agency else ""
        href = address(path, f"kind={kind}" if kind else "", other)
        tabs.append(Tab(label, href, way == side and kind == asked.kind))
    return tabs
