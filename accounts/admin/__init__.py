"""Accounts, roles, lock-outs and the audit trail on the staff site."""

from accounts.admin import people, trail

__all__ = ["people", "trail"]
