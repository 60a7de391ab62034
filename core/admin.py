"""Tables on the staff site: searched and read, never written; every change is a button that leads to a service."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import models
from django.http import Http404, HttpRequest
from django.template.response import TemplateResponse
from django.urls import URLPattern
from django.utils import timezone

from core.actors import Actor
from core.models import AuditEvent

CAP = 5_000


class CappedPaginator(Paginator):  # type: ignore[type-arg]
    """Counts no further than CAP rows: no page counts a whole ledger."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list[: CAP + 1]
        return int(rows.count())


@dataclass(frozen=True, slots=True)
class Act:
    """A button on an object's page."""

    label: str
    url: str
    quiet: bool = True


def actor_of(request: HttpRequest) -> Actor:
    """The actor that the staff site found for this request."""
    return request.actor  # type: ignore[attr-defined,no-any-return]


def stands_until(field: str, title: str, standing: str, ended: str) -> type[admin.SimpleListFilter]:
    """A filter by whether the day or moment in `field` has come, in words of the table."""

    class StandsUntil(admin.SimpleListFilter):
        parameter_name = "standing"

        def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
            return [("yes", standing), ("no", ended)]

        def queryset(self, request: HttpRequest, queryset: Any) -> Any:
            now = timezone.now() if isinstance(queryset.model._meta.get_field(field), models.DateTimeField) else None
            over = models.Q(**{f"{field}__lt": now or timezone.localdate()})
            return {"yes": queryset.exclude(over), "no": queryset.filter(over)}.get(self.value() or "", queryset)

    StandsUntil.title = title
    return StandsUntil


class ReadingAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """A table that the roles in `readers` may search and open.

    `list_acts` and `acts` give the buttons of the list and of one object. There is no add, change or delete view to
    go round a service by.
    """

    readers: frozenset[str] = frozenset()
    intro = ""
    # Names of what the trail of such an object tells besides its own fields.
    trail_labels: Mapping[str, str] = {}
    paginator = CappedPaginator
    show_full_result_count = False
    list_per_page = 50
    empty_value_display = ""
    actions = None
    change_list_template = "admin/change_list.html"

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return actor_of(request).has(*self.readers)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def list_acts(self, actor: Actor) -> Sequence[Act]:
        return ()

    def acts(self, obj: Any, actor: Actor) -> Sequence[Act]:
        return ()

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        """Only what this actor may see; the rest does not exist for them (404)."""
        rows = super().get_queryset(request)
        return rows.visible_to(actor_of(request)) if hasattr(rows, "visible_to") else rows

    def get_urls(self) -> list[URLPattern]:
        kept = ("_changelist", "_change", "_history")
        return [url for url in super().get_urls() if url.name and url.name.endswith(kept)]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        context: dict[str, Any] = {"title": self.opts.verbose_name_plural, "intro": self.intro, "cap": CAP}
        context["acts"] = self.list_acts(actor_of(request))
        return super().changelist_view(request, {**context, **(extra_context or {})})

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        obj = self._readable(request, object_id)
        context = {"title": str(obj), "acts": self.acts(obj, actor_of(request))}
        return super().change_view(request, object_id, form_url, {**context, **(extra_context or {})})

    def _readable(self, request: HttpRequest, object_id: str) -> Any:
        """The object; 403 for roles that do not read this table, 404 where this actor may not know of it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        obj = self.get_object(request, unquote(object_id))
        if obj is None:
            raise Http404
        return obj

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> TemplateResponse:
        """The audit trail of this object, not the admin's own log."""
        obj = self._readable(request, object_id)
        events = AuditEvent.objects.filter(object_type=self.opts.label_lower, object_id=obj.pk)[:200]
        context = {**self.admin_site.each_context(request), "title": f"{obj} 的操作记录", "events": events}
        context["labels"] = {f.name: str(f.verbose_name) for f in self.opts.local_fields} | dict(self.trail_labels)
        return TemplateResponse(request, "admin/object_history.html", {**context, "opts": self.opts, "object": obj})
