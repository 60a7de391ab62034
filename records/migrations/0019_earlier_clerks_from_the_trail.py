"""Who had a hand in records that still wait, as far as the audit trail says it; and who saved the drafts."""

from django.db import migrations

ACTS = ("records.entered", "records.edited", "records.submitted")
OPEN = ("draft", "submitted", "returned", "finding", "notified")


def fill(apps, schema_editor):
    record_model = apps.get_model("records", "CreditRecord")
    earlier, events = apps.get_model("records", "EarlierClerk"), apps.get_model("core", "AuditEvent").objects
    waiting = record_model.objects.filter(status__in=OPEN)
    present = dict(waiting.values_list("pk", "entered_by"))
    known = set(apps.get_model("accounts", "User").objects.values_list("pk", flat=True))
    said = events.filter(action__in=ACTS, object_type="records.creditrecord", object_id__in=waiting.values("pk"))
    hands = {
        pair for pair in said.values_list("object_id", "actor") if pair[1] in known and pair[1] != present[pair[0]]
    }
    earlier.objects.bulk_create([earlier(record_id=r, user_id=u) for r, u in sorted(hands)], batch_size=5_000)
    saved = events.filter(action="records.draft_kept", object_type="records.entrydraft")
    for draft in apps.get_model("records", "EntryDraft").objects.only("pk").iterator():
        clerks = saved.filter(object_id=draft.pk).exclude(actor=None).values_list("actor", flat=True)
        draft.clerks = sorted(set(clerks) & known)
        draft.save(update_fields=["clerks"])


class Migration(migrations.Migration):
    dependencies = [
        ("records", "0018_earlier_clerks_and_recounts"),
        ("core", "0003_seed_rulebook_and_calendar"),
        ("accounts", "0003_saved_filters"),
    ]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
