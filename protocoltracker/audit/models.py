"""The audit trail as Django sees it: read only."""

from django.db import models


class Change(models.Model):
    """One row written by the trigger: who, when (server, UTC), from where, why, the row before and after."""

    id = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    table_name = models.TextField()
    row_id = models.TextField()
    patient_id = models.UUIDField(null=True)
    operation = models.TextField()
    actor = models.TextField()
    reason = models.TextField()
    source = models.TextField()
    request_id = models.TextField()
    database_role = models.TextField()
    old = models.JSONField(null=True)
    new = models.JSONField(null=True)

    class Meta:
        managed = False
        db_table = 'audit"."history'
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.operation} {self.table_name} {self.row_id}"

    @property
    def actor_name(self) -> str:
        """The user name without the key behind it."""
        return self.actor.partition(" (")[0]

    def differences(self) -> list[tuple[str, object, object]]:
        """(column, old, new) of every column that this change touched."""
        old, new = self.old or {}, self.new or {}
        names = [name for name in (new or old) if name != "row_version"]
        return [(name, old.get(name), new.get(name)) for name in names if old.get(name) != new.get(name)]
