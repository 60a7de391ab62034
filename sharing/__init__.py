"""Deliveries to the platforms above: receipts, recalls, reconciliation."""
