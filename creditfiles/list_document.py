"""What stands in the printed result of a list: counts, every line with its verdict, the records, the rules applied."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings

from core.formats import day, moment
from creditfiles.choices import Verdict
from creditfiles.document import qr, verify_url
from creditfiles.findings import FIELDS
from creditfiles.models import Lookup, LookupLine

# Lines that are printed; a longer list is taken out as a workbook.
MAX_LINES = 2_000


def content(lookup: Lookup, lines: Iterable[LookupLine], *, code: str) -> dict[str, Any]:
    """For report.typ. `lines` with their subjects, in the order of the list."""
    by_verdict: dict[str, list[LookupLine]] = {verdict: [] for verdict in Verdict.values}
    for line in lines:
        by_verdict[line.verdict].append(line)
    counts = [str(lookup.counts.get(verdict, 0)) for verdict in Verdict.values]
    return {
        "title": "信用记录名单查询结果",
        "site": settings.SITE["name"],
        "organiser": settings.SITE["organiser"],
        "footer": "本结果仅限所载查询目的使用，不得转作他用",
        "code": code,
        "verify_url": verify_url(),
        "qr": qr(verify_url(code)),
        "subject": {"name": f"{lookup.get_about_display()}名单，{lookup.total_rows:,}行"},
        "head": _head(lookup),
        "identity_title": "查询依据和适用规则",
        "identity": _rules(lookup),
        "summary": {"header": ["结论", *(str(label) for label in Verdict.labels)], "rows": [["行数", *counts]]},
        "empty": "",
        "sections": [_section(lookup, Verdict(v), found) for v, found in by_verdict.items() if found],
        "explanations": EXPLANATIONS,
    }


EXPLANATIONS = [
    "“有记录”列出与查询目的有关、查询日有效的信用记录；“无记录”指查询日没有这样的记录，不是对主体的其他评价。",
    "“待补充”指不能确定是谁，按说明补充后重新查询；自然人和公务员不会只凭姓名对应。“未找到”指主体库中没有，"
    "或不在本单位可以查询的范围内。",
    "证件号码不在本结果中显示，核查后即已清除。每一个对应到的主体都可以看到谁因何查询。",
    "核验方法：扫描首页二维码，或在核验页面输入核验码；上传本文件可以核对是否被改动。核验页面不显示名单上的任何人。",
]


def _head(lookup: Lookup) -> list[tuple[str, str]]:
    return [
        ("查询时点", moment(lookup.at)),
        ("查询单位", lookup.unit or lookup.user_name),
        ("查询目的", lookup.get_purpose_display()),
        ("查询依据", lookup.legal_basis),
        ("查询文号", lookup.reference),
    ]


def _rules(lookup: Lookup) -> list[tuple[str, str]]:
    return [(str(rule), rule.basis) for rule in (lookup.rule, lookup.list_rule)]


def _section(lookup: Lookup, verdict: Verdict, lines: list[LookupLine]) -> dict[str, Any]:
    total = lookup.counts.get(verdict, 0)
    note = f"只列前{len(lines):,}行，其余见导出的表格。" if total > len(lines) else ""
    section: dict[str, Any] = {
        "title": f"{verdict.label}（{total:,}行）", "note": note, "items": [], "table": [], "empty": ""
    }  # fmt: skip
    if verdict == Verdict.FOUND:
        section["items"] = [_item(line) for line in lines]
    else:
        head = ["行号", "名单所填", "对应的主体" if verdict == Verdict.CLEAR else "需要补充或核对的内容"]
        section["table"] = [head, *([str(x.number), asked(x), matched(x) or x.advice] for x in lines)]
    return section


def _item(line: LookupLine) -> dict[str, Any]:
    facts = [(f"第{n}条", told(record)) for n, record in enumerate(line.found, 1)]
    if line.found_count > len(line.found):
        facts.append(("其余", f"共{line.found_count:,}条，只列最近{len(line.found)}条。"))
    return {"title": f"{line.number}　{asked(line)}", "line": matched(line), "facts": facts}


def asked(line: LookupLine) -> str:
    """The line as it was typed, identity numbers apart."""
    typed = "　".join(part for part in (line.typed_name, line.typed_code, line.typed_unit) if part)
    # Nothing is left of a line that was a number only: it is erased once the line is judged.
    return typed or ("（未能识别）" if line.verdict == Verdict.MALFORMED else "（只填了证件号码）")


def matched(line: LookupLine) -> str:
    """Which subject, and by what."""
    return f"{line.subject.name}（按{line.get_matched_by_display()}对应）" if line.subject else ""


def told(record: dict[str, Any]) -> str:
    """One record in one sentence of its fields."""
    shown = dict(record)
    if "decided_on" in record:
        shown["decided_on"] = f"{day(record['decided_on'])}作出"
    if record.get("effective_to"):
        shown["effective_to"] = f"有效期至{day(record['effective_to'])}"
    return "　".join(str(shown[name]) for name in FIELDS if shown.get(name))
