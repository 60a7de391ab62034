"""The three platforms and their field maps from rulebook/field_maps.json; running it again adds nothing."""

import json
from pathlib import Path

from django.db import migrations

RULEBOOK = Path(__file__).resolve().parents[2] / "rulebook" / "field_maps.json"


def seed(apps, schema_editor):
    Platform = apps.get_model("sharing", "Platform")
    FieldMap = apps.get_model("sharing", "FieldMap")
    book = json.loads(RULEBOOK.read_text(encoding="utf-8"))
    for given in book["platforms"]:
        facts = {name: given[name] for name in ("name", "level", "kinds")}
        platform, _ = Platform.objects.get_or_create(code=given["code"], defaults=facts)
        if platform.field_maps.exists():
            continue
        FieldMap.objects.bulk_create(
            FieldMap(
                platform=platform,
                kind=table["kind"],
                party=table["party"],
                table=table["table"],
                position=position,
                column=column["column"],
                label=column["label"],
                source=column["source"],
                required=column.get("required", False),
                max_length=column.get("max_length", 0),
                values=column.get("values", {}),
                date_format=given["date_format"] if column.get("date") else "",
            )
            for table in book["tables"]
            for position, column in enumerate([*table["columns"], *given["extra"]], start=1)
        )


class Migration(migrations.Migration):
    dependencies = [("sharing", "0001_initial")]

    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
