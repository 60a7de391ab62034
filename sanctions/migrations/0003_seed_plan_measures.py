"""The plan's own consequences as the district's edition, from rulebook/measures.json; running it again adds nothing."""

import hashlib
import json
from pathlib import Path

from django.db import migrations

RULEBOOK = Path(__file__).resolve().parents[2] / "rulebook" / "measures.json"


def seed(apps, schema_editor):
    content = json.loads(RULEBOOK.read_text(encoding="utf-8"))
    for row in content["rules"]:
        key = {"code": row.pop("code"), "in_force_from": row.pop("in_force_from")}
        apps.get_model("core", "Rule").objects.get_or_create(**key, defaults=row)
    editions, measures = apps.get_model("sanctions", "MeasureEdition"), apps.get_model("sanctions", "Measure")
    if editions.objects.filter(level=content["edition"]["level"]).exists():
        return
    digest = hashlib.sha256(json.dumps(content, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
    edition = editions.objects.create(**content["edition"], digest=digest)
    measures.objects.bulk_create(measures(edition=edition, **row) for row in content["measures"])
    edition.status = "approved"  # last: what is approved takes no more measures
    edition.save(update_fields=["status"])


class Migration(migrations.Migration):
    dependencies = [("sanctions", "0002_guards"), ("core", "0003_seed_rulebook_and_calendar")]

    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
