"""The method of MRD of a former patient whose single samples are not known."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("patients", "0003_resumption"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="pasttreatment",
            name="mrd_method",
            field=models.CharField(
                blank=True,
                choices=[("MFC", "Multicolour flow cytometry"), ("PCR", "PCR"), ("NGS", "NGS")],
                max_length=3,
                verbose_name="MRD method",
            ),
        ),
        migrations.AddConstraint(
            model_name="pasttreatment",
            constraint=models.CheckConstraint(
                condition=models.Q(("mrd_method__in", ["", "MFC", "PCR", "NGS"])), name="past_mrd_method"
            ),
        ),
    ]
