"""How SQLite is told which way to read a query.

FTS5 hands over every row number of a query before the first is shown: a fifth of a second for a word that stands in
most of 200,000 rows. Such words need no index, the next rows in any order have them. So a look at the newest rows,
which costs a fraction of a millisecond, tells whether the query is that common; then the stored terms are compared on
the rows as they come.
"""

from typing import Any

from core.search.query import SearchQuery, Spelling

SAMPLE = 300
# Six of three hundred: a page of twenty-one rows is then found among a thousand.
ENOUGH = 6


def _needles(spelling: Spelling) -> list[str]:
    whole, _ = spelling.links()
    return [spelling.phrase(), *(whole[-1:] if spelling.closed else [])]


def comparison(query: SearchQuery, column: str) -> tuple[str, tuple[str, ...]]:
    """The same question put to the stored words of one row: whole words in this order, blanks around them."""
    params: list[str] = []

    def contains(word: str) -> str:
        params.append(f" {word} ")
        return f"instr(' ' || {column} || ' ', %s) > 0"

    def joined(how: str, written: list[str]) -> str:
        return f"({how.join(written)})"

    sql = joined(
        " OR ",
        [
            joined(
                " AND ",
                [joined(" OR ", [joined(" AND ", [*map(contains, _needles(s))]) for s in word]) for word in words],
            )
            for words in query.alternatives
        ],
    )
    return sql, tuple(params)


def is_common(connection: Any, query: SearchQuery, table: str, key: str, column: str) -> bool:
    """Enough of the newest rows answer the query. (Names are quoted by the caller.)"""
    sql, params = comparison(query, column)
    newest = f"SELECT {column} FROM {table} ORDER BY {key} DESC LIMIT {SAMPLE}"  # noqa: S608 - own names
    connection.ensure_connection()
    # The driver's own cursor: a look ahead is no query of the page that asked.
    with connection.wrap_database_errors:
        row = connection.connection.execute(
            f"SELECT COUNT(*) FROM ({newest}) WHERE {sql}".replace("%s", "?"),  # noqa: S608 - own names
            params,
        ).fetchone()
    return bool(row[0] >= ENOUGH)
