"""What a proposed change says is sealed: personal numbers may stand in free text, before and after."""

import json

from django.db import migrations

import core.encryption

BATCH = 1_000


def seal(apps, schema_editor):
    model = apps.get_model("records", "ChangeRequest")
    rows = model.objects.exclude(changes={}).only("pk", "changes")
    for row in rows.iterator(chunk_size=BATCH):
        row.sealed = json.dumps(row.changes)
        row.save(update_fields=["sealed"])


def unseal(apps, schema_editor):
    model = apps.get_model("records", "ChangeRequest")
    for row in model.objects.exclude(sealed="").only("pk", "sealed").iterator(chunk_size=BATCH):
        row.changes = json.loads(row.sealed)
        row.save(update_fields=["changes"])


class Migration(migrations.Migration):
    dependencies = [("records", "0020_batch_approvals")]

    operations = [
        migrations.AddField(
            model_name="changerequest",
            name="sealed",
            field=core.encryption.EncryptedTextField(
                blank=True, default="", help_text="各栏原样，整体加密", verbose_name="变更前后"
            ),
        ),
        migrations.RunPython(seal, unseal),
        migrations.RemoveField(model_name="changerequest", name="changes"),
    ]
