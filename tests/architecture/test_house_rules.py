"""What reviewers would otherwise have to look for: each rule walks the syntax trees of the rooms."""

import ast
import re
from collections.abc import Callable, Iterator

import pytest

from tests.support.source import ROOT, Source, sources

pytestmark = pytest.mark.sqlite

FILE_LINES, FUNCTION_LINES, VIEW_LINES = 450, 60, 40
# Longer, and better so: each with its reason.
LONG_FILES = {
    "huicheng_credit/settings.py": "one place answers every question about settings",
}
LONG_FUNCTIONS = {
    "disclosure/standard.py:_party": "a table of the standard's columns, no logic",
}


def status_assignments(source: Source) -> Iterator[int]:
    """`x.status = …`, `setattr(x, "status", …)` and `.update(status=…)` outside the lifecycle."""
    for node in ast.walk(source.tree):
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
            yield from (t.lineno for t in targets if isinstance(t, ast.Attribute) and t.attr == "status")
        if isinstance(node, ast.Call):
            named = isinstance(node.func, ast.Name) and node.func.id == "setattr" and len(node.args) > 1
            if named and isinstance(node.args[1], ast.Constant) and node.args[1].value == "status":
                yield node.lineno
            if isinstance(node.func, ast.Attribute) and node.func.attr == "update":
                yield from (node.lineno for keyword in node.keywords if keyword.arg == "status")


def bare_delays(source: Source) -> Iterator[int]:
    """`.delay(` and `.apply_async(`: a service uses `delay_on_commit`, only a task may enqueue at once."""
    for node in ast.walk(source.tree):
        called = node.func if isinstance(node, ast.Call) else None
        if isinstance(called, ast.Attribute) and called.attr in {"delay", "apply_async"}:
            yield called.lineno


def prints(source: Source) -> Iterator[int]:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print":
            yield node.lineno


def requests_in_services(source: Source) -> Iterator[int]:
    """A service takes values and an actor, never the request."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.FunctionDef):
            arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            yield from (node.lineno for argument in arguments if argument.arg == "request")
    yield from (line for line, name in source.imports() if name.startswith(("django.http", "rest_framework")))


def saves(source: Source) -> Iterator[int]:
    """A door does not write: `.save()`, `.create()`, `.bulk_create()`, `.delete()` belong into services."""
    writes = {"save", "create", "bulk_create", "bulk_update", "delete", "get_or_create", "update_or_create"}
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in writes:
            on_super = isinstance(node.func.value, ast.Call) and getattr(node.func.value.func, "id", "") == "super"
            if not on_super:
                yield node.lineno


def endings(source: Source) -> Iterator[int]:
    """Publication ends by an accepted request, by the day or by repair: nobody else reaches for the act itself."""
    for node in ast.walk(source.tree):
        names = [a.name for a in node.names] if isinstance(node, ast.ImportFrom) else []
        used = getattr(node, "id", None) or getattr(node, "attr", None)
        if "end_publication" in (*names, used):
            yield node.lineno


def is_service(source: Source) -> bool:
    return source.path.stem == "services" or "services" in source.path.parts


def is_view(source: Source) -> bool:
    return source.path.stem == "views" or "views" in source.path.parts


def is_task(source: Source) -> bool:
    return source.path.stem == "tasks" or "tasks" in source.path.parts


def is_stand_in(source: Source) -> bool:
    return source.name.startswith("sharing/sandbox/")


RULES: dict[str, tuple[Callable[[Source], Iterator[int]], Callable[[Source], bool]]] = {
    "only the lifecycle assigns a status": (
        status_assignments,
        lambda s: s.name != "core/lifecycle.py" and not is_stand_in(s),
    ),
    "tasks are enqueued on commit": (bare_delays, lambda s: not is_task(s)),
    "nothing prints": (prints, lambda s: True),
    "a service knows no request": (requests_in_services, is_service),
    "a view does not write": (saves, is_view),
    "publication ends in the ledger's own services": (
        endings,
        lambda s: not s.name.startswith("records/services/"),
    ),
}


@pytest.mark.parametrize("rule", RULES)
def test_house_rule(rule: str) -> None:
    find, applies = RULES[rule]
    assert [f"{s.name}:{line}" for s in sources() if applies(s) for line in find(s)] == []


@pytest.mark.parametrize(
    ("find", "text"),
    [
        (status_assignments, "record.status = 'draft'"),
        (status_assignments, "setattr(record, 'status', 'draft')"),
        (status_assignments, "Record.objects.filter(pk=1).update(status='draft')"),
        (bare_delays, "push.delay(1)"),
        (bare_delays, "push.apply_async(args=[1])"),
        (prints, "print('here')"),
        (requests_in_services, "def publish(request): ..."),
        (requests_in_services, "from django.http import HttpRequest"),
        (saves, "def page(request):\n    form.save()"),
        (endings, "from records.services.endings import end_publication"),
        (endings, "services.end_publication([], 'withdraw')"),
    ],
)
def test_a_broken_rule_is_seen(find: Callable[[Source], Iterator[int]], text: str) -> None:
    assert len(list(find(Source(ROOT / "example.py", ast.parse(text))))) == 1


def test_documents_named_in_the_code_exist() -> None:
    named = {
        f"{source.name}: {name}"
        for source in sources()
        for name in re.findall(r"[\w/-]+\.md\b", source.path.read_text())
        if not (ROOT / name).exists()
    }
    assert named == set()


def test_files_stay_readable() -> None:
    long = {s.name: s.lines for s in sources() if s.lines > FILE_LINES and s.name not in LONG_FILES}
    assert long == {}


def test_functions_stay_readable() -> None:
    long = {}
    for source in sources():
        limit = VIEW_LINES if is_view(source) else FUNCTION_LINES
        for node in ast.walk(source.tree):
            if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno + 1 > limit:
                name = f"{source.name}:{node.name}"
                if name not in LONG_FUNCTIONS:
                    long[name] = (node.end_lineno or 0) - node.lineno + 1
    assert long == {}


def test_exceptions_are_still_needed() -> None:
    names = {s.name for s in sources()}
    assert {name for name in LONG_FILES if name not in names} == set()
    assert {name for name in LONG_FUNCTIONS if name.split(":")[0] not in names} == set()
