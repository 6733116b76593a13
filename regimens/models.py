"""Protocol versions as stored: an immutable text with its hash, and the day each site may use it."""

from django.db import models

from protocoltracker.accounts.models import Site
from protocoltracker.records import Record
from regimens import definition, loading

# By the hash of the text: parsed once a process, and the text itself is only read from the database for that.
_PARSED: dict[str, definition.ProtocolDefinition] = {}


class ProtocolVersion(Record):
    """One version of a protocol, as loaded from a file. Never changed: another text is another revision."""

    protocol = models.CharField(max_length=40, help_text="Registry number, for example NCT01371630.")
    name = models.CharField(max_length=40, help_text="original, amended, ...")
    revision = models.PositiveIntegerField()
    title = models.TextField()
    effective_on = models.DateField(help_text="From this day, at a site without an approval date of its own.")
    text = models.TextField()
    sha256 = models.CharField(max_length=64, unique=True)

    class Meta:
        ordering = ("protocol", "effective_on", "revision")
        constraints = [
            models.UniqueConstraint(fields=("protocol", "name", "revision"), name="protocol_revision")
        ]

    def __str__(self) -> str:
        return self.name if self.revision == 1 else f"{self.name} (revision {self.revision})"

    @property
    def definition(self) -> definition.ProtocolDefinition:
        """The text as frozen objects. Errors: DefinitionError if this release can no longer read it."""
        if self.sha256 not in _PARSED:
            _PARSED[self.sha256] = loading.definition_of(self.text)
        return _PARSED[self.sha256]


class SiteApproval(Record):
    """The day from which a site may enrol under a version (its own approval)."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    protocol_version = models.ForeignKey(ProtocolVersion, on_delete=models.PROTECT, related_name="approvals")
    approved_on = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=("site", "protocol_version"), name="approval_once")]

    def __str__(self) -> str:
        return f"{self.site}: {self.protocol_version} from {self.approved_on}"
