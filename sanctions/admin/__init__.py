"""惩戒措施 on the staff site."""

from sanctions.admin import acts, desk, editions, sections

__all__ = ["acts", "desk", "editions", "sections"]
