"""双公示 on the staff site: entry and correction by form, reports and declarations."""

from disclosure.admin import entry, figures, reports

__all__ = ["entry", "figures", "reports"]
