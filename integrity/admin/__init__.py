"""政务诚信 on the staff site."""

from integrity.admin import acts, desk, entry, notices, persons, scans, sections

__all__ = ["acts", "desk", "entry", "notices", "persons", "scans", "sections"]
