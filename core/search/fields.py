"""The column of search terms, and the question it answers."""

from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import NotSupportedError, models

from core.search.frequencies import frequencies, narrowing
from core.search.query import SearchQuery, parse_query
from core.search.sampling import comparison, is_common
from core.search.terms import StoredTerms, terms_literal

LOOKUPS = ("has", "narrowed", "checked", "isnull")


class SearchTermsField(models.TextField):  # type: ignore[type-arg]
    """Search terms of a row. Give it a list of folded parts, one text with a part per line, or `terms_literal(...)`.

    Ask with `field__has="用户输入"`. Needs `CreateSearchIndex` in a migration; defer it in long reads, nobody reads it.
    """

    description = "Search terms"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.editable = False

    def deconstruct(self) -> Any:
        name, _, args, kwargs = super().deconstruct()
        kwargs.pop("editable", None)
        return name, "core.search.SearchTermsField", args, kwargs

    def db_type(self, connection: Any) -> str:
        return "tsvector" if connection.vendor == "postgresql" else "text"

    def to_python(self, value: Any) -> Any:
        return value

    def get_prep_value(self, value: Any) -> Any:
        return value

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        if value is None or hasattr(value, "as_sql"):
            return value
        return str(value if isinstance(value, StoredTerms) else terms_literal(value, connection.vendor))

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> StoredTerms | None:
        return None if value is None else StoredTerms(value)

    def get_lookup(self, lookup_name: str) -> Any:
        """Comparing stored terms with a text would compare two different things."""
        return super().get_lookup(lookup_name) if lookup_name in LOOKUPS else None


def fts_table(table: str, column: str) -> str:
    """Name of the FTS5 table that indexes this column."""
    return f"{table}_{column}_fts"


@SearchTermsField.register_lookup
class Has(models.Lookup):
    """Rows whose terms contain what was typed (`parse_query`); nothing for queries that cannot be asked."""

    lookup_name = "has"
    prepare_rhs = False

    def _query(self) -> SearchQuery:
        query = parse_query(str(self.rhs))
        if query is None:
            raise EmptyResultSet
        return query

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        raise NotSupportedError(f"search terms are kept on PostgreSQL and SQLite, not on {connection.vendor}")

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        query = self._query()
        lhs, params = self.process_lhs(compiler, connection)
        whole = query.tsquery()
        target = self.lhs.target
        known = frequencies(connection, target.model._meta.db_table, target.column)
        narrow = narrowing(query, known) if known else whole
        if narrow == whole:
            return f"{lhs} @@ %s::tsquery", (*params, whole)
        # COALESCE hides the phrase from the planner (it takes one half) and from the index.
        sql = f"({lhs} @@ %s::tsquery AND COALESCE({lhs} @@ %s::tsquery, FALSE))"
        return sql, (*params, narrow, *params, whole)

    def as_sqlite(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        query, column = self._query(), self.lhs
        options, name = column.target.model._meta, column.target.column
        quote = connection.ops.quote_name
        if is_common(connection, query, quote(options.db_table), quote(options.pk.column), quote(name)):
            lhs, params = self.process_lhs(compiler, connection)
            sql, words = comparison(query, lhs)
            return sql, (*params, *words)
        fts = quote(fts_table(options.db_table, name))
        key = f"{compiler.quote_name_unless_alias(column.alias)}.{quote(options.pk.column)}"
        sql = f"{key} IN (SELECT rowid FROM {fts} WHERE {fts} MATCH %s)"  # noqa: S608 - own names
        return sql, (query.match(),)


class _Terms(models.Lookup):
    """A tsquery put as it is: what `core.search.ways` found out, on PostgreSQL."""

    prepare_rhs = False
    written = ""

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        raise NotSupportedError("a tsquery is put to PostgreSQL; elsewhere ask with __has")

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        lhs, params = self.process_lhs(compiler, connection)
        return self.written.format(lhs=lhs), (*params, self.rhs)


@SearchTermsField.register_lookup
class Narrowed(_Terms):
    """Rows that the index gives for a few terms."""

    lookup_name = "narrowed"
    written = "{lhs} @@ %s::tsquery"


@SearchTermsField.register_lookup
class Checked(_Terms):
    """The whole question, put to each row that comes: neither planner nor index sees it."""

    lookup_name = "checked"
    written = "COALESCE({lhs} @@ %s::tsquery, FALSE)"
