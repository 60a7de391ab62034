"""Accounts, roles, lock-outs, the audit trail and everybody's own filters on the staff site."""

from accounts.admin import filters, people, trail

__all__ = ["filters", "people", "trail"]
