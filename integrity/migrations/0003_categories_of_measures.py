"""Existing records get the sub-kind of their measure: what stands before its dot."""

from django.db import migrations
from django.db.models import Q

SOURCES = ("judgment", "penalty", "discipline", "accountability", "breach", "arrears", "defaulter")


def fill(apps, schema_editor):
    details = apps.get_model("integrity", "Dishonesty")._base_manager
    for source in SOURCES:
        those = details.filter(Q(measure=source) | Q(measure__startswith=f"{source}."))
        apps.get_model("records", "CreditRecord").objects.filter(pk__in=those.values("record")).update(category=source)


class Migration(migrations.Migration):
    dependencies = [("integrity", "0002_seed_rules"), ("records", "0016_rules_about_sub_kinds")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
