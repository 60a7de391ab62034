"""Lists and sanctions for tests; every state is reached through the services."""

from collections.abc import Sequence
from datetime import date
from io import BytesIO
from typing import Any

import openpyxl

from records.models import CreditRecord
from sanctions import services
from sanctions.models import Measure, MeasureEdition, Sanction
from sanctions.policy import last_day
from sanctions.workbook import COLUMNS
from tests.factories.records import numbers
from tests.factories.registry import make_agency

TODAY = date(2026, 11, 25)
HEADER = [spec.label for spec in COLUMNS]
BASE = [
    "管理措施",
    "限制参加评先评优",
    "在惩戒期限内不得参加。",
    "企业、个体工商户",
    "《示例条例》第一条",
    "组织评选的单位",
]


def row(number: int, **changes: str) -> list[Any]:
    names = ("category", "name", "content", "subject_kinds", "legal_bases", "executing_body")
    values = dict(zip(names, BASE, strict=True)) | {"name": f"{BASE[1]}（{number}）"} | changes
    return [number, *values.values()]


def workbook(rows: Sequence[Sequence[Any]], header: Sequence[str] = HEADER) -> bytes:
    book = openpyxl.Workbook()
    for line in [list(header), *map(list, rows)]:
        book.active.append(line)  # type: ignore[union-attr]
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def head(level: str = "national", **changes: Any) -> dict[str, Any]:
    values = {
        "level": level, "title": "示例惩戒措施清单", "edition": "2026年版", "issued_by": "示例机关",
        "document_number": "示例〔2026〕1号", "basis": "《示例意见》", "in_force_from": date(2026, 1, 1),
    }  # fmt: skip
    return values | changes


def loaded(cast: Any, rows: Sequence[Sequence[Any]] = (), level: str = "national", **changes: Any) -> MeasureEdition:
    """待批准, by the first person of the office."""
    content = workbook(rows or [row(1), row(2)])
    return services.load_edition(head(level, **changes), content=content, filename="清单.xlsx", actor=cast.office)


def approved(cast: Any, rows: Sequence[Sequence[Any]] = (), level: str = "national", **changes: Any) -> MeasureEdition:
    edition = loaded(cast, rows, level, **changes)
    return services.approve_edition(edition.pk, actor=cast.second_office)


def plan_measure(name: str) -> Measure:
    """One of the plan's own, which the system came with."""
    found: Measure = Measure.objects.get(edition__level="district", name=name)
    return found


def new(cause: CreditRecord, measure: Measure, **changes: Any) -> services.NewSanction:
    values = {
        "measure_id": measure.pk, "executor_id": 0, "starts_on": TODAY, "ends_on": last_day(cause),
        "reason": "依清单采取。",
    }  # fmt: skip
    if measure.is_notice:
        values["notice"] = "该单位未按期支付合同款项，现予通报批评。"
    values |= changes
    values["executor_id"] = values["executor_id"] or make_agency(f"惠城区示例第{next(numbers)}执行局").pk
    return services.NewSanction(**values)


def proposed(cast: Any, cause: CreditRecord, measure: Measure, *, today: date = TODAY, **changes: Any) -> Sanction:
    """待批准, by the first person of the office."""
    changes.setdefault("starts_on", today)
    return services.propose(cause.pk, new(cause, measure, **changes), actor=cast.office, today=today)


def imposed(cast: Any, cause: CreditRecord, measure: Measure, *, today: date = TODAY, **changes: Any) -> Sanction:
    """执行中, approved by the second."""
    sanction = proposed(cast, cause, measure, today=today, **changes)
    return services.impose(sanction.pk, actor=cast.second_office, today=today)
