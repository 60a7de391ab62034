"""What can be wrong with an uploaded table, in words its uploader can act on.

Two kinds: a `TableProblem` refuses the whole file and is raised; a `CellProblem` is a *value* that stands in
the place of one cell, so that the caller can report it by row and column beside the other errors.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core.errors import Invalid

NOTHING_SAVED = "没有保存任何数据。"

# code: (what is wrong, what to do). Both are whole sentences; {fields} are filled by `problem`.
FILE_PROBLEMS: dict[str, tuple[str, str]] = {
    "empty_file": ("文件是空的（0 字节）。", "请检查文件是否保存完整，重新保存后再上传。"),
    "file_too_large": (
        "文件太大（超过 {limit} MB）。",
        "请删除图片、多余的工作表和空白格式，或者拆成几个文件分别上传。",
    ),
    "executable": (
        "这不是表格，而是可执行程序，只是改了扩展名。",
        "请不要再打开它，并向本单位信息安全人员报告。",
    ),
    "not_a_table": (
        "这不是表格，文件内容是{found}。",
        "请用 Excel 或 WPS 打开数据，另存为 xlsx 格式后上传。",
    ),
    "archive": ("这是压缩包（{found}），不是表格。", "请先解压，再上传其中的 xlsx、xls 或 csv 文件。"),
    "html_table": (
        "文件扩展名像 Excel，内容却是网页（HTML），很多业务系统“导出 Excel”得到的就是这种文件。",
        "请用 Excel 或 WPS 打开它，选择“文件—另存为”，类型选 xlsx，再上传另存的文件。",
    ),
    "xml_table": (
        "文件内容是 XML 表格（XML 电子表格 2003 或类似格式），不是 Excel 工作簿。",
        "请用 Excel 或 WPS 打开它，选择“文件—另存为”，类型选 xlsx，再上传另存的文件。",
    ),
    "xlsb_workbook": (
        "这是二进制工作簿（xlsb），本系统不读取这种格式。",
        "请在 Excel 中选择“文件—另存为”，类型选 xlsx，再上传。",
    ),
    "ods_workbook": (
        "这是开放文档表格（ods），本系统不读取这种格式。",
        "请在 WPS 或 LibreOffice 中选择“文件—另存为”，类型选 xlsx，再上传。",
    ),
    "macro_workbook": (
        "工作簿带有宏程序（xlsm 或含 VBA、宏表的 xls），为了安全不接收。",
        "请选择“文件—另存为”，类型选不含宏的 xlsx，再上传。",
    ),
    "encrypted": (
        "工作簿设有打开密码（或经过加密），无法读取。",
        "请在 Excel 中打开，选择“文件—信息—保护工作簿—用密码进行加密”，清空密码后保存，再上传。",
    ),
    "old_excel": (
        "这是很旧的 Excel 格式（{found}），无法可靠读取。",
        "请用 Excel 或 WPS 打开，另存为 xlsx 格式后上传。",
    ),
    "truncated": (
        "文件不完整，可能是下载或复制时中断了。",
        "请重新取得这个文件，确认能在 Excel 中打开后再上传。",
    ),
    "damaged": (
        "文件已损坏或结构不合规范，无法读取（{detail}）。",
        "请用 Excel 或 WPS 打开并修复，另存为 xlsx 格式后上传。",
    ),
    "zip_bomb": (
        "文件解压后异常地大（{detail}），不像正常的工作簿，已拒绝读取。",
        "请删除工作簿里的多余格式和内容，另存为新的 xlsx 文件后上传。",
    ),
    "too_many_columns": (
        "工作表列数太多：单元格 {cell} 有内容，最多允许 {limit} 列。",
        "请删除该列及其右边不属于表格的内容，保存后再上传。",
    ),
    "too_many_rows": (
        "工作表行数太多：第 {row} 行还有内容，最多允许 {limit} 行。",
        "请删除表格下方多余的内容，或者拆成几个文件分别上传。",
    ),
    "too_many_sheets": (
        "工作簿有 {count} 张工作表，最多允许 {limit} 张。",
        "请只保留要导入的工作表，保存后再上传。",
    ),
    "too_many_merges": (
        "工作表的合并单元格太多（覆盖超过 {limit} 行）。",
        "请选中全表，点“取消合并单元格”，逐行补全内容后再上传。",
    ),
    "text_too_large": (
        "单元格里的文字太多：{detail}。",
        "请删除超长的内容，或者拆成几个文件分别上传。",
    ),
    "no_rows": ("文件里没有任何内容。", "请确认数据在工作表中，并且已经保存。"),
    "no_such_sheet": ("工作簿里没有名为“{sheet}”的工作表。", "请从现有的工作表中选择：{sheets}。"),
    "several_sheets": (
        "工作簿里有 {count} 张都像数据的工作表：{sheets}。",
        "请指定要导入哪一张，或者分成几个文件分别上传。",
    ),
    "encoding": (
        "文件不是 UTF-8 也不是 GB18030 编码，第 {line} 行附近无法识别。",
        "请用 Excel 或 WPS 打开，另存为 xlsx，或另存为“CSV UTF-8”后上传。",
    ),
    "binary_content": (
        "文件里有二进制内容，不是 CSV 文本，也不是可读的工作簿。",
        "请用 Excel 或 WPS 打开原始数据，另存为 xlsx 格式后上传。",
    ),
    "delimiter": (
        "看不出列与列之间用什么分隔（支持逗号、制表符和分号）{detail}。",
        "请用 Excel 或 WPS 打开，另存为 xlsx 或“CSV（逗号分隔）”后上传。",
    ),
    "unclosed_quote": (
        "从第 {row} 行开始的双引号没有成对，后面的内容无法分列。",
        "请检查该行的双引号（单元格里的双引号要写成两个），或者另存为 xlsx 后上传。",
    ),
    "no_header": (
        "前 {rows} 行里没有找到能识别的表头{detail}。",
        "请使用本系统下载的模板，或者在“对应列”一步指定表头所在的行和各列的含义。",
    ),
    "merged_header": (
        "表头里有合并单元格（{ranges}），无法判断每一列是什么。",
        "请取消合并，让表头只占一行，每一列各有自己的名称，再上传。",
    ),
    "duplicate_headers": (
        "有几列的含义相同：{columns}。",
        "请删除重复的列，或者在“对应列”一步只保留其中一列。",
    ),
    "missing_columns": (
        "缺少必需的列：{columns}。",
        "请补上这些列；如果列名写法不同，请在“对应列”一步指定它对应哪一列。",
    ),
    "ambiguous_columns": (
        "有的列名可以有几种理解：{columns}。",
        "请在“对应列”一步为这些列选择含义，或者按模板写出完整的列名。",
    ),
}

CELL_PROBLEMS: dict[str, str] = {
    "excel_error": "单元格是 Excel 错误值 {text}，请改成实际内容",
    "formula_without_value": "单元格是公式，但文件里没有保存计算结果，请在 Excel 中打开并保存一次，或粘贴为数值",
    "number_precision": "长编号被当作数字保存，超过 15 位的部分已经丢失（{text}），请把单元格设为文本格式后重新填写",
    "bad_number": "单元格里的数字无效（{text}），请重新填写",
    "date_out_of_range": "日期 {text} 不在 1900 年至 2100 年之间，请检查后改正",
    "cell_too_long": "内容有 {length} 个字，超过一个单元格最多 {limit} 个字的限制，请删减",
    "damaged_text": "内容里有乱码字符，请重新填写（{text}）",
    "merged_cell": "单元格属于合并区域 {text}，只有左上角有内容，请取消合并并逐行填写",
}


class TableProblem(Invalid):
    """The whole file is refused. `message` says what was wrong, that nothing was saved, and what to do."""

    def __init__(self, code: str, what: str, advice: str, **context: Any):
        super().__init__(code, f"{what}{NOTHING_SAVED}{advice}", **context)
        self.what = what
        self.advice = advice


@dataclass(frozen=True, slots=True)
class CellProblem:
    """Stands where a cell's value cannot be used. `text` is what the reader of the sheet sees there."""

    code: str
    text: str
    message: str

    def __str__(self) -> str:
        return self.text


def problem(code: str, **context: object) -> TableProblem:
    what, advice = FILE_PROBLEMS[code]
    return TableProblem(code, what.format(**context), advice.format(**context), **context)


def cell_problem(code: str, text: str, **context: object) -> CellProblem:
    shown = text if len(text) <= 60 else text[:60] + "…"
    return CellProblem(code, text, CELL_PROBLEMS[code].format(text=shown, **context))
