"""One INSERT into the trail a statement, fewer indexes, rows as json: a thousand rows cost little more than unaudited."""

from django.db import migrations, models

from protocoltracker.audit import sql_recording


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_by_patient")]

    operations = [
        migrations.RunSQL(sql_recording.LAYOUT, sql_recording.UNDO_LAYOUT),
        migrations.RunSQL(sql_recording.FUNCTIONS, sql_recording.UNDO_FUNCTIONS),
        migrations.AlterModelTable("change", 'audit"."history'),
        migrations.AddField("change", "patient_id", models.UUIDField(null=True)),
    ]
