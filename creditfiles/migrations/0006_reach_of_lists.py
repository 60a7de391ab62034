"""Lists for promotion and recruitment may find people of other agencies by number: a new version of their rules.

It is what holds on the day, with `reach`; the version before ends the day before. Lists keep the version they were judged
by. A later version that the credit office made stays as it is.
"""

import json
from datetime import date, timedelta
from pathlib import Path

from django.db import migrations
from django.db.models import Q

RULEBOOK = Path(__file__).resolve().parents[2] / "rulebook" / "lookups.json"
DAY = date(2026, 11, 25)
CODES = ("lookup.list.promotion", "lookup.list.recruitment")
SAID = ("basis", "edition", "certainty")


def widen(apps, schema_editor):
    Rule = apps.get_model("core", "Rule")
    rows = json.loads(RULEBOOK.read_text(encoding="utf-8"))
    for given in (r for r in rows if r["code"] in CODES and r["in_force_from"] == DAY.isoformat()):
        versions = Rule.objects.filter(code=given["code"])
        held = versions.filter(Q(in_force_to=None) | Q(in_force_to__gte=DAY), in_force_from__lte=DAY)
        before = held.order_by("-in_force_from").first()
        if before is None or before.in_force_from == DAY:
            continue
        Rule.objects.create(
            code=before.code,
            title=before.title,
            value={"reach": given["value"]["reach"], **before.value},
            in_force_from=DAY,
            in_force_to=before.in_force_to,
            **{name: given[name] for name in SAID},
        )
        before.in_force_to = DAY - timedelta(days=1)
        before.save(update_fields=["in_force_to"])


class Migration(migrations.Migration):
    dependencies = [("creditfiles", "0005_own_access")]

    operations = [migrations.RunPython(widen, migrations.RunPython.noop)]
