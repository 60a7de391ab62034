"""Reporting to the platforms above: fan-out, sending, sweeping, comparing."""

from sharing.services.fan_out import fan_out
from sharing.services.reconciliation import reconcile
from sharing.services.sending import push
from sharing.services.sweeping import sweep

__all__ = ["fan_out", "push", "reconcile", "sweep"]
