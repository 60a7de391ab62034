"""What spans tables is refused by PostgreSQL itself; SQLite has its triggers from sanctions/guards.py."""

from django.db import migrations

KEPT_EDITION = (
    "level", "title", "edition", "issued_by", "document_number", "basis", "certainty", "in_force_from", "status",
    "digest", "proposed_by_id", "proposed_at", "decided_by_id", "decided_at", "decision_reason",
)  # fmt: skip
KEPT_SANCTION = (
    "measure_id", "cause_id", "subject_id", "executor_id", "tenure_id", "starts_on", "reason", "notice",
    "proposed_by_id", "proposed_at", "decided_by_id", "decided_at", "decision_reason",
)  # fmt: skip


def changed(names):
    rows = (", ".join(f"{row}.{name}" for name in names) for row in ("OLD", "NEW"))
    return "ROW({}) IS DISTINCT FROM ROW({})".format(*rows)


REFUSED = "USING ERRCODE = 'integrity_constraint_violation'"
FUNCTIONS = f"""
CREATE FUNCTION sanctions_keep_edition() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.status <> 'proposed' AND (TG_OP = 'DELETE'
        OR OLD.in_force_to IS NOT NULL AND OLD.in_force_to IS DISTINCT FROM NEW.in_force_to
        OR {changed(KEPT_EDITION)}) THEN
        RAISE EXCEPTION 'an edition that was decided is not edited' {REFUSED};
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    IF NEW.in_force_to IS NOT NULL AND EXISTS (
        SELECT 1 FROM sanctions_sanction s JOIN sanctions_measure m ON m.id = s.measure_id
        WHERE m.edition_id = NEW.id AND s.status IN ('active', 'lifted') AND s.starts_on > NEW.in_force_to) THEN
        RAISE EXCEPTION 'an edition does not end before sanctions by it began' {REFUSED};
    END IF;
    RETURN NEW;
END $$;
CREATE FUNCTION sanctions_keep_measure() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' AND EXISTS (
        SELECT 1 FROM sanctions_measureedition e WHERE e.id = OLD.edition_id AND e.status <> 'proposed')
    OR TG_OP <> 'DELETE' AND EXISTS (
        SELECT 1 FROM sanctions_measureedition e WHERE e.id = NEW.edition_id AND e.status <> 'proposed') THEN
        RAISE EXCEPTION 'an edition that was decided is not edited' {REFUSED};
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
END $$;
CREATE FUNCTION sanctions_keep_sanction() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'sanctions are not deleted' {REFUSED};
    END IF;
    IF {changed(KEPT_SANCTION)} OR OLD.status <> 'active' AND NEW.status <> OLD.status
        OR NEW.status IN ('proposed', 'declined') AND NEW.status <> OLD.status THEN
        RAISE EXCEPTION 'a sanction that was decided is not edited' {REFUSED};
    END IF;
    RETURN NEW;
END $$;
CREATE FUNCTION sanctions_lawful() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    r records_creditrecord%ROWTYPE;
BEGIN
    SELECT * INTO r FROM records_creditrecord WHERE id = NEW.cause_id;
    IF NOT EXISTS (
        SELECT 1 FROM sanctions_measure m JOIN sanctions_measureedition e ON e.id = m.edition_id
        WHERE m.id = NEW.measure_id AND e.status = 'approved' AND e.in_force_from <= NEW.starts_on
        AND COALESCE(e.in_force_to, 'infinity') >= NEW.starts_on) THEN
        RAISE EXCEPTION 'sanction without a measure in force on its first day' {REFUSED};
    ELSIF NOT EXISTS (
        SELECT 1 FROM sanctions_measure m, records_subject s
        WHERE m.id = NEW.measure_id AND s.id = NEW.subject_id AND m.subject_kinds ? s.kind) THEN
        RAISE EXCEPTION 'sanction against a kind of subject that the measure does not name' {REFUSED};
    ELSIF r.subject_id IS DISTINCT FROM NEW.subject_id THEN
        RAISE EXCEPTION 'sanction against another subject than that of its cause' {REFUSED};
    ELSIF r.status NOT IN ('approved', 'published') OR r.kind IN ('licence', 'honour')
        OR COALESCE(r.effective_from, r.decided_on) > NEW.starts_on
        OR LEAST(r.effective_to, r.publish_until) < NEW.starts_on THEN
        RAISE EXCEPTION 'sanction without a cause in effect' {REFUSED};
    ELSIF LEAST(r.effective_to, r.publish_until) < COALESCE(NEW.ends_on, 'infinity') THEN
        RAISE EXCEPTION 'sanction longer than its cause' {REFUSED};
    ELSIF NEW.tenure_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM records_tenure t WHERE t.id = NEW.tenure_id AND t.agency_id = NEW.subject_id) THEN
        RAISE EXCEPTION 'the post held to account is not of the subject' {REFUSED};
    ELSIF NEW.status = 'active' AND (NEW.decided_by_id IN (r.entered_by_id, r.approved_by_id) OR EXISTS (
        SELECT 1 FROM records_earlierclerk c WHERE c.record_id = NEW.cause_id AND c.user_id = NEW.decided_by_id)) THEN
        RAISE EXCEPTION 'sanction decided by who entered or approved its cause' {REFUSED};
    END IF;
    RETURN NEW;
END $$;
CREATE FUNCTION sanctions_no_longer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM records_creditrecord r WHERE r.id = NEW.cause_id
        AND LEAST(r.effective_to, r.publish_until) < COALESCE(NEW.ends_on, 'infinity')) THEN
        RAISE EXCEPTION 'sanction longer than its cause' {REFUSED};
    END IF;
    RETURN NEW;
END $$;
-- At commit, because the ledger's own act and what this room does about it are one transaction.
CREATE FUNCTION sanctions_end_with_cause() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM sanctions_sanction s JOIN records_creditrecord r ON r.id = s.cause_id
        WHERE s.cause_id = NEW.id AND s.status = 'active' AND (
            r.status NOT IN ('approved', 'published') OR r.subject_id <> s.subject_id
            OR LEAST(r.effective_to, r.publish_until) < COALESCE(s.ends_on, 'infinity'))) THEN
        RAISE EXCEPTION 'record % has an active sanction that would outlast it', NEW.id {REFUSED};
    END IF;
    RETURN NULL;
END $$;
"""  # noqa: S608 - own names
TRIGGERS = """
CREATE TRIGGER sanctions_edition_kept BEFORE UPDATE OR DELETE ON sanctions_measureedition
    FOR EACH ROW EXECUTE FUNCTION sanctions_keep_edition();
CREATE TRIGGER sanctions_measure_kept BEFORE INSERT OR UPDATE OR DELETE ON sanctions_measure
    FOR EACH ROW EXECUTE FUNCTION sanctions_keep_measure();
CREATE TRIGGER sanctions_sanction_kept BEFORE UPDATE ON sanctions_sanction
    FOR EACH ROW WHEN (OLD.status <> 'proposed') EXECUTE FUNCTION sanctions_keep_sanction();
CREATE TRIGGER sanctions_sanction_stays BEFORE DELETE ON sanctions_sanction
    FOR EACH ROW EXECUTE FUNCTION sanctions_keep_sanction();
CREATE TRIGGER sanctions_sanction_made BEFORE INSERT ON sanctions_sanction
    FOR EACH ROW WHEN (NEW.status IN ('proposed', 'active')) EXECUTE FUNCTION sanctions_lawful();
-- What is decided is only ever shortened or lifted, and nothing that changed since may stand in the way of that.
CREATE TRIGGER sanctions_sanction_changed
    BEFORE UPDATE OF measure_id, cause_id, subject_id, tenure_id, starts_on, status ON sanctions_sanction
    FOR EACH ROW WHEN (OLD.status = 'proposed' AND NEW.status IN ('proposed', 'active'))
    EXECUTE FUNCTION sanctions_lawful();
CREATE TRIGGER sanctions_sanction_shortened BEFORE UPDATE OF ends_on ON sanctions_sanction
    FOR EACH ROW WHEN (NEW.status IN ('proposed', 'active')) EXECUTE FUNCTION sanctions_no_longer();
CREATE CONSTRAINT TRIGGER sanctions_end_with_cause
    AFTER UPDATE OF status, subject_id, effective_to, publish_until ON records_creditrecord
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (
        OLD.status IN ('approved', 'published') AND (
            NEW.status NOT IN ('approved', 'published') OR OLD.subject_id <> NEW.subject_id
            OR OLD.effective_to IS DISTINCT FROM NEW.effective_to
            OR OLD.publish_until IS DISTINCT FROM NEW.publish_until))
    EXECUTE FUNCTION sanctions_end_with_cause();
"""
REVERSE = """
DROP TRIGGER sanctions_end_with_cause ON records_creditrecord;
DROP TRIGGER sanctions_sanction_shortened ON sanctions_sanction;
DROP TRIGGER sanctions_sanction_changed ON sanctions_sanction;
DROP TRIGGER sanctions_sanction_made ON sanctions_sanction;
DROP TRIGGER sanctions_sanction_stays ON sanctions_sanction;
DROP TRIGGER sanctions_sanction_kept ON sanctions_sanction;
DROP TRIGGER sanctions_measure_kept ON sanctions_measure;
DROP TRIGGER sanctions_edition_kept ON sanctions_measureedition;
DROP FUNCTION sanctions_end_with_cause();
DROP FUNCTION sanctions_no_longer();
DROP FUNCTION sanctions_lawful();
DROP FUNCTION sanctions_keep_sanction();
DROP FUNCTION sanctions_keep_measure();
DROP FUNCTION sanctions_keep_edition();
"""


def forwards(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(FUNCTIONS + TRIGGERS, params=None)


def backwards(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(REVERSE, params=None)


class Migration(migrations.Migration):
    dependencies = [("sanctions", "0001_initial")]

    operations = [migrations.RunPython(forwards, backwards)]
