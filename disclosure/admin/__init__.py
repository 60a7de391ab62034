"""双公示 on the staff site: entry and correction by form, reports and declarations."""

from disclosure.admin import entry, reports

__all__ = ["entry", "reports"]
