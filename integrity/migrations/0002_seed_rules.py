"""Measures, periods and publication rules from rulebook/integrity.json; running it again adds nothing."""

import json
from pathlib import Path

from django.db import migrations

RULEBOOK = Path(__file__).resolve().parents[2] / "rulebook" / "integrity.json"


def seed(apps, schema_editor):
    content = json.loads(RULEBOOK.read_text(encoding="utf-8"))
    tables = {"rules": ("core", "Rule"), "publication": ("records", "PublicationRule")}
    for part, (room, model) in tables.items():
        for row in content[part]:
            key = {"code": row.pop("code"), "in_force_from": row.pop("in_force_from")}
            apps.get_model(room, model).objects.get_or_create(**key, defaults=row)


class Migration(migrations.Migration):
    dependencies = [("integrity", "0001_initial")]

    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
