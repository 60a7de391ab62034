"""How the staff site writes things."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from core import audit, formats

register = template.Library()


@register.filter
def action_label(code: str) -> str:
    """The Chinese name of an action of the audit trail."""
    return audit.label(code)


@register.filter
def cn_day(value: date | None) -> str:
    """2026年11月23日."""
    return formats.day(value)


@register.filter
def change_rows(changes: Mapping[str, Any], labels: Mapping[str, str] | None = None) -> list[dict[str, str]]:
    """{field: [old, new]} as rows with labels."""
    pairs = ((name, pair) for name, pair in changes.items() if isinstance(pair, list) and len(pair) == 2)
    return [
        {"label": (labels or {}).get(name, name), "before": _text(pair[0]), "after": _text(pair[1])}
        for name, pair in pairs
    ]


@register.filter
def labelled(cells: Iterable[str], headers: Iterable[Mapping[str, Any]]) -> list[SafeString]:
    """The admin's finished cells, each with the name of its column: a narrow screen shows rows as cards."""
    return [
        mark_safe(cell.replace("<td ", format_html('<td data-label="{}" ', header["text"]), 1))  # noqa: S308 - both parts are escaped
        for cell, header in zip(cells, headers, strict=False)
    ]


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    return str(value)


@register.simple_tag(takes_context=True)
def query(context: Any, **changes: Any) -> str:
    """The address's query with some parameters set; empty ones left out."""
    params = context["request"].GET.copy()
    for name, value in changes.items():
        params.pop(name, None)
        if value not in (None, ""):
            params[name] = str(value)
    return "?" + params.urlencode() if params else "?"


LONG_TERM = "2099-12-31"
WAN = Decimal(10_000)


@register.filter
def shown(value: str, kind: str) -> str:
    """A column's value as people read it: dates in Chinese, 万元 with 元 beside."""
    if kind == "date" and value:
        return "长期" if value == LONG_TERM else cn_day(date.fromisoformat(value))
    if kind == "amount" and value:
        amount = Decimal(value)
        return f"{amount * WAN:,.2f} 元（{value} 万元）"
    return value


@register.filter
def get(mapping: Mapping[str, Any], key: str) -> Any:
    return mapping.get(key, key)
