"""Credit files on the staff site."""

from creditfiles.admin import files, looks, lookups, orders, own

__all__ = ["files", "lookups", "looks", "orders", "own"]
