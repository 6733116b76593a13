"""Rules on days: nothing in the future, before birth, after death or after the last contact; events in their order."""

from collections.abc import Iterable

from patients.ages import age_on
from patients.cohort.columns import DAYS
from patients.cohort.reading import Row
from patients.cohort.rules import Known, Problem, Rule, blocking, days_of, remarking
from patients.edit_checks.assessments import EARLY_DEATH_DAYS

OF_AGE = 18
AGES = (1, 110)
LATE_START_DAYS = 90

# Not the day of loss, which has to be one of the others, and neither birth, death nor last contact themselves.
HAPPENED = tuple(
    column for column in DAYS if column not in {"birth_date", "death_on", "last_contact_on", "cr_lost_on"}
)
AFTER_BIRTH = (*HAPPENED, "death_on", "last_contact_on")
NOT_BEFORE_TREATMENT = ("response_on", "mrd_negative_on", "hct_on", "vod_on", "death_on")


@blocking("future")
def future(row: Row, known: Known) -> Iterable[Problem]:
    for column, day in days_of(row, DAYS):
        if day > known.today:
            yield (
                column,
                f"{column} {day} lies in the future; today is {known.today}. Enter the day it happened.",
            )


@blocking("after-cut-off")
def after_cut_off(row: Row, known: Known) -> Iterable[Problem]:
    cutoff = known.data_cutoff
    for column, day in days_of(row, DAYS):
        if cutoff is not None and cutoff < day <= known.today:
            yield (
                column,
                f"{column} {day} lies after the data cut-off {cutoff}. Correct the date, or give a later cut-off.",
            )


@blocking("before-birth", "birth_date", "enrolled_on")
def before_birth(row: Row, known: Known) -> Iterable[Problem]:
    born, enrolled = row["birth_date"], row["enrolled_on"]
    if born > enrolled:
        yield "birth_date", f"birth_date {born} lies after enrolled_on {enrolled}. Look at both years again."
        return
    for column, day in days_of(row, AFTER_BIRTH):
        if day < born:
            yield column, f"{column} {day} lies before birth_date {born}. Look at both years again."


@blocking("age", "birth_date", "enrolled_on")
def age(row: Row, known: Known) -> Iterable[Problem]:
    years = age_on(row["birth_date"], row["enrolled_on"])
    low, high = AGES
    if row["birth_date"] <= row["enrolled_on"] and not low <= years <= high:
        yield (
            "birth_date",
            f"birth_date {row['birth_date']}: the patient was {years} years old on enrolled_on "
            f"{row['enrolled_on']}; {low} to {high} is possible. Look at both years again.",
        )


@remarking("minor", "birth_date", "enrolled_on")
def minor(row: Row, known: Known) -> Iterable[Problem]:
    years = age_on(row["birth_date"], row["enrolled_on"])
    if AGES[0] <= years < OF_AGE:
        yield (
            "birth_date",
            f"birth_date {row['birth_date']}: the patient was {years} years old on enrolled_on "
            f"{row['enrolled_on']}, a minor. Correct the date if it is wrong.",
        )


@remarking("treated-before-enrolment", "treatment_started_on", "enrolled_on")
def treated_before_enrolment(row: Row, known: Known) -> Iterable[Problem]:
    start, enrolled = row["treatment_started_on"], row["enrolled_on"]
    if start < enrolled:
        yield (
            "treatment_started_on",
            f"treatment_started_on {start} lies before enrolled_on {enrolled}. Correct one of the two if it is wrong.",
        )


@remarking("treated-late", "treatment_started_on", "enrolled_on")
def treated_late(row: Row, known: Known) -> Iterable[Problem]:
    start, enrolled = row["treatment_started_on"], row["enrolled_on"]
    if (days := (start - enrolled).days) > LATE_START_DAYS:
        yield (
            "treatment_started_on",
            f"treatment_started_on {start} lies {days} days after enrolled_on {enrolled}. Correct one of the two if "
            "it is wrong.",
        )


@blocking("before-treatment", "treatment_started_on")
def before_treatment(row: Row, known: Known) -> Iterable[Problem]:
    start = row["treatment_started_on"]
    for column, day in days_of(row, NOT_BEFORE_TREATMENT):
        if day < start:
            yield (
                column,
                f"{column} {day} lies before treatment_started_on {start}. Correct one of the two.",
            )


@blocking("after-death", "death_on")
def after_death(row: Row, known: Known) -> Iterable[Problem]:
    death = row["death_on"]
    for column, day in days_of(row, HAPPENED):
        if death is not None and day > death:
            yield column, f"{column} {day} lies after death_on {death}. Correct one of the two."


@blocking("last-contact", "death_on", "last_contact_on")
def last_contact_of_the_dead(row: Row, known: Known) -> Iterable[Problem]:
    death, contact = row["death_on"], row["last_contact_on"]
    if death is not None and contact != death:
        yield (
            "last_contact_on",
            f"last_contact_on {contact} is not death_on {death}; of the dead both are the same day. Correct one of "
            "the two.",
        )


@blocking("after-last-contact", "death_on", "last_contact_on")
def after_last_contact(row: Row, known: Known) -> Iterable[Problem]:
    contact = row["last_contact_on"]
    for column, day in days_of(row, HAPPENED):
        if row["death_on"] is None and day > contact:
            yield (
                column,
                f"{column} {day} lies after last_contact_on {contact}. Enter the later day as the last contact, or "
                "correct this one.",
            )


@remarking("early-death-late", "response", "death_on", "treatment_started_on")
def early_death_late(row: Row, known: Known) -> Iterable[Problem]:
    if row["response"] != "ED" or row["death_on"] is None:
        return
    days = (row["death_on"] - row["treatment_started_on"]).days
    if days > EARLY_DEATH_DAYS:
        yield (
            "response",
            f"response ED (early death), but death_on {row['death_on']} is {days} days after treatment_started_on; "
            f"early means up to {EARLY_DEATH_DAYS} days (to be confirmed). Correct the response if it is wrong.",
        )


RULES: tuple[Rule, ...] = (
    future,
    after_cut_off,
    before_birth,
    age,
    minor,
    treated_before_enrolment,
    treated_late,
    before_treatment,
    after_death,
    last_contact_of_the_dead,
    after_last_contact,
    early_death_late,
)
