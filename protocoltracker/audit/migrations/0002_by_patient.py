"""The history page of a patient reads by the patient a row belongs to, also of rows that are gone."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_ground")]

    operations = [
        migrations.RunSQL(
            "CREATE INDEX change_patient ON audit.change ((coalesce(new, old) ->> 'patient_id'), id)",
            "DROP INDEX audit.change_patient",
        ),
    ]
