"""部门接口: an agency's personnel system hands in its whole roster; first as a preview, then for good.

The list is the agency's, so a post of another agency in it is refused. Who holds a post on record and is missing from
the list is reported by key and post, never deleted: a system that forgot a page must not retire anybody.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db import transaction

from core import audit
from core.actors import Actor
from core.errors import Invalid, NotAllowed
from core.masking import mask_person_name
from core.tabular.cells import CellCleaner
from core.tabular.limits import Limits
from records.choices import RowStatus
from records.imports.importers import Checked, RawRow
from records.imports.officials import OFFICIALS, OfficialsSession
from records.models import ImportBatch, Subject, Tenure
from records.permissions import may_keep_registry
from records.rosters import clean_number, official_index
from records.services.officials import enter_posts

MOST_ROWS = 5_000


@transaction.atomic
def sync_officials(rows: Any, *, agency_id: int, dry_run: bool, actor: Actor, today: date) -> dict[str, Any]:
    """One answer per row (status new, changed, unchanged or rejected; change, errors, warnings), and who is missing.

    `dry_run` judges and writes nothing. Otherwise all or nothing: one rejected row keeps the whole list out.
    """
    if reason := may_keep_registry(agency_id, actor):
        raise NotAllowed("not_allowed", reason)
    given = _valid_rows(rows)
    agency = Subject.objects.agencies().get(pk=agency_id)
    session = OfficialsSession(OFFICIALS, ImportBatch(importer=OFFICIALS.code, agency=agency), agency, None, today)
    raws = [RawRow(n, raw) for n, raw in enumerate(map(_named, given), 1)]
    checked = session.check(raws)
    answers = [_row(raw.number, one) for raw, one in zip(raws, checked, strict=True)]
    counted = Counter(answer["status"] for answer in answers)
    apply = not dry_run and not counted["rejected"]
    if apply:
        enter_posts(session.posts_of(checked), actor=actor, today=today, reason="部门接口同步")
        digest = hashlib.sha256(json.dumps(rows, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
        audit.record("records.roster_synced", agency, actor=actor, changes={"digest": [None, digest]})
    return {
        "dry_run": dry_run,
        "applied": apply,
        "received": len(answers),
        **{status: counted[status] for status in ("new", "changed", "unchanged", "rejected")},
        "rows": answers,
        "missing": _missing(agency_id, raws, today),
    }


def _valid_rows(rows: Any) -> Sequence[Mapping[str, Any]]:
    if not isinstance(rows, list) or not rows:
        raise Invalid("officials", "请求正文应为 {“officials”: [{列名: 值, …}, …]}，为本单位在任人员的完整名册。")
    if len(rows) > MOST_ROWS:
        raise Invalid("too_many_rows", f"一次最多{MOST_ROWS}行，现为{len(rows)}行。")
    for number, row in enumerate(rows, 1):
        if not isinstance(row, dict) or not all(isinstance(v, str | int | float | bool | None) for v in row.values()):
            raise Invalid("officials", f"第{number}行应为对象 {{列名: 值}}，值为文本、数字、真假或空。")
        if unknown := [name for name in row if len(OFFICIALS.vocabulary.names(name)) != 1]:
            raise Invalid("unknown_column", f"第{number}行有不认识的列“{unknown[0][:40]}”，没有处理任何内容。")
    return rows


def _named(row: Mapping[str, Any]) -> dict[str, Any]:
    cleaner = CellCleaner(cell_chars=Limits().cell_chars, text_chars=Limits().text_chars)
    raw: dict[str, Any] = {}
    for name, value in row.items():
        [column] = OFFICIALS.vocabulary.names(name)
        cell = cleaner.value(str(value) if type(value) is int else value)
        if cell is not None:
            raw[column] = cell
    return raw


def _row(number: int, one: Checked) -> dict[str, Any]:
    change = next((w for w in one.warnings if w["code"] in ("new", "changed")), None)
    statuses = {RowStatus.INVALID: "rejected", RowStatus.DUPLICATE: "unchanged"}
    status = statuses.get(RowStatus(one.status)) or (change["code"] if change else "changed")
    return {
        "row": number,
        "status": status,
        "change": change["message"] if change else "",
        "errors": one.errors if status == "rejected" else [],
        "warnings": [w for w in one.warnings if w is not change],
    }


def _missing(agency_id: int, raws: Sequence[RawRow], today: date) -> list[dict[str, Any]]:
    """Who holds a post on record and does not stand in the list; names masked, the caller knows its own people."""
    listed = {official_index(clean_number(str(raw.raw.get("id_number", "")))) for raw in raws}
    rows = Tenure.objects.on(today).filter(agency=agency_id).select_related("official").order_by("official", "pk")
    return [
        {"official": t.official_id, "name": mask_person_name(t.official.name), "post": t.post,
         "started_on": t.started_on.isoformat()}
        for t in rows
        if t.official.id_number_index not in listed
    ]  # fmt: skip
