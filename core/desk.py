"""The staff's desk (工作台): rooms register here what they add to it, and the staff site shows it.

Pages are addresses below /staff/; places stand in the navigation, by work and not by table; queues are counted on
the first page. What an actor may not use is not shown, and its page refuses by itself.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import models
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from core.actors import Actor
from core.errors import NotAllowed

May = Callable[[Actor], bool]
View = Callable[..., HttpResponseBase]


# Queues count no further: “9,999+”.
CAP = 9_999
DENIED = "您的角色不能使用此页面。如工作需要，请联系安全管理员授予角色。"


class Section(models.TextChoices):
    """栏目: where a place stands; in the order of the work."""

    ENTRY = "entry", "归集录入"
    REVIEW = "review", "审核"
    PUBLISHED = "published", "公示管理"
    SHARING = "sharing", "报送"
    CONSEQUENCES = "consequences", "惩戒与修复"
    SUBJECTS = "subjects", "主体档案"
    RULES = "rules", "规则与日历"
    SYSTEM = "system", "系统"


def roles(*codes: str) -> May:
    """Whoever holds one of these roles."""
    return lambda actor: actor.has(*codes)


@dataclass(frozen=True, slots=True)
class Page:
    """An address of the staff site: `route` below /staff/, reversed as admin:<name>."""

    route: str
    name: str
    view: View
    may: May


@dataclass(frozen=True, slots=True)
class Place:
    """A line of the navigation. `query` is appended to the address (a list with a filter set)."""

    section: Section
    label: str
    url_name: str
    may: May
    query: str = ""
    order: int = 50
    args: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Queue:
    """Work that waits: a count for this actor on this day, and where the rows are.

    `text` says what the rows are and what to do with them; `urgent` ones stand out when there are any.
    """

    label: str
    text: str
    url_name: str
    may: May
    count: Callable[[Actor, date], int]
    query: str = ""
    urgent: bool = False
    args: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of the month for the actor's agencies, with what it means and the address of its rows."""

    label: str
    value: str
    note: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Month:
    """The figures of this month; `compute` answers all of them at once."""

    may: May
    compute: Callable[[Actor, date], Iterable[Figure]]


_pages: dict[str, Page] = {}
_places: list[Place] = []
_queues: list[Queue] = []
_months: list[Month] = []


def page(route: str, name: str, *, may: May) -> Callable[[View], View]:
    """Decorator: this view answers /staff/<route>; others than `may` are refused with 403."""

    def register(view: View) -> View:
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not may(request.actor):  # type: ignore[attr-defined]
                raise NotAllowed("not_allowed", DENIED)
            return view(request, *args, **kwargs)

        _pages[name] = Page(route, name, guarded, may)
        return view

    return register


def add_places(*places: Place) -> None:
    _places.extend(places)


def add_queues(*queues: Queue) -> None:
    _queues.extend(queues)


def add_month(month: Month) -> None:
    _months.append(month)


def pages() -> Iterable[Page]:
    return _pages.values()


def places_for(actor: Actor) -> list[tuple[Section, list[Place]]]:
    """Sections with the places this actor may use; empty ones left out."""
    mine = sorted((p for p in _places if p.may(actor)), key=lambda p: p.order)
    grouped = ((section, [p for p in mine if p.section == section]) for section in Section)
    return [(section, found) for section, found in grouped if found]


def place_of(url_name: str, actor: Actor) -> Place | None:
    """The place of this actor's navigation that is the list itself, without a filter set."""
    mine = (p for p in _places if p.url_name == url_name and not p.args and not p.query and p.may(actor))
    return next(mine, None)


def queues_for(actor: Actor) -> list[Queue]:
    return [q for q in _queues if q.may(actor)]


def months_for(actor: Actor) -> list[Month]:
    return [m for m in _months if m.may(actor)]
