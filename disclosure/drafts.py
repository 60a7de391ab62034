"""A draft on its way into the ledger: the ordinary services, in one transaction with the draft's end."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction

from core.actors import Actor
from disclosure.entry import enter
from records import services
from records.clerks import remember
from records.models import CreditRecord


@transaction.atomic
def submit_draft(draft_id: int, values: Mapping[str, Any], *, actor: Actor, today: date, version: int) -> CreditRecord:
    """提交审核 of a new entry that was kept as a draft. Raises like `enter`; then the draft stays as it was."""
    draft = services.take_draft(draft_id, actor=actor, version=version)
    record = enter(draft.kind, values, actor=actor, agency=draft.agency, today=today)
    remember(record, draft.clerks)
    return record


@transaction.atomic
def submit_edit(record_id: int, values: Mapping[str, Any], *, actor: Actor, version: int) -> CreditRecord:
    """提交审核 of a draft or returned record with its changes. Raises like `edit`; then nothing has changed."""
    draft = services.take_edit(record_id, actor=actor, version=version)
    record = services.edit(record_id, values, actor=actor)
    remember(record, draft.clerks if draft else ())
    services.submit(record_id, actor=actor)
    return record
