"""What the API reads. Lists hand the stored JSON through as text: nothing is parsed to be written again."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, TextField, Value, When
from django.db.models.functions import Cast

from core.compiled import CompiledQuery
from core.errors import Gone, Invalid, NotFound
from core.search import Way
from portal.filters import Asked, first_rows, in_order, on_way
from portal.presentation import ended_view
from records.choices import ENDING_ACTS, SubjectKind
from records.models import PublicRecord, Revision, Subject, SubjectName

DEFAULT_SIZE, MAX_SIZE = 20, 100
FEED_SIZE, MAX_FEED_SIZE = 100, 1000


def size_of(query: Mapping[str, str], default: int = DEFAULT_SIZE, largest: int = MAX_SIZE) -> int:
    text = query.get("size", "").strip()
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:6]) <= largest):
        raise Invalid("bad_filter", f"size 应为 1 到 {largest} 的整数。", fields={"size": [f"应为 1 到 {largest}。"]})
    return int(text)


def _rows(agency: int | None, subject: int | None, narrow: str | None, whole: str | None, since: date | None,
          before: date | None, asked: Asked, count: int) -> "QuerySet[PublicRecord, Any]":  # fmt: skip
    """Key, column of the order and summary of the first rows."""
    asked = replace(asked, agency=agency, subject=subject)
    rows = on_way(asked, Way(narrow or "", whole, since, before)) if whole else in_order(asked)
    columns: QuerySet[PublicRecord, Any] = rows.values_list("record_id", asked.order.column, "summary")[:count]
    return columns


_listed = CompiledQuery(_rows)
# By the index alone or row by row there is one plan, whatever the words; only a slice needs the planner's eye.
_listed_one_way = CompiledQuery(_rows, prepare=True)


def _found(asked: Asked, count: int) -> list[Any]:
    shape = (replace(asked, q="", agency=None, subject=None), count)

    def read(way: Way) -> list[Any]:
        query = _listed if way.narrow and way.since else _listed_one_way
        return query(None, None, way.narrow or None, way.whole, way.since, way.before, shape=shape)

    found = first_rows(asked, count, read)
    if found is not None:
        return found[:count]
    if asked.q or asked.after:
        # What such a query looks like depends on the words themselves.
        return list(_rows(asked.agency, asked.subject, None, None, None, None, asked, count))
    return _listed(asked.agency, asked.subject, None, None, None, None, shape=shape)


def records(asked: Asked, size: int) -> tuple[list[str], str]:
    """Rows as JSON texts, and the cursor of the next page ("" on the last)."""
    found = _found(asked, size + 1)
    following = asked.order.cursor_of(found[size - 1][1], found[size - 1][0]) if len(found) > size else ""
    return [text for _, _, text in found[:size]], following


_public_text = CompiledQuery(
    lambda pk: PublicRecord.objects.filter(pk=pk).order_by().values_list(Cast("revision__public", TextField())),
    prepare=True,
)


def record(record_id: int) -> str:
    """The whole projection as JSON text; Gone with the reason when publication ended."""
    if rows := _public_text(record_id):
        return str(rows[0][0])
    last = Revision.objects.filter(record=record_id).order_by("-version").values_list("act", "public").first()
    if last is None or last[0] not in ENDING_ACTS:
        raise NotFound("not_found", "没有这条公示信息，请检查编号。")
    raise Gone(last[0], ended_view(last[1]).sentence)


def subjects(query: Mapping[str, str], size: int) -> tuple[list[dict[str, Any]], str]:
    """Bodies that the public may know: agencies, verified ones, and whom public records are about. Never people."""
    rows = Subject.objects.known_to_public().standing()
    if q := query.get("q", "").replace("\x00", "").strip()[:100]:
        rows = rows.found_by(q)
    if kind := query.get("kind", ""):
        if kind not in SubjectKind.values:
            known = f"可用的有：{'、'.join(SubjectKind.values)}。"
            raise Invalid("bad_filter", f"没有这种主体类别，{known}", fields={"kind": [known]})
        rows = rows.filter(kind=kind)
    rows = rows.filter(pk__gt=_after(query)).order_by("pk")
    found = list(rows.values("id", "name", "kind", "code")[: size + 1])
    for row in found:
        row["kind_label"], row["code"] = str(SubjectKind(row["kind"]).label), row["code"] or ""
    return found[:size], str(found[size - 1]["id"]) if len(found) > size else ""


def merged_into(subject_id: int) -> int | None:
    """The body that this one turned out to be; None when it is one in its own right, or unknown."""
    into = Subject.objects.public().filter(pk=subject_id, merged_into__isnull=False)
    return into.values_list("merged_into", flat=True).first()


def subject(subject_id: int) -> dict[str, Any]:
    found = Subject.objects.known_to_public().standing().filter(pk=subject_id).first()
    if found is None:
        raise NotFound("not_found", "没有这个主体，请检查编号。")
    family = Subject.objects.family(found.pk).values("pk")
    names = SubjectName.objects.filter(subject__in=family).order_by("-valid_from").values_list("name", flat=True)
    return {
        "id": found.pk,
        "name": found.name,
        "kind": found.kind,
        "kind_label": found.get_kind_display(),
        "code": found.code or "",
        "region_code": found.region_code,
        "former_names": list(dict.fromkeys(name for name in names if name != found.name)),
        "parent": found.parent_id,
        "contact": found.contact,
    }


def revisions(query: Mapping[str, str], size: int) -> tuple[list[dict[str, Any]], int]:
    """Revisions behind `after` in the order of the gapless number, and the last number read.

    Content stands only where it is what the public sees now: an older version, or one whose publication ended, says
    that it was and when, no more. A reader who applies every row in order holds exactly what is public.
    """
    after = _after(query)
    current = Exists(PublicRecord.objects.filter(revision=OuterRef("pk")))
    ending = Q(act__in=sorted(ENDING_ACTS))
    public_now = Exists(PublicRecord.objects.filter(pk=OuterRef("record_id")))
    rows = (
        Revision.objects.filter(seq__gt=after)
        .order_by("seq")
        .annotate(
            speaks=Case(When(ending, then=True), default=public_now),
            content=Case(When(ending | Q(current), then=F("public")), default=Value(None)),
        )
        .values_list("seq", "record_id", "version", "act", "at", "reason", "basis", "digest", "speaks", "content")
    )
    found = [_revision(row) for row in rows[:size]]
    return found, found[-1]["seq"] if found else after


def _revision(row: Sequence[Any]) -> dict[str, Any]:
    seq, record_id, version, act, at, reason, basis, digest, speaks, content = row
    return {
        "seq": seq,
        "record": record_id,
        "version": version,
        "act": act,
        "at": at.isoformat(),
        "reason": reason if speaks else "",
        "basis": basis if speaks else "",
        "digest": digest,
        "superseded": content is None,
        "public": json.loads(content) if isinstance(content, str) else content,
    }


def _after(query: Mapping[str, str]) -> int:
    text = query.get("after", "").strip() or "0"
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise Invalid("bad_cursor", "after 应为上一页给出的数字。", fields={"after": ["应为上一页给出的数字。"]})
    return int(text)
