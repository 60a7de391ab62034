from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("records", "0002_append_only_revisions")]
    operations = []
