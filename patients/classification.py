"""How sensitive every stored field is, for exports, logs and whoever adds a field (a test notices an unclassified one).

Identifying: leads to the person alone, or may (free text). Quasi-identifying: does so together with others (dates, sex,
place, body). Clinical: says something about health. Operational: says something about the software only.
"""

from enum import StrEnum


class Sensitivity(StrEnum):
    IDENTIFYING = "identifying"
    QUASI_IDENTIFYING = "quasi-identifying"
    CLINICAL = "clinical"
    OPERATIONAL = "operational"


I, Q, C, O = Sensitivity  # noqa: E741 - a table is read by its letters


def _table(**levels: str) -> dict[str, Sensitivity]:
    """{field: level} from one string of field names a level: i, q, c, o."""
    by_letter = {"i": I, "q": Q, "c": C, "o": O}
    return {name: by_letter[letter] for letter, names in levels.items() for name in names.split()}


RECORD = _table(o="id created_at created_by row_version")
PATIENT_RECORD = RECORD | _table(i="note", q="on", o="patient entered_in_error")
BODY = _table(q="height_cm weight_kg measured_on")
BLOOD = _table(
    c="bm_blasts_pct wbc_10e9_l bilirubin_mg_dl alt_u_l creatinine_mg_dl cd20_pct cd22_pct karyotype"
)

FIELDS: dict[str, dict[str, Sensitivity]] = {
    "Patient": RECORD | _table(i="subject_number birth_date", q="sex site", c="state"),
    "SubjectCounter": _table(o="id last"),
    "Enrolment": RECORD
    | BODY
    | BLOOD
    | _table(
        i="override_reason",
        q="enrolled_on consented_on planned_day1",
        c="arm dose_level salvage cr1_months prior_hct ecog",
        o="patient historical consent_version protocol_version version_in_force",
    ),
    "EligibilityAnswer": RECORD | _table(i="note", c="answer", o="enrolment code text"),
    "ResponseAssessment": PATIENT_RECORD
    | _table(c="category bm_blasts_pct anc_10e9_l platelets_10e9_l extramedullary"),
    "MRDAssessment": PATIENT_RECORD | _table(c="sample method sensitivity value result", q="reported_on"),
    "HCT": PATIENT_RECORD | _table(c="donor conditioning"),
    "VOD": PATIENT_RECORD | _table(c="grade bilirubin_mg_dl resolved", q="resolved_on"),
    "Relapse": PATIENT_RECORD | _table(c="kind bm_blasts_pct"),
    "Death": PATIENT_RECORD | _table(c="cause"),
    "LastContact": PATIENT_RECORD | _table(c="kind"),
    "Withdrawal": PATIENT_RECORD | _table(c="follow_up_allowed"),
    "OffTreatment": PATIENT_RECORD | _table(c="reason_code"),
    "PastTreatment": PATIENT_RECORD
    | _table(
        c="rituximab best_response mrd_method best_mrd ino_cycles mini_hcvd_cycles blina_cycles maintenance_cycles",
        q="mrd_negative_on",
    ),
    "Resumption": RECORD | BODY | _table(o="patient cycle"),
    "Closure": RECORD
    | _table(
        q="on",
        c="cause drugs patient_state_before",
        o="patient event_id activity_ids cycle_ids shifts undone_at",
    ),
    "Cycle": RECORD
    | BODY
    | _table(
        q="planned_day1 day1 bsa_m2",
        c="phase number label attempt course_number state state_before_closure",
        o="patient position length_days closed_by",
    ),
    "ScheduledActivity": RECORD
    | _table(
        q="planned_on on until bsa_m2 workings",
        c="order_code drug route day slot times_per_day protocol_dose protocol_unit dose dose_unit state "
        "state_before_closure",
        o="patient cycle provenance to_be_confirmed second_person provisional closed_by",
    ),
    "Administration": RECORD
    | _table(
        i="reason",
        q="given_at ended_at",
        c="drug route outcome dose dose_unit reason_code",
        o="patient cycle activity lot corrects is_current",
    ),
    "Digest": _table(
        i="address subject body html",
        q="site day",
        o="id recipient kind state message_id attempts repeats lease_until data_at next_attempt_at expires_at sent_at "
        "fault created_at",
    ),
    "Reminder": _table(
        q="site due_on", c="rule", o="id digest patient activity cycle state cancelled_because created_at"
    ),
    "ImportedFile": _table(
        i="name content", q="data_cutoff", o="id uploaded_at uploaded_by size sha256 state ended_at patients"
    ),
    "SweepLog": _table(o="id ended_at planned sent failed"),
}
