"""Password rules beside Django's own (GB/T 22239 8.1.4: 复杂度要求)."""

from typing import Any

from django.core.exceptions import ValidationError

CLASSES = (str.islower, str.isupper, str.isdigit)
NEEDED = 3


class CharacterClassValidator:
    """At least three of: lower case, upper case, digits, other signs."""

    def validate(self, password: str, user: Any = None) -> None:
        found = sum(any(has(c) for c in password) for has in CLASSES)
        found += any(not c.isalnum() for c in password)
        if found < NEEDED:
            raise ValidationError(self.get_help_text(), code="password_classes")

    def get_help_text(self) -> str:
        return "密码须包含小写字母、大写字母、数字、符号中的至少三类。"
