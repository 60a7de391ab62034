"""The staff site at /staff/: the Django admin, titled and ordered by work.

Every page passes one gate (`gate`): signed in with a role, own password, second factor where required, not idle; and
every refusal of a service becomes a page that says what to do next.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.contrib.admin import AdminSite
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, include, path, re_path, reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject, lazy
from django.utils.http import url_has_allowed_host_and_scheme

from core.errors import NotAllowed, NotFound, RuleViolation

# Pages on the way in: reachable before the password is one's own and the second factor is shown.
ON_THE_WAY_IN = frozenset({"password_change", "second_factor", "logout"})
IDLE_STEP = 60
NEXT_PAGE = "next_page"

MISSING = "没有找到该内容。它可能已被处理，或不属于您的单位。请检查地址，或从导航重新进入。"
TITLES = {400: "请求有误", 403: "没有权限", 404: "没有找到", 409: "内容已变化", 410: "已停止公示"}


class StaffSite(AdminSite):
    site_header = "信用惠城网 · 工作台"
    site_title = "信用惠城网工作台"
    index_title = "我的工作"
    index_template = "admin/index.html"
    enable_nav_sidebar = False

    # -- what is here ------------------------------------------------------------------------------

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Only our own tables that cannot be written to. What libraries would register has no address here."""
        from core.admin import ReadingAdmin

        if admin_class is not None and issubclass(admin_class, ReadingAdmin):
            return super().register(model_or_iterable, admin_class, **options)
        module = getattr(admin_class, "__module__", "")
        if module.split(".")[0] in {"core", "accounts", "records", "disclosure", "sharing", "portal"}:
            raise ImproperlyConfigured(f"{admin_class} must be a core.admin.ReadingAdmin")
        return None

    def get_urls(self) -> list[URLResolver | URLPattern]:
        from accounts import views
        from core import desk

        def wrap(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
            guarded: Callable[..., HttpResponseBase] = self.admin_view(view)
            return guarded

        urls: list[URLResolver | URLPattern] = [
            path("", wrap(self.index), name="index"),
            path("login/", self.login, name="login"),
            path("logout/", wrap(self.logout), name="logout"),
            path("password/", wrap(views.password_change), name="password_change"),
            path("second-factor/", wrap(views.second_factor), name="second_factor"),
        ]
        urls += [path(page.route, wrap(page.view), name=page.name) for page in desk.pages()]
        for model, model_admin in self._registry.items():
            urls.append(path(f"{model._meta.app_label}/{model._meta.model_name}/", include(model_admin.urls)))
        urls.append(re_path(r"(?P<url>.*)$", wrap(self.catch_all_view)))
        return urls

    # -- who comes in ------------------------------------------------------------------------------

    def has_permission(self, request: HttpRequest) -> bool:
        """Signed in, active, and holding a role."""
        return bool(request.user.is_active and request.user.is_authenticated and actor_of(request).roles)

    def admin_view(self, view: Callable[..., HttpResponseBase], cacheable: bool = False) -> Any:
        from core import desk

        def gate(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            request.actor = actor_of(request)  # type: ignore[attr-defined]
            try:
                return self._detour(request) or _rendered(view(request, *args, **kwargs))
            except Http404:
                missing = NotFound(
                    "not_found", "没有找到该内容。它可能已被处理，或不属于您的单位。请检查地址，或从导航重新进入。"
                )
                return self._refused(request, missing)
            except PermissionDenied:
                return self._refused(request, NotAllowed("not_allowed", desk.DENIED))
            except RuleViolation as refusal:
                return self._refused(request, refusal)

        inner = super().admin_view(gate, cacheable)

        def entry(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            response: HttpResponseBase = inner(request, *args, **kwargs)
            if request.headers.get("HX-Request") and response.status_code == 302:
                response["HX-Redirect"] = response["Location"]  # a part of a page must not show a whole one
            return response

        entry.csrf_exempt = getattr(view, "csrf_exempt", False)  # type: ignore[attr-defined]
        return entry

    def _detour(self, request: HttpRequest) -> HttpResponseBase | None:
        """Where this person has to go first; None when they may go on."""
        from accounts.views import must_change_password

        self._keep_awake(request)
        name = request.resolver_match.url_name if request.resolver_match else ""
        if name in ON_THE_WAY_IN:
            return None
        if must_change_password(request.user):
            return redirect("admin:password_change")
        if settings.REQUIRE_SECOND_FACTOR and not request.user.is_verified():  # type: ignore[union-attr]
            if request.method == "GET":
                request.session[NEXT_PAGE] = request.get_full_path()
            return redirect("admin:second_factor")
        return None

    @staticmethod
    def _keep_awake(request: HttpRequest) -> None:
        """Idle logout: the session lives SESSION_COOKIE_AGE from the last page that somebody asked for."""
        if request.headers.get("HX-Trigger-Name") == "poll" or "watch" in request.GET:
            return  # a page that refreshes itself is nobody at work
        now = int(timezone.now().timestamp())
        if now - request.session.get("seen_at", 0) >= IDLE_STEP:
            request.session["seen_at"] = now

    def _refused(self, request: HttpRequest, refusal: RuleViolation) -> HttpResponseBase:
        title = TITLES.get(refusal.status, "未能完成")
        context = {**self.each_context(request), "title": title, "refusal": refusal, "back": self._back(request)}
        response = TemplateResponse(request, "admin/refusal.html", context, status=refusal.status)
        return response.render()

    @staticmethod
    def _back(request: HttpRequest) -> str:
        referer = request.headers.get("Referer", "")
        own = url_has_allowed_host_and_scheme(referer, allowed_hosts={request.get_host()})
        return referer if own and referer != request.build_absolute_uri() else reverse("admin:index")

    @staticmethod
    def next_page(request: HttpRequest) -> str:
        """Where somebody wanted to go before the second factor stopped them; only within this site."""
        wanted = request.session.pop(NEXT_PAGE, "")
        return wanted if url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) else reverse("admin:index")

    # -- pages -------------------------------------------------------------------------------------

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        from accounts.admin import filters
        from core import desk

        actor = actor_of(request)
        inside = self.has_permission(request)
        here = request.path + (f"?{request.META['QUERY_STRING']}" if request.META.get("QUERY_STRING") else "")
        return {
            "site_title": self.site_title,
            "site_header": self.site_header,
            "has_permission": inside,
            "actor": actor,
            "role_labels": lazy(_role_labels, str)(actor),
            "navigation": SimpleLazyObject(lambda: _navigation(desk.places_for(actor), here) if inside else []),
            "saved_filters": SimpleLazyObject(lambda: filters.above_list(request) if inside else None),
            "is_popup": False,
        }

    def index(self, request: HttpRequest, extra_context: Any = None) -> TemplateResponse:
        """我的工作: queues with counts, and the month of one's agencies."""
        from accounts.admin import filters
        from core import desk

        actor, today = actor_of(request), timezone.localdate()
        queues = [_queue(q, q.count(actor, today)) for q in desk.queues_for(actor)]
        figures = [figure for month in desk.months_for(actor) for figure in month.compute(actor, today)]
        context = {**self.each_context(request), "title": self.index_title, "today": today}
        context |= {"queues": queues, "figures": figures, "my_filters": filters.of_person(actor)}
        return TemplateResponse(request, self.index_template, context)

    def login(self, request: HttpRequest, extra_context: Any = None) -> Any:
        from accounts.forms import StaffLoginForm

        self.login_form = StaffLoginForm
        # LoginView would put its own `site` into the page.
        context = {"title": "登录工作台", "site": settings.SITE, "alone": True}
        return super().login(request, {**context, **(extra_context or {})})

    def logout(self, request: HttpRequest, extra_context: Any = None) -> Any:
        from django.contrib.auth import logout

        if request.method == "POST":
            logout(request)
        return HttpResponseRedirect(reverse("admin:login" if request.method == "POST" else "admin:index"))


def actor_of(request: HttpRequest) -> Any:
    from records import people

    return people.actor_of(request)


def _rendered(response: HttpResponseBase) -> HttpResponseBase:
    """Render inside the gate, so that a refusal met while rendering is answered too."""
    if isinstance(response, TemplateResponse) and not response.is_rendered:
        return response.render()
    return response


def _role_labels(actor: Any) -> str:
    from accounts.choices import Role

    return "、".join(str(label) for role, label in Role.choices if role in actor.roles)


def _queue(queue: Any, count: int) -> dict[str, Any]:
    from core import desk

    shown = f"{desk.CAP:,}+" if count > desk.CAP else f"{count:,}"
    return {"queue": queue, "count": count, "shown": shown, "url": _address(queue)}


def _address(item: Any) -> str:
    return _reversed(item.url_name, tuple(item.args)) + (f"?{item.query}" if item.query else "")


@lru_cache(maxsize=256)
def _reversed(name: str, args: tuple[Any, ...]) -> str:
    """Places stand on every page, and their addresses never change while the process runs."""
    return reverse(f"admin:{name}", args=args)


def _navigation(sections: Any, here: str) -> list[dict[str, Any]]:
    """Sections with their addresses; the longest address that `here` begins with is the current one."""
    links = [(section, place, _address(place)) for section, places in sections for place in places]
    fitting = [url for _, _, url in links if here == url or here.split("?")[0].startswith(url.split("?")[0])]
    exact = [url for url in fitting if url == here]
    current = exact[0] if exact else max((u for u in fitting if "?" not in u), key=len, default=None)
    out: dict[Any, dict[str, Any]] = {}
    for section, place, url in links:
        entry = out.setdefault(section, {"label": section.label, "places": []})
        entry["places"].append({"label": place.label, "url": url, "current": url == current})
    return list(out.values())
