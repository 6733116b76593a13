"""manage.py outcomes, as a person or a script calls it."""

import datetime as dt
import io
import json
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command

from patients.actions import importing
from patients.cohort.published import published_cohort
from patients.models import Patient
from patients.outcomes.definitions import DEFAULT
from patients.outcomes.report import report
from protocoltracker.accounts.models import Role
from tests.factories import a_person, a_site, an_imported, enrolled
from tests.patients.outcomes.expected import differences, published_figures

pytestmark = pytest.mark.django_db


def printed(*arguments: str) -> str:
    out, err = io.StringIO(), io.StringIO()
    call_command("outcomes", *arguments, stdout=out, stderr=err)
    assert err.getvalue() == ""
    return out.getvalue()


def figures(*arguments: str) -> dict[str, Any]:
    return json.loads(printed("--format", "json", *arguments), parse_constant=pytest.fail)


@pytest.fixture
def cohort() -> None:
    importing.store(by="system:import", content=published_cohort(), today=dt.date(2026, 1, 1))


@pytest.mark.usefixtures("cohort")
def test_on_the_published_cohort_every_value_is_as_expected():
    assert differences(published_figures(), figures("--data-cutoff", "2021-06-15")) == []


@pytest.mark.usefixtures("cohort")
def test_who_is_enrolled_after_the_cut_off_changes_no_value():
    site = a_site("East")
    enrolled(
        site=site, by=a_person(Role.INVESTIGATOR, site), day1=dt.date(2021, 7, 1), today=dt.date(2021, 7, 1)
    )
    assert differences(published_figures(), figures("--data-cutoff", "2021-06-15")) == []
    assert figures("--data-cutoff", "2021-07-02")["counts"]["patients"] == 109


@pytest.mark.usefixtures("cohort")
def test_the_text_reads_as_the_abstract_with_tables_and_definitions():
    text = printed("--data-cutoff", "2021-06-15", "--preset", "as-published")
    assert text.startswith("Data cut-off 2021-06-15: who was enrolled later is not in the dataset")
    words = " ".join(text.split())
    assert (
        "1 of 41 (2 %) assigned to inotuzumab plus blinatumomab (uncorrected chi-square, P = 0.056)" in words
    )
    assert "\nOverall response by arm            inotuzumab                    52/66   79 %   67–87\n" in text
    assert "\nVOD by arm " in text
    assert "\nReverse Kaplan-Meier  108  55.7" in text
    assert "\nCumulative incidence of VOD      108  10      60         10 %       5–16\n" in text
    assert "Overall survival: From the start of treatment to death of any cause" in text
    assert max(map(len, text.splitlines()[:30])) <= 100
    assert "71\n%" not in text


def test_an_empty_record_prints_zeros_and_nulls():
    assert figures() == json.loads(json.dumps(report([], DEFAULT)))
    assert figures()["counts"]["patients"] == 0
    assert "No patient was enrolled by the data cut-off." in printed()


def test_without_a_day_it_is_today_wherever_that_begins_first():
    a_site("Auckland", zone="Pacific/Auckland")
    an_imported(enrolled_on="2018-03-05", site="Auckland")
    with time_machine.travel(dt.datetime(2018, 3, 4, 12, tzinfo=dt.UTC), tick=False):
        assert figures()["counts"]["patients"] == 1
    with time_machine.travel(dt.datetime(2018, 3, 4, 10, tzinfo=dt.UTC), tick=False):
        assert figures()["counts"]["patients"] == 0


@pytest.mark.parametrize("day", ["2021-02-30", "yesterday", "15.6.2021", "20210615", "", "0000-01-01"])
def test_a_bad_day_is_said_and_nothing_is_printed(day):
    out = io.StringIO()
    with pytest.raises(CommandError, match="--data-cutoff") as fault:
        call_command("outcomes", "--format", "json", "--data-cutoff", day, stdout=out)
    assert (out.getvalue(), fault.value.returncode) == ("", 2)


def test_a_terminal_of_few_letters_gets_them_spelt_out():
    an_imported()
    terminal = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    call_command("outcomes", stdout=terminal)
    terminal.flush()
    assert b"\\u2013" in terminal.buffer.getvalue()  # type: ignore[attr-defined]


def test_an_unknown_format_is_refused():
    with pytest.raises(CommandError, match="invalid choice"):
        call_command("outcomes", "--format", "xml")


AWKWARD = (
    {"enrolled_on": "2016-02-29", "treatment_started_on": "2016-02-29", "birth_date": "1996-02-29"},
    {"site": "Lonely"},
    {"ecog": "", "weight_kg": "", "prior_hct": "", "karyotype": ""},
    {"notes": '=cmd|"/C calc"!A0\n\tNA null ”', "hct_on": "2018-06-01"},
    {"response": "", "response_on": "", "best_mrd": ""}
    | dict.fromkeys(("mrd_method", "mrd_negative_on", "mrd1_on", "mrd1_value", "mrd2_on", "mrd2_value"), ""),
    {"hct_on": "2018-03-20", "vod_on": "2018-04-01"},
    {"mrd2_value": "0.0001", "mrd_negative_on": "", "best_mrd": "positive"},
)


def test_awkward_but_valid_rows_are_counted_as_they_are():
    for columns in AWKWARD:
        an_imported(**columns)
    assert Patient.objects.count() == len(AWKWARD)
    found = figures("--data-cutoff", "2021-06-15")
    assert found["counts"]["patients"] == len(AWKWARD)
    assert found["counts"]["ecog"] == {"1": 6, "missing": 1}
    assert found["counts"]["response"] == {"CR": 6, "not assessed": 1}
    assert found["counts"]["best_mrd_among_responders"] == {"negative": 5, "positive": 1}
    assert found["counts"]["site"] == {"Central": 6, "Lonely": 1}
    assert found["proportions"]["prior_hct"]["overall"]["n"] == 6
    assert found["proportions"]["hct"]["overall"]["k"] == 2
    assert found["age"]["min"] == 20
