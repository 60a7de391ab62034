"""Makes workbooks byte by byte, also such as no program would write: .xlsx packages and BIFF records."""

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
HIDDEN = ' state="hidden"'
DATE_STYLES = (
    f'<styleSheet xmlns="{MAIN}"><numFmts count="1"><numFmt numFmtId="170" formatCode="yyyy\\-mm\\-dd"/></numFmts>'
    '<cellXfs count="4"><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="31"/><xf numFmtId="170"/></cellXfs>'
    "</styleSheet>"
)


def letters(index: int) -> str:
    return letters(index // 26 - 1) + chr(65 + index % 26) if index >= 26 else chr(65 + index)


def cell(reference: str, value: object) -> str:
    """One cell's XML: text inline, numbers as they are; a value that starts with `<` is taken as ready XML."""
    if isinstance(value, str):
        if value.startswith("<c "):
            return value
        return f'<c r="{reference}" t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'
    return "" if value is None else f'<c r="{reference}"><v>{value}</v></c>'


def rows_xml(rows: Sequence[Sequence[object]], first: int = 1) -> str:
    return "".join(
        f'<row r="{number}">{"".join(cell(f"{letters(i)}{number}", v) for i, v in enumerate(row))}</row>'
        for number, row in enumerate(rows, start=first)
    )


def sheet_xml(rows: str, after: str = "", before: str = "") -> str:
    return f'<worksheet xmlns="{MAIN}">{before}<sheetData>{rows}</sheetData>{after}</worksheet>'


def relation(key: str, kind: str, target: str, mode: str = "") -> str:
    return f'<Relationship Id="{key}" Type="{OFFICE}/{kind}" Target="{target}"{mode}/>'


def relations(*items: str) -> str:
    return f'<Relationships xmlns="{PACKAGE}/relationships">{"".join(items)}</Relationships>'


def xlsx_parts(
    sheets: Mapping[str, str | bytes],
    *,
    shared: str | bytes | None = None,
    hidden: Sequence[str] = (),
    properties: str = "",
    sheet_kind: str = "worksheet",
    more_relations: str = "",
) -> dict[str, str | bytes]:
    """The parts of a package with the given sheets (name → the whole sheet XML)."""
    listed = "".join(
        f'<sheet name="{name}" sheetId="{n}"{HIDDEN if name in hidden else ""} r:id="rId{n}"/>'
        for n, name in enumerate(sheets, start=1)
    )
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"/>',
        "_rels/.rels": relations(relation("rId1", "officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": (
            f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">{properties}<sheets>{listed}</sheets></workbook>'
        ),
        "xl/_rels/workbook.xml.rels": relations(
            *(relation(f"rId{n}", sheet_kind, f"worksheets/sheet{n}.xml") for n in range(1, len(sheets) + 1)),
            relation("rIdT", "sharedStrings", "sharedStrings.xml"),
            relation("rIdS", "styles", "styles.xml"),
            more_relations,
        ),
        "xl/styles.xml": DATE_STYLES,
    }
    if shared is not None:
        parts["xl/sharedStrings.xml"] = shared if isinstance(shared, bytes) else f'<sst xmlns="{MAIN}">{shared}</sst>'
    for n, content in enumerate(sheets.values(), start=1):
        parts[f"xl/worksheets/sheet{n}.xml"] = content
    return parts


def packed(parts: Mapping[str, str | bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return buffer.getvalue()


def xlsx(rows: Sequence[Sequence[object]], *, after: str = "", **options: object) -> bytes:
    return packed(xlsx_parts({"数据": sheet_xml(rows_xml(rows), after)}, **options))  # type: ignore[arg-type]


def xlsx_of(sheet: str | bytes, **options: object) -> bytes:
    """A package whose only sheet is the given XML."""
    return packed(xlsx_parts({"数据": sheet}, **options))  # type: ignore[arg-type]


def deflated_bomb(head: bytes, filler: bytes, megabytes: int, tail: bytes) -> tuple[bytes, int, int]:
    """(deflate stream, size, checksum) of a huge part, made without ever holding it."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = filler * (1024 * 1024 // len(filler))
    out, size, crc = [packer.compress(head)], len(head), zlib.crc32(head)
    for _ in range(megabytes):
        out.append(packer.compress(block))
        size, crc = size + len(block), zlib.crc32(block, crc)
    out.append(packer.compress(tail) + packer.flush())
    return b"".join(out), size + len(tail), zlib.crc32(tail, crc)


def with_raw_part(content: bytes, name: str, deflated: bytes, size: int, crc: int) -> bytes:
    """Adds an entry whose directory says whatever is given, whatever its data inflates to."""
    buffer = io.BytesIO(content)
    with zipfile.ZipFile(buffer, "a") as package:
        package.writestr(zipfile.ZipInfo(name), b"")
        directory = {info.filename: info for info in package.infolist()}
        info = directory[name]
        handle = package.fp
        assert handle is not None
        handle.seek(package.start_dir)
        handle.truncate()
        info.header_offset = package.start_dir
        info.compress_type, info.file_size, info.compress_size, info.CRC = (
            zipfile.ZIP_DEFLATED,
            size,
            len(deflated),
            crc,
        )
        handle.write(info.FileHeader())
        handle.write(deflated)
        package.start_dir = handle.tell()
        package._didModify = True
    return buffer.getvalue()


# --- BIFF, the records of .xls ---


def record(kind: int, body: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def bof(substream: int, version: int = 0x0600) -> bytes:
    return record(0x0809, struct.pack("<HHHHII", version, substream, 0, 0, 0, 0))


EOF = record(0x000A)


def biff(sheets: Mapping[str, bytes], *, before: bytes = b"", shared: bytes = b"", version: int = 0x0600) -> bytes:
    """A workbook stream: sheet name → its records. `before` goes into the globals."""

    def globals_(offsets: Sequence[int]) -> bytes:
        listed = b"".join(
            record(0x0085, struct.pack("<IBBBB", offset, 0, 0, len(name), 1) + name.encode("utf-16-le"))
            for name, offset in zip(sheets, offsets, strict=True)
        )
        return bof(5, version) + before + listed + shared + EOF

    bodies = [bof(0x10, version) + records + EOF for records in sheets.values()]
    offset = len(globals_([0] * len(sheets)))
    offsets = []
    for body in bodies:
        offsets.append(offset)
        offset += len(body)
    return globals_(offsets) + b"".join(bodies)


def number_cell(row: int, column: int, value: float) -> bytes:
    return record(0x0203, struct.pack("<HHHd", row, column, 0, value))


def shared_cell(row: int, column: int, index: int) -> bytes:
    return record(0x00FD, struct.pack("<HHHI", row, column, 0, index))


def shared_texts(*texts: str) -> bytes:
    """The table of shared texts; each text has to fit one record's rest (8,000 bytes are safe)."""
    body = struct.pack("<II", len(texts), len(texts))
    out, kind = b"", 0x00FC
    for text in texts:
        item = struct.pack("<HB", len(text), 1) + text.encode("utf-16-le")
        if len(body) + len(item) > 8_000:
            out, kind, body = out + record(kind, body), 0x003C, b""
        body += item
    return out + record(kind, body)
