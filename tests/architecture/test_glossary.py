"""One word per thing: the glossary knows every term that the code uses, and the code no other."""

import re
from collections import defaultdict

import pytest

from scripts import docs
from tests.support.source import ROOT

pytestmark = pytest.mark.sqlite

GLOSSARY = (ROOT / "docs" / "glossary.md").read_text()
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def section(title: str) -> list[list[str]]:
    """The cells of the first table below a heading."""
    part = GLOSSARY.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]
    rows = [line.strip("| ").split(" | ") for line in part.splitlines() if line.startswith("| ")]
    return rows[2:]


def terms() -> dict[str, list[str]]:
    """{Chinese term: identifiers}"""
    found: dict[str, list[str]] = defaultdict(list)
    for row in section("Terms"):
        found[row[0].strip()] += re.findall(r"`([^`]+)`", row[1])
    return found


def test_every_model_is_a_term() -> None:
    missing = {m.__name__: str(m._meta.verbose_name) for m in docs.models()}
    missing = {name: term for name, term in missing.items() if name not in terms().get(term, ())}
    assert missing == {}, "add a row to docs/glossary.md, Terms"


def test_every_transition_is_a_term() -> None:
    missing = {
        f"{where} {t.name}": t.label
        for where, lifecycle in docs.lifecycles().items()
        for t in lifecycle.transitions
        if t.name not in terms().get(t.label, ())
    }
    assert missing == {}, "add a row to docs/glossary.md, Terms"


def test_every_model_term_is_still_a_model() -> None:
    """A class named in the glossary exists; a renamed one leaves no ghost."""
    classes = {
        identifier for names in terms().values() for identifier in names if re.fullmatch(r"[A-Z]\w+", identifier)
    }
    known = {m.__name__ for m in docs.models()} | {c.__name__ for c in docs.choices()}
    assert classes - known == set()


def test_labels_are_chinese() -> None:
    bad = [
        f"{m.__name__}: {m._meta.verbose_name}" for m in docs.models() if not CHINESE.search(str(m._meta.verbose_name))
    ]
    for model in docs.models():
        for field in model._meta.local_fields:
            if not field.auto_created and not CHINESE.search(str(field.verbose_name)):
                bad.append(f"{model.__name__}.{field.name}: {field.verbose_name}")
    for each in docs.choices():
        bad += [f"{each.__name__}.{m.name}: {m.label}" for m in each if not CHINESE.search(str(m.label))]
        if not CHINESE.search(each.__doc__ or ""):
            bad.append(f"{each.__name__}: its docstring gives no Chinese name")
    assert bad == []


def test_one_chinese_word_means_one_field() -> None:
    """经办人 must not be `clerk` here and `operator` there, unless the glossary says why."""
    used: dict[str, set[str]] = defaultdict(set)
    for model in docs.models():
        for field in model._meta.local_fields:
            if not field.auto_created:
                used[str(field.verbose_name)].add(field.name)
    allowed = {row[0].strip(): set(re.findall(r"`([^`]+)`", row[1])) for row in section("Words with two meanings here")}
    clashes = {term: names for term, names in used.items() if len(names) > 1 and names != allowed.get(term)}
    assert clashes == {}, "use one identifier, or explain both in docs/glossary.md"
    stale = {term for term in allowed if len(used.get(term, ())) < 2}
    assert stale == set()


@pytest.mark.parametrize("name", docs.PARTS)
def test_generated_parts_are_up_to_date(name: str) -> None:
    assert (ROOT / name).read_text() == docs.renewed(name), "run `make docs`"
