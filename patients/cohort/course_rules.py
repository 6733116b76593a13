"""Rules on the course: version and arm, cycles, response, relapse, and details without their event."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from patients.cohort.columns import ARMS, MOST_CYCLES
from patients.cohort.reading import Row
from patients.cohort.rules import Known, Problem, Rule, blocking, remarking, shown
from patients.edit_checks.facts import REMISSION

ECOG_LIMIT = 3  # of the front-line cohort of this protocol; to be confirmed by the study team

DETAILS: Mapping[str, str] = MappingProxyType(
    {
        "mrd1_value": "mrd1_on",
        "mrd2_value": "mrd2_on",
        "mrd3_value": "mrd3_on",
        "hct_donor": "hct_on",
        "hct_conditioning": "hct_on",
        "vod_grade": "vod_on",
        "vod_resolved": "vod_on",
        "cause_of_death": "death_on",
    }
)
"""What says more about a dated event, and the day of that event."""

USUAL: Mapping[str, tuple[int, str]] = MappingProxyType(
    {
        "wbc_10e9_l": (1_000, "10^9/l"),
        "bilirubin_mg_dl": (30, "mg/dl"),
        "alt_u_l": (10_000, "U/l"),
        "creatinine_mg_dl": (20, "mg/dl"),
    }
)
"""Above this a measurement was probably taken from a laboratory with other units (bilirubin in umol/l is 17.1 times as
much). Only prompts: no source states them; to be confirmed by the study team."""


@blocking("arm-of-version", "protocol_version", "arm")
def arm_of_version(row: Row, known: Known) -> Iterable[Problem]:
    version, arm = row["protocol_version"], row["arm"]
    if arm != ARMS[version]:
        yield (
            "arm",
            f"arm {arm}: protocol_version {version} has only {ARMS[version]}. Correct one of the two.",
        )


@remarking("version-in-force", "site", "protocol_version", "enrolled_on")
def version_in_force(row: Row, known: Known) -> Iterable[Problem]:
    version, enrolled = row["protocol_version"], row["enrolled_on"]
    in_force = known.version_on(row["site"], enrolled)
    if version != in_force:
        yield (
            "protocol_version",
            f"protocol_version {version}: on enrolled_on {enrolled} {in_force or 'no version'} was in force at "
            f"{row['site']}. Correct one of the two if it is wrong.",
        )


@remarking("ecog", "ecog")
def ecog_high(row: Row, known: Known) -> Iterable[Problem]:
    if row["ecog"] is not None and row["ecog"] > ECOG_LIMIT:
        yield (
            "ecog",
            f"ecog {row['ecog']} is above {ECOG_LIMIT}, the limit of eligibility (to be confirmed). Correct it if "
            "it is wrong.",
        )


@remarking("unit")
def other_unit(row: Row, known: Known) -> Iterable[Problem]:
    for column, (usual, unit) in USUAL.items():
        if row[column] is not None and row[column] > usual:
            yield (
                column,
                f"{column} {shown(row[column])} is above {usual} {unit} (to be confirmed). Is it another unit? "
                "Correct it if so.",
            )


@blocking("cycles", "protocol_version")
def cycles(row: Row, known: Known) -> Iterable[Problem]:
    for column, most in MOST_CYCLES.items():
        limit = most[row["protocol_version"]]
        if row[column] is not None and row[column] > limit:
            yield (
                column,
                f"{column} {row[column]}: protocol_version {row['protocol_version']} has at most {limit}. Correct one "
                "of the two.",
            )


@blocking("without-event")
def without_event(row: Row, known: Known) -> Iterable[Problem]:
    for detail, event in DETAILS.items():
        if row[detail] is not None and row[event] is None and event not in row.faulty:
            yield (
                detail,
                f"{detail} {shown(row[detail])}, but {event} is blank. Enter the date, or leave {detail} blank.",
            )


@blocking("response-date", "response", "response_on")
def response_date(row: Row, known: Known) -> Iterable[Problem]:
    response, on = row["response"], row["response_on"]
    if responded(row) and on is None:
        yield (
            "response_on",
            f"response_on is blank, but response is {response}. Enter the day of the response.",
        )
    elif not responded(row) and on is not None:
        yield (
            "response_on",
            f"response_on {on}, but response is {shown(response)}, which has no day. Leave it blank, or correct the "
            "response.",
        )


@blocking("early-death-alive", "response", "death_on")
def early_death_alive(row: Row, known: Known) -> Iterable[Problem]:
    if row["response"] == "ED" and row["death_on"] is None:
        yield (
            "response",
            "response ED (early death), but death_on is blank. Enter the day of death, or correct the response.",
        )


@blocking("relapse", "response", "response_on", "relapse_on")
def relapse(row: Row, known: Known) -> Iterable[Problem]:
    on = row["relapse_on"]
    if on is None:
        return
    if not responded(row):
        yield (
            "relapse_on",
            f"relapse_on {on}, but response is {shown(row['response'])}: only who responded relapses. Leave it blank, "
            "or correct the response.",
        )
    elif row["response_on"] is not None and on <= row["response_on"]:
        yield (
            "relapse_on",
            f"relapse_on {on} does not lie after response_on {row['response_on']}. Correct one of the two.",
        )


@blocking("cr-lost", "response", "relapse_on", "death_on", "cr_lost_on")
def cr_lost(row: Row, known: Known) -> Iterable[Problem]:
    lost = (row["relapse_on"] or row["death_on"]) if responded(row) else None
    if row["cr_lost_on"] == lost:
        return
    meaning = "relapse_on, or death_on without a relapse, of who responded; otherwise blank"
    yield (
        "cr_lost_on",
        f"cr_lost_on is {shown(row['cr_lost_on'])}, but follows as {shown(lost)} ({meaning}). Write that, or correct "
        "the others.",
    )


@remarking("cause-of-death", "cause_of_death", "vod_on", "hct_on", "prior_hct")
def cause_without_event(row: Row, known: Known) -> Iterable[Problem]:
    cause = row["cause_of_death"]
    if cause == "VOD" and row["vod_on"] is None:
        yield (
            "cause_of_death",
            "cause_of_death VOD, but vod_on is blank. Enter the day of the VOD if it is known.",
        )
    if cause == "GVHD" and row["hct_on"] is None and row["prior_hct"] is not True:
        yield (
            "cause_of_death",
            "cause_of_death GVHD, but hct_on is blank and prior_hct is not yes. Enter the transplant if it is known.",
        )


def responded(row: Row) -> bool:
    return row["response"] in REMISSION


RULES: tuple[Rule, ...] = (
    arm_of_version,
    version_in_force,
    ecog_high,
    other_unit,
    cycles,
    without_event,
    response_date,
    early_death_alive,
    relapse,
    cr_lost,
    cause_without_event,
)
