"""The ledger on the staff site: each module registers its pages (core.desk) and tables (core.admin.ReadingAdmin)."""

from records.admin import (
    acts,
    bulk,
    changes,
    dry_runs,
    import_rows,
    imports,
    keys,
    lists,
    memberships,
    policy,
    queues,
    record,
    renaming,
    rules,
    subjects,
)

__all__ = [
    "acts",
    "bulk",
    "changes",
    "dry_runs",
    "import_rows",
    "imports",
    "keys",
    "lists",
    "memberships",
    "policy",
    "queues",
    "record",
    "renaming",
    "rules",
    "subjects",
]
