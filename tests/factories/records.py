"""Subjects and records for tests, named by state; states are reached through the services."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from core.actors import Actor
from core.calendar import WorkCalendar
from core.clocks import ClockStart, start_many
from core.identifiers import make_uscc
from core.rules import rule_on
from core.search import terms_literal
from core.text import fold_document_number, fold_text
from disclosure.models import Licence, Penalty
from records import services
from records.models import CreditRecord, Subject, SubjectName

numbers = count(1)
DECIDED = date(2026, 11, 2)
TODAY = date(2026, 11, 9)


def make_subject(name: str = "", *, kind: str = "enterprise", code: str | None = None, **fields: Any) -> Subject:
    n = next(numbers)
    name = name or f"惠州市示例第{n}号贸易有限公司"
    if code is None and kind not in ("natural_person", "official"):
        code = make_uscc(f"91441302MA{n:07d}")
    folded = fold_text(name)
    terms = terms_literal([folded, fold_text(code or "")])
    subject = Subject.objects.create(name=name, name_folded=folded, kind=kind, code=code, terms=terms, **fields)
    SubjectName.objects.create(subject=subject, name=name, name_folded=folded)
    return subject


def _record(
    agency: Subject, subject: Subject, kind: str, entered_by: int | None, fields: dict[str, Any]
) -> CreditRecord:
    n = next(numbers)
    number = fields.pop("document_number", f"惠城市监罚〔2026〕{n}号")
    decided_on = fields.pop("decided_on", DECIDED)
    rule = rule_on("disclosure.deadline", decided_on)
    calendar = WorkCalendar.load()
    record = CreditRecord.objects.create(
        kind=kind,
        subject=subject,
        agency=agency,
        document_number=number,
        document_number_folded=fold_document_number(number),
        decided_on=decided_on,
        due_on=calendar.add(decided_on, 7)[0],
        entered_by_id=entered_by,
        door="staff",
        **{"title": f"{subject.name}行政处罚", "tier": "general" if kind == "penalty" else "", **fields},
    )
    start_many("disclosure", "records.creditrecord", [ClockStart(record.pk, agency.pk, decided_on, rule)], calendar)
    return record


def _party(agency: Subject, subject: Subject) -> dict[str, Any]:
    return {
        "party_category": "natural_person" if subject.is_person else "organisation",
        "party_name": subject.name,
        "uscc": subject.code or "",
        "representative": "" if subject.is_person else "陈示例",
        "authority": agency.name,
        "authority_code": agency.code,
        "source_unit": agency.name,
        "source_unit_code": agency.code,
    }


def draft_penalty(
    agency: Subject, subject: Subject | None = None, *, clerk: Actor | None = None, detail: Any = None, **fields: Any
) -> CreditRecord:
    subject = subject or make_subject()
    fields.setdefault("effective_to", DECIDED + timedelta(days=364))
    record = _record(agency, subject, "penalty", clerk.user_id if clerk else None, fields)
    values = {
        "violation_type": "未按规定公示企业信息",
        "facts": "当事人未在规定期限内公示2025年度报告。",
        "legal_basis": "《企业信息公示暂行条例》第十七条第一款",
        "penalty_category": "罚款",
        "content": "罚款人民币贰仟元整",
        "fine_amount": Decimal("0.2"),
        **_party(agency, subject),
        **(detail or {}),
    }
    Penalty.objects.create(record=record, **values)
    return record


def draft_licence(
    agency: Subject, subject: Subject | None = None, *, clerk: Actor | None = None, detail: Any = None, **fields: Any
) -> CreditRecord:
    subject = subject or make_subject()
    fields = {
        "effective_from": DECIDED,
        "effective_to": DECIDED.replace(year=2031),
        "title": "关于准予食品经营许可的决定",
        **fields,
    }
    record = _record(agency, subject, "licence", clerk.user_id if clerk else None, fields)
    values = {
        "document_title": "关于准予食品经营许可的决定",
        "licence_category": "普通",
        "certificate_name": "食品经营许可证",
        "licence_number": f"JY1441302{record.pk:07d}",
        "content": "预包装食品销售",
        **_party(agency, subject),
        **(detail or {}),
    }
    Licence.objects.create(record=record, **values)
    return record


def submitted_penalty(cast: Any, subject: Subject | None = None, *, today: date = TODAY, **fields: Any) -> CreditRecord:
    record = draft_penalty(cast.agency, subject, clerk=cast.clerk, **fields)
    services.submit(record.pk, actor=cast.clerk, today=today)
    record.refresh_from_db()
    return record


def published_penalty(cast: Any, subject: Subject | None = None, *, today: date = TODAY, **fields: Any) -> CreditRecord:
    record = submitted_penalty(cast, subject, today=today, **fields)
    return services.approve(record.pk, actor=cast.reviewer, today=today)


def published_licence(cast: Any, subject: Subject | None = None, *, today: date = TODAY, **fields: Any) -> CreditRecord:
    record = draft_licence(cast.agency, subject, clerk=cast.clerk, **fields)
    services.submit(record.pk, actor=cast.clerk, today=today)
    return services.approve(record.pk, actor=cast.reviewer, today=today)
