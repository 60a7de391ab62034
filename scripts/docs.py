"""`make docs`: writes the parts of the documents that are read off the code; a test fails while they differ.

docs/glossary.md (code lists, fields) and docs/mechanisms/lifecycle.md (states and transitions). A generated part stands
between `<!-- generated: NAME -->` and `<!-- end of NAME -->`.
"""

import importlib
import importlib.util
import os
import re
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))


def rooms() -> list[str]:
    from django.apps import apps

    return [config.label for config in apps.get_app_configs() if Path(config.path).parent == ROOT]


def models() -> list[Any]:
    from django.apps import apps

    return [model for model in apps.get_models() if model._meta.app_label in rooms()]


def choices() -> list[Any]:
    """Every TextChoices and IntegerChoices of the rooms, in the order of the rooms."""
    from django.db.models import Choices

    found: dict[str, Any] = {}
    for room in rooms():
        for path in sorted((ROOT / room).rglob("*.py")):
            if "migrations" in path.parts or "TextChoices" not in path.read_text():
                continue
            module = importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
            for value in vars(module).values():
                mine = isinstance(value, type) and issubclass(value, Choices) and value.__module__ == module.__name__
                if mine and len(value):  # type: ignore[arg-type]
                    found[f"{module.__name__}.{value.__name__}"] = value
    return list(found.values())


def lifecycles() -> dict[str, Any]:
    """{"records.lifecycle.RECORD": Lifecycle}"""
    from core.lifecycle import Lifecycle

    found = {}
    for room in rooms():
        name = f"{room}.lifecycle"
        if room != "core" and importlib.util.find_spec(name):
            members = vars(importlib.import_module(name)).items()
            found.update({f"{name}.{key}": value for key, value in members if isinstance(value, Lifecycle)})
    return found


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def choices_table() -> str:
    rows = []
    for each in choices():
        chinese = re.search(r"[\u4e00-\u9fff]+", each.__doc__ or "")
        title = chinese[0] if chinese else ""
        values = "，".join(f"{member.label} `{member.value}`" for member in each)
        rows.append((title, f"`{each.__module__.split('.')[0]}.{each.__name__}`", values))
    return table(("code list", "identifier", "values"), rows)


def fields_table() -> str:
    where: dict[tuple[str, str], list[str]] = defaultdict(list)
    for model in models():
        for field in model._meta.local_fields:
            if not field.auto_created:
                where[(str(field.verbose_name), field.name)].append(model.__name__)
    rows = [(term, f"`{name}`", "，".join(sorted(names))) for (term, name), names in where.items()]
    return table(("field", "identifier", "of"), sorted(rows, key=lambda row: (row[1], row[0])))


def lifecycles_text() -> str:
    from core.lifecycle import diagram

    parts = []
    for name, lifecycle in lifecycles().items():
        rows = [
            (
                t.label,
                f"`{t.name}`",
                "、".join(lifecycle.label(s) for s in lifecycle.states.values if s in t.sources),
                lifecycle.label(t.target),
                "，".join(f"`{v.__name__}`" for v in (*t.may, *t.guards)) or "—",
            )
            for t in lifecycle.transitions
        ]
        parts.append(f"### `{name}`\n\n```mermaid\n{diagram(lifecycle)}\n```\n")
        parts.append(table(("act", "identifier", "from", "to", "who and when"), rows) + "\n")
    return "\n".join(parts).rstrip()


PARTS = {
    "docs/glossary.md": {"code lists": choices_table, "fields": fields_table},
    "docs/mechanisms/lifecycle.md": {"lifecycles": lifecycles_text},
}


def renewed(name: str) -> str:
    """The document with its generated parts as the code is now."""
    text = (ROOT / name).read_text()
    for part, make in PARTS[name].items():
        block = re.compile(rf"(<!-- generated: {part} -->\n).*?(<!-- end of {part} -->)", re.DOTALL)
        if not block.search(text):
            raise SystemExit(f"{name} has no part {part!r}")
        body = make()
        text = block.sub(lambda found, body=body: f"{found[1]}\n{body}\n\n{found[2]}", text)
    return text


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "huicheng_credit.settings")
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"DATA_DIR": folder, "TESTING": "1", "LOG_LEVEL": "ERROR"}
        import django

        django.setup()
        for name in PARTS:
            (ROOT / name).write_text(renewed(name))
            print(name)


if __name__ == "__main__":
    main()
