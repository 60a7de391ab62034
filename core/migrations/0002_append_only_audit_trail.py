"""The audit trail refuses UPDATE and DELETE in the database itself."""

from django.db import migrations

TABLE = "core_auditevent"

POSTGRES = """
CREATE FUNCTION refuse_change_of_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER core_auditevent_append_only BEFORE UPDATE OR DELETE ON core_auditevent
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_history();
"""
POSTGRES_REVERSE = """
DROP TRIGGER core_auditevent_append_only ON core_auditevent;
DROP FUNCTION refuse_change_of_history();
"""
SQLITE = [
    f"CREATE TRIGGER {TABLE}_append_only_{act.lower()} BEFORE {act} ON {TABLE} "
    f"BEGIN SELECT RAISE(ABORT, '{TABLE} is append-only'); END"
    for act in ("UPDATE", "DELETE")
]
SQLITE_REVERSE = [f"DROP TRIGGER {TABLE}_append_only_{act}" for act in ("update", "delete")]


def forwards(apps, schema_editor):
    for sql in [POSTGRES] if schema_editor.connection.vendor == "postgresql" else SQLITE:
        schema_editor.execute(sql, params=None)


def backwards(apps, schema_editor):
    for sql in [POSTGRES_REVERSE] if schema_editor.connection.vendor == "postgresql" else SQLITE_REVERSE:
        schema_editor.execute(sql, params=None)


class Migration(migrations.Migration):
    dependencies = [("core", "0001_initial")]

    operations = [migrations.RunPython(forwards, backwards)]
