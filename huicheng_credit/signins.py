"""Signing in and out, noted in the audit trail: Django's and axes' signals → accounts.services."""

from typing import Any

from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.http import HttpRequest

from core.actors import Actor, Door


def _actor(user: Any, request: HttpRequest | None) -> Actor:
    from records.people import actor_for

    return actor_for(user, request_id=getattr(request, "request_id", ""))


def _note(action: str, user: Any, request: HttpRequest | None) -> None:
    from accounts import services

    services.record_sign_in(action, user, actor=_actor(user, request))


def signed_in(sender: Any, request: HttpRequest, user: Any, **kwargs: Any) -> None:
    _note("signed_in", user, request)


def signed_out(sender: Any, request: HttpRequest, user: Any, **kwargs: Any) -> None:
    if user is not None:
        _note("signed_out", user, request)


def failed(sender: Any, credentials: dict[str, Any], request: HttpRequest | None = None, **kwargs: Any) -> None:
    _note_by_name("sign_in_failed", credentials.get("username"), request)


def locked_out(sender: Any, request: HttpRequest, username: str | None = None, **kwargs: Any) -> None:
    _note_by_name("locked", username, request)


def _note_by_name(action: str, username: str | None, request: HttpRequest | None) -> None:
    from accounts import services
    from accounts.models import User

    user = User.objects.filter(username=username).first() if username else None
    if user is not None:
        _note(action, user, request)
    else:
        nobody = Actor(user_id=None, name="访客", door=Door.STAFF, request_id=getattr(request, "request_id", ""))
        services.record_unknown_sign_in(actor=nobody)


def connect() -> None:
    from axes.signals import user_locked_out

    user_logged_in.connect(signed_in, dispatch_uid="audit.signed_in")
    user_logged_out.connect(signed_out, dispatch_uid="audit.signed_out")
    user_login_failed.connect(failed, dispatch_uid="audit.failed")
    user_locked_out.connect(locked_out, dispatch_uid="audit.locked_out")
