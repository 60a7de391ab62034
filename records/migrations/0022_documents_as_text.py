"""The public projection is kept as its text, and what lists show of it beside the public row."""

from importlib import import_module

from django.db import migrations, models

import core.documents

append_only = import_module("records.migrations.0002_append_only_revisions")

# json has no equality: its text is compared.
KEPT_AS_TEXT = append_only.POSTGRES.replace(
    "OLD.public IS DISTINCT FROM NEW.public", "OLD.public::text IS DISTINCT FROM NEW.public::text"
)
FILL = {
    "postgresql": """
        UPDATE records_publicrecord p SET summary = (r.public::jsonb - '{fields,policy}'::text[])::text
        FROM records_revision r WHERE r.id = p.revision_id
    """,
    "sqlite": """
        UPDATE records_publicrecord SET summary = (
            SELECT json_remove(r.public, '$.fields', '$.policy') FROM records_revision r
            WHERE r.id = records_publicrecord.revision_id)
    """,
}


def without_triggers(apps, schema_editor):
    append_only.backwards(apps, schema_editor)


def with_triggers(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(KEPT_AS_TEXT, params=None)
    else:
        append_only.forwards(apps, schema_editor)


def with_first_triggers(apps, schema_editor):
    append_only.forwards(apps, schema_editor)


def fill(apps, schema_editor):
    schema_editor.execute(FILL[schema_editor.connection.vendor], params=None)


class Migration(migrations.Migration):
    dependencies = [("records", "0021_sealed_changes"), ("core", "0002_append_only_audit_trail")]

    operations = [
        migrations.RunPython(without_triggers, with_first_triggers),
        migrations.AlterField(
            model_name="revision", name="public", field=core.documents.DocumentField(verbose_name="公开内容")
        ),
        migrations.RunPython(with_triggers, without_triggers),
        migrations.AddField(
            model_name="publicrecord",
            name="summary",
            field=models.TextField(db_default="", default="", verbose_name="摘要内容"),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
