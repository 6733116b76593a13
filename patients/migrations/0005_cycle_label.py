from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("patients", "0004_off_treatment_reason_code")]

    operations = [
        migrations.AddField(
            model_name="cycle",
            name="label",
            field=models.CharField(default="", help_text="What pages call it: POMP 3.", max_length=60),
            preserve_default=False,
        ),
        migrations.AlterField(
            model_name="scheduledactivity",
            name="workings",
            field=models.JSONField(default=list, help_text="The dose receipt: (label, text) lines."),
        ),
    ]
