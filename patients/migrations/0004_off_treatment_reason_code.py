"""The reason for going off treatment is a code; "reason" is why a record changes."""

from django.db import migrations, models

REASONS = ["completed", "toxicity", "no-response", "physician", "patient", "other"]


def _constraint(field: str) -> models.CheckConstraint:
    return models.CheckConstraint(condition=models.Q((f"{field}__in", REASONS)), name="off_treatment_reason")


class Migration(migrations.Migration):
    dependencies = [("patients", "0003_reminder_delivery")]

    operations = [
        migrations.RemoveConstraint("offtreatment", "off_treatment_reason"),
        migrations.RenameField("offtreatment", "reason", "reason_code"),
        migrations.AlterField(
            "offtreatment",
            "reason_code",
            models.CharField(
                "reason",
                max_length=12,
                choices=[
                    ("completed", "Treatment completed"),
                    ("toxicity", "Toxicity"),
                    ("no-response", "No response"),
                    ("physician", "Physician’s decision"),
                    ("patient", "Patient’s choice"),
                    ("other", "Other"),
                ],
            ),
        ),
        migrations.AddConstraint("offtreatment", _constraint("reason_code")),
    ]
