"""Small indexes of what runs and of what is to be opened, for the pages that list them."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("patients", "0005_cycle_label")]

    operations = [
        migrations.AddIndex(
            model_name="cycle",
            index=models.Index(
                condition=models.Q(("state", "planned")), fields=["day1"], name="cycle_planned"
            ),
        ),
        migrations.AddIndex(
            model_name="scheduledactivity",
            index=models.Index(
                condition=models.Q(("state", "running")), fields=["until"], name="activity_running"
            ),
        ),
    ]
