"""Marks what was searched for, in the text as it was written: compared folded, shown as it stands."""

from collections.abc import Sequence

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from core.text import fold_text


def _folded_with_places(text: str) -> tuple[str, list[int]]:
    """The folded text and, for each of its characters, the place in the original."""
    folded: list[str] = []
    places: list[int] = []
    for place, char in enumerate(text):
        for part in fold_text(char):
            folded.append(part)
            places.append(place)
    return "".join(folded), places


def spans(text: str, term: str) -> list[tuple[int, int]]:
    """Where the folded term stands in the text: [start, end) in the original."""
    wanted = fold_text(term)
    if len(wanted) < 2:
        return []
    folded, places = _folded_with_places(text)
    found, start = [], folded.find(wanted)
    while start >= 0:
        found.append((places[start], places[start + len(wanted) - 1] + 1))
        start = folded.find(wanted, start + len(wanted))
    return found


def matches(text: str, terms: Sequence[str]) -> list[tuple[int, int]]:
    """Places of the first term (the whole query), else of every other one; they never overlap."""
    if not terms:
        return []
    if whole := spans(text, terms[0]):
        return whole
    out: list[tuple[int, int]] = []
    for start, end in sorted(span for term in terms[1:] for span in spans(text, term)):
        if not out or start >= out[-1][1]:
            out.append((start, end))
    return out


def holds(text: str | None, terms: Sequence[str]) -> bool:
    """Whether the text has any of the terms."""
    folded = fold_text(text or "")
    return any(len(wanted) >= 2 and wanted in folded for wanted in map(fold_text, terms))


def marked(text: str | None, terms: Sequence[str] = ()) -> SafeString:
    """Template filter: the text, escaped, with <mark> around what was searched for."""
    text = text or ""
    out, at = [], 0
    for start, end in matches(text, terms):
        out += [escape(text[at:start]), "<mark>", escape(text[start:end]), "</mark>"]
        at = end
    out.append(escape(text[at:]))
    return mark_safe("".join(out))  # noqa: S308 (every part is escaped above)


def excerpt(text: str, terms: Sequence[str], around: int = 24) -> str:
    """The neighbourhood of the first match, for a result's second line."""
    found = matches(text, terms)
    if not found:
        return text[: 2 * around]
    start, end = max(0, found[0][0] - around), min(len(text), found[0][1] + around)
    return ("…" if start else "") + text[start:end] + ("…" if end < len(text) else "")
