"""What is told between the rows."""

from patients.cohort.checking import examine
from patients.cohort.findings import ERROR, WARNING
from tests.cohort_files import a_file, a_row
from tests.patients.cohort.examined import KNOWN, found, told


def test_a_subject_twice_is_an_error_also_when_it_is_written_in_two_ways():
    (finding,) = found(a_row(subject="1"), a_row(subject="2"), a_row(subject="001"))
    assert (finding.row, finding.column, finding.rule, finding.severity) == (
        3,
        "subject",
        "doubled-subject",
        ERROR,
    )
    assert finding.message.startswith("subject 001 is there in row 1 already.")


def test_each_further_row_of_a_subject_is_told():
    rows = [a_row(subject="7")] * 3
    assert [(row, rule) for row, _, rule, _ in told(*rows)] == [
        (2, "doubled-subject"),
        (3, "doubled-subject"),
    ]


def test_who_was_enrolled_before_a_lower_number_is_told_wherever_the_row_is():
    early = a_row(subject="003", enrolled_on="2018-03-04", treatment_started_on="2018-03-07")
    rows = [a_row(subject="002"), early, a_row(subject="001"), a_row(subject="004")]
    assert told(*rows) == [(2, "enrolled_on", "enrolment-order", WARNING)]
    assert told(*reversed(rows)) == [(3, "enrolled_on", "enrolment-order", WARNING)]


def test_two_enrolled_on_one_day_are_in_order():
    assert told(a_row(subject="1"), a_row(subject="2")) == []


def test_a_site_that_is_spelt_in_two_ways_is_told_once():
    rows = [
        a_row(subject=str(n), site=site) for n, site in enumerate(["North", "north", "Nor th", "north"], 1)
    ]
    assert told(*rows) == [(2, "site", "site-spelling", WARNING)]


def test_a_site_that_is_stored_in_another_spelling_is_told():
    findings = examine(a_file(a_row(site="NORTH  Clinic")), KNOWN, stored_sites=["North Clinic"]).findings
    assert [(f.row, f.rule) for f in findings] == [(1, "site-spelling")]
    assert '"North Clinic"' in findings[0].message
    assert examine(a_file(a_row(site="North Clinic")), KNOWN, stored_sites=["North Clinic"]).findings == ()
