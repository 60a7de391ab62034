"""What stands in a report, in its order: the content that the typesetting lays out."""

import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import segno
from django.conf import settings
from django.utils import timezone

from core.formats import day, moment
from creditfiles.choices import Projection
from creditfiles.file import Entry, File, identity, span
from creditfiles.models import QueryLog

TITLES = {
    Projection.PUBLIC: "公共信用信息报告",
    Projection.OWN: "信用档案报告（本人版）",
    Projection.AUTHORISED: "信用档案报告（授权版）",
}
FOOTERS = {
    Projection.PUBLIC: "本报告只含依法公开的信息",
    Projection.OWN: "本报告供主体本人查阅",
    Projection.AUTHORISED: "本报告仅限所载查询目的使用，不得转作他用",
}
# A report lists so many records; what is older is counted in the summary.
MAX_ENTRIES = 2_000
ASKED_ROWS = 200


def verify_url(code: str = "") -> str:
    return f"{settings.PUBLIC_URL.rstrip('/')}/verify/" + (f"{code}/" if code else "")


def content(file: File, *, code: str, as_of: datetime, query: QueryLog | None = None) -> dict[str, Any]:
    """For report.typ: strings, pairs and lists only."""
    projection = Projection(file.projection)
    return {
        "title": TITLES[projection],
        "site": settings.SITE["name"],
        "organiser": settings.SITE["organiser"],
        "footer": FOOTERS[projection],
        "code": code,
        "verify_url": verify_url(),
        "qr": qr(verify_url(code)),
        "subject": {"name": file.subject.name},
        "head": _head(file, as_of, query),
        "identity_title": "主体信息",
        "identity": identity(file),
        "summary": _summary(file),
        "empty": _empty(file),
        "sections": [*_posts(file), *_sections(file), *_panels(file), *_asked(file)],
        "explanations": _explanations(file),
    }


def qr(address: str) -> str:
    out = io.BytesIO()
    segno.make(address, error="m").save(out, kind="svg", scale=4, border=2)
    return out.getvalue().decode()


def _head(file: File, as_of: datetime, query: QueryLog | None) -> list[tuple[str, str]]:
    pairs = [("报告时点", moment(as_of)), ("出具单位", settings.SITE["organiser"])]
    if query is not None:
        pairs += [
            ("查询单位", query.unit or query.user_name),
            ("查询目的", query.get_purpose_display()),
            ("查询依据", query.legal_basis),
            ("查询文号", query.reference),
        ]
    return pairs


def _summary(file: File) -> dict[str, Any]:
    header = ["种类", *(f"{year}年" for year in file.summary.years), "合计"]
    rows = [[label, *(str(n) for n in counts), str(sum(counts))] for label, counts in file.summary.lines]
    return {"header": header, "rows": rows}


def _empty(file: File) -> str:
    if file.projection == Projection.PUBLIC:
        return "截至报告时点，没有正在公示的信用信息。没有记录不等于没有发生：已修复、期满或撤下的信息不再显示。"
    return "截至报告时点，没有可以向本次查询展示的信用记录。"


def _sections(file: File) -> list[dict[str, Any]]:
    """One section per kind, in the order of the summary."""
    by_kind: dict[str, list[Entry]] = {}
    for entry in file.entries:
        by_kind.setdefault(entry.kind_label, []).append(entry)
    note = f"只列最近作出的{MAX_ENTRIES:,}条，其余见概况。" if file.more else ""
    order = [label for label, _ in file.summary.lines]
    return [_section(label, [_item(e) for e in by_kind[label]], note=note) for label in order if label in by_kind]


def _section(title: str, items: Sequence[dict[str, Any]], *, note: str = "", empty: str = "") -> dict[str, Any]:
    return {"title": title, "note": note, "items": list(items), "table": [], "empty": empty}


def _item(entry: Entry) -> dict[str, Any]:
    parts = (entry.document_number, entry.agency, f"{day(entry.decided_on)}决定", entry.state)
    return {"title": entry.title, "line": "　".join(p for p in parts if p), "facts": list(entry.facts)}


def _panels(file: File) -> list[dict[str, Any]]:
    return [
        _section(p.title, [{"title": p.title, "line": "", "facts": list(p.lines)}] if p.lines else [], empty=p.empty)
        for p in file.panels
    ]


def _posts(file: File) -> list[dict[str, Any]]:
    """An official's posts: what somebody was responsible for, and when."""
    if file.official is None:
        return []
    facts = [(span(t), "　".join(p for p in (t.agency.name, t.post, t.rank) if p)) for t in file.tenures]
    items = [{"title": "历任职务", "line": "", "facts": facts}] if facts else []
    return [_section("任职经历", items, empty="没有登记任职经历。")]


def _asked(file: File) -> list[dict[str, Any]]:
    """The subject's own version says who looked, and for what."""
    if file.projection != Projection.OWN:
        return []
    looks = QueryLog.objects.filter(subject=file.subject).exclude(projection=Projection.OWN)[:ASKED_ROWS]
    facts = [(moment(q.at), f"{q.unit}　{q.get_purpose_display()}　{q.reference}") for q in looks]
    items = [{"title": f"最近{len(facts)}次", "line": "", "facts": facts}] if facts else []
    return [_section("谁查询过", items, empty="没有单位查询过本档案。")]


def _explanations(file: File) -> list[str]:
    told = [
        f"本报告由{settings.SITE['name']}依据《政府信息公开条例》《信用修复管理办法》和公示规则生成，反映报告时点的状态；"
        "之后的更正、修复、撤下和期满，以核验页面显示的为准。",
        "“公示中”指正在依法公示；“异议处理中”指当事人已提出异议、正在核查，期间请谨慎使用；“已更正”指公示后更正过。",
        "失信程度分为轻微、一般、严重三级，决定公示期长短；行政处罚不等于列入严重失信主体名单。",
        "核验方法：扫描首页二维码，或在核验页面输入核验码；上传本文件可以核对是否被改动（一个字节的改动也会被发现）。",
        f"数据按{timezone.get_current_timezone_name()}时间。金额单位为元，旁注万元。",
    ]
    if file.projection == Projection.PUBLIC:
        told.append("已修复、公示期满和撤下的信息不再显示。自然人的信息不公开，公开版报告不含自然人信息。")
    else:
        told.append("证件号码一律不在报告中显示。本报告含不公开的信息，请妥善保管；每一次查询均留痕并可由主体查阅。")
    return told
