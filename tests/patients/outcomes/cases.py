"""Subjects for tests: made up one by one, drawn by Hypothesis, and the published cohort straight from its file."""

import csv
import datetime as dt
import io
import uuid
from typing import Any

from hypothesis import strategies as st

from patients.cohort.published import DATA_CUTOFF, published_cohort
from patients.outcomes.building import Fact, Past, Person, subject_of
from patients.outcomes.subject import MRD_RESULTS, SALVAGES, Subject

START = dt.date(2015, 3, 2)
RESPONDED = ("CR", "CRp", "CRi")
LASTS = (0, 1, 29, 30, 31, 60, 61, 182, 183, 365, 366, 730, 731, 1094, 1095, 1096, 1097, 1461, 2000)
"""Days of follow-up: few, so that they tie; on both sides of 30 and 60 days and of 6, 12, 24 and 36 months."""


def day(number: int) -> dt.date:
    """A day of treatment, counted from 0."""
    return START + dt.timedelta(days=number)


def a_subject(number: int = 1, **facts: Any) -> Subject:
    """Treated from day 0, alive on day 400, not assessed; with these facts instead."""
    plain = {
        "pk": uuid.UUID(int=number),
        "number": number,
        "site": "Central",
        "enrolled_on": day(-2),
        "birth_date": dt.date(1980, 5, 17),
        "sex": "female",
        "version": "original",
        "arm": "inotuzumab",
        "salvage": "S2",
        "prior_hct": False,
        "ecog": 1,
        "karyotype": "diploid",
        "last_contact_on": day(400),
        "started_on": day(0),
    }
    return Subject(**(plain | facts))


def dead(number: int = 1, *, on: int, **facts: Any) -> Subject:
    return a_subject(number, death_on=day(on), last_contact_on=day(on), **facts)


@st.composite
def subjects(draw: st.DrawFn, number: int = 1) -> Subject:
    """Anybody whose dates do not contradict each other."""
    last = draw(st.sampled_from(LASTS))
    died = draw(st.booleans())
    response = draw(st.sampled_from(("", "NE", "NR", *RESPONDED, *RESPONDED, *(("ED",) if died else ()))))
    facts: dict[str, Any] = {
        "site": draw(st.sampled_from(("Central", "North", "Süd"))),
        "sex": draw(st.sampled_from(("female", "male"))),
        "arm": draw(st.sampled_from(("inotuzumab", "inotuzumab-plus-blinatumomab"))),
        "salvage": draw(st.sampled_from(SALVAGES)),
        "prior_hct": draw(st.sampled_from((True, False, None))),
        "ecog": draw(st.sampled_from((None, 0, 3))),
        "birth_date": dt.date(draw(st.integers(1930, 2000)), draw(st.integers(1, 12)), 28),
        "last_contact_on": day(last),
        "death_on": day(last) if died else None,
        "response": response,
        "hct_on": draw(st.none() | st.integers(0, last).map(day)),
        "vod_on": draw(st.none() | st.integers(0, last).map(day)),
    }
    if draw(st.integers(0, 9)) == 0:
        facts |= {"started_on": None, "hct_on": None, "vod_on": None}
    if response in RESPONDED:
        first = draw(st.integers(0, last))
        facts |= {
            "response_on": day(first),
            "best_mrd": draw(st.sampled_from((*MRD_RESULTS, "not evaluable"))),
            "relapse_on": draw(st.none() | st.integers(first, last).map(day)),
        }
    return a_subject(number, **facts)


@st.composite
def cohorts(draw: st.DrawFn) -> list[Subject]:
    return [draw(subjects(number)) for number in range(1, 1 + draw(st.integers(0, 12)))]


def published() -> tuple[Subject, ...]:
    """The 108 synthetic patients, read from the file by plain means: neither the import nor the database is asked."""
    rows = csv.DictReader(io.StringIO(published_cohort().decode()))
    found = (_of_row(row) for row in rows)
    return tuple(subject for subject in found if subject)


def _of_row(row: dict[str, str]) -> Subject | None:
    return subject_of(
        Person(
            pk=uuid.UUID(int=int(row["subject"])),
            number=int(row["subject"]),
            prior_hct={"yes": True, "no": False, "": None}[row["prior_hct"]],
            ecog=int(row["ecog"]) if row["ecog"] else None,
            version=row["protocol_version"],
            enrolled_on=_on(row["enrolled_on"]),
            birth_date=_on(row["birth_date"]),
            **{name: row[name] for name in ("site", "sex", "arm", "salvage", "karyotype")},
        ),
        list(_facts(row)),
        cutoff=DATA_CUTOFF,
        past=Past(
            _on(row["treatment_started_on"]),
            row["response"],
            row["best_mrd"],
            _on(row["mrd_negative_on"]) if row["mrd_negative_on"] else None,
            _on(row["last_contact_on"]),
        ),
    )


def _facts(row: dict[str, str]) -> Any:
    values = {
        "response": row["response"],
        "hct": row["hct_donor"],
        "vod": row["vod_grade"],
        "relapse": "",
        "death": row["cause_of_death"],
        "last_contact": "",
    }
    for name, value in values.items():
        if row[f"{name}_on"]:
            yield Fact(name.replace("_", "-"), _on(row[f"{name}_on"]), value)
    for sample in ("mrd1", "mrd2", "mrd3"):
        if row[f"{sample}_on"]:
            yield Fact("mrd", _on(row[f"{sample}_on"]), _result(row[f"{sample}_value"]))


def _result(value: str) -> str:
    if not value:
        return "not evaluable"
    return "negative" if float(value) < 0.0001 else "positive"


def _on(text: str) -> dt.date:
    return dt.date.fromisoformat(text)
