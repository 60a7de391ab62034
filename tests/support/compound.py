"""Writes an OLE compound file, the container of .xls and of encrypted workbooks, around given streams."""

from __future__ import annotations

import struct
from collections.abc import Mapping

SECTOR = 512
SMALLEST = 4096  # shorter streams would live in the mini stream, which we do not write
END, FREE, FAT = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
DIFAT_IN_HEADER = 109
HEADER = struct.Struct("<8s16sHHHHH6sIIIIIIIIII")
ENTRY = struct.Struct("<64sHBBIII16sIQQIII")
STORAGE, STREAM = 5, 2


def compound_file(streams: Mapping[str, bytes]) -> bytes:
    """A compound file with these streams in its root, each filled up with zeros to at least 4,096 bytes."""
    contents = [content.ljust(SMALLEST, b"\0") for content in streams.values()]
    counts = [-(-len(content) // SECTOR) for content in contents]
    counts.append(-(-(len(streams) + 1) * ENTRY.size // SECTOR))  # the directory
    starts = [sum(counts[:position]) for position in range(len(counts) + 1)]
    fat_start, fat_count, difat_count = _allocation(starts.pop())
    fat: list[int] = []
    for start, count in zip(starts, counts, strict=True):
        fat += [*range(start + 1, start + count), END]
    fat += [FAT] * fat_count + [FAT - 1] * difat_count
    fat += [FREE] * (fat_count * SECTOR // 4 - len(fat))
    body = b"".join(content.ljust(count * SECTOR, b"\0") for content, count in zip(contents, counts, strict=False))
    directory = _directory(list(streams), [len(content) for content in contents], starts).ljust(
        counts[-1] * SECTOR, b"\0"
    )
    return b"".join(
        (
            _header(starts[-1], fat_start, fat_count, difat_count),
            body,
            directory,
            struct.pack(f"<{len(fat)}I", *fat),
            _difat(fat_start, fat_count, difat_count),
        )
    )


def _allocation(sectors: int) -> tuple[int, int, int]:
    """First sector of the allocation table, its sectors, and those of the list of its sectors beyond the header's."""
    fat_count = difat_count = 0
    while True:
        need = -(-(sectors + fat_count + difat_count) * 4 // SECTOR)
        more = -(-max(need - DIFAT_IN_HEADER, 0) // (SECTOR // 4 - 1))
        if (need, more) == (fat_count, difat_count):
            return sectors, fat_count, difat_count
        fat_count, difat_count = need, more


def _header(directory: int, fat_start: int, fat_count: int, difat_count: int) -> bytes:
    listed = min(fat_count, DIFAT_IN_HEADER)
    fields = HEADER.pack(
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"", 0x3E, 3, 0xFFFE, 9, 6, b"",
        0, fat_count, directory, 0, SMALLEST, END, 0, fat_start + fat_count if difat_count else END, difat_count,
        fat_start,
    )  # fmt: skip
    rest = [*range(fat_start + 1, fat_start + listed), *[FREE] * (DIFAT_IN_HEADER - listed)]
    return fields + struct.pack(f"<{len(rest)}I", *rest)


def _difat(fat_start: int, fat_count: int, difat_count: int) -> bytes:
    """The numbers of the table's sectors that found no place in the header, chained."""
    per_sector = SECTOR // 4 - 1
    out: list[int] = []
    for position in range(difat_count):
        first = DIFAT_IN_HEADER + position * per_sector
        numbers = [fat_start + n for n in range(first, min(first + per_sector, fat_count))]
        out += numbers + [FREE] * (per_sector - len(numbers))
        out.append(fat_start + fat_count + position + 1 if position + 1 < difat_count else END)
    return struct.pack(f"<{len(out)}I", *out)


def _directory(names: list[str], sizes: list[int], starts: list[int]) -> bytes:
    entries = [_entry("Root Entry", STORAGE, child=1 if names else FREE, start=END)]
    for position, (name, size, start) in enumerate(zip(names, sizes, starts, strict=False), start=1):
        right = position + 1 if position < len(names) else FREE
        entries.append(_entry(name, STREAM, start=start, size=size, right=right))
    return b"".join(entries)


def _entry(name: str, kind: int, *, child: int = FREE, start: int, size: int = 0, right: int = FREE) -> bytes:
    raw = name.encode("utf-16-le") + b"\0\0"
    return ENTRY.pack(raw, len(raw), kind, 1, FREE, right, child, b"", 0, 0, 0, start, size, 0)
