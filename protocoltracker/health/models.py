"""Signs of life of what has no table of its own. Operational; one row a name."""

from django.db import models

from protocoltracker.clock import database_now


class Pulse(models.Model):
    """When something was last heard of."""

    name = models.CharField(max_length=40, primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} at {self.at}"


def heard(name: str) -> None:
    """Write down that `name` is alive now, by the database's clock."""
    row = Pulse(name=name, at=database_now())
    Pulse.objects.bulk_create([row], update_conflicts=True, unique_fields=["name"], update_fields=["at"])
