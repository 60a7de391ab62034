"""查阅档案: no look without purpose, basis and reference; each leaves a row that its subject can see."""

from datetime import date

from django.db import transaction
from django.utils import timezone

from core import audit
from core.actors import Actor
from core.errors import Invalid, NotAllowed
from core.locks import one_at_a_time
from creditfiles.choices import Purpose
from creditfiles.entitlement import Entitlement, entitlement
from creditfiles.file import summarise
from creditfiles.models import QueryLog
from records.models import Subject


@transaction.atomic
def open_file(
    subject: Subject, *, purpose: str, legal_basis: str, reference: str, actor: Actor, today: date | None = None
) -> QueryLog:
    """Log the look that is about to be taken; the page and the report are made from the row this returns.

    Invalid names every missing statement by field; NotAllowed: role, kind of subject, or the day's limit.
    """
    day = today or timezone.localdate()
    check_statements(purpose, legal_basis, reference)
    allowed = entitlement(purpose, day)
    if reason := allowed.refusal(subject, actor):
        raise NotAllowed("not_entitled", reason)
    _within_limit(allowed, actor, day)
    scope = allowed.scope(subject)
    query = QueryLog.objects.create(
        at=actor.now(),
        user_id=actor.user_id,
        user_name=actor.name,
        unit=actor.unit,
        door=actor.door,
        subject=subject,
        subject_label=subject.name,
        projection=scope.projection,
        purpose=purpose,
        legal_basis=legal_basis.strip()[:300],
        reference=reference.strip()[:128],
        shown={label: sum(counts) for label, counts in summarise(scope).lines},
    )
    audit.record("creditfiles.file_opened", query, actor=actor, reason=f"{query.legal_basis} {query.reference}")
    return query


def check_statements(purpose: str, legal_basis: str, reference: str) -> None:
    """Nobody looks without saying for what, on which basis and in which matter. Invalid names each that is missing."""
    errors = {
        name: [message]
        for name, value, message in (
            ("purpose", purpose if purpose in Purpose.values else "", "请选择查询目的。"),
            ("legal_basis", legal_basis.strip(), "请填写查询依据，例如文件名称和条款。"),
            ("reference", reference.strip(), "请填写查询文号，例如函件或会议纪要的编号。"),
        )
        if not value
    }
    if errors:
        raise Invalid("look_incomplete", "没有查询目的、依据和文号的，不能查阅档案。", fields=errors)


def _within_limit(allowed: Entitlement, actor: Actor, day: date) -> None:
    """So many files a day for one person and purpose, lists apart; the lock makes two browsers count each other."""
    one_at_a_time(f"creditfiles.look.{actor.user_id}")
    mine = QueryLog.objects.filter(user=actor.user_id, purpose=allowed.purpose, lookup=None)
    today = mine.filter(at__date=day).count()
    if today >= allowed.daily_limit:
        raise NotAllowed(
            "daily_limit",
            f"今天以“{Purpose(allowed.purpose).label}”为目的的查询已达上限（{allowed.daily_limit}次）。"
            "请明天再查；确需提高上限的，请联系信用办调整规则。",
        )
