"""People, sites and memberships. A membership is a role at one site, or at every site when `site` is empty."""

import datetime as dt
import uuid
from zoneinfo import ZoneInfo, available_timezones

from django.contrib.auth.models import AbstractUser
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from protocoltracker.records import Record, one_of


class Role(models.TextChoices):
    """What a person does at a site; what a role may do is in the `policies` of each room."""

    NURSE = "nurse", "Research nurse"
    COORDINATOR = "coordinator", "Coordinator"
    INVESTIGATOR = "investigator", "Investigator"
    DATA_MANAGER = "data-manager", "Data manager"
    MONITOR = "monitor", "Monitor"
    ADMINISTRATOR = "administrator", "Administrator"


THEMES = [("auto", "As the device"), ("light", "Light"), ("dark", "Dark")]


class User(AbstractUser):
    """A person who signs in. A user name, once issued, is never issued again: people are ended, not removed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    full_name = models.CharField("name", max_length=120)
    theme = models.CharField(
        max_length=5,
        default="auto",
        choices=THEMES,
    )
    single_keys = models.BooleanField(
        "single-key shortcuts", default=True, help_text="Keys such as g and t act without Ctrl or Alt."
    )
    must_change_password = models.BooleanField(
        "signs in with a one-time password",
        default=False,
        editable=False,
        help_text="The password was issued by somebody else: the person chooses an own one at the next sign-in.",
    )
    row_version = models.PositiveIntegerField(default=1, editable=False)

    REQUIRED_FIELDS = ["full_name", "email"]

    class Meta:
        ordering = ("full_name", "username")
        constraints = [models.UniqueConstraint(Lower("username"), name="user_username_ci")]

    def __str__(self) -> str:
        return self.full_name or self.username

    def get_full_name(self) -> str:
        return self.full_name

    def get_short_name(self) -> str:
        return self.full_name


def check_time_zone(value: str) -> None:
    """An IANA name, because reminders go out in the site's local morning through every clock change."""
    if value not in available_timezones():
        raise ValidationError(
            f"“{value}” is not a time zone of the IANA list. Write for example Europe/Paris or America/Chicago."
        )


class Site(Record):
    """A hospital that enrols patients. Dates of a patient are local dates of the site."""

    name = models.CharField(max_length=80, unique=True)
    time_zone = models.CharField(
        max_length=64,
        default="UTC",
        validators=[check_time_zone],
        help_text="IANA name, for example Europe/Paris.",
    )
    digest_at = models.TimeField(
        "daily reminder at",
        default=dt.time(7, 0),
        help_text="Local time of the site at which the daily email is sent.",
    )

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    def today(self, now: dt.datetime | None = None) -> dt.date:
        """The calendar day at this site at `now` (an aware instant; the present one by default)."""
        return (now or timezone.now()).astimezone(self.zone).date()


class MembershipQuerySet(models.QuerySet):
    def current(self) -> "MembershipQuerySet":
        """Memberships that hold now; an ended one stays as a record of who could do what."""
        return self.filter(ended_at__isnull=True, user__is_active=True)


class Membership(Record):
    """A person's role at a site (at every site when `site` is empty), from `created_at` to `ended_at`."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    site = models.ForeignKey(
        Site, on_delete=models.PROTECT, related_name="memberships", null=True, blank=True
    )
    role = models.CharField(max_length=16, choices=Role.choices)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        ordering = ("site__name", "role")
        constraints = [
            one_of("membership_role", "role", Role),
            models.UniqueConstraint(
                fields=("user", "site", "role"),
                condition=models.Q(ended_at__isnull=True),
                nulls_distinct=False,
                name="membership_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()}, {self.site or 'every site'}"


class FormToken(models.Model):
    """The answer given to a form that was sent: sent again (double click, back, retry), it gets the same answer."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    token = models.UUIDField()
    digest = models.CharField(max_length=64, help_text="SHA-256 of what was sent, to notice another form.")
    location = models.TextField(default="")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=("user", "token"), name="form_token_once")]

    def __str__(self) -> str:
        return str(self.token)


class SignInBrake(models.Model):
    """Attempts to sign in with one user name from one address since the last one that succeeded.

    `key` is a keyed hash of both, so that a password typed into the field for the name is not kept here.
    """

    key = models.CharField(max_length=64, primary_key=True)
    attempts = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.attempts} attempts"
