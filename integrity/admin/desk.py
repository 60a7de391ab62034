"""政务失信认定: what waits for the credit office, and what the subjects have been told."""

from datetime import date
from typing import Any

from django.db.models import Count, Q
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

from accounts.choices import Role
from core import desk
from core.actors import Actor
from core.admin import actor_of
from core.calendar import WorkCalendar
from core.desk import Place, Queue, Section
from core.models import Clock
from core.pages import render
from integrity.models import Finding
from integrity.services.finding import CLOCK, OBJECT
from records.admin.lists import Tab, capped, filtered, keyset_page, list_filter
from records.admin.words import record_badge
from records.choices import RecordStatus
from records.models import CreditRecord

reads = desk.roles(Role.CREDIT_OFFICE, Role.AUDITOR)
finds = desk.roles(Role.CREDIT_OFFICE)
S = RecordStatus
ORDER = ("decided_on", "pk")
TABS = (
    Tab("finding", "待认定", Q(status=S.FINDING), ORDER, "没有等待认定的记录。各单位审核同意后会出现在这里。"),
    Tab("notified", "告知中", Q(status=S.NOTIFIED), ORDER, "没有正在告知的记录。"),
    Tab(
        "effective",
        "已生效",
        # By the detail's table: few of the ledger's rows are such, and no index of the ledger leads to them.
        Q(status__in=[S.APPROVED, S.PUBLISHED], dishonesty__isnull=False),
        ("-decided_on", "-pk"),
        "没有已生效的政务失信记录。",
    ),
)


@desk.page("integrity/", "integrity_desk", may=reads)
def integrity_desk(request: HttpRequest) -> HttpResponseBase:
    actor, today = actor_of(request), timezone.localdate()
    form = list_filter(request.GET, actor)
    chosen = form.chosen()
    tab = next((t for t in TABS if t.key == request.GET.get("tab")), TABS[0])
    rows = filtered(CreditRecord.objects.visible_to(actor).filter(tab.where), chosen, actor, today)
    page, following = keyset_page(rows.select_related("subject", "agency"), tab.order, request.GET.get("after", ""))
    context = {
        "title": "政务失信认定", "tabs": TABS, "tab": tab, "form": form, "chosen": chosen, "following": following,
        "lead": "各单位审核同意的政务失信记录在此认定、告知；陈述申辩期满或答复之后生效。",
        "rows": _told(page, today), "total": capped(rows),
    }  # fmt: skip
    return render(request, "admin/integrity/desk.html", context)


def _told(records: list[CreditRecord], today: date) -> list[dict[str, Any]]:
    """Each with where its statement stands; two queries for all."""
    pks = [r.pk for r in records]
    clocks = {c.object_id: c for c in Clock.objects.filter(kind=CLOCK, object_type=OBJECT, object_id__in=pks)}
    counts = Finding.objects.filter(pk__in=pks).annotate(
        said=Count("statements"), unanswered=Count("statements", filter=Q(statements__outcome=""))
    )
    statements = {f.pk: (f.said, f.unanswered) for f in counts}
    calendar = WorkCalendar.load()
    return [
        {
            "record": r,
            "badge": record_badge(r.status, r.disputed),
            "words": _words(r, clocks.get(r.pk), *statements.get(r.pk, (0, 0)), today, calendar),
        }
        for r in records
    ]


def _words(
    record: CreditRecord, clock: Clock | None, said: int, unanswered: int, today: date, calendar: WorkCalendar
) -> tuple[str, str]:
    """Tone and phrase: what is to be done next."""
    if record.status != S.NOTIFIED or clock is None:
        return "plain", ""
    if unanswered:
        return "red", "有陈述申辩待答复"
    if said or today > clock.due_on:
        return "amber", "可以确认生效"
    return "plain", f"陈述申辩期还剩{calendar.between(today, clock.due_on)}个工作日"


def _count(status: str) -> Any:
    def count(actor: Actor, today: date) -> int:
        rows = CreditRecord.objects.visible_to(actor).filter(status=status).order_by()
        return int(rows[: desk.CAP + 1].count())

    return count


desk.add_places(Place(Section.REVIEW, "政务失信认定", "integrity_desk", reads, order=20))
desk.add_queues(
    Queue("待认定", "各单位审核同意、等待信用办认定", "integrity_desk", finds, _count(S.FINDING), "tab=finding"),
    Queue(
        "告知中",
        "已告知当事人，答复陈述申辩，期满后确认生效",
        "integrity_desk",
        finds,
        _count(S.NOTIFIED),
        "tab=notified",
    ),
)
