"""A delivery is in the queue, out with a worker, or settled: never two of these."""

import django.utils.timezone
from django.db import migrations, models

OPEN = ("pending", "recalling", "accepted")


def take_out_of_the_queue(apps, schema_editor):
    """Settled and claimed rows carried a time that meant nothing."""
    Delivery = apps.get_model("sharing", "Delivery")
    Delivery.objects.exclude(state__in=OPEN).update(next_try_at=None, claimed_at=None)
    Delivery.objects.filter(claimed_at__isnull=False).update(next_try_at=None)


def put_a_time_back(apps, schema_editor):
    Delivery = apps.get_model("sharing", "Delivery")
    Delivery.objects.filter(next_try_at__isnull=True).update(next_try_at=models.F("created_at"))


class Migration(migrations.Migration):
    dependencies = [("records", "0004_seed_publication_rules"), ("sharing", "0002_seed_platforms")]

    operations = [
        migrations.RemoveIndex(model_name="delivery", name="delivery_due"),
        migrations.AlterField(
            model_name="delivery",
            name="next_try_at",
            field=models.DateTimeField("下次尝试", default=django.utils.timezone.now, null=True),
        ),
        migrations.RunPython(take_out_of_the_queue, put_a_time_back),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                fields=["platform", "state", "attempts", "id"],
                condition=models.Q(next_try_at__isnull=False),
                name="delivery_due",
            ),
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.CheckConstraint(
                condition=models.Q(state__in=OPEN, next_try_at__isnull=False, claimed_at__isnull=True)
                | models.Q(state__in=OPEN, next_try_at__isnull=True, claimed_at__isnull=False)
                | (~models.Q(state__in=OPEN) & models.Q(next_try_at__isnull=True, claimed_at__isnull=True)),
                name="delivery_queued_or_claimed_while_open",
                violation_error_message="未办结的报送须在队列中或由进程占用，已办结的不得占用。",
            ),
        ),
    ]
