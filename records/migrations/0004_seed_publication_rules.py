"""Publication rules from rulebook/publication.json; running it again adds nothing."""

import json
from pathlib import Path

from django.db import migrations

RULEBOOK = Path(__file__).resolve().parents[2] / "rulebook" / "publication.json"


def seed(apps, schema_editor):
    PublicationRule = apps.get_model("records", "PublicationRule")
    for row in json.loads(RULEBOOK.read_text(encoding="utf-8")):
        key = {"code": row.pop("code"), "in_force_from": row.pop("in_force_from")}
        PublicationRule.objects.get_or_create(**key, defaults=row)


class Migration(migrations.Migration):
    dependencies = [("records", "0003_search_indexes")]

    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
