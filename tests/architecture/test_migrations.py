"""Migrations are complete, named for what they do, and stand on their own."""

import re
from io import StringIO

import pytest
from django.core.management import call_command

from tests.support.source import BELOW, WIRING, sources

NAMED = re.compile(r"^\d{4}_(?!auto_)[a-z0-9_]+$")


@pytest.mark.django_db
def test_no_model_change_lacks_its_migration() -> None:
    out = StringIO()
    call_command("makemigrations", check=True, dry_run=True, stdout=out, stderr=out)
    assert "No changes" in out.getvalue() or "没有检测到" in out.getvalue() or out.getvalue() == ""


def migrations() -> list[str]:
    return [s.name for s in sources(migrations=True) if "migrations" in s.path.parts and s.path.name != "__init__.py"]


@pytest.mark.sqlite
def test_names_say_what_a_migration_does() -> None:
    assert migrations()
    assert [name for name in migrations() if not NAMED.match(name.rsplit("/", 1)[1].removesuffix(".py"))] == []


@pytest.mark.sqlite
def test_a_migration_imports_nothing_of_ours_but_fields() -> None:
    """Models move on; a migration must still mean the same in five years. Field classes it may name."""
    rooms = (*BELOW, WIRING)
    found = []
    for source in sources(migrations=True):
        if "migrations" not in source.path.parts:
            continue
        for line, name in source.imports():
            room = name.split(".")[0]
            if room in rooms and not name.startswith(
                ("core.documents", "core.encryption", "core.search", "core.seeds")
            ):
                found.append(f"{source.name}:{line} {name}")
    assert found == []
