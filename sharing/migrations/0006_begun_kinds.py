"""A platform remembers which kinds of record it has begun to get, so that a new one is made up for."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("sharing", "0005_more_record_kinds"),
    ]

    operations = [
        migrations.AddField(
            model_name="platform",
            name="begun_kinds",
            field=models.JSONField(default=list, verbose_name="已开始报送的种类"),
        ),
    ]
