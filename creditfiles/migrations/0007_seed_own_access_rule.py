"""The rule of own-access codes: what rulebook/lookups.json has gained."""

import json
from pathlib import Path

from django.db import migrations

RULEBOOK = Path(__file__).resolve().parents[2] / "rulebook" / "lookups.json"


def seed(apps, schema_editor):
    Rule = apps.get_model("core", "Rule")
    for row in json.loads(RULEBOOK.read_text(encoding="utf-8")):
        key = {"code": row.pop("code"), "in_force_from": row.pop("in_force_from")}
        Rule.objects.get_or_create(**key, defaults=row)


class Migration(migrations.Migration):
    dependencies = [("creditfiles", "0006_reach_of_lists"), ("core", "0003_seed_rulebook_and_calendar")]

    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
