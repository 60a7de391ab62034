"""常用筛选: a list with its filter under one's own name, kept and deleted above the list."""

from typing import Any
from urllib.parse import parse_qs

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts import services
from accounts.choices import Role
from accounts.models import SavedFilter
from core import desk
from core.actors import Actor
from core.admin import actor_of

somebody = desk.roles(*Role.values)


def _address(page: str, query: str) -> str:
    return reverse(f"admin:{page}") + (f"?{query}" if query else "")


@desk.page("filters/save/", "filter_save", may=somebody)
@require_POST
def filter_save(request: HttpRequest) -> HttpResponseBase:
    page, query = request.POST.get("page", ""), request.POST.get("query", "")
    saved = services.save_filter(page, name=request.POST.get("name", ""), query=query, actor=actor_of(request))
    messages.success(request, f"已保存常用筛选“{saved.name}”，在列表上方和“我的工作”中都能找到。")
    return redirect(_address(page, saved.query))


@desk.page("filters/<int:pk>/delete/", "filter_delete", may=somebody)
@require_POST
def filter_delete(request: HttpRequest, pk: int) -> HttpResponseBase:
    gone = services.delete_filter(pk, actor=actor_of(request))
    messages.success(request, f"已删除常用筛选“{gone.name}”。")
    if desk.place_of(gone.page, actor_of(request)) is None:
        return redirect("admin:index")
    return redirect(_address(gone.page, gone.query))


def above_list(request: HttpRequest) -> dict[str, Any] | None:
    """What stands above the list that this request shows; None where the actor keeps no filters."""
    actor: Actor = actor_of(request)
    page = request.resolver_match.url_name if request.resolver_match else None
    if not page or desk.place_of(page, actor) is None:
        return None
    here = services.asked_for(request.META.get("QUERY_STRING", ""))
    mine = SavedFilter.objects.filter(user=actor.user_id, page=page)
    rows = [{"saved": one, "url": _address(page, one.query), "current": one.query == here} for one in mine]
    return {
        "page": page,
        # A tab alone is one click away already.
        "query": here if set(parse_qs(here)) - {"tab"} else "",
        "rows": rows,
        "known": any(row["current"] for row in rows),
    }


def of_person(actor: Actor) -> list[dict[str, Any]]:
    """All of this person's filters whose lists they may still open, with the name of the list."""
    found = []
    for one in SavedFilter.objects.filter(user=actor.user_id):
        if place := desk.place_of(one.page, actor):
            found.append({"saved": one, "list": place.label, "url": _address(one.page, one.query)})
    return found
