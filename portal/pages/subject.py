"""One body: who it is, what is public about it, and for an agency what it decided. Never a natural person."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import Http404
from django.urls import reverse

from core.formats import CAP, capped, percent
from portal.cursors import NEWEST, page_of
from portal.filters import Asked
from portal.pages.rows import PAGE_SIZE, Tab, address, content, count_up_to_cap, shown, turn
from records.choices import RecordKindCode, SubjectKind, Verification
from records.models import PublicRecord, Subject, SubjectName

DECIDED, ABOUT = "decided", "about"


@dataclass(frozen=True, slots=True)
class Body:
    """A body with its other names, and the keys of whatever was merged into it."""

    subject: Subject
    former: list[str]
    merged: list[int]


def public_subject(subject_id: int) -> Body:
    """A body by its key, with its former names and those of what was merged; a person is as unknown as no one."""
    family = Subject.objects.family(subject_id).values("pk")
    names = SubjectName.objects.filter(subject__in=family).select_related("subject__parent").order_by("-valid_from")
    rows = list(names)
    found = next((row.subject for row in rows if row.subject_id == subject_id), None)
    found = found or Subject.objects.select_related("parent").filter(pk=subject_id).first()
    if found is None or found.is_person:
        raise Http404("no such subject")
    former = list(dict.fromkeys(row.name for row in rows if row.name != found.name))
    return Body(found, former, sorted({row.subject_id for row in rows} - {found.pk}))


def subject_page(body: Body, asked: Asked, *, side: str, path: str) -> dict[str, Any]:
    subject, former = body.subject, body.former
    is_agency = subject.kind == SubjectKind.AGENCY
    as_agency = is_agency and side != ABOUT
    column = "agency" if as_agency else "subject"
    # One key alone keeps the plan of an ordered index; families are rare.
    mine = PublicRecord.objects.filter(
        **{f"{column}__in": [subject.pk, *body.merged]} if body.merged else {column: subject.pk}
    )
    rows = mine.filter(kind=asked.kind) if asked.kind else mine
    found, more = page_of(content(NEWEST.apply(NEWEST.after(rows, asked.after))), PAGE_SIZE)
    if not (found or is_agency or asked.kind or asked.after or subject.verification == Verification.VERIFIED):
        # Known from an entry that nobody has approved: as unknown here as anywhere on the site.
        raise Http404("not on public pages")
    following = NEWEST.cursor(found[-1]) if more else ""
    # A first page that holds everything counts itself.
    whole = found if not (more or asked.kind or asked.after) else None
    return {
        "subject": {"name": subject.name, "kind_label": subject.get_kind_display(), "former": former},
        "identity": _identity(subject),
        "parent": subject.parent,
        "children": list(subject.children.agencies().standing().order_by("name").only("id", "name")[:40])
        if is_agency
        else [],
        "figures": _figures(mine, whole, as_agency),
        "report_url": reverse("portal:report", args=[subject.pk]),
        "json_url": f"{reverse('api:records')}?{'agency' if as_agency else 'subject'}={subject.pk}",
        "page": {
            "heading": "作出的决定" if as_agency else "公示信息",
            "as_agency": as_agency,
            "tabs": _tabs(subject, asked, as_agency, path),
            "rows": shown(found),
            "empty_text": "该单位目前没有正在公示的决定。"
            if as_agency
            else "没有记录不等于没有发生：已修复、期满或撤下的信息不再显示。",
            **turn(path, asked, following, "side=about" if side == ABOUT else ""),
        },
    }


def _identity(subject: Subject) -> list[tuple[str, str]]:
    rows = (
        ("主体类别", subject.get_kind_display()),
        ("统一社会信用代码", subject.code or ""),
        ("行政区划代码", subject.region_code),
        ("住所", subject.address),
        ("联系方式", subject.contact),
        ("核验情况", subject.get_verification_display()),
    )
    return [(label, value) for label, value in rows if value]


def _figures(mine: Any, whole: Sequence[PublicRecord] | None, as_agency: bool) -> list[dict[str, str]]:
    """Counts up to the cap, each over an index; the share on time over the newest ones."""
    figures = []
    for kind, label in ((RecordKindCode.LICENCE, "行政许可"), (RecordKindCode.PENALTY, "行政处罚")):
        count = (
            count_up_to_cap(mine.filter(kind=kind))
            if whole is None
            else sum(r.revision.public["kind"] == kind for r in whole)
        )
        figures.append({"label": label, "value": capped(count), "unit": "件", "note": "正在公示"})
    if as_agency:
        newest = list(mine.order_by("-decided_on", "-record_id").values_list("on_time", flat=True)[:CAP])
        share = percent(sum(newest), len(newest))
        note = f"最近 {len(newest):,} 件中在期限内公示的" if newest else "暂无公示"
        figures.append({"label": "按期公示", "value": share, "unit": "", "note": note})
    return figures


def _tabs(subject: Subject, asked: Asked, as_agency: bool, path: str) -> list[Tab]:
    side = DECIDED if as_agency else ABOUT
    ways = [(side, "", "全部"), (side, RecordKindCode.LICENCE, "行政许可"), (side, RecordKindCode.PENALTY, "行政处罚")]
    if subject.kind == SubjectKind.AGENCY:
        ways.append((ABOUT, "", "本单位收到的") if as_agency else (DECIDED, "", "本单位作出的"))
    tabs = []
    for way, kind, label in ways:
        other = "side=about" if way == ABOUT and subject.kind == SubjectKind.AGENCY else ""
        href = address(path, f"kind={kind}" if kind else "", other)
        tabs.append(Tab(label, href, way == side and kind == asked.kind))
    return tabs
