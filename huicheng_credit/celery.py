"""The Celery application and, in one place, everything that happens by the clock."""

import os

from celery import Celery
from celery.schedules import crontab

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "huicheng_credit.settings")

app = Celery("huicheng_credit")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

app.conf.beat_schedule = {
    # Every five seconds: committed revisions get their gapless number, by which feeds and deliveries read. The only
    # entry that does it: feeds go on whatever the platforms do.
    "records-seal": {"task": "records.seal", "schedule": 5.0, "options": {"expires": 5}},
    # Every ten seconds: reports that are due, new or waiting for another try, go out to the platforms above.
    "sharing-sweep": {"task": "sharing.sweep", "schedule": 10.0, "options": {"expires": 10}},
    # Every thirty seconds: imports whose worker was killed, or whose message was lost, go on where they were.
    "records-sweep-imports": {"task": "records.sweep_imports", "schedule": 30.0, "options": {"expires": 30}},
    # Every thirty seconds: dry runs of publication rules whose worker was killed go on where they were.
    "records-sweep-dry-runs": {"task": "records.sweep_dry_runs", "schedule": 30.0, "options": {"expires": 30}},
    # Every minute: orders of many credit reports whose worker was killed go on where they were.
    "creditfiles-sweep-orders": {"task": "creditfiles.sweep_orders", "schedule": 60.0, "options": {"expires": 60}},
    # Every thirty seconds: lists of names whose worker was killed are answered on from where they were.
    "creditfiles-sweep-lookups": {"task": "creditfiles.sweep_lookups", "schedule": 30.0, "options": {"expires": 30}},
    # Every night: lists of names whose time is over are erased; counts and log rows stay.
    "creditfiles-erase-lists": {"task": "creditfiles.erase_lists", "schedule": crontab(hour=1, minute=45)},
    # Every night after the daily sweep: our list against each platform's, differences are sent again.
    "sharing-reconcile": {"task": "sharing.reconcile_all", "schedule": crontab(hour=2, minute=30)},
    # Every night, just after midnight: rules that reach back to earlier records are carried out, records whose
    # longest publication period ran out leave the portal, and records whose start day has come appear.
    "records-daily-sweep": {"task": "records.daily_sweep", "schedule": crontab(hour=0, minute=5)},
    # Every night after the daily sweep: sanctions whose last day is past are lifted.
    "sanctions-lift-due": {"task": "sanctions.lift_due", "schedule": crontab(hour=0, minute=15)},
    # Every night: uploaded workbooks whose time is over are deleted; their rows and digests stay.
    "records-forget-files": {"task": "records.forget_files", "schedule": crontab(hour=1, minute=30)},
    # Every night: on the first of January all agencies, and later those that came into being, are asked to confirm
    # their base fields within the rule's days.
    "records-open-confirmations": {"task": "records.open_confirmations", "schedule": crontab(hour=0, minute=20)},
    # Every night: subjects that may be one are found anew for the stewards' desk.
    "records-find-duplicates": {"task": "records.find_duplicates", "schedule": crontab(hour=3, minute=30)},
}
