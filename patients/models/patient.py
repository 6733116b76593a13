"""The patient, known by a trial-wide subject number; no name and no record number is stored."""

from typing import Any

from django.db import models
from django.urls import reverse

from patients.enums import PatientState, Sex
from protocoltracker.accounts.access import access_of
from protocoltracker.accounts.models import Role, Site
from protocoltracker.records import Record, one_of

READERS = (Role.NURSE, Role.COORDINATOR, Role.INVESTIGATOR, Role.DATA_MANAGER, Role.MONITOR)


class PatientQuerySet(models.QuerySet):
    def for_user(self, user: Any) -> "PatientQuerySet":
        """Patients of the sites where `user` may read; others answer like missing ones."""
        site_ids = access_of(user).site_ids(READERS)
        return self if site_ids is None else self.filter(site_id__in=site_ids)


class Patient(Record):
    """One enrolled person. `subject_number` is one sequence over the trial, from 1, without gap or repeat."""

    subject_number = models.PositiveIntegerField(unique=True)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="patients")
    sex = models.CharField(max_length=6, choices=Sex.choices)
    birth_date = models.DateField()
    state = models.CharField(max_length=20, choices=PatientState.choices, default=PatientState.ON_TREATMENT)

    objects = PatientQuerySet.as_manager()

    class Meta:
        ordering = ("subject_number",)
        constraints = [one_of("patient_state", "state", PatientState), one_of("patient_sex", "sex", Sex)]

    def __str__(self) -> str:
        return self.subject

    @property
    def subject(self) -> str:
        """The subject number as it is written: three digits at least (001)."""
        return f"{self.subject_number:03d}"

    def get_absolute_url(self) -> str:
        return reverse("patients:detail", args=[self.pk])


class SubjectCounter(models.Model):
    """One row: the last subject number given. Locked while a patient is enrolled, so numbers are exact."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="subject_counter_single")]

    def __str__(self) -> str:
        return f"last subject number {self.last}"


class PatientRecordQuerySet(models.QuerySet):
    def for_user(self, user: Any) -> "PatientRecordQuerySet":
        site_ids = access_of(user).site_ids(READERS)
        return self if site_ids is None else self.filter(patient__site_id__in=site_ids)

    def standing(self) -> "PatientRecordQuerySet":
        """Records that count: not marked as entered in error."""
        return self.filter(entered_in_error=False)


class PatientRecord(Record):
    """A dated fact about a patient. Never erased: a mistake is marked as entered in error, with a reason."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="%(class)s_set")
    on = models.DateField("date")
    note = models.TextField(blank=True)
    entered_in_error = models.BooleanField(default=False, editable=False)

    objects = PatientRecordQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering = ("on", "created_at")
