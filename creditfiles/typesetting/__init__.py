"""A report as PDF: tagged, fonts embedded, the same on every machine (Typst). Data goes in as JSON, never as markup."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pylopdf_fonts_zh_cn
import typst

HERE = Path(__file__).parent


@cache
def _compiler() -> typst.Compiler:
    """One per process: it keeps the fonts and what it compiled."""
    fonts = str(Path(pylopdf_fonts_zh_cn.__file__).parent)
    return typst.Compiler(str(HERE / "report.typ"), root=str(HERE), font_paths=[fonts], ignore_system_fonts=True)


def pdf_of(content: dict[str, Any]) -> bytes:
    """`content` in the shape that report.typ reads (creditfiles/document.py makes it)."""
    text = json.dumps(content, ensure_ascii=False)
    pdf = _compiler().compile(format="pdf", sys_inputs={"report": text}, pdf_tags=True)
    if not isinstance(pdf, bytes):
        raise TypeError("one document, one PDF")
    return pdf
