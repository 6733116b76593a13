"""What is recorded about a patient. One file a noun."""

from patients.models.assessments import MRDAssessment, ResponseAssessment
from patients.models.enrolment import EligibilityAnswer, Enrolment
from patients.models.events import HCT, VOD, Death, LastContact, OffTreatment, Relapse, Withdrawal
from patients.models.patient import Patient, SubjectCounter
from patients.models.plan import Closure, Cycle, ScheduledActivity
from patients.models.reminder import Digest, Reminder, SweepLog
from patients.models.treatment import Administration

__all__ = [
    "HCT",
    "VOD",
    "Administration",
    "Closure",
    "Cycle",
    "Death",
    "Digest",
    "EligibilityAnswer",
    "Enrolment",
    "LastContact",
    "MRDAssessment",
    "OffTreatment",
    "Patient",
    "Relapse",
    "Reminder",
    "ResponseAssessment",
    "ScheduledActivity",
    "SubjectCounter",
    "SweepLog",
    "Withdrawal",
]
