"""A closure says what it covers."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("patients", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="closure",
            name="activity_ids",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.UUIDField(), help_text="What it covers; null: every activity.", null=True, size=None
            ),
        ),
        migrations.AddField(
            model_name="closure",
            name="cycle_ids",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.UUIDField(), help_text="What it covers; null: every cycle.", null=True, size=None
            ),
        ),
    ]
