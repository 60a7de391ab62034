"""Rejected rows are found by what they speak of (disclosure/rejected.py)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("records", "0008_entry_drafts")]

    operations = [
        migrations.AddIndex(
            model_name="importrow",
            index=models.Index(
                condition=models.Q(("failed_first", True)), fields=["fingerprint"], name="row_failed_first"
            ),
        ),
    ]
