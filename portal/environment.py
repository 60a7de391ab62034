"""The public pages' template engine: Jinja2, because a record page takes half the time of Django templates.

Everything a template may call stands here; templates hold no logic beyond loops and conditions.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import json_script
from django.utils.safestring import SafeString, mark_safe
from jinja2 import Environment, StrictUndefined

from core import formats
from portal import presentation
from portal.highlight import marked
from portal.navigation import ENTRANCES


@lru_cache(maxsize=512)
def url(view: str) -> str:
    """The address of a page without parameters; these never change while the process runs."""
    return reverse(view)


def url_of(view: str, pk: int) -> str:
    """The address of one object's page."""
    return f"{_stem(view)}{pk}/"


@lru_cache(maxsize=4)
def _stem(view: str) -> str:
    return reverse(view, args=[0]).removesuffix("0/")


def record_url(pk: int) -> str:
    return f"{_stem('portal:record')}{pk}/"


def subject_url(pk: int) -> str:
    return f"{_stem('portal:subject')}{pk}/"


@lru_cache(maxsize=64)
def icon(name: str) -> SafeString:
    """A decorative icon: the text beside it says the same."""
    sheet = static("portal/icons.svg")
    return mark_safe(  # noqa: S308 (names are our own constants)
        f'<svg class="icon" aria-hidden="true" focusable="false"><use href="{sheet}#{name}"/></svg>'
    )


def is_entrance(address: str) -> bool:
    return address in _entrances()


@lru_cache(maxsize=1)
def _entrances() -> frozenset[str]:
    return frozenset(url(entry.view) for entry in ENTRANCES)


def _frame(env: Environment) -> Callable[..., SafeString]:
    """A part of the page's frame (frame.html). A quarter of a page's work would be to write the same again."""

    def part(name: str, *args: Any) -> SafeString:
        made: str = getattr(env.get_template("frame.html").module, name)(*args)
        return mark_safe(made)  # noqa: S308 (escaped in there)

    # While templates are being edited nothing is kept.
    return part if env.auto_reload else lru_cache(maxsize=256)(part)


def environment(**options: Any) -> Environment:
    env = Environment(  # noqa: S701 (Django's backend switches autoescape on)
        **{**options, "undefined": StrictUndefined, "trim_blocks": True, "lstrip_blocks": True}
    )
    env.globals.update(
        url=url,
        url_of=url_of,
        record_url=record_url,
        subject_url=subject_url,
        icon=icon,
        static=lru_cache(maxsize=64)(static),
        json_script=json_script,
        state_of=presentation.state_of,
        timeliness_of=presentation.timeliness_of,
        entrances=ENTRANCES,
        frame=_frame(env),
        site=settings.SITE,
        district=settings.DISTRICT,
        demo=settings.DEMO,
        public_url=settings.PUBLIC_URL.rstrip("/"),
    )
    env.filters.update(
        day=formats.day,
        moment=formats.moment,
        yuan=formats.yuan,
        yuan_only=formats.yuan_only,
        capped=formats.capped,
        marked=marked,
    )
    return env
