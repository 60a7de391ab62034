"""Broken, hostile and merely awkward files that people upload as tables, and what has to become of each.

`hostile_files()` yields (file name, bytes, expectation). They are penalty tables with the 2018 labels, so that every
door that takes an upload can be tried with them: whatever the file, a clear message or the right rows, never a half.
"""

import gzip
import io
import struct
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

import xlsxwriter
import xlwt

from core.identifiers import make_uscc
from core.tabular.cells import EXCEL_ERRORS
from tests.support import table_files as make
from tests.support.compound import compound_file


@dataclass(frozen=True)
class Damage:
    """Stands for a CellProblem with this code."""

    code: str


@dataclass(frozen=True)
class Expectation:
    """What becomes of a file. Exactly one of the first two is set for a refusal; otherwise it is read."""

    refused: str = ""  # code of the TableProblem when it is opened or read
    header: str = ""  # code of the problem that its header has
    cells: Mapping[tuple[int, int], object] = field(
        default_factory=dict
    )  # (Excel row, column from 0) → value or Damage
    rows: int | None = None  # how many rows have content
    note: str = ""  # a word of one of the table's notes


@dataclass(frozen=True)
class HostileFile:
    name: str
    build: Callable[[], bytes]
    expect: Expectation


COMPANY, AGENCY = make_uscc("91441302MA4WTE5T0"), make_uscc("11441302007194567")
LABELS = [
    "行政相对人名称",
    "行政相对人类别",
    "行政相对人代码_1(统一社会信用代码)",
    "行政处罚决定书文号",
    "违法行为类型",
    "违法事实",
    "处罚依据",
    "处罚类别",
    "处罚内容",
    "罚款金额（万元）",
    "处罚决定日期",
    "处罚有效期",
    "处罚机关",
    "处罚机关统一社会信用代码",
    "数据来源单位",
    "数据来源单位统一社会信用代码",
]
ROW: list[object] = [
    "惠州市试样食品有限公司",
    "法人及非法人组织",
    COMPANY,
    "惠城市监罚〔2026〕1号",
    "销售不合格食品",
    "当事人销售不符合食品安全标准的糕点三盒",
    "《中华人民共和国食品安全法》第一百二十四条",
    "罚款",
    "罚款人民币贰仟元整",
    0.2,
    "2026-03-02",
    "2099-12-31",
    "惠州市惠城区市场监督管理局",
    AGENCY,
    "惠州市惠城区市场监督管理局",
    AGENCY,
]
NAME, CODE, NUMBER, AMOUNT, DAY = 0, 2, 3, 9, 10
STYLED = '<c r="{0}" s="1"><v>{1}</v></c>'


def row(**changes: object) -> list[object]:
    """The sample row with some cells changed: row(c9=..., c10=...)."""
    cells = list(ROW)
    for key, value in changes.items():
        cells[int(key[1:])] = value
    return cells


def sample(*rows: list[object], **options: object) -> bytes:
    return make.xlsx([list(LABELS), *(rows or (ROW,))], **options)


def csv_text(*rows: list[object], delimiter: str = ",", end: str = "\r\n") -> str:
    lines = [delimiter.join(str(value) for value in line) for line in (LABELS, *(rows or (ROW,)))]
    return end.join(lines) + end


def xls(*sheets: tuple[str, list[list[object]]], merge: tuple[int, int, int, int] | None = None) -> bytes:
    book = xlwt.Workbook()
    day = xlwt.easyxf(num_format_str="yyyy-mm-dd")
    for name, rows in sheets:
        sheet = book.add_sheet(name)
        for r, line in enumerate(rows):
            for c, value in enumerate(line):
                if isinstance(value, date):
                    sheet.write(r, c, value, day)
                elif value is not None:
                    sheet.write(r, c, value)
        if merge:
            sheet.merge(*merge)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def biff_file(sheets: Mapping[str, bytes], **options: bytes) -> bytes:
    return compound_file({"Workbook": make.biff(sheets, **options)})


def written(fill: Callable[[xlsxwriter.Workbook], None]) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        fill(book)
    return buffer.getvalue()


def parts(**options: object) -> dict[str, str | bytes]:
    sheet = make.sheet_xml(make.rows_xml([list(LABELS), ROW]))
    return make.xlsx_parts({"数据": sheet}, **options)  # type: ignore[arg-type]


def without(name: str) -> bytes:
    kept = parts(shared="<si><t>甲</t></si>")
    del kept[name]
    return make.packed(kept)


def with_parts(more: Mapping[str, str | bytes], **options: object) -> bytes:
    return make.packed({**parts(**options), **more})


def zipped(*entries: tuple[str, bytes]) -> bytes:
    return make.packed(dict(entries))


# --- builders of single cases ---


def bomb() -> bytes:
    deflated, size, crc = make.deflated_bomb(b"<worksheet><sheetData>", b" " * 1024, 64, b"</sheetData></worksheet>")
    kept = parts()
    del kept["xl/worksheets/sheet1.xml"]
    return make.with_raw_part(make.packed(kept), "xl/worksheets/sheet1.xml", deflated, size, crc)


def lying_bomb() -> bytes:
    """The directory says 1,000 bytes; the data would inflate to 64 MB."""
    deflated, _, _ = make.deflated_bomb(b"<worksheet><sheetData>", b" " * 1024, 64, b"</sheetData></worksheet>")
    kept = parts()
    del kept["xl/worksheets/sheet1.xml"]
    return make.with_raw_part(make.packed(kept), "xl/worksheets/sheet1.xml", deflated, 1000, 0)


def boasting_bomb() -> bytes:
    return make.with_raw_part(make.packed(parts()), "xl/media/image1.png", b"\x03\x00", 5_000_000_000, 0)


def many_entries() -> bytes:
    return with_parts({f"xl/media/{n}.bin": b"" for n in range(3_000)})


def shared_text_bomb() -> bytes:
    """One text of 30,000 characters, named by 1.2 million cells: 36 billion characters from under a megabyte."""
    line = "".join(f'<c r="{make.letters(i)}%d" t="s"><v>0</v></c>' for i in range(30))
    rows = "".join(f'<row r="{n}">{line.replace("%d", str(n))}</row>' for n in range(1, 40_001))
    return make.xlsx_of(make.sheet_xml(rows), shared=f"<si><t>{'罚' * 30_000}</t></si>")


def endless_shared_text() -> bytes:
    return sample(shared=f"<si><t>{'罚' * 700_000}</t></si>")


def billion_laughs() -> bytes:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    text = f'<?xml version="1.0"?><!DOCTYPE sst [<!ENTITY l0 "ha">{entities}]><sst><si><t>&l9;</t></si></sst>'
    return make.packed(parts(shared=text.encode()))


def external_entity() -> bytes:
    sheet = make.sheet_xml(make.rows_xml([list(LABELS), ROW]))
    return make.xlsx_of('<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>' + sheet.replace("糕点", "&f;"))


def one_cell(reference: str) -> bytes:
    number = reference.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    far = f'<row r="{number}"><c r="{reference}"><v>1</v></c></row>'
    return make.xlsx_of(make.sheet_xml(make.rows_xml([list(LABELS), ROW]) + far))


def wide_row(count: int, references: bool = True) -> bytes:
    cells = "".join(
        f"<c{f' r={chr(34)}{make.letters(i)}1{chr(34)}' if references else ''}><v>1</v></c>" for i in range(count)
    )
    return make.xlsx_of(make.sheet_xml(f'<row r="1">{cells}</row>'))


def styled_to_the_edge() -> bytes:
    """What formatting whole rows and columns leaves behind: cells without values out to the last corner."""
    rows = make.rows_xml([list(LABELS), ROW]).replace("</row>", '<c r="XFD1" s="1"/></row>', 1)
    return make.xlsx_of(
        make.sheet_xml(rows + '<row r="1048576"><c r="A1048576" s="1"/><c r="XFD1048576" s="1"></c></row>')
    )


def prefixed() -> bytes:
    """The .NET SDK's spelling: every element with a prefix, shared texts too."""
    sheet = make.sheet_xml(
        '<row r="1">'
        + "".join(f'<c r="{make.letters(i)}1" t="s"><v>{i}</v></c>' for i in range(16))
        + "</row>"
        + make.rows_xml([ROW], first=2)
    )
    shared = "".join(f"<si><t>{label}</t></si>" for label in LABELS)

    def prefix(xml: str) -> str:
        return xml.replace("</", "\0").replace("<", "<x:").replace("\0", "</x:").replace("xmlns=", "xmlns:x=")

    return make.xlsx_of(prefix(sheet), shared=prefix(f'<sst xmlns="{make.MAIN}">{shared}</sst>').encode())


def without_references() -> bytes:
    lines = []
    for line in (LABELS, ROW):
        cells = "".join(
            f"<c><v>{value}</v></c>" if isinstance(value, float) else f'<c t="str"><v>{value}</v></c>' for value in line
        )
        lines.append(f"<row>{cells}</row>")
    return make.xlsx_of(make.sheet_xml("".join(lines)))


def commented() -> bytes:
    rows = make.rows_xml([list(LABELS)]) + '<!-- <row r="2"><c r="XFD2"><v>1</v></c></row> </sheetData> -->'
    return make.xlsx_of(
        make.sheet_xml(
            rows + make.rows_xml([row(c0="<![CDATA[甲]]>")], 2).replace("&lt;!", "<!").replace("]]&gt;", "]]>")
        )
    )


def strict_namespace() -> bytes:
    strict = parts()
    old, new = make.OFFICE, "http://purl.oclc.org/ooxml/officeDocument/relationships"
    return make.packed({k: v.replace(old, new) if isinstance(v, str) else v for k, v in strict.items()})


def backslashes() -> bytes:
    return make.packed({name.replace("/", "\\") if name.startswith("xl") else name: v for name, v in parts().items()})


def error_cells() -> bytes:
    errors = sorted(EXCEL_ERRORS)[:14]
    line: list[object] = [f'<c r="{make.letters(i)}2" t="e"><v>{error}</v></c>' for i, error in enumerate(errors)]
    formula = '<c r="A3" s="1" t="e"><f>VLOOKUP(A1,B:C,2,0)</f><v>#N/A</v></c>'
    return make.xlsx([list(LABELS), line, [formula, *ROW[1:]]])


def formulas() -> bytes:
    saved = '<c r="J2"><f>0.1+0.1</f><v>0.2</v></c>'
    text = '<c r="A2" t="str"><f>"甲"&amp;"公司"</f><v>甲公司</v></c>'
    unsaved = '<c r="J3"><f>SUM(J1:J2)</f></c>'
    empty = '<c r="J4"><f>SUM(J1:J2)</f><v></v></c>'
    blank_text = '<c r="G4" t="str"><f>""</f><v></v></c>'
    shared = '<c r="J5"><f t="shared" si="0"/></c>'
    return sample(row(c0=text, c9=saved), row(c9=unsaved), row(c9=empty, c6=blank_text), row(c9=shared))


def dates() -> bytes:
    return sample(
        row(c10=STYLED.format("K2", 46083)),  # 2026-03-02
        row(c10=STYLED.format("K3", 91313)),  # 2150-01-01
        row(c10=STYLED.format("K4", 2958465)),  # 9999-12-31
        row(c10="1899-12-31"),
        row(c10='<c r="K6" s="2"><v>46083</v></c>'),  # the Chinese built-in format 31
    )


def long_numbers() -> bytes:
    return sample(
        row(c2='<c r="C2"><v>441302199001010016</v></c>'),
        row(c2='<c r="C3"><v>4.4130219900101E+17</v></c>'),
        row(c2='<c r="C4"><v>123456789012345</v></c>'),
        row(c2='<c r="C5"><v>1E400</v></c>'),
    )


def control_characters() -> bytes:
    name = '<c r="A{0}" t="inlineStr"><is><t>{1}</t></is></c>'
    return sample(
        row(c0=name.format(2, "惠州_x0007_市_x0000_甲公司")),
        row(c0="惠州\u200b市\u202e甲\ufeff公司"),
        row(c0=name.format(4, "第一行_x000D_&#10;第二行")),
        row(c0=name.format(5, "甲\ufffd公司")),
        row(c0="甲\ufdd0error:公司"),
    )


def merged_header() -> bytes:
    lines = [["行政相对人名称", "行政相对人代码", None, *LABELS[3:]], [None, "代码_1", "代码_2", *[None] * 13], ROW]
    return make.xlsx(lines, after='<mergeCells count="1"><mergeCell ref="B1:C1"/></mergeCells>')


def tall_header() -> bytes:
    merges = "".join(f'<mergeCell ref="{make.letters(i)}2:{make.letters(i)}3"/>' for i in range(16))
    title = '<mergeCell ref="A1:P1"/>'
    return make.xlsx([["行政处罚信息表"], list(LABELS), [], ROW], after=f"<mergeCells>{title}{merges}</mergeCells>")


def merged_data() -> bytes:
    empty = row(c12=None)
    return sample(ROW, empty, empty, after='<mergeCells><mergeCell ref="M2:M4"/></mergeCells>')


def too_many_merges() -> bytes:
    return sample(after='<mergeCell ref="A2:C1048576"/>' * 20)


def two_data_sheets() -> bytes:
    sheet = make.sheet_xml(make.rows_xml([list(LABELS), ROW]))
    return make.packed(make.xlsx_parts({"上半年": sheet, "下半年": sheet}))


def awkward_sheets() -> bytes:
    """Notes first, a hidden list, the data third, an empty sheet last."""
    notes = make.sheet_xml(make.rows_xml([["填表说明"], ["一、请逐行填写。", "二、不要改动表头。"]]))
    data = make.sheet_xml(make.rows_xml([list(LABELS), ROW]))
    sheets = {
        "说明": notes,
        "代码": make.sheet_xml(make.rows_xml([["罚款"]])),
        "数据": data,
        "Sheet3": make.sheet_xml(""),
    }
    return make.packed(make.xlsx_parts(sheets, hidden=["代码"]))


def by_xlsxwriter(book: xlsxwriter.Workbook) -> None:
    sheet = book.add_worksheet("处罚")
    sheet.write_row(3, 1, LABELS)
    sheet.write_row(4, 1, ROW)
    sheet.write_string(5, 1, "=cmd|' /C calc'!A0")
    sheet.write_row(5, 2, ROW[1:])
    sheet.write_string(6, 1, "长" * 32_767)
    sheet.write_row(6, 2, ROW[1:])


def chart_only(book: xlsxwriter.Workbook) -> None:
    book.add_worksheet("空")
    chart = book.add_chart({"type": "line"})
    chart.add_series({"values": "=空!$A$1:$A$3"})
    book.add_chartsheet("图").set_chart(chart)


def xls_far_cell() -> bytes:
    return biff_file({"数据": make.number_cell(0, 0, 1) + make.number_cell(65_535, 255, 1)})


def xls_dense() -> bytes:
    return biff_file({"数据": make.number_cell(0, 0, 1) + make.number_cell(65_535, 199, 1)})


def xls_text_bomb() -> bytes:
    cells = b"".join(make.shared_cell(n, c, 0) for n in range(40_000) for c in range(3))
    return biff_file({"数据": cells}, shared=make.shared_texts("罚" * 3_500))


def boasting_texts() -> bytes:
    """A root that announces a hundred thousand million texts: a trusting reader reserves the memory for them."""
    shared = f'<sst xmlns="{make.MAIN}" count="99999999999" uniqueCount="99999999999"><si><t>甲公司</t></si></sst>'
    return sample(row(c0='<c r="A2" t="s"><v>0</v></c>'), shared=shared.encode())


def xls_boasting_texts() -> bytes:
    body = struct.pack("<IIHB", 0xFFFFFFFF, 0xFFFFFFFF, 3, 0) + b"abc"
    cells = make.shared_cell(0, 0, 0) + make.number_cell(0, 1, 1)
    return biff_file({"数据": cells}, shared=make.record(0x00FC, body))


def xls_formula_texts() -> bytes:
    """A text as a formula's result: in a record of its own, and running on into the next when it is long."""
    text = "罚" * 5_000
    raw = text.encode("utf-16-le")
    formula = struct.pack("<HHH", 0, 0, 0) + b"\0\0\0\0\0\0\xff\xff" + struct.pack("<HIH", 0, 0, 0)
    string = make.record(0x0207, struct.pack("<HB", len(text), 1) + raw[:8_000])
    more = make.record(0x003C, b"\1" + raw[8_000:])
    return biff_file({"数据": make.record(0x0006, formula) + string + more + make.number_cell(0, 1, 7)})


def xls_with_chart() -> bytes:
    """A chart's own records lie inside the sheet's, and its cells are not the sheet's cells."""
    chart = make.bof(0x20) + make.number_cell(9, 9, 9) + make.EOF
    return biff_file({"数据": make.number_cell(0, 0, 1) + chart + make.number_cell(1, 1, 2)})


def xls_error_cells() -> bytes:
    boolean = make.record(0x0205, struct.pack("<HHHBB", 1, 0, 0, 42, 1))
    formula = struct.pack("<HHH", 1, 1, 0) + b"\x02\0\x17\0\0\0\xff\xff" + struct.pack("<HIH", 0, 0, 0)
    plain = make.number_cell(1, 2, 5.0)
    header = b"".join(make.number_cell(0, n, n) for n in range(3))
    return biff_file({"数据": header + boolean + make.record(0x0006, formula) + plain})


def xls_cyclic() -> bytes:
    """The workbook stream's sector chain bites its own tail."""
    content = bytearray(xls(("数据", [list(LABELS), *[ROW] * 300])))
    fat_sector = struct.unpack_from("<I", content, 76)[0]
    start = 512 + fat_sector * 512
    struct.pack_into("<I", content, start + 4 * 5, 0)
    return bytes(content)


def corrupted(content: bytes, at: float) -> bytes:
    broken = bytearray(content)
    middle = int(len(broken) * at)
    broken[middle : middle + 40] = bytes(b ^ 0x5A for b in broken[middle : middle + 40])
    return bytes(broken)


def flagged_encrypted() -> bytes:
    content = bytearray(sample())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        position = content.find(signature)
        while position >= 0:
            content[position + offset] |= 1
            position = content.find(signature, position + 4)
    return bytes(content)


def duplicate_parts() -> bytes:
    buffer = io.BytesIO(sample())
    with zipfile.ZipFile(buffer, "a") as package:
        package.writestr("XL/worksheets/sheet1.xml", make.sheet_xml(""))
    return buffer.getvalue()


HTML = "<html><head><meta charset='gb2312'></head><body><table><tr><td>行政相对人名称</td></tr></table></body></html>"
XML_2003 = (
    '<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>'
    '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet/></Workbook>'
)
MHTML = (
    "MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=x\r\n\r\n--x\r\nContent-Type: text/html\r\n\r\n"
    + HTML
)
DOCX = {"[Content_Types].xml": "<Types/>", "_rels/.rels": make.relations(), "word/document.xml": "<w/>"}
PPTX = {"[Content_Types].xml": "<Types/>", "_rels/.rels": make.relations(), "ppt/presentation.xml": "<p/>"}
ODS = {
    "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
    "content.xml": "<o/>",
    "META-INF/manifest.xml": "<m/>",
}
BIFF4 = b"\x09\x04\x06\x00\x00\x00\x10\x00" + b"\x04\x02\x0b\x00" + bytes(60)
QUOTED = csv_text(row(c5='"第一段\n第二段，有“引号”和""英文引号"""', c6="=HYPERLINK(1)", c9="-0.2"))


def refused(name: str, code: str, build: Callable[[], bytes]) -> HostileFile:
    return HostileFile(name, build, Expectation(refused=code))


def read(name: str, build: Callable[[], bytes], **expect: object) -> HostileFile:
    return HostileFile(name, build, Expectation(**expect))  # type: ignore[arg-type]


HOSTILE_FILES: tuple[HostileFile, ...] = (
    # not what the extension says
    refused("零字节.xlsx", "empty_file", lambda: b""),
    refused("Windows程序.xlsx", "executable", lambda: b"MZ\x90\x00\x03\x00\x00\x00" + bytes(500)),
    refused("Linux程序.csv", "executable", lambda: b"\x7fELF\x02\x01\x01" + bytes(500)),
    refused("脚本.csv", "executable", lambda: b"#!/bin/sh\nrm -rf /\n"),
    refused("安装包.xlsx", "executable", lambda: zipped(("META-INF/MANIFEST.MF", b"x"), ("A.class", b"x"))),
    refused("文档.xls", "not_a_table", lambda: b"%PDF-1.7\n" + bytes(300)),
    refused("照片.xlsx", "not_a_table", lambda: b"\x89PNG\r\n\x1a\n" + bytes(300)),
    refused("照片.csv", "not_a_table", lambda: b"\xff\xd8\xff\xe0" + bytes(300)),
    refused("富文本.xls", "not_a_table", lambda: rb"{\rtf1\ansi hello}"),
    refused("数据库.xlsx", "not_a_table", lambda: b"SQLite format 3\x00" + bytes(300)),
    refused("压缩包.xlsx", "archive", lambda: b"Rar!\x1a\x07\x01\x00" + bytes(300)),
    refused("压缩包.7z.xls", "archive", lambda: b"7z\xbc\xaf\x27\x1c" + bytes(300)),
    refused("压缩的.csv", "archive", lambda: gzip.compress(csv_text().encode())),
    refused("工作簿压缩包.xlsx", "archive", lambda: zipped(("处罚.xlsx", sample()))),
    refused("套娃.xlsx", "archive", lambda: zipped(("1.zip", zipped(("2.zip", zipped(("3.xlsx", sample()))))))),
    refused("空压缩包.xlsx", "archive", lambda: make.packed({})),
    refused("公文.xlsx", "not_a_table", lambda: make.packed(DOCX)),
    refused("演示.xlsx", "not_a_table", lambda: make.packed(PPTX)),
    refused("版式文件.xlsx", "not_a_table", lambda: zipped(("OFD.xml", b"<OFD/>"))),
    refused("开放文档.xlsx", "ods_workbook", lambda: make.packed(ODS)),
    refused("二进制.xlsx", "xlsb_workbook", lambda: with_parts({"xl/workbook.bin": b"\x00"})),
    refused("网页.xls", "html_table", lambda: HTML.encode("gb2312")),
    refused("网页片段.xls", "html_table", lambda: b"\xef\xbb\xbf\r\n<table border=1><tr><td>1</td></tr></table>"),
    refused("单文件网页.xls", "html_table", lambda: MHTML.encode("gb2312")),
    refused("电子表格2003.xls", "xml_table", XML_2003.encode),
    refused("随便的XML.xlsx", "xml_table", lambda: b"<?xml version='1.0'?><data/>"),
    refused("公文.xls", "not_a_table", lambda: compound_file({"WordDocument": b"x"})),
    refused("演示.xls", "not_a_table", lambda: compound_file({"PowerPoint Document": b"x"})),
    refused("邮件.xls", "not_a_table", lambda: compound_file({"__properties_version1.0": b"x"})),
    refused("excel4.xls", "old_excel", lambda: BIFF4),
    refused("excel95.xls", "old_excel", lambda: compound_file({"Book": make.biff({"数据": b""}, version=0x0500)})),
    refused("自称97.xls", "old_excel", lambda: compound_file({"Workbook": make.biff({"a": b""}, version=0x0500)})),
    # locked, with programs inside
    refused("加密.xlsx", "encrypted", lambda: compound_file({"EncryptedPackage": b"x", "EncryptionInfo": b"x"})),
    refused("加密.xls", "encrypted", lambda: biff_file({"数据": b""}, before=make.record(0x002F, bytes(54)))),
    refused("压缩加密.xlsx", "encrypted", flagged_encrypted),
    refused("宏.xlsm", "macro_workbook", lambda: with_parts({"xl/vbaProject.bin": b"x"})),
    refused("宏.xls", "macro_workbook", lambda: compound_file({"Workbook": b"x", "_VBA_PROJECT_CUR": b"x"})),
    refused("宏表.xlsx", "macro_workbook", lambda: make.packed(parts(sheet_kind="xlMacrosheet"))),
    # cut off, damaged
    refused("半个.xlsx", "truncated", lambda: sample()[: len(sample()) // 2]),
    refused("少了结尾.xlsx", "truncated", lambda: sample()[:-30]),
    refused("半个.xls", "damaged", lambda: xls(("数据", [list(LABELS), ROW]))[:2000]),
    refused("只有开头.xls", "truncated", lambda: xls(("数据", [list(LABELS), ROW]))[:300]),
    refused("位翻转.xlsx", "truncated", lambda: corrupted(sample(*[ROW] * 200), 0.6)),
    refused("扇区环.xls", "truncated", xls_cyclic),
    refused("没写完的表.xlsx", "truncated", lambda: make.xlsx_of(make.sheet_xml("")[:-30])),
    refused("缺文字表.xlsx", "damaged", lambda: sample(row(c0='<c r="A2" t="s"><v>7</v></c>'))),
    refused("缺工作表.xlsx", "damaged", lambda: without("xl/worksheets/sheet1.xml")),
    refused("缺目录.xlsx", "damaged", lambda: without("xl/workbook.xml")),
    refused("缺关系.xlsx", "damaged", lambda: without("_rels/.rels")),
    refused("重名部件.xlsx", "damaged", duplicate_parts),
    refused("冷门压缩.xlsx", "damaged", lambda: make.packed(parts(), zipfile.ZIP_LZMA)),
    refused("UTF16工作表.xlsx", "damaged", lambda: make.xlsx_of(make.sheet_xml(make.rows_xml([ROW])).encode("utf-16"))),
    refused("GBK工作表.xlsx", "damaged", lambda: make.xlsx_of(b'<?xml version="1.0" encoding="GBK"?><worksheet/>')),
    refused(
        "错位的格.xlsx", "damaged", lambda: make.xlsx_of(make.sheet_xml('<row r="1"><c r="C9"><v>1</v></c></row>'))
    ),
    refused(
        "乱序的行.xlsx",
        "damaged",
        lambda: make.xlsx_of(make.sheet_xml(make.rows_xml([ROW], 5) + make.rows_xml([ROW], 2))),
    ),
    # bombs
    refused("压缩炸弹.xlsx", "zip_bomb", bomb),
    refused("谎报大小.xlsx", "truncated", lying_bomb),
    refused("虚报大小.xlsx", "zip_bomb", boasting_bomb),
    refused("三千部件.xlsx", "zip_bomb", many_entries),
    refused("实体炸弹.xlsx", "damaged", billion_laughs),
    refused("外部实体.xlsx", "damaged", external_entity),
    refused("文字放大.xlsx", "text_too_large", shared_text_bomb),
    refused("文字放大.xls", "text_too_large", xls_text_bomb),
    refused("巨型文字.xlsx", "text_too_large", endless_shared_text),
    refused("太大.csv", "file_too_large", lambda: b"a,b\n" * (151 * 1024 * 1024 // 4)),
    refused("太大.xlsx", "file_too_large", lambda: sample() + bytes(51 * 1024 * 1024)),
    # too far, too many
    refused("最后一格.xlsx", "too_many_rows", lambda: one_cell("XFD1048576")),
    refused("最后一列.xlsx", "too_many_columns", lambda: one_cell("XFD3")),
    refused("最后一行.xlsx", "too_many_rows", lambda: one_cell("A1048576")),
    refused(
        "转义的格.xlsx",
        "too_many_columns",
        lambda: make.xlsx_of(make.sheet_xml('<row r="1"><c r="A1"><v>1</v></c><c r="&#88;FD1"><v>1</v></c></row>')),
    ),
    refused("一万六千列.xlsx", "too_many_columns", lambda: wide_row(16_384)),
    refused("一百万列.xlsx", "too_many_columns", lambda: wide_row(1_000_000, references=False)),
    refused("一百万列.csv", "too_many_columns", lambda: ("甲" + ",乙" * 999_999 + "\n").encode()),
    refused("二十万零一行.csv", "too_many_rows", lambda: b"a,b\n" * 200_001),
    refused(
        "六十张表.xlsx",
        "too_many_sheets",
        lambda: make.packed(make.xlsx_parts({f"表{n}": make.sheet_xml("") for n in range(60)})),
    ),
    refused("角落.xls", "too_many_columns", xls_far_cell),
    refused("合并到底.xlsx", "too_many_merges", too_many_merges),
    # nothing in it, or too much of it
    refused("空工作簿.xlsx", "no_rows", lambda: make.xlsx_of(make.sheet_xml(""))),
    refused("只有图表.xlsx", "no_rows", lambda: written(chart_only)),
    refused("空白行.csv", "no_rows", lambda: b"\r\n , \r\n\r\n"),
    refused("空.xls", "no_rows", lambda: xls(("Sheet1", []), ("Sheet2", []))),
    refused("两张数据.xlsx", "several_sheets", two_data_sheets),
    # text files
    refused("二进制.csv", "binary_content", lambda: b"\x01\x02\x00\x04" * 100),
    refused("无标记UTF16.csv", "binary_content", lambda: csv_text().encode("utf-16-le")),
    refused("坏编码.csv", "encoding", lambda: csv_text().encode() + b"\xff\xff\xff\n"),
    refused("引号不成对.csv", "unclosed_quote", lambda: csv_text(row(c5='"没有收尾'), ROW, ROW).encode()),
    refused("超长格.csv", "unclosed_quote", lambda: csv_text(row(c5="长" * 140_000)).encode()),
    refused("全角逗号.csv", "delimiter", lambda: csv_text(delimiter="，").encode()),
    refused("竖线.csv", "delimiter", lambda: csv_text(delimiter="|").encode("gb18030")),
    # headers
    HostileFile("合并表头.xlsx", merged_header, Expectation(header="merged_header")),
    HostileFile(
        "重复表头.xlsx",
        lambda: make.xlsx([[*LABELS, "处罚机关"], [*ROW, "甲局"]]),
        Expectation(header="duplicate_headers"),
    ),
    HostileFile("没有表头.xlsx", lambda: make.xlsx([ROW, ROW]), Expectation(header="no_header")),
    HostileFile("没有表头.csv", lambda: b"a,b\n1,2\n", Expectation(header="no_header")),
    HostileFile(
        "表头太靠下.xlsx", lambda: make.xlsx([*[["说明"]] * 40, list(LABELS), ROW]), Expectation(header="no_header")
    ),
    HostileFile("缺必需列.xlsx", lambda: make.xlsx([LABELS[:9], ROW[:9]]), Expectation(header="missing_columns")),
    # awkward, and read rightly
    read(
        "错误值.xlsx",
        error_cells,
        cells={(2, n): Damage("excel_error") for n in range(14)} | {(3, 0): Damage("excel_error"), (3, 1): ROW[1]},
    ),
    read(
        "错误值.xls", xls_error_cells, cells={(2, 0): Damage("excel_error"), (2, 1): Damage("excel_error"), (2, 2): 5}
    ),
    read(
        "公式.xlsx",
        formulas,
        cells={
            (2, 0): "甲公司",
            (2, 9): 0.2,
            (3, 9): Damage("formula_without_value"),
            (4, 9): Damage("formula_without_value"),
            (4, 6): None,
            (5, 9): Damage("formula_without_value"),
        },
    ),
    read(
        "日期.xlsx",
        dates,
        cells={
            (2, DAY): date(2026, 3, 2),
            (3, DAY): Damage("date_out_of_range"),
            (4, DAY): Damage("date_out_of_range"),
            (5, DAY): "1899-12-31",
            (6, DAY): date(2026, 3, 2),
        },
    ),
    read(
        "长编号.xlsx",
        long_numbers,
        cells={
            (2, CODE): Damage("number_precision"),
            (3, CODE): Damage("number_precision"),
            (4, CODE): 123456789012345,
            (5, CODE): Damage("bad_number"),
        },
    ),
    read(
        "科学计数.csv", lambda: csv_text(row(c2="4.41302E+17")).encode(), cells={(2, CODE): Damage("number_precision")}
    ),
    read(
        "控制字符.xlsx",
        control_characters,
        cells={
            (2, 0): "惠州市甲公司",
            (3, 0): "惠州市甲公司",
            (4, 0): "第一行\n第二行",
            (5, 0): Damage("damaged_text"),
            (6, 0): Damage("damaged_text"),
        },
    ),
    read("乱码.csv", lambda: csv_text(row(c0="惠州\ufffd\ufffd公司")).encode(), cells={(2, 0): Damage("damaged_text")}),
    read("超长格.xlsx", lambda: sample(row(c5="长" * 40_000)), cells={(2, 5): Damage("cell_too_long")}),
    read(
        "公式注入.xlsx",
        lambda: written(by_xlsxwriter),
        rows=4,
        cells={(4, 1): LABELS[0], (4, 0): None, (6, 1): "=cmd|' /C calc'!A0", (7, 1): "长" * 32_767},
    ),
    read(
        "合并数据.xlsx",
        merged_data,
        cells={(2, 12): ROW[12], (3, 12): Damage("merged_cell"), (4, 12): Damage("merged_cell"), (4, 13): AGENCY},
    ),
    read(
        "合并数据.xls",
        lambda: xls(("数据", [list(LABELS), ROW, row(c12=None)]), merge=(1, 2, 12, 12)),
        cells={(2, 12): ROW[12], (3, 12): Damage("merged_cell")},
    ),
    read("两行高的表头.xlsx", tall_header, cells={(4, 0): ROW[0]}, rows=3),
    read("格式到边.xlsx", styled_to_the_edge, rows=2, cells={(2, 0): ROW[0]}),
    read("带前缀.xlsx", prefixed, rows=2, cells={(1, 0): LABELS[0], (1, 15): LABELS[15], (2, 9): 0.2}),
    read("无坐标.xlsx", without_references, rows=2, cells={(1, 3): LABELS[3], (2, 9): 0.2}),
    read("带注释.xlsx", commented, rows=2, cells={(2, 0): "甲", (2, 1): ROW[1]}),
    read("严格标准.xlsx", strict_namespace, rows=2, cells={(2, 0): ROW[0]}),
    read("反斜杠.xlsx", backslashes, rows=2, cells={(2, 0): ROW[0]}),
    read(
        "1904.xlsx",
        lambda: sample(row(c10=STYLED.format("K2", 44621)), properties='<workbookPr date1904="1"/>'),
        cells={(2, DAY): date(2026, 3, 2)},
    ),
    read(
        "外部引用.xlsx",
        lambda: with_parts(
            {"xl/externalLinks/externalLink1.xml": "<x/>"},
            more_relations=make.relation("rIdE", "externalLink", "externalLinks/externalLink1.xml"),
        ),
        note="其他文件",
    ),
    read("多张工作表.xlsx", awkward_sheets, rows=2, cells={(2, 0): ROW[0]}, note="说明"),
    read("其实是xls.xlsx", lambda: xls(("数据", [list(LABELS), ROW])), rows=2, note="xls", cells={(2, 9): 0.2}),
    read("其实是xlsx.csv", sample, rows=2, note="xlsx"),
    read("虚报条数.xlsx", boasting_texts, rows=2, cells={(2, 0): "甲公司"}),
    read("虚报条数.xls", xls_boasting_texts, rows=1, cells={(1, 0): "abc", (1, 1): 1}),
    read("公式文字.xls", xls_formula_texts, rows=1, cells={(1, 0): "罚" * 5_000, (1, 1): 7}),
    read("含图表.xls", xls_with_chart, rows=2, cells={(1, 0): 1, (2, 1): 2}),
    read("虚胖.xls", xls_dense, rows=2, cells={(1, 0): 1, (65_536, 199): 1}),
    read(
        "日期.xls",
        lambda: xls(("数据", [list(LABELS), row(c10=date(2026, 3, 2))]), ("Sheet2", [])),
        rows=2,
        cells={(2, DAY): date(2026, 3, 2), (2, 9): 0.2},
    ),
    read("国标编码.csv", lambda: csv_text().encode("gb18030"), rows=2, cells={(1, 0): LABELS[0], (2, 0): ROW[0]}),
    read("有标记.csv", lambda: csv_text().encode("utf-8-sig"), rows=2, cells={(1, 0): LABELS[0]}),
    read("Unicode文本.txt", lambda: csv_text(delimiter="\t").encode("utf-16"), rows=2, cells={(1, 0): LABELS[0]}),
    read("分号.csv", lambda: csv_text(delimiter=";").encode(), rows=2, cells={(1, 1): LABELS[1]}),
    read("声明分隔符.csv", lambda: ("sep=;\r\n" + csv_text(delimiter=";")).encode(), rows=2, cells={(1, 1): LABELS[1]}),
    read("旧苹果换行.csv", lambda: csv_text(end="\r").encode(), rows=2, cells={(2, 0): ROW[0]}),
    read(
        "格内换行.csv",
        lambda: QUOTED.encode("gb18030"),
        rows=2,
        cells={(2, 5): '第一段\n第二段，有“引号”和"英文引号"', (2, 6): "=HYPERLINK(1)", (2, 9): "-0.2"},
    ),
    read(
        "错误值.csv",
        lambda: csv_text(row(c12="#REF!", c5="3#楼#N/A")).encode(),
        cells={(2, 12): Damage("excel_error"), (2, 5): "3#楼#N/A"},
    ),
    read("隔空行.csv", lambda: ("\r\n\r\n" + csv_text(ROW, [""] * 16, ROW)).encode(), rows=3, cells={(6, 0): ROW[0]}),
)


def hostile_files() -> Iterator[tuple[str, bytes, Expectation]]:
    """(file name, bytes, expectation), one after the other: some are large while they live."""
    for case in HOSTILE_FILES:
        yield case.name, case.build(), case.expect
