"""Wiring only: settings, addresses, Celery, WSGI and ASGI entrances."""

from huicheng_credit.celery import app as celery_app

__all__ = ["celery_app"]
