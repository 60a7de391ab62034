"""Groups of earlier dry runs get the place of the sub-kind that they did not tell apart."""

from django.db import migrations

PLACE = 4  # effect, kind, agency, subject kind, category, tier, count


def add(apps, schema_editor):
    rewrite(apps, lambda group: [*group[:PLACE], "", *group[PLACE:]])


def take(apps, schema_editor):
    rewrite(apps, lambda group: [*group[:PLACE], *group[PLACE + 1 :]])


def rewrite(apps, change):
    for run in apps.get_model("records", "DryRun").objects.only("summary").iterator():
        run.summary["groups"] = [change(group) for group in run.summary["groups"]]
        run.save(update_fields=["summary"])


class Migration(migrations.Migration):
    dependencies = [("records", "0016_rules_about_sub_kinds")]

    operations = [migrations.RunPython(add, take)]
