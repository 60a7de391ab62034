"""The Celery application and, in one place, everything that happens by the clock."""

import os

from celery import Celery
from celery.schedules import crontab

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "huicheng_credit.settings")

app = Celery("huicheng_credit")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

app.conf.beat_schedule = {
    # Every night, just after midnight: records whose longest publication period ran out leave the portal,
    # and records that a rule opens today appear.
    # Every ten seconds: committed revisions get their gapless number, by which feeds and deliveries read.
    "records-seal": {"task": "records.seal", "schedule": 10.0},
    "records-daily-sweep": {"task": "records.daily_sweep", "schedule": crontab(hour=0, minute=5)},
}
