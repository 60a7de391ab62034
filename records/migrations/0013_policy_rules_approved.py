"""Rules that were in force before there were proposals are approved; rows about government bodies are marked."""

from django.db import migrations


def approve(apps, schema_editor):
    apps.get_model("records", "PublicationRule").objects.filter(proposal=None).update(status="approved")


def mark(apps, schema_editor):
    agencies = apps.get_model("records", "Subject").objects.filter(kind="agency")
    rows = apps.get_model("records", "PublicRecord").objects.filter(about_agency=False, subject__in=agencies)
    rows.update(about_agency=True)


class Migration(migrations.Migration):
    dependencies = [("records", "0012_policy_proposals")]

    operations = [
        migrations.RunPython(approve, migrations.RunPython.noop),
        migrations.RunPython(mark, migrations.RunPython.noop),
    ]
