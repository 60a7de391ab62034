"""Rows of licences and penalties by column name, and workbooks made of them."""

import io
from collections.abc import Iterable, Mapping
from typing import Any

import xlsxwriter

from core.identifiers import make_uscc
from disclosure import standard

AGENCY = "惠城区市场监督管理局"
AGENCY_CODE = make_uscc("11441302MB2D00001")


def company(n: int) -> tuple[str, str]:
    """Name and unified code of the n-th company."""
    return f"惠州市试样第{n}号贸易有限公司", make_uscc(f"91441302MB{n:06d}")


def _party(n: int) -> dict[str, Any]:
    name, code = company(n)
    return {
        "party_name": name,
        "party_category": "法人及非法人组织",
        "uscc": code,
        "representative": "陈试样",
        "authority": AGENCY,
        "authority_code": AGENCY_CODE,
        "source_unit": AGENCY,
        "source_unit_code": AGENCY_CODE,
    }


def penalty_row(n: int = 1, **changes: Any) -> dict[str, Any]:
    """A valid penalty of the 2018 table; `changes` by column name, None takes a value out."""
    row = {
        **_party(n),
        "document_number": f"惠城市监罚〔2026〕{n}号",
        "violation_type": "未按规定公示企业信息",
        "facts": "当事人未在规定期限内公示2025年度报告。",
        "legal_basis": "《企业信息公示暂行条例》第十七条第一款",
        "penalty_category": "罚款",
        "content": "罚款人民币贰仟元整",
        "fine_amount": "0.2",
        "decided_on": "2026-11-02",
        "effective_to": "2027-11-01",
        **changes,
    }
    return {name: value for name, value in row.items() if value is not None}


def licence_row(n: int = 1, **changes: Any) -> dict[str, Any]:
    row = {
        **_party(n),
        "document_title": "关于准予食品经营许可的决定",
        "document_number": f"惠城市监许〔2026〕{n}号",
        "licence_category": "普通",
        "certificate_name": "食品经营许可证",
        "licence_number": f"JY1441302{n:07d}",
        "content": "预包装食品销售",
        "decided_on": "2026-11-02",
        "effective_from": "2026-11-02",
        "effective_to": "2031-11-01",
        "state": "有效",
        **changes,
    }
    return {name: value for name, value in row.items() if value is not None}


def person_row(n: int = 1, **changes: Any) -> dict[str, Any]:
    """A penalty of a natural person, with a resident number that fits its check digit."""
    person = {
        "party_name": "王试样",
        "party_category": "自然人",
        "uscc": None,
        "representative": None,
        "party_id_type": "身份证",
        "party_id_number": "441302198901010010",
        "document_number": f"惠城市监罚〔2026〕自{n}号",
    }
    return penalty_row(n, **{**person, **changes})


def workbook(
    kind: str, rows: Iterable[Mapping[str, Any]], *, headers: str = "label", columns: Iterable[str] | None = None
) -> io.BytesIO:
    """An .xlsx of these rows; `headers`: "label" or "code" of the 2018 standard, strings as text cells."""
    rows = list(rows)
    used = {name for row in rows for name in row}
    specs = [c for c in standard.columns(kind) if (c.name in used if columns is None else c.name in set(columns))]
    return table([getattr(c, headers) for c in specs], ([row.get(c.name) for c in specs] for row in rows))


def table(header: Iterable[Any], rows: Iterable[Iterable[Any]]) -> io.BytesIO:
    """An .xlsx with any header; numbers stay numbers."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"constant_memory": True, "strings_to_formulas": False})
    sheet = book.add_worksheet("数据")
    for number, row in enumerate([list(header), *rows]):
        for index, value in enumerate(row):
            if value is not None:
                sheet.write(number, index, value)
    book.close()
    target.seek(0)
    return target
