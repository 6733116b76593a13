import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from protocoltracker.audit import sql


class Migration(migrations.Migration):
    dependencies = [
        ("patients", "0002_historical"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Resumption",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("row_version", models.PositiveIntegerField(default=1, editable=False)),
                ("height_cm", models.DecimalField(decimal_places=4, max_digits=7)),
                ("weight_kg", models.DecimalField(decimal_places=4, max_digits=7)),
                ("measured_on", models.DateField()),
                (
                    "created_by",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "cycle",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="patients.cycle"
                    ),
                ),
                (
                    "patient",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="resumption",
                        to="patients.patient",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("height_cm__isnull", True), ("height_cm__range", (120, 220)), _connector="OR"
                        ),
                        name="resumption_height",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("weight_kg__isnull", True), ("weight_kg__range", (30, 250)), _connector="OR"
                        ),
                        name="resumption_weight",
                    ),
                ],
            },
        ),
        sql.audited("patients_resumption"),
    ]
