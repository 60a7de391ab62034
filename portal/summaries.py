"""A record as lists show it: every column but the long ones, as JSON text straight from the database."""

from typing import Any

from django.db.models import Func, OuterRef, Subquery, TextField

from records.models import Revision

# One record's own address shows all.
LEFT_OUT = ("fields", "policy")


class Summary(Func):
    """The projection without its long parts, as JSON text."""

    output_field = TextField()

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        drop = "{" + ",".join(LEFT_OUT) + "}"
        return super().as_sql(compiler, connection, template=f"(%(expressions)s - '{drop}'::text[])::text", **context)

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        paths = ", ".join(f"'$.{name}'" for name in LEFT_OUT)
        return super().as_sql(compiler, connection, template=f"json_remove(%(expressions)s, {paths})", **context)


def summary() -> Subquery:
    """Of a public record. A subquery is made for the rows shown, a join would be for all that are sorted."""
    return Subquery(Revision.objects.filter(pk=OuterRef("revision")).order_by().values(text=Summary("public")))
