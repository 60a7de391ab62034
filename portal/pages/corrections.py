"""更正公告: the public ledger of every act that changed or ended a publication."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from core.errors import Invalid
from portal.environment import record_url
from portal.pages.rows import Option, address
from portal.presentation import ACTS, Badge
from records.choices import ENDING_ACTS, QUIET_ACTS, RecordKindCode, RecordStatus, RevisionAct
from records.models import Revision

PAGE_SIZE = 20
SHOWN_ACTS = [(act, label) for act, label in RevisionAct.choices if act != RevisionAct.PUBLISHED]
KIND_LABELS = dict(RecordKindCode.choices)


@dataclass(frozen=True, slots=True)
class Line:
    """One act, in public words. Of an ended publication neither the party nor the content is shown."""

    id: int
    at: datetime
    act: Badge
    kind_label: str
    document_number: str
    title: str
    href: str
    reason: str
    basis: str
    agency: str


def ledger(query: Mapping[str, str]) -> tuple[QuerySet[Revision], str]:
    """Revisions of the ledger, newest first, and the act asked for."""
    act = query.get("act", "")
    if act and act not in dict(SHOWN_ACTS):
        raise Invalid("bad_filter", f"没有“{act[:20]}”这种变更。", fields={"act": ["没有这种变更。"]})
    rows = Revision.objects.filter(act=act) if act else Revision.objects.exclude(act__in=list(QUIET_ACTS))
    if after := query.get("after", ""):
        if not (after.isascii() and after.isdigit() and len(after) < 19):
            raise Invalid("bad_cursor", "翻页位置无效，请回到第一页重新查看。", fields={"after": ["翻页位置无效。"]})
        rows = rows.filter(pk__lt=int(after))
    return rows.order_by("-id").select_related("record__agency"), act


def corrections_page(query: Mapping[str, str], *, path: str) -> dict[str, Any]:
    rows, act = ledger(query)
    found = list(rows[: PAGE_SIZE + 1])
    lines = [line(r) for r in found[:PAGE_SIZE]]
    kept = f"act={act}" if act else ""
    return {
        "filters": [Option("act", "变更种类", tuple(SHOWN_ACTS), act, "全部（不含期满、规则变更和期限重算）")],
        "rows": lines,
        "feed_url": reverse("portal:corrections-feed"),
        "first_url": address(path, kept) if query.get("after") else "",
        "next_url": address(path, kept, f"after={lines[-1].id}") if len(found) > PAGE_SIZE else "",
        "empty_text": "目前没有这类变更。公示信息被更正、撤下或者修复后，会在这里说明时间和原因。",
        "empty_links": [("查看全部公告", path)] if act else [],
    }


def line(revision: Revision) -> Line:
    record, public = revision.record, revision.public
    # What was said while it was public ends with the publication: only the ending act itself still speaks.
    ended = record.status != RecordStatus.PUBLISHED
    speaks = not ended or revision.act in ENDING_ACTS
    kind_label = KIND_LABELS[record.kind]
    named = not ended or revision.act == RevisionAct.WITHDRAWN
    what = "停止公示" if revision.act in ENDING_ACTS else "（现已停止公示）"
    return Line(
        id=revision.pk,
        at=revision.at,
        act=ACTS[revision.act],
        kind_label=kind_label,
        document_number=record.document_number if named else "",
        title=f"一件{kind_label}{what}" if ended else f"{public['subject']['name']}：{public['title']}",
        href="" if ended else record_url(record.pk),
        reason=revision.reason if speaks else "",
        basis=revision.basis if speaks else "",
        agency=record.agency.name,
    )
