"""The executing agency: says that it carries out, with evidence, and confirms that it stopped."""

import hashlib
from dataclasses import dataclass
from datetime import date
from uuid import uuid4

from django.core.files.base import ContentFile
from django.db import transaction

from core import audit
from core.actors import Actor
from core.errors import Invalid, NotAllowed, NotFound, WrongState
from core.formats import day
from core.locks import locked
from core.masking import scrub
from core.scans import KINDS, read_scan
from sanctions.choices import SanctionStatus
from sanctions.models import Sanction
from sanctions.permissions import executes

ENDINGS = {media_type: ending for _, _, media_type, ending in KINDS}


@dataclass(frozen=True, slots=True)
class Opened:
    """A document on its way to a reader. Nothing of its content stands in `filename`."""

    content: bytes
    media_type: str
    filename: str


def _locked(sanction_id: int, actor: Actor) -> Sanction:
    sanction: Sanction = locked(Sanction.objects.visible_to(actor), sanction_id)
    if why_not := executes(sanction, actor):
        raise NotAllowed("not_allowed", why_not)
    return sanction


@transaction.atomic
def record_execution(
    sanction_id: int, *, on: date, evidence: str, actor: Actor, today: date, scan: bytes | None = None
) -> Sanction:
    """登记执行情况: what was done on which day, with the paper where there is one."""
    sanction = _locked(sanction_id, actor)
    if sanction.status != SanctionStatus.ACTIVE:
        raise WrongState("wrong_state", f"该惩戒{sanction.get_status_display()}，不能登记执行情况。请刷新后查看。")
    if sanction.executed_on:
        raise WrongState("executed", f"已于{day(sanction.executed_on)}登记执行，请刷新后查看。")
    errors: dict[str, list[str]] = {}
    if not evidence.strip():
        errors["evidence"] = ["请写明怎样执行的，例如通知的文号。"]
    elif scrub(evidence) != evidence:
        errors["evidence"] = ["执行情况中像是写有个人证件号码、手机号或银行账号，请删去。"]
    if not sanction.starts_on <= on <= today:
        errors["on"] = [f"执行日期须在起始日（{day(sanction.starts_on)}）之后、今天之前。"]
    if errors:
        raise Invalid("execution", "请按各栏下方的提示改正。", fields=errors)
    sanction.executed_on, sanction.evidence, sanction.executed_by_id = on, evidence.strip(), actor.user_id
    if scan is not None:
        read = read_scan(scan, field="scan")
        sanction.scan.save(f"{uuid4().hex}.{read.ending}", ContentFile(read.content), save=False)
        sanction.scan_type, sanction.scan_digest = read.media_type, hashlib.sha256(read.content).hexdigest()
    sanction.save(update_fields=["executed_on", "evidence", "executed_by", "scan", "scan_type", "scan_digest"])
    changes = {"执行日期": [None, on.isoformat()]}
    audit.record("sanctions.executed", sanction, actor=actor, changes=changes, reason=sanction.evidence)
    return sanction


@transaction.atomic
def confirm_stopped(sanction_id: int, *, actor: Actor, today: date) -> Sanction:
    """确认停止执行 of what was lifted."""
    sanction = _locked(sanction_id, actor)
    if sanction.status != SanctionStatus.LIFTED:
        raise WrongState("wrong_state", f"该惩戒{sanction.get_status_display()}，解除之后才需要确认停止执行。")
    if sanction.stopped_on:
        raise WrongState("stopped", f"已于{day(sanction.stopped_on)}确认停止执行，请刷新后查看。")
    sanction.stopped_on, sanction.stopped_by_id = today, actor.user_id
    sanction.save(update_fields=["stopped_on", "stopped_by"])
    audit.record("sanctions.stopped", sanction, actor=actor)
    return sanction


@transaction.atomic
def open_evidence(sanction_id: int, *, actor: Actor) -> Opened:
    """打开执行凭证; opening is on record. NotFound for whoever may not see the sanction."""
    sanction = Sanction.objects.visible_to(actor).filter(pk=sanction_id).exclude(scan="").first()
    if sanction is None:
        raise NotFound("not_found", "没有找到该执行凭证，可能不属于您的单位。")
    audit.record("sanctions.evidence_opened", sanction, actor=actor)
    with sanction.scan.open("rb") as file:
        return Opened(file.read(), sanction.scan_type, f"执行凭证{sanction.pk}.{ENDINGS[sanction.scan_type]}")
