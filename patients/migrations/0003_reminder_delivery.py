import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("patients", "0002_closure_scope"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="digest",
            options={"ordering": ("-day", "site__name", "recipient__full_name")},
        ),
        migrations.RemoveConstraint(
            model_name="digest",
            name="digest_once",
        ),
        migrations.AddField(
            model_name="digest",
            name="data_at",
            field=models.DateTimeField(
                help_text="When this attempt gave the message to the mail server.", null=True
            ),
        ),
        migrations.AddField(
            model_name="digest",
            name="expires_at",
            field=models.DateTimeField(
                default=django.utils.timezone.now, help_text="End of the local day: no attempt after it."
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="digest",
            name="kind",
            field=models.CharField(
                choices=[("daily", "Daily"), ("on-request", "On request")], default="daily", max_length=10
            ),
        ),
        migrations.AddField(
            model_name="digest",
            name="repeats",
            field=models.PositiveSmallIntegerField(
                default=0, help_text="Times it was sent again although it had perhaps arrived."
            ),
        ),
        migrations.AlterField(
            model_name="digest",
            name="created_at",
            field=models.DateTimeField(help_text="Also the Date of the message, the same at every attempt."),
        ),
        migrations.AlterField(
            model_name="digest",
            name="fault",
            field=models.TextField(blank=True, help_text="Why it failed, is uncertain or was cancelled."),
        ),
        migrations.AlterField(
            model_name="sweeplog",
            name="ended_at",
            field=models.DateTimeField(db_index=True),
        ),
        migrations.AddIndex(
            model_name="digest",
            index=models.Index(
                condition=models.Q(("next_attempt_at__isnull", False)),
                fields=["next_attempt_at"],
                name="digest_waiting",
            ),
        ),
        migrations.AddIndex(
            model_name="digest",
            index=models.Index(
                condition=models.Q(("lease_until__isnull", False)),
                fields=["lease_until"],
                name="digest_leased",
            ),
        ),
        migrations.AddConstraint(
            model_name="digest",
            constraint=models.UniqueConstraint(
                fields=("site", "recipient", "day", "kind"), name="digest_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="digest",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["daily", "on-request"])), name="digest_kind"
            ),
        ),
        migrations.AddConstraint(
            model_name="digest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("lease_until__isnull", True), ("next_attempt_at__isnull", True), _connector="OR"
                ),
                name="digest_waits_or_is_sent",
            ),
        ),
        migrations.AddConstraint(
            model_name="digest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("lease_until__isnull", False), ("state", "sending")),
                    models.Q(models.Q(("state", "sending"), _negated=True), ("lease_until__isnull", True)),
                    _connector="OR",
                ),
                name="digest_sending_has_lease",
            ),
        ),
    ]
