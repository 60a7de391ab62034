"""The arrows between the rooms run one way."""

import ast
import re

import pytest

from tests.support.source import BELOW, ROOT, WIRING, Source, sources

pytestmark = pytest.mark.sqlite

ROOMS = {*BELOW, WIRING}
# A relation named by text: "records.Subject" in a ForeignKey, a query on apps.get_model.
MODEL_NAME = re.compile(rf"^({'|'.join(ROOMS)})\.[A-Z]\w+$")


def broken_arrows(source: Source) -> list[str]:
    """Imports, and relations by text, that leave the room upwards or sideways."""
    allowed = {source.room, *BELOW.get(source.room, ROOMS)}
    named = [
        (node.lineno, node.value)
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and MODEL_NAME.match(node.value)
    ]
    return [
        f"{source.name}:{line} {source.room} → {name}"
        for line, name in [*source.imports(), *named]
        if (room := name.split(".")[0]) in ROOMS and room not in allowed
    ]


def test_no_room_imports_from_above_or_beside() -> None:
    assert [arrow for source in sources(migrations=True) for arrow in broken_arrows(source)] == []


def test_the_walk_sees_the_rooms_that_exist() -> None:
    """A moved folder must not turn the test above into one of nothing."""
    rooms = {source.room for source in sources()}
    folders = {path.parent.name for path in ROOT.glob("*/apps.py")}
    assert rooms == folders
    assert {"core", "accounts", "records", "disclosure", "sharing", "portal", WIRING} <= rooms


@pytest.mark.parametrize(
    ("room", "text"),
    [
        ("core", "from records.models import Subject"),
        ("core", "import huicheng_credit.settings"),
        ("records", "def f():\n    from disclosure import kinds"),
        ("disclosure", "import sanctions.models"),
        ("accounts", "unit = models.ForeignKey('records.Subject', on_delete=1)"),
        ("sharing", "from portal import views"),
    ],
)
def test_a_broken_arrow_is_seen(room: str, text: str) -> None:
    assert len(broken_arrows(Source(ROOT / room / "example.py", ast.parse(text)))) == 1


def test_the_stand_in_platform_stands_outside() -> None:
    """It plays a foreign system: of ours it shares the signature's format and nothing else, and no Django."""
    shared = ("sharing.sandbox", "sharing.signing", "core.signing")
    found = [
        f"{source.name}:{line} {name}"
        for source in sources()
        if source.name.startswith("sharing/sandbox/")
        for line, name in source.imports()
        if name.split(".")[0] in {*ROOMS, "django", "celery"} and not name.startswith(shared)
    ]
    assert found == []
