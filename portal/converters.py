"""Keys in addresses: digits that fit the database, so that a longer one is simply not found."""

from django.urls import register_converter


class KeyConverter:
    regex = "[0-9]{1,18}"

    def to_python(self, value: str) -> int:
        return int(value)

    def to_url(self, value: int) -> str:
        return str(value)


register_converter(KeyConverter, "key")
