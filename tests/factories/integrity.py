"""Dishonesty records and honours for tests; every state is reached through the services."""

from datetime import date
from typing import Any

from integrity import services
from integrity.models import Dishonesty, Responsibility
from integrity.services import Named
from records import services as ledger
from records.choices import RecordKindCode, SubjectKind
from records.models import CreditRecord, Subject
from tests.factories.records import numbers
from tests.factories.registry import make_agency, make_tenure

TODAY = date(2026, 11, 25)
ACTED, DECIDED = date(2026, 5, 6), date(2026, 9, 1)
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 40 + b"IEND\xaeB`\x82"
JPEG = b"\xff\xd8\xff\xe0" + b"\x00" * 40 + b"\xff\xd9"


def values(measure: str, **changes: Any) -> dict[str, str]:
    """What a clerk types about a dishonesty record."""
    typed = {
        "measure": measure, "document_number": f"惠城纪处〔2026〕{next(numbers)}号",
        "issuing_body": "惠城区示例监察委员会", "decided_on": DECIDED.isoformat(),
        "effective_from": DECIDED.isoformat(), "acted_from": ACTED.isoformat(), "tier": "general",
        "facts": "未按规定时限办理审批事项，造成企业损失。", "duty": "《公务员法》第十四条第（四）项", "loss": "3.5",
        "impact": "limited", "impact_reason": "涉及一家企业，已挽回。", "channel": "supervisory",
    }  # fmt: skip
    return {**typed, **{name: str(value) for name, value in changes.items()}}


def honour_values(**changes: Any) -> dict[str, str]:
    typed = {
        "title": "诚信建设先进单位", "level": "city", "document_number": f"惠府奖〔2026〕{next(numbers)}号",
        "issuing_body": "惠州市人民政府", "decided_on": DECIDED.isoformat(), "deeds": "连续三年按期兑现全部承诺。",
    }  # fmt: skip
    return {**typed, **{name: str(value) for name, value in changes.items()}}


def make_official(n: int = 1, agency: Subject | None = None, **post: Any) -> Subject:
    """An official with one post since 2020."""
    official: Subject = make_tenure(agency or make_agency(), n, date(2020, 1, 1), **post).official
    return official


def drafted(
    cast: Any, subject: Subject, measure: str = "", *, scan: bytes | None = PDF, today: date = TODAY, **changes: Any
) -> CreditRecord:
    """A draft of the cast's clerk; an agency's has its head named."""
    measure = measure or ("discipline.demerit" if subject.kind == SubjectKind.OFFICIAL else "accountability.notice")
    record = services.enter(
        RecordKindCode.DISHONESTY, values(measure, **changes), scan=scan, subject=subject, agency=cast.agency,
        actor=cast.clerk, today=today,
    )  # fmt: skip
    if subject.kind == SubjectKind.AGENCY:
        head(cast, subject, record)
    return record


def head(cast: Any, agency: Subject, record: CreditRecord) -> Responsibility:
    """Name a head of that agency as responsible."""
    tenure = make_tenure(agency, next(numbers), date(2019, 1, 1), is_head=True, post="局长")
    named = [Named(tenure.official_id, "main_leader")]
    on = Dishonesty.objects.get(pk=record.pk).acted_from
    (row,) = services.name_responsible(record.pk, named, on=on, actor=cast.clerk)
    return row


def reviewed(cast: Any, subject: Subject, measure: str = "", *, today: date = TODAY, **changes: Any) -> CreditRecord:
    """待认定."""
    record = drafted(cast, subject, measure, today=today, **changes)
    ledger.submit(record.pk, actor=cast.clerk, today=today)
    return ledger.approve(record.pk, actor=cast.reviewer, today=today)


def told(cast: Any, subject: Subject, measure: str = "", *, today: date = TODAY, **changes: Any) -> CreditRecord:
    """告知中."""
    record = reviewed(cast, subject, measure, today=today, **changes)
    services.find(
        record.pk, opinion="事实清楚，予以认定。", served_on=today, service="direct", actor=cast.office, today=today
    )
    record.refresh_from_db()
    return record


def effective(cast: Any, subject: Subject, measure: str = "", *, today: date = TODAY, **changes: Any) -> CreditRecord:
    """In effect: told, a statement refused, confirmed the same day."""
    record = told(cast, subject, measure, today=today, **changes)
    statement = services.record_statement(
        record.pk, received_on=today, text="对事实没有异议，请求从轻。", actor=cast.office, today=today
    )
    services.answer_statement(
        statement.pk, outcome="refused", answer="程度认定已考虑从轻情节。", actor=cast.office, today=today
    )
    return services.confirm(record.pk, actor=cast.office, today=today)


def honoured(cast: Any, subject: Subject, *, today: date = TODAY, **changes: Any) -> CreditRecord:
    record = services.enter(
        RecordKindCode.HONOUR, honour_values(**changes), scan=PNG, subject=subject, agency=cast.agency,
        actor=cast.clerk, today=today,
    )  # fmt: skip
    ledger.submit(record.pk, actor=cast.clerk, today=today)
    return ledger.approve(record.pk, actor=cast.reviewer, today=today)
