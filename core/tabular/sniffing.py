"""What a file really is, judged by its bytes. Its name and extension decide nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import olefile

from core.tabular.problems import TableProblem, problem

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ZIP = b"PK\x03\x04"

EXECUTABLES = (
    b"MZ",
    b"\x7fELF",
    b"\xca\xfe\xba\xbe",
    b"\xfe\xed\xfa",
    b"\xcf\xfa\xed\xfe",
    b"\xce\xfa\xed\xfe",
    b"#!",
)
ARCHIVES = {
    b"Rar!\x1a\x07": "RAR",
    b"7z\xbc\xaf\x27\x1c": "7z",
    b"\x1f\x8b": "gzip",
    b"BZh": "bzip2",
    b"\xfd7zXZ\x00": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"MSCF": "CAB",
    b"PK\x05\x06": "空的 zip",
    b"PK\x07\x08": "分卷 zip",
}
OTHERS = {
    b"%PDF": " PDF 文档",
    b"\x89PNG": "图片（PNG）",
    b"\xff\xd8\xff": "图片（JPEG）",
    b"GIF8": "图片（GIF）",
    b"BM": "图片（BMP）",
    b"II*\x00": "图片（TIFF）",
    b"MM\x00*": "图片（TIFF）",
    b"{\\rtf": " RTF 文档",
    b"SQLite format 3": "数据库（SQLite）",
    b"\x00\x01\x00\x00Standard": "数据库（Access）",
    b"OLDIF": "旧式文档",
    b"PAR1": "数据文件（Parquet）",
}
OLD_EXCEL = {
    b"\x09\x00\x04\x00": "Excel 2.x",
    b"\x09\x00\x06\x00": "Excel 2.x",
    b"\x09\x02\x06\x00": "Excel 3.0",
    b"\x09\x04\x06\x00": "Excel 4.0",
}
MARKUP = re.compile(rb"<(?:!doctype\s+html|html|head|meta|body|table|style|div|script|tr|td|frameset)\b", re.I)
XML_TABLE = re.compile(rb"<\?xml\b|<\?mso-application|<(?:ss:)?Workbook\b|<Worksheet\b|<!--", re.I)
MIME_TABLE = re.compile(rb"\AMIME-Version:|\AContent-Type:\s*multipart/related", re.I)


def sniff(path: Path) -> str:
    """'zip', 'ole' or 'text'. Raises TableProblem for what is certainly no table."""
    with path.open("rb") as file:
        head = file.read(4096)
    if not head:
        raise problem("empty_file")
    if head.startswith(ZIP):
        return "zip"
    if head.startswith(OLE):
        return "ole"
    _refuse_by_magic(head)
    _refuse_markup(head)
    return "text"


def _refuse_by_magic(head: bytes) -> None:
    # "MZ", "BM" and "#!" may begin an honest CSV: what follows has to be binary, or an interpreter's path.
    text = b"\x00" not in head
    for magic in EXECUTABLES:
        if head.startswith(magic) and (magic == b"#!" or magic != b"MZ" or not text):
            raise problem("executable")
    for magic, name in ARCHIVES.items():
        if head.startswith(magic):
            raise problem("archive", found=name)
    for magic, name in OTHERS.items():
        if head.startswith(magic) and (magic != b"BM" or not text):
            raise problem("not_a_table", found=name)
    for magic, name in OLD_EXCEL.items():
        if head.startswith(magic):
            raise problem("old_excel", found=name)


def _refuse_markup(head: bytes) -> None:
    text = head.removeprefix(b"\xef\xbb\xbf")
    if text.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = text.replace(b"\x00", b"")[2:]
    text = text.lstrip()
    if MIME_TABLE.search(text):
        raise problem("html_table")
    if not text.startswith(b"<"):
        return
    if MARKUP.search(text):
        raise problem("html_table")
    if XML_TABLE.search(text):
        raise problem("xml_table")


def package_problem(names: set[str]) -> TableProblem | None:
    """Why a zip with these entries is not an .xlsx workbook; None when it may be one."""
    lowered = {name.lower() for name in names}
    if any(name.endswith("vbaproject.bin") for name in lowered):
        return problem("macro_workbook")
    if "xl/workbook.bin" in lowered:
        return problem("xlsb_workbook")
    if "[content_types].xml" in lowered:
        for folder, found in (
            ("word/", " Word 文档（docx）"),
            ("ppt/", "演示文稿（pptx）"),
            ("visio/", " Visio 图"),
        ):
            if any(name.startswith(folder) for name in lowered) and not _has_sheets(lowered):
                return problem("not_a_table", found=found)
        return None
    if "mimetype" in lowered and "content.xml" in lowered:
        return problem("ods_workbook")
    if "ofd.xml" in lowered:
        return problem("not_a_table", found=" OFD 版式文件")
    if any(name.startswith("index/") and name.endswith(".iwa") for name in lowered):
        return problem("not_a_table", found=" Numbers 表格")
    if "meta-inf/manifest.mf" in lowered or "androidmanifest.xml" in lowered:
        return problem("executable")
    return problem("archive", found="zip")


def _has_sheets(names: set[str]) -> bool:
    return any("worksheets/" in name for name in names)


def ole_problem(path: Path) -> TableProblem | None:
    """Why this compound file is not an Excel 97–2003 workbook; None when it may be one."""
    try:
        with path.open("rb") as file, olefile.OleFileIO(file) as ole:
            return _ole_contents_problem(ole.exists)
    except Exception as error:
        return problem("damaged", detail="复合文档目录无法读取") if _long(path) else _truncated(error)


def _ole_contents_problem(exists: Callable[[str], bool]) -> TableProblem | None:
    if exists("EncryptedPackage") or exists("EncryptionInfo"):
        return problem("encrypted")
    if exists("_VBA_PROJECT_CUR"):
        return problem("macro_workbook")
    if exists("Workbook"):
        return None
    if exists("Book"):
        return problem("old_excel", found="Excel 5.0/95")
    for stream, found in (
        ("WordDocument", " Word 文档（doc）"),
        ("PowerPoint Document", "演示文稿（ppt）"),
        ("__properties_version1.0", " Outlook 邮件"),
        ("HwpSummaryInformation", "文字文档"),
    ):
        if exists(stream):
            return problem("not_a_table", found=found)
    return problem("not_a_table", found="其他类型的复合文档")


def _long(path: Path) -> bool:
    return path.stat().st_size >= 1536


def _truncated(error: Exception) -> TableProblem:
    failure = problem("truncated")
    failure.__cause__ = error
    return failure
