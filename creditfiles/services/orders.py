"""批量出具: hundreds of public reports in one job; a killed worker resumes where it was."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from core import audit
from core.actors import Actor, system_actor
from core.errors import Invalid, NotAllowed
from core.locks import locked
from creditfiles.choices import OrderStatus
from creditfiles.lifecycle import ORDER
from creditfiles.models import ReportOrder
from creditfiles.services.reports import public_report
from records.models import Subject

LIMIT = 2_000
CHUNK = 20
SILENT_SECONDS = 60
MAY_ORDER = ("credit_office", "auditor", "agency_admin")


@transaction.atomic
def order_reports(codes: Sequence[str], *, actor: Actor) -> ReportOrder:
    """Order the public reports of the bodies with these unified codes. Invalid names every code that is unknown."""
    if not actor.has(*MAY_ORDER):
        raise NotAllowed("not_allowed", "您的角色不能批量出具信用报告。")
    wanted = list(dict.fromkeys(code.strip().upper() for code in codes if code.strip()))
    if not wanted:
        raise Invalid("no_subjects", "请填写统一社会信用代码，每行一个。", fields={"codes": ["请至少填写一个代码。"]})
    if len(wanted) > LIMIT:
        raise Invalid("too_many", f"一次最多{LIMIT}个，现有{len(wanted)}个。", fields={"codes": ["请分批填写。"]})
    found = dict(Subject.objects.public().filter(code__in=wanted).values_list("code", "pk"))
    if unknown := [code for code in wanted if code not in found]:
        told = "、".join(unknown[:10]) + ("等" if len(unknown) > 10 else "")
        message = f"主体库中没有以下{len(unknown)}个代码：{told}。请核对后重试，或先移除。"
        raise Invalid("unknown_subjects", message, fields={"codes": [message]})
    subjects = [found[code] for code in wanted]
    order = ReportOrder.objects.create(ordered_by_id=actor.user_id, subjects=subjects, total_count=len(subjects))
    audit.record("creditfiles.reports_ordered", order, actor=actor)
    from creditfiles.tasks import run_order as task

    task.delay_on_commit(order.pk)  # type: ignore[attr-defined]
    return order


def unattended() -> list[int]:
    """Orders that are not finished and showed no sign of life for a while."""
    silent = timezone.now() - timedelta(seconds=SILENT_SECONDS)
    unfinished = ReportOrder.objects.exclude(status=OrderStatus.DONE)
    return list(unfinished.filter(heartbeat_at__lt=silent).values_list("pk", flat=True))


def run_order(order_id: int, *, now: datetime | None = None) -> bool:
    """Issue what is still to be issued, chunk by chunk, each in its own transaction; whether it is finished."""
    while _chunk(order_id, now or timezone.now()):
        pass
    return ReportOrder.objects.filter(pk=order_id, status=OrderStatus.DONE).exists()


@transaction.atomic
def _chunk(order_id: int, moment: datetime) -> bool:
    """Whether there is more to do. The lock lets one worker at a time on."""
    order: ReportOrder = locked(ReportOrder.objects.all(), order_id)
    if order.status == OrderStatus.DONE:
        return False
    actor = system_actor()
    if order.status == OrderStatus.WAITING:
        ORDER.check(order, "start", actor=actor)
        ORDER.move(order, "start")
    keys = order.subjects[order.done_count : order.done_count + CHUNK]
    subjects = Subject.objects.in_bulk(keys)
    for key in keys:
        public_report(subjects[key], actor=actor, order=order, now=moment)
    order.done_count += len(keys)
    order.heartbeat_at = timezone.now()
    if order.done_count >= order.total_count:
        ORDER.check(order, "finish", actor=actor)
        ORDER.move(order, "finish")
        order.finished_at = timezone.now()
    order.save()
    return order.status != OrderStatus.DONE
