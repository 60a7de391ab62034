"""清单版本: loaded by one person of the credit office, approved by another; never edited afterwards."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.db import transaction

from core import audit
from core.actors import Actor
from core.errors import Invalid, NotAllowed, WrongState
from core.formats import day
from core.locks import locked, one_at_a_time
from sanctions.choices import EditionStatus, Level, SanctionStatus
from sanctions.lifecycle import EDITION
from sanctions.models import Measure, MeasureEdition, Sanction
from sanctions.permissions import keeps_lists
from sanctions.policy import day_before
from sanctions.workbook import read_list

TURN = "sanctions.editions"
HEAD = ("level", "title", "edition", "issued_by", "document_number", "basis", "in_force_from")
CONTENT = ("number", "category", "name", "content", "subject_kinds", "legal_bases", "executing_body")
NEEDED = {"title": "清单名称", "edition": "版本", "issued_by": "印发机关", "basis": "依据"}


def content_digest(edition: MeasureEdition, measures: Iterable[Measure]) -> str:
    """What an edition says, in one word: an approval names it, so that it is of the text that was read."""
    head = [str(getattr(edition, name)) for name in HEAD]
    rows = [[getattr(m, name) for name in CONTENT] for m in sorted(measures, key=lambda m: m.number)]
    return hashlib.sha256(json.dumps([head, rows], ensure_ascii=False, default=list).encode()).hexdigest()


@transaction.atomic
def load_edition(values: Mapping[str, Any], *, content: bytes, filename: str, actor: Actor) -> MeasureEdition:
    """录入清单 from a workbook. `values` by field name. Raises NotAllowed, TableProblem, Invalid (every wrong cell)."""
    if why_not := keeps_lists(None, actor):
        raise NotAllowed("not_allowed", why_not)
    given = {name: values.get(name, "") for name in HEAD}
    errors = {n: [f"请填写{label}。"] for n, label in NEEDED.items() if not str(given[n]).strip()}
    if given["level"] not in Level.values:
        errors["level"] = ["请选择清单层级。"]
    if errors:
        raise Invalid("edition", "请按各栏下方的提示改正。", fields=errors)
    rows = read_list(content, filename)
    one_at_a_time(TURN)
    if MeasureEdition.objects.filter(level=given["level"], status=EditionStatus.PROPOSED).exists():
        raise WrongState("edition_open", f"{Level(given['level']).label}已有一份待批准的清单，请先批准或退回那一份。")
    _may_follow(given["level"], given["in_force_from"], None)
    edition = MeasureEdition(**given, proposed_by_id=actor.user_id, proposed_at=actor.now())
    measures = [
        Measure(edition=edition, **{n: getattr(row, n) for n in CONTENT if n != "subject_kinds"},
                subject_kinds=list(row.subject_kinds))
        for row in rows
    ]  # fmt: skip
    edition.digest = content_digest(edition, measures)
    edition.save()
    Measure.objects.bulk_create(measures)
    changes = {"measures": [None, len(measures)], "in_force_from": [None, edition.in_force_from.isoformat()]}
    audit.record("sanctions.edition_loaded", edition, actor=actor, changes=changes, reason=edition.basis)
    return edition


def _may_follow(level: str, first: date, pk: int | None) -> MeasureEdition | None:
    """The edition that this one would end. Invalid or WrongState when it cannot follow it on that day."""
    others = MeasureEdition.objects.approved().filter(level=level).exclude(pk=pk)
    last: MeasureEdition | None = others.order_by("-in_force_from").first()
    if last is None:
        return None
    if first <= last.in_force_from:
        sentence = f"该层级已有{day(last.in_force_from)}起施行的“{last}”，施行日期须晚于该日。"
        raise Invalid("edition_overtaken", sentence, fields={"in_force_from": [sentence]})
    begun = Sanction.objects.filter(measure__edition=last, starts_on__gte=first)
    if count := begun.filter(status__in=[SanctionStatus.ACTIVE, SanctionStatus.LIFTED]).count():
        latest = begun.order_by("-starts_on").values_list("starts_on", flat=True)[0]
        sentence = f"有{count}项惩戒依现行清单自该日或之后起执行，施行日期须晚于{day(latest)}。"
        raise Invalid("edition_in_use", sentence, fields={"in_force_from": [sentence]})
    return last


@transaction.atomic
def approve_edition(edition_id: int, *, actor: Actor, opinion: str = "", seen: str = "") -> MeasureEdition:
    """批准: allows from its first day on; the edition before of the level ends the day before.

    `seen`: digest of what the approver read. Raises NotAllowed (own list), WrongState (decided, changed), Invalid.
    """
    one_at_a_time(TURN)
    edition: MeasureEdition = locked(MeasureEdition.objects.all(), edition_id)
    EDITION.check(edition, "ratify", actor=actor)
    digest = content_digest(edition, edition.measures.all())
    if digest != edition.digest or (seen and seen != digest):
        raise WrongState("edition_changed", "清单内容与您看到的不一致，请刷新页面重新查看后再决定。")
    if earlier := _may_follow(edition.level, edition.in_force_from, edition.pk):
        earlier.in_force_to = day_before(edition.in_force_from)
        earlier.save(update_fields=["in_force_to"])
        changes = {"in_force_to": [None, earlier.in_force_to.isoformat()]}
        audit.record("sanctions.edition_ended", earlier, actor=actor, changes=changes, reason=str(edition))
    _decide(edition, "ratify", actor, opinion)
    audit.record("sanctions.edition_approved", edition, actor=actor, reason=opinion)
    return edition


@transaction.atomic
def refuse_edition(edition_id: int, *, actor: Actor, opinion: str) -> MeasureEdition:
    """退回 with an opinion; the list in force goes on."""
    if not opinion.strip():
        raise Invalid("reason_required", "请填写退回的意见。", fields={"opinion": ["请填写退回的意见。"]})
    edition: MeasureEdition = locked(MeasureEdition.objects.all(), edition_id)
    EDITION.check(edition, "reject", actor=actor)
    _decide(edition, "reject", actor, opinion)
    audit.record("sanctions.edition_refused", edition, actor=actor, reason=opinion)
    return edition


def _decide(edition: MeasureEdition, transition: str, actor: Actor, opinion: str) -> None:
    EDITION.move(edition, transition)
    edition.decided_by_id, edition.decided_at = actor.user_id, actor.now()
    edition.decision_reason = opinion.strip()
    edition.save()
