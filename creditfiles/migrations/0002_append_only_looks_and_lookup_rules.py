"""Looks and issued reports refuse UPDATE and DELETE in the database; rules of look-ups from rulebook/lookups.json."""

import json
from pathlib import Path

from django.db import migrations

RULEBOOK = Path(__file__).resolve().parents[2] / "rulebook" / "lookups.json"
TABLES = ("creditfiles_querylog", "creditfiles_creditreport")
ACTS = ("UPDATE", "DELETE")


def forwards(apps, schema_editor):
    for table in TABLES:
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(
                f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION refuse_change_of_history()",
                params=None,
            )
            continue
        for act in ACTS:
            schema_editor.execute(
                f"CREATE TRIGGER {table}_append_only_{act.lower()} BEFORE {act} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END",
                params=None,
            )


def backwards(apps, schema_editor):
    for table in TABLES:
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"DROP TRIGGER {table}_append_only ON {table}", params=None)
            continue
        for act in ACTS:
            schema_editor.execute(f"DROP TRIGGER {table}_append_only_{act.lower()}", params=None)


def seed(apps, schema_editor):
    Rule = apps.get_model("core", "Rule")
    for row in json.loads(RULEBOOK.read_text(encoding="utf-8")):
        key = {"code": row.pop("code"), "in_force_from": row.pop("in_force_from")}
        Rule.objects.get_or_create(**key, defaults=row)


class Migration(migrations.Migration):
    dependencies = [("creditfiles", "0001_initial"), ("core", "0003_seed_rulebook_and_calendar")]

    operations = [
        migrations.RunPython(forwards, backwards),
        migrations.RunPython(seed, migrations.RunPython.noop),
    ]
