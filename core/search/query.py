"""What was asked for: words typed by a reader, as phrases of pairs."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from core.search.terms import PIECE, links_of, pieces_of
from core.text import SEPARATOR, bigrams, fold_document_number, fold_text

MAX_QUERY = 100
MAX_WORDS = 10
_CLOSED = re.compile("[0-9]号$")


@dataclass(frozen=True, slots=True)
class Spelling:
    """One folded way to write a word. `closed`: its last number is whole (12号), not the beginning of 123."""

    text: str
    closed: bool = False

    def links(self) -> tuple[list[str], list[str]]:
        """Terms of document numbers that must be there: whole ones, and beginnings of terms."""
        first, separator, _ = self.text.partition(SEPARATOR)
        links = links_of(self.text)
        if separator and len(first) < PIECE and links and links[0].startswith(first + SEPARATOR):
            links = links[1:]  # more may stand before a short beginning than was typed
        if self.closed or not links or not self.text.endswith(links[-1]):
            return links, []
        return links[:-1], links[-1:]

    def phrase(self) -> str:
        """Its pairs in order, as SQLite stores them."""
        return " ".join(bigrams(self.text))

    def terms(self) -> list[str]:
        """Everything that a row with this text has, written for a tsquery; the longer terms first."""
        whole, begun = self.links()
        longer = [quoted(term) for term in (*whole, *pieces_of(self.text))]
        return [*longer, *(quoted(term) + ":*" for term in begun), *(quoted(pair) for pair in bigrams(self.text))]

    def tsquery(self) -> str:
        whole, begun = self.links()
        pieces = pieces_of(self.text)
        if pieces == [self.text]:
            return quoted(self.text)
        phrase = " <-> ".join(map(quoted, bigrams(self.text)))
        longer = [*map(quoted, [*whole, *pieces]), *(quoted(term) + ":*" for term in begun)]
        if longer:
            return f"({' & '.join(longer)} & ({phrase}))"
        return phrase if len(self.text) == 2 else f"({phrase})"

    def match(self) -> str:
        """For FTS5; a phrase of one word cannot hold a quote, folding left none."""
        whole, begun = self.links()
        pieces = pieces_of(self.text)
        if pieces == [self.text]:
            return f'"{self.text}"'
        phrase = f'"{self.phrase()}"'
        longer = [*(f'"{term}"' for term in (*whole, *pieces)), *(f'"{term}" *' for term in begun)]
        return f"({' AND '.join([*longer, phrase])})" if longer else phrase


Word = tuple[Spelling, ...]


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """Any of `alternatives`; each asks for all of its words; a word is any of its spellings."""

    alternatives: tuple[tuple[Word, ...], ...]

    def tsquery(self) -> str:
        return self._written(" | ", " & ", Spelling.tsquery)

    def match(self) -> str:
        return self._written(" OR ", " AND ", Spelling.match)

    def _written(self, either: str, both: str, write: Callable[[Spelling], str]) -> str:
        def any_of(written: list[str]) -> str:
            return written[0] if len(written) == 1 else f"({either.join(written)})"

        return any_of([both.join(any_of([*map(write, word)]) for word in words) for words in self.alternatives])


def quoted(term: str) -> str:
    """A term inside a tsquery; folding leaves no quote or backslash in it."""
    return f"'{term}'"


def _words(text: str) -> list[str]:
    """The words of a query; a word of one character is joined to its neighbour (张 三 → 张三)."""
    words: list[str] = []
    for word in text.split():
        if words and (len(fold_text(word)) < 2 or len(fold_text(words[-1])) < 2):
            words[-1] += word
        elif fold_text(word):
            words.append(word)
    return words


def _number(text: str) -> Spelling | None:
    """As part of a document number: without the 第 and 号 that a reader copied half. None: no number in it."""
    folded = fold_document_number(text)
    if not any(map(str.isdigit, folded)):
        return None
    inner = folded.removesuffix("第").removeprefix("号").strip(SEPARATOR)
    return Spelling(inner, closed=bool(_CLOSED.search(fold_text(text))))


def _spellings(word: str) -> Word:
    text, number = Spelling(fold_text(word)), _number(word)
    if number is None or len(number.text) < 2 or number.text == text.text:
        return (text,)
    return (text, number)


def parse_query(text: str) -> SearchQuery | None:
    """What somebody typed, as phrases; None when nothing can be searched for (`query_problem` says why).

    Blank-separated words must all be there. A document number is found in any bracket style, with or without 第 and
    号, and also when its parts were typed with blanks between; with 号 it is that number and none that begins with it.
    """
    if query_problem(text):
        return None
    words = tuple(_spellings(word) for word in _words(text))
    whole = _number(text)
    if len(words) > 1 and whole and SEPARATOR in whole.text:
        return SearchQuery((words, ((whole,),)))
    return SearchQuery((words,))


def query_problem(text: str) -> str | None:
    """Why this query finds nothing whatever the data, as a sentence for the reader; None when it can be asked."""
    folded = fold_text(text[: 10 * MAX_QUERY])
    if not folded:
        return "请输入要查找的名称、文书号或代码，至少两个字。"
    if len(folded) == 1:
        return "请至少输入两个字（或两位数字、字母）。"
    if len(folded) > MAX_QUERY or len(text) > 10 * MAX_QUERY:
        return f"查找内容过长，请缩短到{MAX_QUERY}个字以内。"
    if len(_words(text)) > MAX_WORDS:
        return f"词语过多，请减少到{MAX_WORDS}个以内。"
    return None
