"""报告核验: what a reader is told about a report of ours, or a file that says it is one."""

from typing import Any

from core.formats import moment
from creditfiles import keys, verification
from creditfiles.choices import Projection
from creditfiles.verification import Readable, Verification
from portal.environment import record_url
from portal.presentation import Badge

GENUINE = Badge("genuine", "真实有效", "green", "on-time")
SUPERSEDED = Badge("superseded", "真实，内容已有变化", "amber", "corrected")
FORGED = Badge("forged", "不能确认", "red", "late")
UNKNOWN = Badge("unknown", "没有这份报告", "red", "late")


def start_page(typed: str) -> dict[str, Any]:
    problem = f"“{typed}”不是核验码。核验码共16位字母和数字，印在报告首页的二维码下方和每页页眉。" if typed else ""
    return {"typed": typed, "problem": problem, "code": "", "status": 200, "found": None}


def verify_page(code: str, upload: Readable | None, *, sent: bool) -> dict[str, Any]:
    """Context of one code's page; `sent`: a form came in, with or without a file."""
    found = verification.find(code)
    if found is None:
        sentence = "本站没有出具过这个核验码的报告。请核对核验码；仍查不到的，请不要采信该报告，并告诉我们。"
        return {**_shell(code), "status": 404, "badge": UNKNOWN, "sentence": sentence}
    report = found.report
    return {
        **_shell(report.code),
        "found": found,
        "badge": _badge(found),
        "sentence": _sentence(found),
        "facts": [
            *_about(found),
            ("报告时点", moment(report.as_of)),
            ("所载记录", f"{len(report.covered):,} 条"),
            ("文件摘要（SHA-256）", report.digest),
            ("签名密钥编号", report.key_id),
        ],
        "changes": [(moment(c.at), c.what, record_url(c.record_id) if c.record_id else "") for c in found.changes],
        "file": _file_verdict(found, upload) if sent else None,
    }


def _about(found: Verification) -> list[tuple[str, str]]:
    """What it is about; of the result of a list nobody on it, and not for what it was asked."""
    report = found.report
    if report.lookup is not None:
        return [("文件种类", "名单查询结果"), ("名单行数", f"{report.lookup.total_rows:,} 行")]
    return [("主体", found.subject), ("档案版本", str(Projection(report.projection).label))]


def _shell(code: str) -> dict[str, Any]:
    return {"typed": code, "problem": "", "code": code, "status": 200, "found": None, "facts": [], "changes": [],
            "file": None}  # fmt: skip


def _badge(found: Verification) -> Badge:
    if not found.genuine:
        return FORGED
    return GENUINE if found.current else SUPERSEDED


def _sentence(found: Verification) -> str:
    if not found.genuine:
        return "这份报告的签名与本站的密钥不符，可能被伪造或改动，请不要采信，并告诉我们。"
    start = "这份报告由本站出具，签名有效。"
    if found.current:
        return f"{start}报告时点之后，所载信息没有变化。"
    told = [f"{found.changed} 条有变更"] if found.changed else []
    told += [f"新增 {found.added} 条"] if found.added else []
    return f"{start}报告时点之后，{'，'.join(told)}。需要最新情况的，请重新获取报告。"


def _file_verdict(found: Verification, upload: Readable | None) -> tuple[Badge, str]:
    if upload is None:
        return FORGED, "没有收到文件。请选择要核对的 PDF 文件后再提交。"
    digest = verification.digest_of(upload)
    if digest is None:
        return FORGED, "文件超过 20 MB，不是本站出具的报告。"
    if digest != found.report.digest:
        return FORGED, f"上传的文件与本站出具的不同（其摘要为 {digest}）：内容被改动过，或不是这个核验码的报告。"
    return GENUINE, "上传的文件与本站出具的逐字节相同，没有被改动。"


def public_keys() -> dict[str, Any]:
    return {
        "signed_text": "HC-REPORT-1\\n核验码\\n档案版本\\n报告时点（UTC，ISO 8601）\\n文件 SHA-256",
        "keys": [{"key_id": k.key_id, "algorithm": k.algorithm, "public": k.public} for k in keys.public_keys()],
    }
