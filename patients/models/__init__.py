"""What is recorded about a patient. One file a noun."""

from patients.models.assessments import MRDAssessment, ResponseAssessment
from patients.models.enrolment import EligibilityAnswer, Enrolment
from patients.models.events import HCT, VOD, Death, LastContact, OffTreatment, Relapse, Withdrawal
from patients.models.past import PastTreatment, Resumption
from patients.models.patient import Patient, SubjectCounter
from patients.models.plan import Closure, Cycle, ScheduledActivity
from patients.models.reminder import Digest, Reminder, SweepLog
from patients.models.treatment import Administration
from patients.models.upload import ImportedFile

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
    "ImportedFile",
    "LastContact",
    "MRDAssessment",
    "OffTreatment",
    "PastTreatment",
    "Patient",
    "Relapse",
    "Reminder",
    "ResponseAssessment",
    "Resumption",
    "ScheduledActivity",
    "SubjectCounter",
    "SweepLog",
    "Withdrawal",
]
