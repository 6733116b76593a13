"""Patients who were treated before this record began: what a file does not say may be missing."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from protocoltracker.audit import sql

RESOLVED = """
SELECT set_config('tracker.actor', 'system:migrate', true),
       set_config('tracker.reason', 'Resolved: it has a day of resolution.', true);
UPDATE patients_vod SET resolved = true WHERE resolved_on IS NOT NULL;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("patients", "0001_initial"),
        ("regimens", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ImportedFile",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("uploaded_at", models.DateTimeField(auto_now_add=True)),
                ("name", models.CharField(max_length=200)),
                ("size", models.PositiveIntegerField(help_text="Bytes.")),
                ("sha256", models.CharField(max_length=64)),
                ("content", models.BinaryField(help_text="Emptied when the file is stored or given up.")),
                ("data_cutoff", models.DateField(null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("checked", "Checked, not stored"),
                            ("stored", "Stored"),
                            ("given-up", "Given up"),
                        ],
                        default="checked",
                        max_length=10,
                    ),
                ),
                ("ended_at", models.DateTimeField(null=True)),
                ("patients", models.PositiveIntegerField(default=0, help_text="Stored by it.")),
            ],
            options={
                "ordering": ("-uploaded_at",),
            },
        ),
        migrations.CreateModel(
            name="PastTreatment",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("row_version", models.PositiveIntegerField(default=1, editable=False)),
                ("on", models.DateField(verbose_name="date")),
                ("note", models.TextField(blank=True)),
                ("entered_in_error", models.BooleanField(default=False, editable=False)),
                ("rituximab", models.BooleanField(blank=True, null=True, verbose_name="rituximab given")),
                (
                    "best_response",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("CR", "CR, complete remission"),
                            ("CRp", "CRp, platelets not recovered"),
                            ("CRi", "CRi, incomplete count recovery"),
                            ("NR", "No response"),
                            ("ED", "Early death"),
                        ],
                        max_length=4,
                    ),
                ),
                (
                    "best_mrd",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("negative", "Negative"),
                            ("positive", "Positive"),
                            ("not evaluable", "Not evaluable"),
                        ],
                        max_length=14,
                        verbose_name="best MRD",
                    ),
                ),
                (
                    "mrd_negative_on",
                    models.DateField(blank=True, null=True, verbose_name="MRD first negative on"),
                ),
                (
                    "ino_cycles",
                    models.PositiveSmallIntegerField(
                        blank=True, null=True, verbose_name="cycles with inotuzumab"
                    ),
                ),
                (
                    "mini_hcvd_cycles",
                    models.PositiveSmallIntegerField(
                        blank=True, null=True, verbose_name="cycles of mini-hyper-CVD"
                    ),
                ),
                (
                    "blina_cycles",
                    models.PositiveSmallIntegerField(
                        blank=True, null=True, verbose_name="cycles of blinatumomab"
                    ),
                ),
                (
                    "maintenance_cycles",
                    models.PositiveSmallIntegerField(
                        blank=True, null=True, verbose_name="cycles of maintenance"
                    ),
                ),
            ],
            options={
                "ordering": ("on", "created_at"),
                "abstract": False,
            },
        ),
        migrations.RemoveConstraint(
            model_name="closure",
            name="closure_cause",
        ),
        migrations.RemoveConstraint(
            model_name="death",
            name="death_cause",
        ),
        migrations.RemoveConstraint(
            model_name="hct",
            name="hct_donor",
        ),
        migrations.RemoveConstraint(
            model_name="hct",
            name="hct_conditioning",
        ),
        migrations.RemoveConstraint(
            model_name="lastcontact",
            name="contact_kind",
        ),
        migrations.RemoveConstraint(
            model_name="mrdassessment",
            name="mrd_method",
        ),
        migrations.RemoveConstraint(
            model_name="relapse",
            name="relapse_kind",
        ),
        migrations.RemoveConstraint(
            model_name="vod",
            name="vod_grade",
        ),
        migrations.AddField(
            model_name="enrolment",
            name="historical",
            field=models.BooleanField(default=False, editable=False),
        ),
        migrations.AddField(
            model_name="vod",
            name="resolved",
            field=models.BooleanField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name="closure",
            name="cause",
            field=models.CharField(
                choices=[
                    ("death", "Death"),
                    ("relapse", "Relapse"),
                    ("hct", "Transplant (HCT)"),
                    ("vod", "Veno-occlusive disease (VOD)"),
                    ("withdrawal", "Withdrawal of consent"),
                    ("off-treatment", "Off treatment"),
                    ("enrolled-in-error", "Enrolled in error"),
                    ("phase-ended", "Phase ended early"),
                    ("cycle-skipped", "Cycle skipped"),
                    ("historical", "Treated before this record"),
                ],
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="cycle",
            name="height_cm",
            field=models.DecimalField(decimal_places=4, max_digits=7, null=True),
        ),
        migrations.AlterField(
            model_name="cycle",
            name="weight_kg",
            field=models.DecimalField(decimal_places=4, max_digits=7, null=True),
        ),
        migrations.AlterField(
            model_name="death",
            name="cause",
            field=models.CharField(
                blank=True,
                choices=[
                    ("disease progression", "Disease progression"),
                    ("infection", "Infection"),
                    ("haemorrhage", "Haemorrhage"),
                    ("GVHD", "Graft-versus-host disease"),
                    ("VOD", "VOD"),
                    ("organ failure", "Organ failure"),
                    ("second malignancy", "Second malignancy"),
                    ("other", "Other"),
                    ("unknown", "Unknown"),
                ],
                max_length=20,
                verbose_name="cause of death",
            ),
        ),
        migrations.AlterField(
            model_name="enrolment",
            name="alt_u_l",
            field=models.DecimalField(
                blank=True, decimal_places=4, max_digits=10, null=True, verbose_name="ALT"
            ),
        ),
        migrations.AlterField(
            model_name="enrolment",
            name="bilirubin_mg_dl",
            field=models.DecimalField(
                blank=True, decimal_places=4, max_digits=8, null=True, verbose_name="bilirubin"
            ),
        ),
        migrations.AlterField(
            model_name="enrolment",
            name="bm_blasts_pct",
            field=models.DecimalField(
                blank=True, decimal_places=4, max_digits=7, null=True, verbose_name="marrow blasts"
            ),
        ),
        migrations.AlterField(
            model_name="enrolment",
            name="cd20_pct",
            field=models.DecimalField(
                blank=True, decimal_places=4, max_digits=7, null=True, verbose_name="CD20"
            ),
        ),
        migrations.AlterField(
            model_name="enrolment",
            name="cd22_pct",
            field=models.DecimalField(
                blank=True, decimal_places=4, max_digits=7, null=True, verbose_name="CD22"
            ),
        ),
        migrations.AlterField(
            model_name="enrolment",
            name="consent_version",
            field=models.CharField(blank=True, max_length=40),
        ),
        migrations.AlterField(
            model_name="enrolment",
            name="consented_on",
            field=models.DateField(null=True, verbose_name="consent signed on"),
        ),
        migrations.AlterField(
            model_name="enrolment",
            name="creatinine_mg_dl",
            field=models.DecimalField(
                blank=True, decimal_places=4, max_digits=8, null=True, verbose_name="creatinine"
            ),
        ),
        migrations.AlterField(
            model_name="enrolment",
            name="height_cm",
            field=models.DecimalField(decimal_places=4, max_digits=7, null=True, verbose_name="height"),
        ),
        migrations.AlterField(
            model_name="enrolment",
            name="measured_on",
            field=models.DateField(null=True, verbose_name="height and weight measured on"),
        ),
        migrations.AlterField(
            model_name="enrolment",
            name="planned_day1",
            field=models.DateField(null=True, verbose_name="planned day 1"),
        ),
        migrations.AlterField(
            model_name="enrolment",
            name="prior_hct",
            field=models.BooleanField(null=True, verbose_name="prior transplant (HCT)"),
        ),
        migrations.AlterField(
            model_name="enrolment",
            name="version_in_force",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="regimens.protocolversion",
            ),
        ),
        migrations.AlterField(
            model_name="enrolment",
            name="wbc_10e9_l",
            field=models.DecimalField(
                blank=True, decimal_places=4, max_digits=9, null=True, verbose_name="white cells"
            ),
        ),
        migrations.AlterField(
            model_name="enrolment",
            name="weight_kg",
            field=models.DecimalField(decimal_places=4, max_digits=7, null=True, verbose_name="weight"),
        ),
        migrations.AlterField(
            model_name="hct",
            name="conditioning",
            field=models.CharField(
                blank=True,
                choices=[("myeloablative", "Myeloablative"), ("reduced-intensity", "Reduced intensity")],
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="hct",
            name="donor",
            field=models.CharField(
                blank=True,
                choices=[
                    ("matched sibling", "Matched sibling"),
                    ("matched unrelated", "Matched unrelated"),
                    ("haploidentical", "Haploidentical"),
                    ("cord blood", "Cord blood"),
                ],
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="lastcontact",
            name="kind",
            field=models.CharField(
                blank=True,
                choices=[
                    ("visit", "Visit"),
                    ("telephone", "Telephone"),
                    ("other-hospital", "Another hospital’s record"),
                    ("registry", "Registry"),
                ],
                max_length=16,
                verbose_name="how",
            ),
        ),
        migrations.AlterField(
            model_name="mrdassessment",
            name="method",
            field=models.CharField(
                blank=True,
                choices=[("MFC", "Multicolour flow cytometry"), ("PCR", "PCR"), ("NGS", "NGS")],
                max_length=3,
            ),
        ),
        migrations.AlterField(
            model_name="mrdassessment",
            name="value",
            field=models.DecimalField(
                blank=True,
                decimal_places=16,
                help_text="As a fraction; blank when below detection or not evaluable.",
                max_digits=18,
                null=True,
            ),
        ),
        migrations.AlterField(
            model_name="relapse",
            name="kind",
            field=models.CharField(
                blank=True,
                choices=[
                    ("marrow", "Marrow"),
                    ("blood", "Blood"),
                    ("CNS", "Central nervous system"),
                    ("other extramedullary", "Other extramedullary"),
                ],
                max_length=20,
                verbose_name="site of relapse",
            ),
        ),
        migrations.AlterField(
            model_name="vod",
            name="grade",
            field=models.CharField(
                blank=True,
                choices=[
                    ("mild", "Mild"),
                    ("moderate", "Moderate"),
                    ("severe", "Severe"),
                    ("very severe", "Very severe"),
                ],
                max_length=12,
                verbose_name="EBMT severity",
            ),
        ),
        migrations.AddConstraint(
            model_name="closure",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "cause__in",
                        [
                            "death",
                            "relapse",
                            "hct",
                            "vod",
                            "withdrawal",
                            "off-treatment",
                            "enrolled-in-error",
                            "phase-ended",
                            "cycle-skipped",
                            "historical",
                        ],
                    )
                ),
                name="closure_cause",
            ),
        ),
        migrations.AddConstraint(
            model_name="death",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "cause__in",
                        [
                            "",
                            "disease progression",
                            "infection",
                            "haemorrhage",
                            "GVHD",
                            "VOD",
                            "organ failure",
                            "second malignancy",
                            "other",
                            "unknown",
                        ],
                    )
                ),
                name="death_cause",
            ),
        ),
        migrations.AddConstraint(
            model_name="enrolment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("historical", True),
                    models.Q(
                        ("consented_on__isnull", False),
                        ("height_cm__isnull", False),
                        ("measured_on__isnull", False),
                        ("planned_day1__isnull", False),
                        ("prior_hct__isnull", False),
                        ("version_in_force__isnull", False),
                        ("weight_kg__isnull", False),
                        models.Q(("consent_version", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="enrolment_complete_unless_historical",
            ),
        ),
        migrations.AddConstraint(
            model_name="hct",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "donor__in",
                        ["", "matched sibling", "matched unrelated", "haploidentical", "cord blood"],
                    )
                ),
                name="hct_donor",
            ),
        ),
        migrations.AddConstraint(
            model_name="hct",
            constraint=models.CheckConstraint(
                condition=models.Q(("conditioning__in", ["", "myeloablative", "reduced-intensity"])),
                name="hct_conditioning",
            ),
        ),
        migrations.AddConstraint(
            model_name="lastcontact",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["", "visit", "telephone", "other-hospital", "registry"])),
                name="contact_kind",
            ),
        ),
        migrations.AddConstraint(
            model_name="mrdassessment",
            constraint=models.CheckConstraint(
                condition=models.Q(("method__in", ["", "MFC", "PCR", "NGS"])), name="mrd_method"
            ),
        ),
        migrations.AddConstraint(
            model_name="relapse",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["", "marrow", "blood", "CNS", "other extramedullary"])),
                name="relapse_kind",
            ),
        ),
        migrations.RunSQL(RESOLVED, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="vod",
            constraint=models.CheckConstraint(
                condition=models.Q(("resolved_on__isnull", True), ("resolved", True), _connector="OR"),
                name="vod_resolved_has_its_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="vod",
            constraint=models.CheckConstraint(
                condition=models.Q(("grade__in", ["", "mild", "moderate", "severe", "very severe"])),
                name="vod_grade",
            ),
        ),
        migrations.AddField(
            model_name="importedfile",
            name="uploaded_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="pasttreatment",
            name="created_by",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="pasttreatment",
            name="patient",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="%(class)s_set",
                to="patients.patient",
            ),
        ),
        migrations.AddConstraint(
            model_name="importedfile",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["checked", "stored", "given-up"])), name="upload_state"
            ),
        ),
        migrations.AddConstraint(
            model_name="importedfile",
            constraint=models.CheckConstraint(
                condition=models.Q(("state", "checked"), ("content", b""), _connector="OR"),
                name="upload_emptied",
            ),
        ),
        migrations.AddConstraint(
            model_name="pasttreatment",
            constraint=models.CheckConstraint(
                condition=models.Q(("best_response__in", ["", "CR", "CRp", "CRi", "NR", "ED"])),
                name="past_best_response",
            ),
        ),
        migrations.AddConstraint(
            model_name="pasttreatment",
            constraint=models.CheckConstraint(
                condition=models.Q(("best_mrd__in", ["", "negative", "positive", "not evaluable"])),
                name="past_best_mrd",
            ),
        ),
        migrations.AddConstraint(
            model_name="pasttreatment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("ino_cycles__isnull", True), ("ino_cycles__range", (0, 100)), _connector="OR"
                ),
                name="past_ino_cycles",
            ),
        ),
        migrations.AddConstraint(
            model_name="pasttreatment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("mini_hcvd_cycles__isnull", True), ("mini_hcvd_cycles__range", (0, 100)), _connector="OR"
                ),
                name="past_mini_hcvd_cycles",
            ),
        ),
        migrations.AddConstraint(
            model_name="pasttreatment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("blina_cycles__isnull", True), ("blina_cycles__range", (0, 100)), _connector="OR"
                ),
                name="past_blina_cycles",
            ),
        ),
        migrations.AddConstraint(
            model_name="pasttreatment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("maintenance_cycles__isnull", True),
                    ("maintenance_cycles__range", (0, 100)),
                    _connector="OR",
                ),
                name="past_maintenance_cycles",
            ),
        ),
        migrations.AddConstraint(
            model_name="pasttreatment",
            constraint=models.UniqueConstraint(
                condition=models.Q(("entered_in_error", False)),
                fields=("patient",),
                name="past_treatment_once",
            ),
        ),
        sql.audited("patients_pasttreatment"),
    ]
