"""Revisions refuse DELETE and every UPDATE but one: giving `seq` to a row that has none (sealing)."""

from django.db import migrations

KEPT = (
    "id", "record_id", "version", "act", "at", "reason", "basis", "actor_id", "actor_name", "actor_unit", "door",
    "salt", "digest",
)  # fmt: skip

POSTGRES = f"""
CREATE TRIGGER records_revision_append_only BEFORE DELETE ON records_revision
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_history();
CREATE TRIGGER records_revision_content_kept BEFORE UPDATE ON records_revision
    FOR EACH ROW WHEN (
        OLD.seq IS NOT NULL OR NEW.seq IS NULL OR OLD.public IS DISTINCT FROM NEW.public
        OR ROW({", ".join("OLD." + c for c in KEPT)}) IS DISTINCT FROM ROW({", ".join("NEW." + c for c in KEPT)})
    ) EXECUTE FUNCTION refuse_change_of_history();
"""
POSTGRES_REVERSE = """
DROP TRIGGER records_revision_append_only ON records_revision;
DROP TRIGGER records_revision_content_kept ON records_revision;
"""
CHANGED = " OR ".join(f"OLD.{c} IS NOT NEW.{c}" for c in (*KEPT, "public"))
SQLITE = [
    "CREATE TRIGGER records_revision_append_only BEFORE DELETE ON records_revision "
    "BEGIN SELECT RAISE(ABORT, 'records_revision is append-only'); END",
    "CREATE TRIGGER records_revision_content_kept BEFORE UPDATE ON records_revision "
    f"WHEN OLD.seq IS NOT NULL OR NEW.seq IS NULL OR {CHANGED} "
    "BEGIN SELECT RAISE(ABORT, 'records_revision is append-only'); END",
]
SQLITE_REVERSE = ["DROP TRIGGER records_revision_append_only", "DROP TRIGGER records_revision_content_kept"]


def forwards(apps, schema_editor):
    for sql in [POSTGRES] if schema_editor.connection.vendor == "postgresql" else SQLITE:
        schema_editor.execute(sql, params=None)


def backwards(apps, schema_editor):
    for sql in [POSTGRES_REVERSE] if schema_editor.connection.vendor == "postgresql" else SQLITE_REVERSE:
        schema_editor.execute(sql, params=None)


class Migration(migrations.Migration):
    dependencies = [("records", "0001_initial"), ("core", "0002_append_only_audit_trail")]

    operations = [migrations.RunPython(forwards, backwards)]
