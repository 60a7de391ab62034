"""What this room adds to the record's page and to the official's page."""

from typing import Any

from django.urls import reverse
from django.utils import timezone

from core import clocks
from core.actors import Actor
from integrity import policy
from integrity.columns import COLUMNS
from integrity.kinds import standing_of
from integrity.models import Dishonesty, Finding, Responsibility
from integrity.permissions import may_name
from integrity.services.finding import confirm_problem, statement_clock
from integrity.services.fulfilment import PERFORMABLE
from integrity.validation import IN_EFFECT
from records.admin.officials import OfficialSection
from records.admin.officials import add_section as add_official_section
from records.admin.record import Button, RecordSection, add_section
from records.choices import RecordStatus
from records.families import family
from records.kinds import kind_of
from records.lifecycle import RECORD
from records.models import CreditRecord
from records.permissions import makes_findings

ACTS = (
    ("find", "认定并告知", "integrity_find", ""),
    ("remit", "退回补正", "integrity_remit", "alert"),
    ("dismiss", "不予认定", "integrity_dismiss", "alert"),
    ("revoke", "撤销认定", "integrity_revoke", "alert"),
)


def record_section(record: CreditRecord, actor: Actor) -> dict[str, Any]:
    """Instrument, effect, persons, finding with its clock, statements, and what this actor could do now."""
    today = timezone.localdate()
    detail = kind_of(record.kind).detail_model._default_manager.get(pk=record.pk)
    context: dict[str, Any] = {"record": record, "detail": detail}
    if record.status in IN_EFFECT:
        context["standing"] = standing_of(record, detail, today)
    if not isinstance(detail, Dishonesty):
        return context
    finding = Finding.objects.select_related("found_by").prefetch_related("statements__answered_by")
    found = finding.filter(pk=record.pk).first()
    clock = statement_clock(record.pk) if found else None
    context |= {
        "rule": detail.rule,
        "persons": detail.responsibilities.all(),
        "may_name": may_name(record, actor) is None,
        "finding": found,
        "clock": clocks.explain(clock, today=today) if clock else None,
        "acts": list(_acts(record, actor)),
    }
    if found and record.status == RecordStatus.NOTIFIED:
        context["hears"] = any(t.name == "confirm" for t in RECORD.available(record, actor))
        context["not_yet"] = confirm_problem(found, clock, today)
    context["fulfils"] = _fulfils(record, detail, actor)
    return context


def _acts(record: CreditRecord, actor: Actor) -> list[Button]:
    names = {t.name for t in RECORD.available(record, actor)}
    return [
        Button(label, reverse(f"admin:{page}", args=[record.pk]), tone)
        for name, label, page, tone in ACTS
        if name in names
    ]


def _fulfils(record: CreditRecord, detail: Dishonesty, actor: Actor) -> bool:
    open_ = record.status in IN_EFFECT and detail.fulfilled_on is None
    return open_ and policy.source_of(detail.measure) in PERFORMABLE and makes_findings(record, actor) is None


def official_section(pk: int, actor: Actor) -> dict[str, Any]:
    """What an official was responsible for, in the post of that day, as far as this actor may see the records."""
    today = timezone.localdate()
    records = CreditRecord.objects.visible_to(actor).exclude(status=RecordStatus.DISCARDED)
    rows = Responsibility.objects.filter(official__in=family(pk), dishonesty__record__in=records)
    rows = rows.select_related("dishonesty__record__subject", "dishonesty__rule").order_by("-on", "-pk")
    found = []
    for row in rows[:100]:
        record = row.dishonesty.record
        decided = record.status in IN_EFFECT
        state = standing_of(record, row.dishonesty, today) if decided else record.get_status_display()
        found.append({"row": row, "record": record, "state": state})
    return {"rows": found}


add_section(RecordSection("文书、责任人与效力", "admin/integrity/section.html", record_section, frozenset(COLUMNS)))
add_official_section(OfficialSection("任责记录", "admin/integrity/official.html", official_section))
