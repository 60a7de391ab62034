"""Downloads of exactly what a list shows, as a stream: the filters are the list's, the columns the standard's."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from portal.filters import Asked, in_order
from portal.presentation import BADGES
from records.kinds import kind_of

LEADING = ("公示信息编号", "状态", "公示日期", "公示截止日", "可申请修复日")
BATCH = 2000


def columns(kind: str) -> list[str]:
    return [*LEADING, *(field.label for field in kind_of(kind).fields), "失信程度"]


def rows(asked: Asked) -> Iterator[Sequence[Any]]:
    """One row per public record, read in batches from the database."""
    names = [(field.name, field.type == "amount") for field in kind_of(asked.kind).fields]
    chosen = in_order(replace(asked, after="")).values_list("revision__public", flat=True)
    for public in chosen.iterator(chunk_size=BATCH):
        values = {field["name"]: field["value"] for field in public["fields"]}
        yield (
            public["record"],
            BADGES[public["state"]].label,
            public["published_on"],
            public["publish_until"],
            public["repairable_from"],
            *(_typed(values.get(name), amount) for name, amount in names),
            public["tier_label"],
        )


def _typed(value: str | None, amount: bool) -> str | Decimal | None:
    return Decimal(value) if amount and value else value
