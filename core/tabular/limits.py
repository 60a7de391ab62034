"""How much of a file is read before it is refused. Checked before memory is spent, not after."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one uploaded table. The defaults keep a reader of 100,000 rows × 30 columns under 400 MB."""

    file_bytes: int = 50 * MIB  # a workbook as uploaded
    text_file_bytes: int = 150 * MIB  # a CSV, which nothing has packed
    unpacked_bytes: int = 600 * MIB  # all parts of a workbook together, once inflated
    shared_text_bytes: int = 200 * MIB  # the workbook's table of shared texts, which is held in memory whole
    ratio: int = 200  # inflated ÷ packed, judged only for parts over `ratio_from`
    ratio_from: int = 20 * MIB
    entries: int = 2_000  # files inside the workbook's package
    sheets: int = 50
    columns: int = 200  # at most 702 (column ZZ)
    rows: int = 200_000  # the highest row number that may hold a value
    text_chars: int = 300_000_000  # all cells of the sheet together, while it is read
    cell_chars: int = 32_767  # Excel's own limit
    merged_rows: int = 500_000  # rows covered by merged cells, summed
