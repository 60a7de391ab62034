"""How much text the cells of a workbook would copy out of its table of shared texts.

A cell names a shared text by its number, and the spreadsheet reader copies it for every cell: one long text named by a
million cells is a bomb. The sizes are taken from the XML as it streams by, markup included, so they err upwards only.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Iterator

from core.tabular.limits import MIB
from core.tabular.problems import problem

TEXT_END = re.compile(rb"</(?:[^<>\s/:]+:)?si\s*>")
ROOT = re.compile(rb"\A(?:\xef\xbb\xbf)?\s*(?:<\?[^<>]*\?>\s*)?<((?:[\w.-]+:)?sst)((?:\s[^<>]*)?)>")
NAMESPACE = re.compile(rb"""\sxmlns(?::[\w.-]+)?\s*=\s*(?:"[^"<>]*"|'[^'<>]*')""")
AGAIN = re.compile(rb"<(?:[^<>\s/:]+:)?sst[\s/>]")
UNNUMBERED = re.compile(rb"</si>(?!\s*(?:<si>|<si\s|</sst|\Z))")  # what follows a text is not the next text
FIRST = re.compile(rb"\s*(?:<si>|<si\s|</sst|\Z)")
REFERENCE = re.compile(rb't="s"[^<>]*>\s*<v>(\d{1,7})</v>\s*</c>')
LONGEST_TEXT = MIB
MOST_TEXTS = 4_000_000
ROOT_BYTES = 64 * 1024


class TextSizes:
    """`passed(chunks)` yields the part as it may be handed on; then `of(xml)` answers for a piece of a sheet."""

    def __init__(self) -> None:
        self.longest = 0
        self._sizes = array("I")
        self._started = self._open = self._marks = 0
        self._between = True  # no text is open
        self.numbered = True  # the nth size belongs to text number n

    def passed(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """The same texts under a plain root: a reader trusts the root's `uniqueCount` and reserves that much memory."""
        held, begun = b"", False
        for chunk in chunks:
            held += chunk
            if not begun:
                root = ROOT.match(held)
                if root is None:
                    if len(held) > ROOT_BYTES:
                        raise problem("damaged", detail="公共文字表的开头不合规")
                    continue
                begun = True
                closed = b"/" if root[2].endswith(b"/") else b""
                yield b"<" + root[1] + b"".join(NAMESPACE.findall(root[2])) + closed + b">"
                held = held[root.end() :]
            cut = held.rfind(b"<")  # never in the middle of a tag
            if cut > 0:
                self._measure(held[:cut])
                yield held[:cut]
                held = held[cut:]
            self._check(len(held))
        if not begun:
            raise problem("damaged", detail="公共文字表的开头不合规")
        self._measure(held)
        self.numbered = self.numbered and self._started == len(self._sizes)
        yield held

    def _measure(self, data: bytes) -> None:
        if AGAIN.search(data):
            raise problem("damaged", detail="公共文字表不合规")
        # A comment or CDATA may fake the end of a text; a text in a text shifts the numbers of all that follow.
        fake = b"<!" in data
        if fake or (self._between and not FIRST.match(data)) or UNNUMBERED.search(data):
            self.numbered = False
        rest = data.rstrip()
        self._between = rest.endswith(b"</si>") or (self._between and not rest)
        sizes = [len(data)] if fake else [len(piece) for piece in TEXT_END.split(data)]
        self._started += data.count(b"<si")
        sizes[0] += self._open
        self._open = sizes.pop()
        self._sizes.extend(sizes)
        self._marks += data.count(b"<si") + data.count(b":si")
        self._check(max(self._open, max(sizes, default=0)))

    def _check(self, size: int) -> None:
        self.longest = max(self.longest, size)
        if self.longest > LONGEST_TEXT:
            raise problem("text_too_large", detail=f"一个单元格超过 {LONGEST_TEXT // MIB} MB")
        if self._marks > 2 * MOST_TEXTS:  # a prefixed text has two marks
            raise problem("text_too_large", detail=f"不同的文字超过 {MOST_TEXTS // 10_000} 万条")

    def of(self, xml: bytes, cells: int, *, allowed: int) -> int:
        """An upper bound, in bytes, of the shared texts that these cells would copy; counted only if it matters."""
        bound = cells * self.longest
        if bound <= allowed or not self.numbered:
            return bound
        found = REFERENCE.findall(xml)
        if len(found) != xml.count(b't="s"'):
            return bound
        try:
            return sum(map(self._sizes.__getitem__, map(int, found)))
        except IndexError as error:
            raise problem("damaged", detail="单元格引用的文字不存在") from error
