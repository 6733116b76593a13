"""The trail is sealed in blocks by a chain of hashes; who was told of its head."""

from django.db import migrations

from protocoltracker.audit import sql_sealing


class Migration(migrations.Migration):
    dependencies = [("audit", "0003_by_statement")]

    operations = [migrations.RunSQL(sql_sealing.SEALING, sql_sealing.UNDO_SEALING)]
