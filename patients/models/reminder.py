"""Reminders: each a row before it is a line of an email. An operational log, not clinical data."""

import uuid
from typing import Any

from django.conf import settings
from django.db import models

from patients.enums import ReminderRule, ReminderState
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
    """One email to one person about one site on one local day. `subject` and `body` are what was sent."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    day = models.DateField(help_text="Local day of the site.")
    state = models.CharField(max_length=10, choices=ReminderState.choices, default=ReminderState.PLANNED)
    message_id = models.CharField(max_length=200)
    address = models.EmailField(blank=True)
    subject = models.CharField(max_length=200, blank=True)
    body = models.TextField(blank=True)
    html = models.TextField(blank=True)
    attempts = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    next_attempt_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    fault = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = OfReadableSite.as_manager()

    class Meta:
        ordering = ("-day", "site__name")
        constraints = [
            models.UniqueConstraint(fields=("site", "recipient", "day"), name="digest_once"),
            one_of("digest_state", "state", ReminderState),
        ]

    def __str__(self) -> str:
        return f"{self.site}, {self.day}"


class Reminder(models.Model):
    """One item for one recipient on one local day, by one rule."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    digest = models.ForeignKey(Digest, on_delete=models.PROTECT, related_name="reminders")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    rule = models.CharField(max_length=12, choices=ReminderRule.choices)
    activity = models.ForeignKey(ScheduledActivity, on_delete=models.PROTECT, related_name="reminders", null=True)
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
                fields=("digest", "rule", "activity", "cycle", "due_on"), nulls_distinct=False, name="reminder_once"
            ),
            one_of("reminder_state", "state", ReminderState),
            one_of("reminder_rule", "rule", ReminderRule),
            models.CheckConstraint(
                condition=models.Q(activity__isnull=False) | models.Q(cycle__isnull=False), name="reminder_of_something"
            ),
        ]
        indexes = [models.Index(fields=("activity", "state"), name="reminder_activity_state")]


class SweepLog(models.Model):
    """When a sweep ended, so that silence is noticed."""

    ended_at = models.DateTimeField(auto_now_add=True)
    planned = models.PositiveIntegerField(default=0)
    sent = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ("-ended_at",)
