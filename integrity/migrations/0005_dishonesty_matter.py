"""Which promise, contract or case a dishonesty record is about."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("integrity", "0004_statement_way"),
    ]

    operations = [
        migrations.AddField(
            model_name="dishonesty",
            name="matter",
            field=models.CharField(blank=True, default="", max_length=500, verbose_name="关联承诺或案件"),
        ),
    ]
