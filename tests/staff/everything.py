"""One of everything, and the addresses of the staff site that each reader may open: a new address joins by its row."""

from collections.abc import Iterator
from typing import Any

from tests.architecture import test_addresses as table

STAFF = {letter: person for letter, person in table.READERS.items() if person}
# Not pages: files, parts of pages, and the way out.
NO_PAGES = ("admin:logout", "admin:login")


def make_everything() -> Any:
    """The ledger of the address table; its things are attributes."""
    table.AddressTests.setUpTestData()
    return table.AddressTests


def openable(things: Any, letter: str) -> Iterator[tuple[str, str]]:
    """Name and address of all that this reader may open."""
    for name, row in table.TABLE.items():
        if name.startswith("admin:") and name not in NO_PAGES and row.expected(letter, True) == 200:
            yield name, things._address(things, name, row)


def is_page(response: Any) -> bool:
    """A whole page, not a file and not a part of one."""
    html = not response.streaming and response.headers.get("Content-Type", "").startswith("text/html")
    return bool(html and b"<!doctype html>" in response.content[:200])
