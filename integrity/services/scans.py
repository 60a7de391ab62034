"""扫描件: kept sealed under a random name, handed out to who may see the record, every opening on record."""

import hashlib
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.core.files.base import ContentFile
from django.db import transaction

from core import audit
from core.actors import Actor
from core.errors import NotFound
from core.scans import KINDS, Scan
from integrity.models import Statement
from records.kinds import kind_of
from records.models import CreditRecord

ENDINGS = {media_type: ending for _, _, media_type, ending in KINDS}


@dataclass(frozen=True, slots=True)
class Opened:
    """A document on its way to a reader. Nothing of its content stands in `filename`."""

    content: bytes
    media_type: str
    filename: str


def put_scan(holder: Any, scan: Scan) -> None:
    """Seal the document under a random name and note it in `holder`, which the caller saves."""
    holder.scan.save(f"{uuid4().hex}.{scan.ending}", ContentFile(scan.content), save=False)
    holder.scan_type = scan.media_type
    if hasattr(holder, "scan_digest"):
        holder.scan_digest = hashlib.sha256(scan.content).hexdigest()


@transaction.atomic
def open_instrument(record_id: int, *, actor: Actor) -> Opened:
    """打开文书. NotFound for whoever may not see the record."""
    record = CreditRecord.objects.visible_to(actor).filter(pk=record_id).first()
    detail = record and kind_of(record.kind).detail_model._default_manager.filter(pk=record_id).first()
    if record is None or not getattr(detail, "scan", None):
        raise NotFound("not_found", "没有找到该文书，可能不属于您的单位。")
    audit.record("integrity.instrument_opened", record, actor=actor)
    return _read(detail, f"文书{record.pk}")


@transaction.atomic
def open_statement(statement_id: int, *, actor: Actor) -> Opened:
    """打开陈述申辩材料. NotFound as above."""
    statement = Statement.objects.filter(pk=statement_id).exclude(scan="").first()
    record = statement and CreditRecord.objects.visible_to(actor).filter(pk=statement.finding_id).first()
    if statement is None or record is None:
        raise NotFound("not_found", "没有找到该材料，可能不属于您的单位。")
    audit.record("integrity.statement_opened", record, actor=actor)
    return _read(statement, f"陈述申辩{statement.pk}")


def _read(holder: Any, name: str) -> Opened:
    with holder.scan.open("rb") as file:
        return Opened(file.read(), holder.scan_type, f"{name}.{ENDINGS[holder.scan_type]}")
