"""Credit files on the staff site."""

from creditfiles.admin import files, looks, orders

__all__ = ["files", "looks", "orders"]
