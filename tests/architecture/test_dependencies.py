"""Every dependency is declared with a reason and used; every import is declared; nothing copyleft is shipped."""

import ast
import importlib.metadata as metadata
import re
import sys
from functools import cache

import pytest

from tests.support.source import BELOW, ROOT, WIRING, sources

pytestmark = pytest.mark.sqlite

LINE = re.compile(r"^([A-Za-z0-9-]+)(\[[a-z]+\])?[<>=!~.,0-9]* *(?:# (.+))?$")
# What no module imports by name, and where it is used.
USED_ELSEWHERE = {
    "gunicorn": "deploy/gunicorn.conf.py",
    "psycopg2-binary": "huicheng_credit/settings.py",
    "redis": "docker-compose.yml",
}
COPYLEFT = re.compile(r"\b(A?GPL|GNU (Affero )?General Public)", re.IGNORECASE)
LESSER = re.compile(r"LGPL|Lesser", re.IGNORECASE)


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def declared(name: str) -> dict[str, str]:
    """{distribution: reason} of an .in file."""
    found = {}
    for line in (ROOT / name).read_text().splitlines():
        if line.strip() and not line.startswith(("#", "-")):
            match = LINE.match(line.strip())
            assert match, f"{name}: {line}"
            found[normal(match[1])] = match[3] or ""
    return found


@cache
def distributions() -> dict[str, set[str]]:
    """{import name: distributions}"""
    return {name: {normal(d) for d in names} for name, names in metadata.packages_distributions().items()}


def imported() -> dict[str, str]:
    """{distribution: one place} of everything third-party that the rooms import or name in settings."""
    rooms, found = {*BELOW, WIRING}, {}
    for source in sources(migrations=True):
        names = [name for _, name in source.imports()]
        names += [
            node.value
            for node in ast.walk(source.tree)
            if source.room == WIRING and isinstance(node, ast.Constant) and isinstance(node.value, str)
        ]
        for name in names:
            top = name.split(".")[0]
            if top not in rooms and top not in sys.stdlib_module_names:
                for distribution in distributions().get(top, ()):
                    found[distribution] = source.name
    return found


def test_every_dependency_says_why_it_is_there() -> None:
    assert [name for name, reason in declared("requirements.in").items() if not reason] == []
    assert [n for n, why in declared("requirements-dev.in").items() if not why and not n.startswith("types-")] == []


def test_what_is_imported_is_declared() -> None:
    assert {d: where for d, where in imported().items() if d not in declared("requirements.in")} == {}


def test_what_is_declared_is_used() -> None:
    unused = set(declared("requirements.in")) - set(imported())
    for name, place in USED_ELSEWHERE.items():
        assert (ROOT / place).exists()
        unused.discard(name)
    assert unused == set()


def test_given_dependencies_are_there() -> None:
    runtime, dev = declared("requirements.in"), declared("requirements-dev.in")
    for name in ("django", "djangorestframework", "psycopg2-binary", "celery", "redis", "django-filter"):
        assert name in runtime
    assert "pytest-django" in dev


@pytest.mark.parametrize("lock", ["requirements.txt", "requirements-dev.txt", "scripts/uv.txt"])
def test_locks_are_pinned_hashed_and_say_nothing_of_a_machine(lock: str) -> None:
    text = (ROOT / lock).read_text()
    packages = re.findall(r"^([a-z0-9-]+)==\S+.*?(?=^[a-z])", text + "z", re.MULTILINE | re.DOTALL)
    assert len(packages) == len(re.findall(r"^[a-z0-9]", text, re.MULTILINE))
    blocks = re.split(r"(?m)^(?=[a-z0-9])", text)[1:]
    assert [block.split("==")[0] for block in blocks if "--hash=sha256:" not in block] == []
    assert re.search(r"https?://|file:|--(index|find|extra)|/(home|work|root|opt)/", text) is None


@pytest.mark.parametrize("lock", ["requirements.txt", "requirements-dev.txt"])
def test_locks_hold_what_is_declared(lock: str) -> None:
    pinned = {normal(name) for name in re.findall(r"^([A-Za-z0-9-]+)==", (ROOT / lock).read_text(), re.MULTILINE)}
    wanted = set(declared("requirements.in"))
    if "dev" in lock:
        wanted |= set(declared("requirements-dev.in"))
    assert wanted <= pinned


def test_nothing_under_gpl_or_agpl_is_shipped() -> None:
    names = re.findall(r"^([A-Za-z0-9-]+)==[^\n]*", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    bad = {}
    for name in names:
        try:
            about = metadata.metadata(name)
        except metadata.PackageNotFoundError:
            continue  # for another system or Python
        words = [
            about.get("License-Expression"),
            (about.get("License") or "")[:200],
            *(about.get_all("Classifier") or []),
        ]
        licences = [w for w in words if w and COPYLEFT.search(w) and not LESSER.search(w)]
        if licences:
            bad[name] = licences
    assert bad == {}
