"""The live abstract: what it says of the published cohort, of few, of nobody; every number leads to patients."""

import re

import pytest
from hypothesis import given, settings

from patients.cohort.published import DATA_CUTOFF
from patients.outcomes.abstract import Number, abstract, plain
from patients.outcomes.definitions import AS_PUBLISHED, DEFAULT
from patients.outcomes.figures import figures
from tests.patients.outcomes import cases
from tests.patients.outcomes.cases import a_subject, day, dead

PUBLISHED = """\
Patients. 108 patients were enrolled, 67 before and 41 after the amendment: 67 assigned to inotuzumab and 41 assigned \
to inotuzumab plus blinatumomab. Median age was 37 years (17–87); 77 (71 %) were in first salvage and 31 (29 %) in \
later salvage, and 21 (19 %) had a transplant before.

Response. Of 107 patients evaluable for response, 89 responded (83 %, 95 % interval 75–89): CR 66 (62 %), CRp or CRi \
23 (21 %). In first salvage 71 of 76 (93 %) responded: primary refractory 17 of 17 (100 %), CR1 < 12 months 16 of 19 \
(84 %) and CR1 ≥ 12 months 38 of 40 (95 %). In later salvage: S2 10 of 17 (59 %) and S3 or later 8 of 14 (57 %). \
1 patient was not assessed for response and was left out of it.

MRD. MRD became negative in 71 of 87 (82 %, 95 % interval 72–88) evaluable responders, in first salvage in 60 of 70 \
(86 %).

Transplant and VOD. 47 (44 %) went on to transplant: 29 of 67 (43 %) assigned to inotuzumab and 18 of 41 (44 %) \
assigned to inotuzumab plus blinatumomab. VOD occurred in 10 of 108 (9 %): 9 of 67 (13 %) assigned to inotuzumab and \
1 of 41 (2 %) assigned to inotuzumab plus blinatumomab (uncorrected chi-square, P = 0.056). Among the transplanted it \
occurred in 5 of 29 (17 %) assigned to inotuzumab and 1 of 18 (6 %) assigned to inotuzumab plus blinatumomab.

Survival. Median overall survival was 14.0 months (95 % interval 10.9–30.7). Alive at 3 years: 37 % (95 % interval \
27–47). Alive at 3 years by line of salvage: first salvage 46 % and later salvage 16 % (log-rank test, P = 0.001). \
Alive at 3 years by best MRD: MRD negative 58 % and MRD positive 8 % (log-rank test, P = 0.0003). Still in remission \
3 years after response: 48 % (95 % interval 36–59). Of 89 patients who responded, 81 were under observation at the \
landmark of 136 days (4.5 months, the median time to transplant); alive 3 years later: 51 % of the 24 with transplant \
by then and 47 % of the 57 without transplant by then (log-rank test, P = 0.85).

Follow-up. Median follow-up of the 42 patients alive was 34 months (2–100)."""


def said(*subjects) -> str:
    return plain(abstract(figures(subjects, DEFAULT)))


def test_of_the_published_cohort_it_prints_what_the_publication_prints():
    assert plain(abstract(figures(cases.published(), AS_PUBLISHED.at(DATA_CUTOFF)))) == PUBLISHED


def test_by_default_vod_is_tested_by_fisher():
    text = said(*cases.published())
    assert "(Fisher’s exact test, P = 0.086)" in text
    assert text.replace("Fisher’s exact test, P = 0.086", "uncorrected chi-square, P = 0.056") == PUBLISHED


def test_arms_are_assigned_never_received():
    assert "41 assigned to inotuzumab plus blinatumomab" in PUBLISHED
    assert "received" not in PUBLISHED


@settings(max_examples=60, deadline=None)
@given(cases.cohorts())
def test_every_number_leads_to_as_many_patients_as_it_says(subjects):
    found = figures(subjects, DEFAULT)
    parts = (part for section in abstract(found) for sentence in section.sentences for part in sentence)
    for number in parts:
        if not isinstance(number, Number):
            continue
        selected = found.selection(number.key, number.group, number.part)
        assert selected is not None, number
        counted = re.match(r"(\d+)(?: of (\d+))? \(", number.text) or re.fullmatch(r"(\d+)", number.text)
        if counted:
            assert int(counted[1]) == len(selected.subjects), number
            assert counted.lastindex != 2 or int(counted[2]) == selected.n, number


@settings(max_examples=60, deadline=None)
@given(cases.cohorts())
def test_whoever_they_are_it_is_whole_sentences(subjects):
    text = said(*subjects)
    assert not re.search(r"None|nan|–\)|\(–|\(\)| 1 patients|\b1 were| ,|  ", text.replace(" (0–", " (0 to "))
    assert all(part.endswith(".") for part in text.split("\n\n"))


def test_of_nobody_it_says_just_that():
    assert said() == "Patients. No patient was enrolled by the data cut-off."


def test_of_one_patient_it_says_so_and_leaves_out_what_nobody_could_be_in():
    text = said(a_subject(started_on=None, prior_hct=None))
    assert text == (
        "Patients. 1 patient was enrolled, 1 before the amendment: 1 assigned to inotuzumab. Median age was 34 years "
        "(34–34); 0 (0 %) were in first salvage and 1 (100 %) in later salvage."
    )


def test_no_event_is_no_patient():
    text = said(a_subject(1, response="NR"), a_subject(2, response="NR"))
    assert "No patient went on to transplant. No patient had VOD." in text
    assert "0 responded (0 %, 95 % interval 0–66)" in text
    assert "MRD" not in text
    assert "landmark" not in text


@pytest.mark.parametrize(
    ("subjects", "sentences"),
    [
        ([a_subject()], ["was not reached.", "Alive at 3 years: nobody followed for 3 years."]),
        ([dead(1, on=100)], ["was 3.3 months.", "Alive at 3 years: 0 %."]),
        (
            [dead(n, on=100 * n) for n in range(1, 6)]
            + [a_subject(n, last_contact_on=day(2000)) for n in range(6, 10)],
            [
                "was 16.4 months (95 % interval 3.3–not reached).",
                "Alive at 3 years: 44 % (95 % interval 14–72).",
            ],
        ),
    ],
)
def test_what_is_not_reached_or_not_yet_seen_is_said(subjects, sentences):
    text = said(*subjects)
    assert [sentence for sentence in sentences if sentence not in text] == []


def test_versions_of_other_names_are_called_by_them():
    text = said(a_subject(1), a_subject(2, version="third"), a_subject(3, version="amended"))
    assert (
        "3 patients were enrolled, 1 under version original, 1 under version amended and 1 under version third"
        in text
    )
