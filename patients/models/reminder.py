"""Reminders: each a row before it is a line of an email. An operational log, not clinical data."""

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.urls import reverse

from patients.enums import DigestKind, ReminderRule, ReminderState
from patients.models.patient import READERS, Patient
from patients.models.plan import Cycle, ScheduledActivity
from protocoltracker.accounts.access import access_of
from protocoltracker.accounts.models import Site
from protocoltracker.records import one_of


class OfReadableSite(models.QuerySet):
    def for_user(self, user: Any) -> "OfReadableSite":
        site_ids = access_of(user).site_ids(READERS)
        return self if site_ids is None else self.filter(site_id__in=site_ids)


class Digest(models.Model):
    """One email to one person about one site on one local day. `subject`, `body` and `html` are what was sent.

    Waiting: `next_attempt_at` is set (planned, failed, uncertain; cancelled, as long as it may come back). Being sent:
    `lease_until` is set, and `data_at` from the moment when the mail server is given the message. Neither: final.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    day = models.DateField(help_text="Local day of the site.")
    kind = models.CharField(max_length=10, choices=DigestKind.choices, default=DigestKind.DAILY)
    state = models.CharField(max_length=10, choices=ReminderState.choices, default=ReminderState.PLANNED)
    message_id = models.CharField(max_length=200)
    address = models.EmailField(blank=True)
    subject = models.CharField(max_length=200, blank=True)
    body = models.TextField(blank=True)
    html = models.TextField(blank=True)
    attempts = models.PositiveIntegerField(default=0)
    repeats = models.PositiveSmallIntegerField(
        default=0, help_text="Times it was sent again although it had perhaps arrived."
    )
    lease_until = models.DateTimeField(null=True)
    data_at = models.DateTimeField(
        null=True, help_text="When this attempt gave the message to the mail server."
    )
    next_attempt_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(help_text="End of the local day: no attempt after it.")
    sent_at = models.DateTimeField(null=True)
    fault = models.TextField(blank=True, help_text="Why it failed, is uncertain or was cancelled.")
    created_at = models.DateTimeField(help_text="Also the Date of the message, the same at every attempt.")

    objects = OfReadableSite.as_manager()

    class Meta:
        ordering = ("-day", "site__name", "recipient__full_name")
        constraints = [
            models.UniqueConstraint(fields=("site", "recipient", "day", "kind"), name="digest_once"),
            one_of("digest_state", "state", ReminderState),
            one_of("digest_kind", "kind", DigestKind),
            models.CheckConstraint(
                condition=models.Q(lease_until__isnull=True) | models.Q(next_attempt_at__isnull=True),
                name="digest_waits_or_is_sent",
            ),
            models.CheckConstraint(
                condition=models.Q(state=ReminderState.SENDING, lease_until__isnull=False)
                | (~models.Q(state=ReminderState.SENDING) & models.Q(lease_until__isnull=True)),
                name="digest_sending_has_lease",
            ),
        ]
        indexes = [
            models.Index(
                fields=("next_attempt_at",),
                name="digest_waiting",
                condition=models.Q(next_attempt_at__isnull=False),
            ),
            models.Index(
                fields=("lease_until",), name="digest_leased", condition=models.Q(lease_until__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.site}, {self.day}"

    def get_absolute_url(self) -> str:
        return reverse("reminders:message", args=[self.pk])


class Reminder(models.Model):
    """One item for one recipient on one local day, by one rule."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    digest = models.ForeignKey(Digest, on_delete=models.PROTECT, related_name="reminders")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    rule = models.CharField(max_length=12, choices=ReminderRule.choices)
    activity = models.ForeignKey(
        ScheduledActivity, on_delete=models.PROTECT, related_name="reminders", null=True
    )
    cycle = models.ForeignKey(Cycle, on_delete=models.PROTECT, related_name="reminders", null=True)
    due_on = models.DateField(help_text="Date of the activity when the reminder was planned.")
    state = models.CharField(max_length=10, choices=ReminderState.choices, default=ReminderState.PLANNED)
    cancelled_because = models.CharField(max_length=80, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = OfReadableSite.as_manager()

    class Meta:
        ordering = ("due_on",)
        constraints = [
            models.UniqueConstraint(
                fields=("digest", "rule", "activity", "cycle", "due_on"),
                nulls_distinct=False,
                name="reminder_once",
            ),
            one_of("reminder_state", "state", ReminderState),
            one_of("reminder_rule", "rule", ReminderRule),
            models.CheckConstraint(
                condition=models.Q(activity__isnull=False) | models.Q(cycle__isnull=False),
                name="reminder_of_something",
            ),
        ]
        indexes = [models.Index(fields=("activity", "state"), name="reminder_activity_state")]

    def __str__(self) -> str:
        return f"{self.get_rule_display()}, {self.due_on}"


class SweepLog(models.Model):
    """When a sweep ended, so that silence is noticed."""

    ended_at = models.DateTimeField(db_index=True)
    planned = models.PositiveIntegerField(default=0)
    sent = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ("-ended_at",)

    def __str__(self) -> str:
        return f"sweep ended at {self.ended_at}"
