"""The zip package of an .xlsx workbook, opened so that it cannot be a bomb.

Every part is inflated as a stream against a budget, and what the spreadsheet reader gets to see is a fresh package
that contains only bytes that passed here: a trick in the directory of the uploaded zip reaches nobody.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.parsers import expat

from core.tabular.limits import MIB, Limits
from core.tabular.problems import problem
from core.tabular.sniffing import package_problem

CHUNK = MIB
SMALL_PART = 16 * MIB  # workbook.xml, relations, styles
BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError)
UTF16 = (b"\xff\xfe", b"\xfe\xff", b"<\x00", b"\x00<")
ENCODING = re.compile(rb"""\A(?:\xef\xbb\xbf)?\s*<\?xml[^>]*?encoding\s*=\s*["'](?!utf-?8["']|us-ascii["'])""", re.I)
DECLARATION = b"<!DOCTYPE"


@dataclass(frozen=True, slots=True)
class SheetPart:
    name: str
    part: str
    hidden: bool


class Package:
    """Use as a context manager. Raises TableProblem for whatever is wrong."""

    def __init__(self, path: Path, limits: Limits):
        self.limits = limits
        self.budget = limits.unpacked_bytes
        self._file = path.open("rb")  # ours to close, also under a stream that nobody finished
        try:
            self._zip = self._directory()
            self._check_directory()
            self._read_structure()
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Package:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._file.close()

    def _directory(self) -> zipfile.ZipFile:
        try:
            return zipfile.ZipFile(self._file)
        except BROKEN as error:
            raise problem("truncated") from error

    def _check_directory(self) -> None:
        entries = self._zip.infolist()
        if len(entries) > self.limits.entries:
            raise problem("zip_bomb", detail=f"包内有 {len(entries)} 个文件")
        if any(entry.flag_bits & 0x1 for entry in entries):
            raise problem("encrypted")
        # Some zippers write back-slashes or other capitals; Excel does not mind, so neither do we.
        self._parts = {_part_key(entry.filename): entry for entry in entries}
        failure = package_problem(set(self._parts))
        if failure:
            raise failure
        if len(self._parts) != len(entries):
            raise problem("damaged", detail="包内有重名的文件")
        if any(entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for entry in entries):
            raise problem("damaged", detail="使用了 Excel 不用的压缩方法")
        declared = sum(entry.file_size for entry in entries)
        if declared > self.limits.unpacked_bytes:
            raise problem("zip_bomb", detail=f"解压后约 {declared // MIB} MB")
        for entry in entries:
            self._check_ratio(entry, entry.file_size)

    def _check_ratio(self, entry: zipfile.ZipInfo, size: int) -> None:
        if size > self.limits.ratio_from and size > entry.compress_size * self.limits.ratio:
            raise problem("zip_bomb", detail=f"压缩比超过 {self.limits.ratio} 倍")

    def stream(self, part: str, *, first: int = CHUNK, cap: int | None = None) -> Iterator[bytes]:
        """The inflated part, chunk by chunk; the first chunk may be asked for smaller. No DTD, only UTF-8."""
        try:
            entry = self._parts[_part_key(part)]
            with self._zip.open(entry) as file:
                size, total, tail = first, 0, b""
                while chunk := file.read(size):
                    if not total and (chunk.startswith(UTF16) or ENCODING.match(chunk)):
                        raise problem("damaged", detail="XML 不是 UTF-8 编码")
                    if DECLARATION in tail + chunk:
                        raise problem("damaged", detail="XML 含有 DTD 声明")
                    total += len(chunk)
                    self._spend(entry, total, len(chunk), cap)
                    yield chunk
                    tail, size = chunk[-len(DECLARATION) :], CHUNK
        except KeyError as error:
            raise problem("damaged", detail=f"缺少 {part}") from error
        except BROKEN as error:
            raise problem("truncated") from error

    def _spend(self, entry: zipfile.ZipInfo, total: int, size: int, cap: int | None) -> None:
        self._check_ratio(entry, total)
        self.budget -= size
        if self.budget < 0 or (cap is not None and total > cap):
            raise problem("zip_bomb", detail=f"{posixpath.basename(entry.filename)} 超过 {total // MIB} MB")

    def refill(self) -> None:
        """A second pass over the parts may begin."""
        self.budget = self.limits.unpacked_bytes

    def small(self, part: str) -> bytes:
        return b"".join(self.stream(part, cap=SMALL_PART))

    def has(self, part: str) -> bool:
        return _part_key(part) in self._parts

    # --- the structure: which part is what ---

    def _read_structure(self) -> None:
        self.workbook = self._office_document()
        self.relations = _relations(self.small(_relations_of(self.workbook)), posixpath.dirname(self.workbook))
        self.shared_strings = self._related("/sharedStrings")
        self.styles = self._related("/styles")
        self.external_links = any(kind.endswith("/externalLink") for kind, _ in self.relations.values())
        self.date1904, self.sheets = self._workbook_sheets()
        if len(self.sheets) > self.limits.sheets:
            raise problem("too_many_sheets", count=len(self.sheets), limit=self.limits.sheets)

    def _office_document(self) -> str:
        if not self.has("_rels/.rels"):
            raise problem("damaged", detail="缺少 _rels/.rels")
        for kind, target in _relations(self.small("_rels/.rels"), "").values():
            if kind.endswith("/officeDocument"):
                if not self.has(target):
                    raise problem("damaged", detail="缺少工作簿目录")
                return target
        raise problem("damaged", detail="找不到工作簿")

    def _related(self, suffix: str) -> str | None:
        for kind, target in self.relations.values():
            if kind.endswith(suffix) and self.has(target):
                return target
        return None

    def _workbook_sheets(self) -> tuple[bool, list[SheetPart]]:
        sheets: list[SheetPart] = []
        date1904 = False
        lost = ""
        for tag, attributes in _elements(self.small(self.workbook)):
            if tag == "workbookPr":
                date1904 = attributes.get("date1904", "0").lower() in ("1", "true", "on")
            elif tag == "sheet":
                kind, part = self.relations.get(attributes.get("id", ""), ("", ""))
                if kind.endswith("/xlMacrosheet") or kind.endswith("/xlIntlMacrosheet"):
                    raise problem("macro_workbook")
                if kind.endswith("/worksheet") and not self.has(part):
                    lost = attributes.get("name", "")
                elif kind.endswith("/worksheet"):
                    hidden = attributes.get("state", "visible") != "visible"
                    sheets.append(SheetPart(attributes.get("name", ""), part, hidden))
        if lost:
            raise problem("damaged", detail=f"工作表“{lost}”的内容丢失")
        if not sheets:
            raise problem("no_rows")
        return date1904, sheets


def _part_key(name: str) -> str:
    return name.replace("\\", "/").lower()


def _relations_of(part: str) -> str:
    folder, name = posixpath.split(part)
    return posixpath.join(folder, "_rels", f"{name}.rels")


def _relations(content: bytes, folder: str) -> dict[str, tuple[str, str]]:
    """Relation id → (type, part). External targets are left out: nothing outside the package is ever followed."""
    relations = {}
    for tag, attributes in _elements(content):
        if tag == "Relationship" and attributes.get("TargetMode") != "External":
            target = attributes.get("Target", "")
            part = target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
            relations[attributes.get("Id", "")] = (attributes.get("Type", ""), part)
    return relations


def _elements(content: bytes) -> list[tuple[str, dict[str, str]]]:
    """Every element of a small XML part as (local name, attributes by local name), in document order."""
    found: list[tuple[str, dict[str, str]]] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        local = {key.rpartition(":")[2]: value for key, value in attributes.items()}
        found.append((name.rpartition(":")[2], local))

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        raise problem("damaged", detail="工作簿目录不是合规的 XML") from error
    return found
