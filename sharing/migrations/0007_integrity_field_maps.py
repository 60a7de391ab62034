"""Tables of dishonesty records and honours for the platforms of rulebook/field_maps.json that have none yet.

What was being reported has begun; what is added has not, so the next sweep also gives out what is public of it already.
Maps that somebody made or changed stay as they are.
"""

import json
from pathlib import Path

from django.db import migrations

RULEBOOK = Path(__file__).resolve().parents[2] / "rulebook" / "field_maps.json"
ADDED = ("dishonesty", "honour")


def add(apps, schema_editor):
    FieldMap = apps.get_model("sharing", "FieldMap")
    book = json.loads(RULEBOOK.read_text(encoding="utf-8"))
    given = {platform["code"]: platform for platform in book["platforms"]}
    for platform in apps.get_model("sharing", "Platform").objects.filter(code__in=given):
        mine = given[platform.code]
        platform.begun_kinds = [kind for kind in platform.kinds if kind not in ADDED]
        new = [kind for kind in ADDED if kind in mine["kinds"] and kind not in platform.kinds]
        platform.kinds = [*platform.kinds, *new]
        platform.save(update_fields=["begun_kinds", "kinds"])
        known = set(platform.field_maps.values_list("kind", "party"))
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
                date_format=mine["date_format"] if column.get("date") else "",
            )
            for table in book["tables"]
            if table["kind"] in ADDED and (table["kind"], table["party"]) not in known
            for position, column in enumerate([*table["columns"], *mine["extra"]], start=1)
        )


class Migration(migrations.Migration):
    dependencies = [("sharing", "0006_begun_kinds")]

    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
