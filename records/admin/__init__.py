"""The ledger on the staff site: each module registers its pages (core.desk) and tables (core.admin.ReadingAdmin)."""

from records.admin import (
    acts,
    bulk,
    changes,
    drafts,
    import_rows,
    imports,
    keys,
    lists,
    memberships,
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
    "drafts",
    "import_rows",
    "imports",
    "keys",
    "lists",
    "memberships",
    "queues",
    "record",
    "renaming",
    "rules",
    "subjects",
]
