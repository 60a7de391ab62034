"""An edition beside the one before of its level: measures that came, went or changed, field by field."""

from collections.abc import Sequence
from dataclasses import dataclass

from sanctions.models import Measure, MeasureEdition

FIELDS = {
    "number": "序号", "category": "类别", "content": "惩戒内容", "whose": "惩戒对象", "legal_bases": "法规政策依据",
    "executing_body": "实施主体",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Difference:
    """One measure, by its name; `before` or `after` is None where there was or is none."""

    name: str
    before: Measure | None
    after: Measure | None
    changes: Sequence[tuple[str, str, str]] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    earlier: MeasureEdition | None
    added: Sequence[Difference]
    gone: Sequence[Difference]
    changed: Sequence[Difference]
    same: int


def edition_before(edition: MeasureEdition) -> MeasureEdition | None:
    """The approved edition of the level that this one follows, or would follow."""
    others = MeasureEdition.objects.approved().filter(level=edition.level).exclude(pk=edition.pk)
    before: MeasureEdition | None = (
        others.filter(in_force_from__lt=edition.in_force_from).order_by("-in_force_from", "-pk").first()
    )
    return before


def compare(edition: MeasureEdition) -> Comparison:
    earlier = edition_before(edition)
    old = {m.name: m for m in earlier.measures.all()} if earlier else {}
    new = {m.name: m for m in edition.measures.all()}
    both = [Difference(name, old[name], m, _changes(old[name], m)) for name, m in new.items() if name in old]
    changed = [d for d in both if d.changes]
    return Comparison(
        earlier,
        [Difference(name, None, m) for name, m in new.items() if name not in old],
        [Difference(name, m, None) for name, m in old.items() if name not in new],
        changed,
        len(both) - len(changed),
    )


def _changes(before: Measure, after: Measure) -> list[tuple[str, str, str]]:
    pairs = ((label, _text(before, name), _text(after, name)) for name, label in FIELDS.items())
    return [(label, old, new) for label, old, new in pairs if old != new]


def _text(measure: Measure, name: str) -> str:
    if name == "category":
        return str(measure.get_category_display())  # type: ignore[attr-defined,unused-ignore]
    return measure.whose() if name == "whose" else str(getattr(measure, name))
