"""What the database itself refuses on SQLite where a rule spans tables; PostgreSQL has the same from migration 0002.

The bodies name tables of other rooms, and SQLite cannot rebuild a table that a trigger names: they are taken away
before every `migrate` and put back after it.
"""

from typing import Any

from django.apps import AppConfig
from django.db import connections

KEPT_EDITION = (
    "level", "title", "edition", "issued_by", "document_number", "basis", "certainty", "in_force_from", "status",
    "digest", "proposed_by_id", "proposed_at", "decided_by_id", "decided_at", "decision_reason",
)  # fmt: skip
KEPT_SANCTION = (
    "measure_id", "cause_id", "subject_id", "executor_id", "tenure_id", "starts_on", "reason", "notice",
    "proposed_by_id", "proposed_at", "decided_by_id", "decided_at", "decision_reason",
)  # fmt: skip


def _changed(names: tuple[str, ...]) -> str:
    return " OR ".join(f"OLD.{name} IS NOT NEW.{name}" for name in names)


def _refuse(message: str, when: str) -> str:
    return f"SELECT RAISE(ABORT, '{message}') WHERE {when};"


CAUSE = "FROM records_creditrecord r WHERE r.id = NEW.cause_id"
LONGER = _refuse(
    "sanction longer than its cause",
    f"EXISTS (SELECT 1 {CAUSE} AND (r.effective_to < COALESCE(NEW.ends_on, '9999-12-31')"
    " OR r.publish_until < COALESCE(NEW.ends_on, '9999-12-31')))",
)
LAWFUL = " ".join(
    (
        _refuse(
            "sanction without a measure in force on its first day",
            "NOT EXISTS (SELECT 1 FROM sanctions_measure m JOIN sanctions_measureedition e ON e.id = m.edition_id"
            " WHERE m.id = NEW.measure_id AND e.status = 'approved' AND e.in_force_from <= NEW.starts_on"
            " AND COALESCE(e.in_force_to, '9999-12-31') >= NEW.starts_on)",
        ),
        _refuse(
            "sanction against a kind of subject that the measure does not name",
            "NOT EXISTS (SELECT 1 FROM sanctions_measure m, json_each(m.subject_kinds) k, records_subject s"
            " WHERE m.id = NEW.measure_id AND s.id = NEW.subject_id AND k.value = s.kind)",
        ),
        _refuse(
            "sanction against another subject than that of its cause",
            f"NOT EXISTS (SELECT 1 {CAUSE} AND r.subject_id = NEW.subject_id)",
        ),
        _refuse(
            "sanction without a cause in effect",
            f"NOT EXISTS (SELECT 1 {CAUSE} AND r.status IN ('approved', 'published')"
            " AND r.kind NOT IN ('licence', 'honour')"
            " AND COALESCE(r.effective_from, r.decided_on) <= NEW.starts_on"
            " AND COALESCE(r.effective_to, '9999-12-31') >= NEW.starts_on"
            " AND COALESCE(r.publish_until, '9999-12-31') >= NEW.starts_on)",
        ),
        LONGER,
        _refuse(
            "the post held to account is not of the subject",
            "NEW.tenure_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM records_tenure t"
            " WHERE t.id = NEW.tenure_id AND t.agency_id = NEW.subject_id)",
        ),
        _refuse(
            "sanction decided by who entered or approved its cause",
            f"NEW.status = 'active' AND (EXISTS (SELECT 1 {CAUSE} AND NEW.decided_by_id IN (r.entered_by_id,"
            " r.approved_by_id)) OR EXISTS (SELECT 1 FROM records_earlierclerk c WHERE c.record_id = NEW.cause_id"
            " AND c.user_id = NEW.decided_by_id))",
        ),
    )
)
OPEN = "NEW.status IN ('proposed', 'active')"
STATUS_OF = "(SELECT status FROM sanctions_measureedition WHERE id = {}.edition_id)"
GUARDS = {
    "sanctions_edition_kept": (
        "BEFORE UPDATE ON sanctions_measureedition WHEN OLD.status <> 'proposed' AND"
        f" (OLD.in_force_to IS NOT NULL AND OLD.in_force_to IS NOT NEW.in_force_to OR {_changed(KEPT_EDITION)})"
        " BEGIN SELECT RAISE(ABORT, 'an edition that was decided is not edited'); END"
    ),
    "sanctions_edition_ended_ahead": (
        "BEFORE UPDATE OF in_force_to ON sanctions_measureedition WHEN NEW.in_force_to IS NOT NULL BEGIN "
        + _refuse(
            "an edition does not end before sanctions by it began",
            "EXISTS (SELECT 1 FROM sanctions_sanction s JOIN sanctions_measure m ON m.id = s.measure_id"
            " WHERE m.edition_id = NEW.id AND s.status IN ('active', 'lifted') AND s.starts_on > NEW.in_force_to)",
        )
        + " END"
    ),
    "sanctions_edition_stays": (
        "BEFORE DELETE ON sanctions_measureedition WHEN OLD.status <> 'proposed'"
        " BEGIN SELECT RAISE(ABORT, 'an edition that was decided is not edited'); END"
    ),
    **{
        f"sanctions_measure_{act.lower()}": (
            f"BEFORE {act} ON sanctions_measure WHEN "
            + " OR ".join(f"COALESCE({STATUS_OF.format(row)}, 'proposed') <> 'proposed'" for row in rows)
            + " BEGIN SELECT RAISE(ABORT, 'an edition that was decided is not edited'); END"
        )
        for act, rows in {"INSERT": ("NEW",), "UPDATE": ("OLD", "NEW"), "DELETE": ("OLD",)}.items()
    },
    "sanctions_sanction_kept": (
        "BEFORE UPDATE ON sanctions_sanction WHEN OLD.status <> 'proposed' AND"
        f" ({_changed(KEPT_SANCTION)} OR OLD.status <> 'active' AND NEW.status IS NOT OLD.status"
        " OR NEW.status IN ('proposed', 'declined') AND NEW.status IS NOT OLD.status)"
        " BEGIN SELECT RAISE(ABORT, 'a sanction that was decided is not edited'); END"
    ),
    "sanctions_sanction_stays": (
        "BEFORE DELETE ON sanctions_sanction BEGIN SELECT RAISE(ABORT, 'sanctions are not deleted'); END"
    ),
    "sanctions_sanction_made": f"BEFORE INSERT ON sanctions_sanction WHEN {OPEN} BEGIN {LAWFUL} END",
    # What is decided is only ever shortened or lifted, and nothing that changed since may stand in the way of that.
    "sanctions_sanction_changed": (
        "BEFORE UPDATE OF measure_id, cause_id, subject_id, tenure_id, starts_on, status ON sanctions_sanction"
        f" WHEN OLD.status = 'proposed' AND {OPEN} BEGIN {LAWFUL} END"
    ),
    "sanctions_sanction_shortened": f"BEFORE UPDATE OF ends_on ON sanctions_sanction WHEN {OPEN} BEGIN {LONGER} END",
}


def lift_guards(sender: AppConfig, using: str = "default", **kwargs: Any) -> None:
    """Before `migrate`."""
    if connections[using].vendor == "sqlite":
        with connections[using].cursor() as cursor:
            for name in GUARDS:
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}")


def restore_guards(sender: AppConfig, using: str = "default", **kwargs: Any) -> None:
    """After `migrate`, where this room's tables are there."""
    connection = connections[using]
    if connection.vendor != "sqlite" or "sanctions_sanction" not in connection.introspection.table_names():
        return
    with connection.cursor() as cursor:
        for name, text in GUARDS.items():
            cursor.execute(f"CREATE TRIGGER IF NOT EXISTS {name} {text}", None)
