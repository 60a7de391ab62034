"""Reporting to the platforms above: fan-out, sending, sweeping, comparing; and what people may do with it."""

from sharing.services.control import end_pause, request_reconciliation, resend, switch
from sharing.services.fan_out import fan_out
from sharing.services.reconciliation import reconcile
from sharing.services.sending import push
from sharing.services.sweeping import sweep

__all__ = ["end_pause", "fan_out", "push", "reconcile", "request_reconciliation", "resend", "sweep", "switch"]
