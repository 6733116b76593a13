"""Choices, and the tables of allowed moves between states. Codes of clinical items are those of the cohort file."""

from django.db.models import TextChoices


class Sex(TextChoices):
    FEMALE = "female", "Female"
    MALE = "male", "Male"


class PatientState(TextChoices):
    ON_TREATMENT = "on-treatment", "On treatment"
    OFF_TREATMENT = "off-treatment", "Off treatment, in follow-up"
    WITHDRAWN = "withdrawn", "Withdrawn"
    DEAD = "dead", "Died"
    ENROLLED_IN_ERROR = "enrolled-in-error", "Enrolled in error"


class Salvage(TextChoices):
    S1_REFRACTORY = "S1-primary-refractory", "S1, primary refractory"
    S1_EARLY = "S1-CR1<12mo", "S1, first remission under 12 months"
    S1_LATE = "S1-CR1>=12mo", "S1, first remission of 12 months or more"
    S2 = "S2", "S2, second salvage"
    S3 = "S3+", "S3 or later"


class Karyotype(TextChoices):
    KMT2A = "KMT2A-rearranged", "KMT2A-rearranged"
    COMPLEX = "complex", "Complex"
    DIPLOID = "diploid", "Diploid"
    HIGH_HYPERDIPLOID = "high hyperdiploid", "High hyperdiploid"
    INSUFFICIENT = "insufficient metaphases", "Insufficient metaphases"
    LOW_HYPODIPLOID = "low hypodiploid/near triploid", "Low hypodiploid / near triploid"
    OTHER = "other", "Other"


class Answer(TextChoices):
    MET = "met", "Met"
    NOT_MET = "not-met", "Not met"
    NOT_APPLICABLE = "not-applicable", "Not applicable"


class CycleState(TextChoices):
    PLANNED = "planned", "Planned"
    OPEN = "open", "Open"
    COMPLETED = "completed", "Completed"
    SKIPPED = "skipped", "Skipped"
    CLOSED = "closed", "Closed"


class ActivityState(TextChoices):
    PLANNED = "planned", "Planned"
    RUNNING = "running", "Running"
    GIVEN = "given", "Given"
    CHANGED = "changed", "Given, changed"
    HELD = "held", "Held"
    OMITTED = "omitted", "Omitted"
    CLOSED = "closed", "Closed"


RECORDED = {ActivityState.RUNNING, ActivityState.GIVEN, ActivityState.CHANGED, ActivityState.OMITTED}

ACTIVITY_MOVES = {
    ActivityState.PLANNED: {
        ActivityState.RUNNING,
        ActivityState.GIVEN,
        ActivityState.CHANGED,
        ActivityState.HELD,
        ActivityState.OMITTED,
        ActivityState.CLOSED,
    },
    # A held dose is not over: it is given later, or omitted, or closed with the rest of the plan.
    ActivityState.HELD: {
        ActivityState.RUNNING,
        ActivityState.GIVEN,
        ActivityState.CHANGED,
        ActivityState.OMITTED,
        ActivityState.CLOSED,
    },
    ActivityState.RUNNING: {ActivityState.GIVEN, ActivityState.CHANGED},
    # What was given before the closing event and is entered late is still recorded.
    ActivityState.CLOSED: {
        ActivityState.PLANNED,
        ActivityState.HELD,
        ActivityState.RUNNING,
        ActivityState.GIVEN,
        ActivityState.CHANGED,
        ActivityState.OMITTED,
    },
    ActivityState.GIVEN: set(),
    ActivityState.CHANGED: set(),
    ActivityState.OMITTED: set(),
}


class Outcome(TextChoices):
    """What became of a planned dose."""

    GIVEN = "given", "Given as planned"
    CHANGED = "changed", "Given, changed"
    HELD = "held", "Held"
    OMITTED = "omitted", "Omitted"
    UNSCHEDULED = "unscheduled", "Given, not scheduled"


class DoseReason(TextChoices):
    """Why a dose was changed, held or omitted."""

    CYTOPENIA = "cytopenia", "Cytopenia"
    LIVER = "liver", "Liver function"
    INFECTION = "infection", "Infection or fever"
    NEUROTOXICITY = "neurotoxicity", "Neurotoxicity"
    CRS = "cytokine-release", "Cytokine release"
    INFUSION_REACTION = "infusion-reaction", "Infusion reaction"
    OTHER_TOXICITY = "other-toxicity", "Other toxicity"
    PATIENT = "patient-choice", "Patient’s choice"
    LOGISTICS = "logistics", "Logistics (bed, drug, access)"
    INVESTIGATOR = "investigator", "Investigator’s decision"
    OTHER = "other", "Other"


class ClosureCause(TextChoices):
    """What closed a part of the plan."""

    DEATH = "death", "Death"
    RELAPSE = "relapse", "Relapse"
    HCT = "hct", "Transplant (HCT)"
    VOD = "vod", "Veno-occlusive disease (VOD)"
    WITHDRAWAL = "withdrawal", "Withdrawal of consent"
    OFF_TREATMENT = "off-treatment", "Off treatment"
    ENROLLED_IN_ERROR = "enrolled-in-error", "Enrolled in error"
    PHASE_ENDED = "phase-ended", "Phase ended early"
    CYCLE_SKIPPED = "cycle-skipped", "Cycle skipped"
    HISTORICAL = "historical", "Treated before this record"


class ResponseCategory(TextChoices):
    CR = "CR", "CR, complete remission"
    CRP = "CRp", "CRp, platelets not recovered"
    CRI = "CRi", "CRi, incomplete count recovery"
    MLFS = "MLFS", "MLFS, morphologic leukaemia-free state"
    PR = "PR", "PR, partial remission"
    NR = "NR", "No response"
    ED = "ED", "Early death"
    NE = "NE", "Not evaluable"


class PastResponse(TextChoices):
    """The best response as a file of former patients says it."""

    CR = "CR", "CR, complete remission"
    CRP = "CRp", "CRp, platelets not recovered"
    CRI = "CRi", "CRi, incomplete count recovery"
    NR = "NR", "No response"
    ED = "ED", "Early death"


class MRDMethod(TextChoices):
    MFC = "MFC", "Multicolour flow cytometry"
    PCR = "PCR", "PCR"
    NGS = "NGS", "NGS"


class MRDResult(TextChoices):
    NEGATIVE = "negative", "Negative"
    POSITIVE = "positive", "Positive"
    NOT_EVALUABLE = "not evaluable", "Not evaluable"


class Donor(TextChoices):
    MATCHED_SIBLING = "matched sibling", "Matched sibling"
    MATCHED_UNRELATED = "matched unrelated", "Matched unrelated"
    HAPLOIDENTICAL = "haploidentical", "Haploidentical"
    CORD = "cord blood", "Cord blood"


class Conditioning(TextChoices):
    MYELOABLATIVE = "myeloablative", "Myeloablative"
    REDUCED = "reduced-intensity", "Reduced intensity"


class VODGrade(TextChoices):
    """EBMT severity."""

    MILD = "mild", "Mild"
    MODERATE = "moderate", "Moderate"
    SEVERE = "severe", "Severe"
    VERY_SEVERE = "very severe", "Very severe"


class RelapseKind(TextChoices):
    MARROW = "marrow", "Marrow"
    BLOOD = "blood", "Blood"
    CNS = "CNS", "Central nervous system"
    OTHER_EXTRAMEDULLARY = "other extramedullary", "Other extramedullary"


class CauseOfDeath(TextChoices):
    PROGRESSION = "disease progression", "Disease progression"
    INFECTION = "infection", "Infection"
    HAEMORRHAGE = "haemorrhage", "Haemorrhage"
    GVHD = "GVHD", "Graft-versus-host disease"
    VOD = "VOD", "VOD"
    ORGAN_FAILURE = "organ failure", "Organ failure"
    SECOND_MALIGNANCY = "second malignancy", "Second malignancy"
    OTHER = "other", "Other"
    UNKNOWN = "unknown", "Unknown"


class ContactKind(TextChoices):
    VISIT = "visit", "Visit"
    TELEPHONE = "telephone", "Telephone"
    OTHER_HOSPITAL = "other-hospital", "Another hospital’s record"
    REGISTRY = "registry", "Registry"


class OffTreatmentReason(TextChoices):
    COMPLETED = "completed", "Treatment completed"
    TOXICITY = "toxicity", "Toxicity"
    NO_RESPONSE = "no-response", "No response"
    PHYSICIAN = "physician", "Physician’s decision"
    PATIENT = "patient", "Patient’s choice"
    OTHER = "other", "Other"


class UploadState(TextChoices):
    CHECKED = "checked", "Checked, not stored"
    STORED = "stored", "Stored"
    GIVEN_UP = "given-up", "Given up"


class ReminderState(TextChoices):
    PLANNED = "planned", "Planned"
    SENDING = "sending", "Sending"
    SENT = "sent", "Sent"
    UNCERTAIN = "uncertain", "Perhaps sent"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"


class ReminderRule(TextChoices):
    OVERDUE = "overdue", "Overdue"
    TODAY = "today", "Today"
    COMING = "coming", "In the next 3 days"
    CYCLE_START = "cycle-start", "Cycle day 1, 7 days ahead"


class DigestKind(TextChoices):
    """The daily one goes out by itself; one of another day only when a person asks for it."""

    DAILY = "daily", "Daily"
    ON_REQUEST = "on-request", "On request"
