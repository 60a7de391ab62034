"""The ledger on the staff site: each module registers its pages (core.desk) and tables (core.admin.ReadingAdmin)."""

from records.admin import acts, bulk, changes, lists, memberships, queues, record, subjects

__all__ = ["acts", "bulk", "changes", "lists", "memberships", "queues", "record", "subjects"]
