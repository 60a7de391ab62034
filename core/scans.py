"""Scanned documents (扫描件): a file is what its content says, whatever it is called."""

from dataclasses import dataclass

from core.errors import Invalid

MOST_BYTES = 20 * 1024 * 1024
# First bytes, what must stand near the end (a file that broke off has none), media type, ending of the name.
KINDS = (
    (b"%PDF-", b"%%EOF", "application/pdf", "pdf"),
    (b"\xff\xd8\xff", b"\xff\xd9", "image/jpeg", "jpg"),
    (b"\x89PNG\r\n\x1a\n", b"IEND", "image/png", "png"),
)
TAIL = 1024


@dataclass(frozen=True, slots=True)
class Scan:
    """A document as it was uploaded: bytes, media type, ending."""

    content: bytes
    media_type: str
    ending: str


def read_scan(content: bytes, *, field: str) -> Scan:
    """The upload as PDF, JPEG or PNG. Raises Invalid, pinned to `field`, when it is none, broken off or too large."""
    problem = "上传的文件是空的，请重新选择扫描件。" if not content else ""
    if len(content) > MOST_BYTES:
        problem = f"扫描件不能超过{MOST_BYTES // 1024 // 1024}MB，请降低分辨率后重新上传。"
    for head, tail, media_type, ending in KINDS:
        if not problem and content.startswith(head):
            if tail in content[-TAIL:]:
                return Scan(content, media_type, ending)
            problem = "扫描件不完整（可能上传中断），请重新上传原文件。"
    problem = problem or "扫描件须是 PDF、JPEG 或 PNG 文件；改了扩展名的其他文件不能使用。"
    raise Invalid("bad_scan", problem, fields={field: [problem]})
