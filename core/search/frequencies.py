"""How PostgreSQL is told which way to read a query.

The planner multiplies the frequencies of a phrase's pairs as if they were independent. In names they are not: 五金制品
stands in a tenth of the rows, the product says one in ten thousand, and the planner fetches and sorts a hundred
thousand rows where reading the newest few hundred would do. And the index reads the long lists of common pairs though
one rare pair would leave little to check. So the index is asked for a few terms only: those too rare to be in the
planner's statistics, or, when all are common, the rarest of them, whose frequency the planner knows. The whole phrase
is checked on the rows that come.
"""

import time
from typing import Any

from core.search.query import SearchQuery, Spelling
from core.search.terms import pieces_of
from core.text import bigrams

MOST_TERMS = 4
# For a term outside its statistics the planner assumes half of the rarest share in them: thousands of rows of a
# million, so it would rather read the newest rows until a page is full, which never comes. Asking for one term three
# times makes the product as small as the truth (measured on a million rows: 2,200 ms become 0.2).
LEAST_TERMS = 3
HARDLY_COMMONER = 8
KEPT_SECONDS = 600.0

_known: dict[tuple[str, str, str], tuple[float, dict[str, float]]] = {}

_STATISTICS = """
SELECT most_common_elems::text::text[], most_common_elem_freqs FROM pg_stats
WHERE schemaname = ANY (current_schemas(false)) AND tablename = %s AND attname = %s AND NOT inherited
"""


def forget() -> None:
    """Read the statistics anew at the next query."""
    _known.clear()


def frequencies(connection: Any, table: str, column: str) -> dict[str, float]:
    """Share of rows that hold a pair, for the commonest pairs (ANALYZE's list); kept for ten minutes per process."""
    place, now = (connection.alias, table, column), time.monotonic()
    kept = _known.get(place)
    if kept and kept[0] > now:
        return kept[1]
    connection.ensure_connection()
    # The driver's own cursor: a look into the catalogue is no query of the page that asked.
    with connection.wrap_database_errors, connection.connection.cursor() as cursor:
        cursor.execute(_STATISTICS, [table, column])
        row = cursor.fetchone()
    found = dict(zip(row[0], row[1], strict=False)) if row and row[0] else {}
    _known[place] = (now + KEPT_SECONDS, found)
    return found


def _narrowest(spelling: Spelling, known: dict[str, float]) -> tuple[float, str]:
    """The terms that the index is asked for, with the share of rows that have them (0: rare)."""
    terms = spelling.terms()
    rare = [term for term in terms if term.strip("':*") not in known]
    if rare:
        return 0.0, " & ".join((rare * LEAST_TERMS)[: max(LEAST_TERMS, min(len(rare), MOST_TERMS))])
    return min((known[term.strip("':*")], term) for term in terms)


def narrowing(query: SearchQuery, known: dict[str, float]) -> str:
    """A tsquery of few terms that every match satisfies: of each alternative the word that narrows most."""
    written = []
    for words in query.alternatives:
        choices = [[_narrowest(spelling, known) for spelling in word] for word in words]
        best = min(choices, key=lambda word: sum(share for share, _ in word))
        written += [terms for _, terms in best]
    return " | ".join(dict.fromkeys(written))


def likely_share(query: SearchQuery, known: dict[str, float]) -> float:
    """About the share of rows that answer (0: few): pairs of a word go together, its numbers go with any word."""
    alternatives = (
        min(sum(_likely(spelling, known) for spelling in word) for word in words) for words in query.alternatives
    )
    return sum(alternatives)


def _likely(spelling: Spelling, known: dict[str, float]) -> float:
    pieces = pieces_of(spelling.text)
    numbers = min((known.get(term, 0.0) for term in (*spelling.links()[0], *pieces)), default=1.0)
    if pieces == [spelling.text]:
        return numbers
    return numbers * min(known.get(pair, 0.0) for pair in bigrams(spelling.text))


def rarest(query: SearchQuery, known: dict[str, float]) -> str:
    """A tsquery for reading by the index alone: also the terms that are hardly commoner than the rarest."""
    written = []
    for words in query.alternatives:
        best = min(words, key=lambda word: sum(_narrowest(spelling, known)[0] for spelling in word))
        written += [_rarest(spelling, known) for spelling in best]
    return " | ".join(dict.fromkeys(written))


def _rarest(spelling: Spelling, known: dict[str, float]) -> str:
    share, term = _narrowest(spelling, known)
    if not share:
        return term
    shares = {name: known[name.strip("':*")] for name in spelling.terms()}
    near = sorted((s, t) for t, s in shares.items() if s <= HARDLY_COMMONER * share)
    return " & ".join(t for _, t in near[:MOST_TERMS])
