"""The indexes behind `SearchTermsField`, as a migration operation: GIN on PostgreSQL, FTS5 on SQLite."""

from typing import Any

from django.apps import AppConfig
from django.db import connections, models
from django.db.migrations.operations.base import Operation, OperationCategory

from core.search.fields import SearchTermsField, fts_table

# "ascii" takes every character beyond ASCII as part of a word, so rare characters of names need no Unicode table of
# SQLite's; the separator of document numbers is made part of a word too.
_FTS = """CREATE VIRTUAL TABLE {fts} USING fts5({column}, content={content}, content_rowid={rowid},
 columnsize=0, tokenize="ascii tokenchars '-'")"""
_REBUILD = "INSERT INTO {fts}({fts}) VALUES ('rebuild')"
_TRIGGERS = {
    "insert": """CREATE TRIGGER {name} AFTER INSERT ON {table} BEGIN
 INSERT INTO {fts}(rowid, {column}) VALUES (new.{key}, new.{column}); END""",
    "delete": """CREATE TRIGGER {name} AFTER DELETE ON {table} BEGIN
 INSERT INTO {fts}({fts}, rowid, {column}) VALUES ('delete', old.{key}, old.{column}); END""",
    "update": """CREATE TRIGGER {name} AFTER UPDATE OF {key}, {column} ON {table}
 WHEN old.{column} IS NOT new.{column} OR old.{key} IS NOT new.{key} BEGIN
 INSERT INTO {fts}({fts}, rowid, {column}) VALUES ('delete', old.{key}, old.{column});
 INSERT INTO {fts}(rowid, {column}) VALUES (new.{key}, new.{column}); END""",
}


def _names(connection: Any, model: type[models.Model], field: str) -> dict[str, str]:
    options, quote = model._meta, connection.ops.quote_name
    column = str(options.get_field(field).column)  # type: ignore[union-attr]
    fts = fts_table(options.db_table, column)
    return {
        "table": quote(options.db_table),
        "column": quote(column),
        "key": quote(str(options.pk.column)),
        "fts": quote(fts),
        "content": f"'{options.db_table}'",
        "rowid": f"'{options.pk.column}'",
        "index": quote(f"{options.db_table}_{column}_gin"),
        "fts_name": fts,
    }


def _trigger(names: dict[str, str], act: str) -> str:
    return f"{names['fts_name']}_{act}"


def create_search_index(editor: Any, model: type[models.Model], field: str) -> None:
    """Index the column; rows that are there already are indexed too."""
    names = _names(editor.connection, model, field)
    if editor.connection.vendor == "postgresql":
        # Writing through the pending list is five to fifteen times faster than straight into the tree (measured: 3,000
        # single rows 0.8 s against 12.5 s, 30,000 rows by COPY 1.6 s against 9.8 s). Every search reads that list too:
        # at PostgreSQL's 4 MB that costs 1.4 ms, at 1 MB 0.3 ms and writing is no slower.
        sql = "CREATE INDEX {index} ON {table} USING gin ({column}) WITH (gin_pending_list_limit = 1024)"
        editor.execute(sql.format(**names), params=None)
        # Frequencies of 1,600 instead of 340 terms for core/search/frequencies.py; ANALYZE takes three times as long.
        editor.execute("ALTER TABLE {table} ALTER COLUMN {column} SET STATISTICS 300".format(**names), params=None)
        return
    editor.execute(_FTS.format(**names), params=None)
    _create_triggers(editor, names)


def _create_triggers(editor: Any, names: dict[str, str]) -> None:
    quote = editor.connection.ops.quote_name
    for act, sql in _TRIGGERS.items():
        editor.execute(sql.format(name=quote(_trigger(names, act)), **names), params=None)
    editor.execute(_REBUILD.format(**names), params=None)


def drop_search_index(editor: Any, model: type[models.Model], field: str) -> None:
    names = _names(editor.connection, model, field)
    if editor.connection.vendor == "postgresql":
        editor.execute("DROP INDEX IF EXISTS {index}".format(**names), params=None)
        editor.execute("ALTER TABLE {table} ALTER COLUMN {column} SET STATISTICS -1".format(**names), params=None)
        return
    quote = editor.connection.ops.quote_name
    for act in _TRIGGERS:
        editor.execute(f"DROP TRIGGER IF EXISTS {quote(_trigger(names, act))}", params=None)
    editor.execute("DROP TABLE IF EXISTS {fts}".format(**names), params=None)


class CreateSearchIndex(Operation):
    """Index a SearchTermsField; reversible, and no part of the models' state."""

    reversible = True
    category = OperationCategory.ADDITION

    def __init__(self, model_name: str, field: str) -> None:
        self.model_name = model_name
        self.field = field

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__name__, [], {"model_name": self.model_name, "field": self.field}

    def state_forwards(self, app_label: str, state: Any) -> None:
        """An index of ours is not in the models."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        if self.allow_migrate_model(schema_editor.connection.alias, model):
            create_search_index(schema_editor, model, self.field)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        model = from_state.apps.get_model(app_label, self.model_name)
        if self.allow_migrate_model(schema_editor.connection.alias, model):
            drop_search_index(schema_editor, model, self.field)

    def describe(self) -> str:
        return f"Create search index on {self.model_name}.{self.field}"

    @property
    def migration_name_fragment(self) -> str:
        return f"{self.model_name.lower()}_{self.field}_search_index"

    def references_model(self, name: str, app_label: str) -> bool:
        return name.lower() == self.model_name.lower()


def restore_search_triggers(sender: AppConfig, using: str = "default", **kwargs: Any) -> None:
    """After `migrate` on SQLite: a migration that rebuilt a table took its triggers away; put them back, index anew."""
    connection = connections[using]
    if connection.vendor != "sqlite":
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'trigger')")
        there = {name for (name,) in cursor.fetchall()}
    for model in sender.get_models():
        for field in model._meta.local_fields:
            if not isinstance(field, SearchTermsField):
                continue
            names = _names(connection, model, field.name)
            if names["fts_name"] in there and not {_trigger(names, act) for act in _TRIGGERS} <= there:
                with connection.schema_editor() as editor:
                    drop_search_index(editor, model, field.name)
                    create_search_index(editor, model, field.name)
