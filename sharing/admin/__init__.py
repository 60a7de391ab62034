"""Reporting on the staff site: receipts of a record, lists of deliveries, the platforms and their reconciliations."""

from sharing.admin import acts, deliveries, places, platforms, section

__all__ = ["acts", "deliveries", "places", "platforms", "section"]
