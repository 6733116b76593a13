"""Before any table: the audit schema, and the rights of the run-time role on whatever comes after."""

from django.db import migrations, models

from protocoltracker.audit import sql


class Migration(migrations.Migration):
    initial = True
    dependencies: list = []
    run_before = [("contenttypes", "0001_initial"), ("sessions", "0001_initial")]

    operations = [
        migrations.RunSQL(sql.SCHEMA, sql.DROP_SCHEMA),
        migrations.RunSQL(sql.RIGHTS, migrations.RunSQL.noop),
        migrations.CreateModel(
            name="Change",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("table_name", models.TextField()),
                ("row_id", models.TextField()),
                ("operation", models.TextField()),
                ("actor", models.TextField()),
                ("reason", models.TextField()),
                ("source", models.TextField()),
                ("request_id", models.TextField()),
                ("database_role", models.TextField()),
                ("old", models.JSONField(null=True)),
                ("new", models.JSONField(null=True)),
            ],
            options={"db_table": 'audit"."change', "ordering": ("id",), "managed": False},
        ),
    ]
