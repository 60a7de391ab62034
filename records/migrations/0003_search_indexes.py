from django.db import migrations

from core.search import CreateSearchIndex


class Migration(migrations.Migration):
    dependencies = [("records", "0002_append_only_revisions")]

    operations = [
        CreateSearchIndex("subject", "terms"),
        CreateSearchIndex("publicrecord", "terms"),
    ]
