"""Each rule on both sides of its border: a row that it tells, and the nearest row that it does not."""

import datetime as dt

import pytest

from patients.cohort.checking import RULES
from patients.cohort.findings import ERROR, WARNING
from patients.cohort.rules import Known
from tests.cohort_files import a_row, dead, no_response
from tests.patients.cohort.examined import KNOWN, TODAY, found, told

CUT_OFF = Known(today=TODAY, effective=KNOWN.effective, data_cutoff=dt.date(2020, 6, 1))


def hct(on: str, **columns: str) -> dict[str, str]:
    facts = {"hct_on": on, "hct_donor": "haploidentical", "hct_conditioning": "reduced-intensity"}
    return a_row(**(facts | columns))


def original(**columns: str) -> dict[str, str]:
    facts = {
        "protocol_version": "original",
        "arm": "inotuzumab",
        "enrolled_on": "2017-03-14",
        "blina_cycles": "0",
    }
    return a_row(**(facts | columns))


def early_death(on: str = "2018-04-06", **columns: str) -> dict[str, str]:
    facts = {"response": "ED", "death_on": on, "cause_of_death": "infection", "last_contact_on": on}
    return no_response(**(facts | columns))


def relapsed(on: str, **columns: str) -> dict[str, str]:
    return a_row(**({"relapse_on": on, "cr_lost_on": on} | columns))


def samples(first: str, second: str, **columns: str) -> dict[str, str]:
    """Two samples with these values, the second one on the day of the first negative result."""
    return a_row(**({"mrd1_value": first, "mrd2_value": second} | columns))


# rule, column, severity, a row that is told, the row at the other side of the border
CASES = [
    ("arm-of-version", "arm", ERROR, a_row(arm="inotuzumab"), a_row()),
    ("arm-of-version", "arm", ERROR, original(arm="inotuzumab-plus-blinatumomab"), original()),
    ("version-in-force", "protocol_version", WARNING, original(enrolled_on="2017-03-15"), original()),
    (
        "version-in-force",
        "protocol_version",
        WARNING,
        a_row(enrolled_on="2017-03-14"),
        a_row(enrolled_on="2017-03-15"),
    ),
    (
        "version-in-force",
        "protocol_version",
        WARNING,
        original(enrolled_on="2011-08-25"),
        original(enrolled_on="2011-08-26"),
    ),
    ("ecog", "ecog", WARNING, a_row(ecog="4"), a_row(ecog="3")),
    ("ecog", "ecog", WARNING, a_row(ecog="4"), a_row(ecog="")),
    ("unit", "wbc_10e9_l", WARNING, a_row(wbc_10e9_l="1000.1"), a_row(wbc_10e9_l="1000")),
    ("unit", "bilirubin_mg_dl", WARNING, a_row(bilirubin_mg_dl="30.1"), a_row(bilirubin_mg_dl="30")),
    ("unit", "alt_u_l", WARNING, a_row(alt_u_l="10001"), a_row(alt_u_l="10000")),
    ("unit", "creatinine_mg_dl", WARNING, a_row(creatinine_mg_dl="70"), a_row(creatinine_mg_dl="20")),
    ("cycles", "mini_hcvd_cycles", ERROR, a_row(mini_hcvd_cycles="5"), a_row(mini_hcvd_cycles="4")),
    ("cycles", "mini_hcvd_cycles", ERROR, a_row(mini_hcvd_cycles="8"), original(mini_hcvd_cycles="8")),
    ("cycles", "maintenance_cycles", ERROR, a_row(maintenance_cycles="17"), a_row(maintenance_cycles="16")),
    ("cycles", "maintenance_cycles", ERROR, a_row(maintenance_cycles="36"), original(maintenance_cycles="36")),
    ("cycles", "blina_cycles", ERROR, original(blina_cycles="1"), original(blina_cycles="")),
    ("without-event", "vod_grade", ERROR, a_row(vod_grade="mild"), a_row(vod_grade="mild", vod_on="2018-06-01")),
    ("without-event", "vod_resolved", ERROR, a_row(vod_resolved="no"), a_row(vod_resolved="no", vod_on="2018-06-01")),
    ("without-event", "hct_donor", ERROR, a_row(hct_donor="haploidentical"), hct("2018-06-01")),
    (
        "without-event",
        "hct_conditioning",
        ERROR,
        a_row(hct_conditioning="myeloablative"),
        hct("2018-06-01", hct_donor=""),
    ),
    ("without-event", "cause_of_death", ERROR, a_row(cause_of_death="infection"), dead("2019-01-01")),
    ("without-event", "mrd3_value", ERROR, a_row(mrd3_value="0"), a_row(mrd3_on="2018-06-01")),
    ("response-date", "response_on", ERROR, a_row(response_on="", mrd_negative_on=""), a_row()),
    ("response-date", "response_on", ERROR, no_response(response_on="2018-04-04"), no_response()),
    ("response-date", "response_on", ERROR, no_response(response="", response_on="2018-04-04"), a_row()),
    ("early-death-alive", "response", ERROR, no_response(response="ED"), early_death()),
    ("early-death-late", "response", WARNING, early_death("2018-04-07"), early_death("2018-04-06")),
    ("relapse", "relapse_on", ERROR, no_response(relapse_on="2019-01-01"), no_response()),
    ("relapse", "relapse_on", ERROR, relapsed("2018-04-04"), relapsed("2018-04-05")),
    ("cr-lost", "cr_lost_on", ERROR, relapsed("2019-01-01", cr_lost_on=""), relapsed("2019-01-01")),
    ("cr-lost", "cr_lost_on", ERROR, relapsed("2019-01-01", cr_lost_on="2019-01-02"), relapsed("2019-01-02")),
    ("cr-lost", "cr_lost_on", ERROR, a_row(cr_lost_on="2019-01-01"), a_row()),
    ("cr-lost", "cr_lost_on", ERROR, dead("2019-01-01", cr_lost_on=""), dead("2019-01-01")),
    (
        "cr-lost",
        "cr_lost_on",
        ERROR,
        dead("2019-02-01", relapse_on="2019-01-01"),
        dead("2019-02-01", relapse_on="2019-01-01", cr_lost_on="2019-01-01"),
    ),
    ("cr-lost", "cr_lost_on", ERROR, early_death(cr_lost_on="2018-04-06"), early_death()),
    (
        "cause-of-death",
        "cause_of_death",
        WARNING,
        dead("2019-01-01", cause_of_death="VOD"),
        dead("2019-01-01", cause_of_death="VOD", vod_on="2019-01-01"),
    ),
    (
        "cause-of-death",
        "cause_of_death",
        WARNING,
        dead("2019-01-01", cause_of_death="GVHD"),
        dead("2019-01-01", cause_of_death="GVHD", prior_hct="yes"),
    ),
    ("future", "last_contact_on", ERROR, a_row(last_contact_on="2026-01-02"), a_row(last_contact_on="2026-01-01")),
    (
        "before-birth",
        "birth_date",
        ERROR,
        a_row(birth_date="2018-03-06"),
        a_row(birth_date="2017-03-05"),
    ),
    (
        "before-birth",
        "treatment_started_on",
        ERROR,
        a_row(birth_date="2017-03-05", treatment_started_on="2017-03-04"),
        a_row(birth_date="2017-03-05", treatment_started_on="2017-03-05"),
    ),
    ("age", "birth_date", ERROR, a_row(birth_date="2017-03-06"), a_row(birth_date="2017-03-05")),
    ("age", "birth_date", ERROR, a_row(birth_date="1907-03-05"), a_row(birth_date="1907-03-06")),
    ("minor", "birth_date", WARNING, a_row(birth_date="2000-03-06"), a_row(birth_date="2000-03-05")),
    (
        "minor",
        "birth_date",
        WARNING,
        a_row(birth_date="2000-02-29", enrolled_on="2018-02-28"),
        a_row(birth_date="2000-02-29", enrolled_on="2018-03-01"),
    ),
    (
        "treated-before-enrolment",
        "treatment_started_on",
        WARNING,
        a_row(treatment_started_on="2018-03-04"),
        a_row(treatment_started_on="2018-03-05"),
    ),
    (
        "treated-late",
        "treatment_started_on",
        WARNING,
        a_row(enrolled_on="2017-12-06"),
        a_row(enrolled_on="2017-12-07"),
    ),
    (
        "before-treatment",
        "response_on",
        ERROR,
        a_row(response_on="2018-03-06"),
        a_row(response_on="2018-03-07"),
    ),
    (
        "before-treatment",
        "mrd_negative_on",
        ERROR,
        a_row(mrd_negative_on="2018-03-06"),
        a_row(mrd_negative_on="2018-03-07"),
    ),
    ("before-treatment", "hct_on", ERROR, hct("2018-03-06"), hct("2018-03-07")),
    ("before-treatment", "vod_on", ERROR, a_row(vod_on="2018-03-06"), a_row(vod_on="2018-03-07")),
    ("before-treatment", "death_on", ERROR, early_death("2018-03-06"), early_death("2018-03-07")),
    (
        "after-death",
        "vod_on",
        ERROR,
        early_death("2018-03-20", vod_on="2018-03-21"),
        early_death("2018-03-20", vod_on="2018-03-20"),
    ),
    ("after-death", "enrolled_on", ERROR, early_death("2018-03-07", enrolled_on="2018-03-08"), early_death()),
    (
        "last-contact",
        "last_contact_on",
        ERROR,
        early_death("2018-03-20", last_contact_on="2018-03-21"),
        early_death("2018-03-20"),
    ),
    (
        "last-contact",
        "last_contact_on",
        ERROR,
        early_death("2018-03-20", last_contact_on="2018-03-19"),
        early_death("2018-03-20"),
    ),
    (
        "after-last-contact",
        "hct_on",
        ERROR,
        hct("2018-07-02", last_contact_on="2018-07-01"),
        hct("2018-07-01", last_contact_on="2018-07-01"),
    ),
    ("mrd-best", "best_mrd", ERROR, samples("0.01", "0.00009999", best_mrd="positive", mrd_negative_on=""),
     samples("0.01", "0.0001", best_mrd="positive", mrd_negative_on="")),
    ("mrd-best-unseen", "best_mrd", WARNING, samples("0.01", "0.0001", mrd_negative_on=""),
     samples("0.01", "0.0000999", mrd_negative_on="")),
    ("mrd-best-unseen", "best_mrd", WARNING, samples("0.01", "0.01", mrd_negative_on="", best_mrd="not evaluable"),
     samples("", "", mrd_negative_on="", best_mrd="not evaluable")),
    ("mrd-best-unseen", "best_mrd", WARNING, samples("0.01", "0.01", mrd_negative_on="", best_mrd=""),
     samples("", "", mrd_negative_on="", best_mrd="")),
    ("mrd-without-response", "best_mrd", WARNING, no_response(best_mrd="positive"), no_response()),
    ("mrd-negative-day", "mrd_negative_on", ERROR, samples("0.01", "0.01", best_mrd="positive"), a_row()),
    ("mrd-first-negative", "mrd_negative_on", WARNING, a_row(mrd_negative_on="2018-05-03"), a_row()),
    ("mrd-first-negative", "mrd_negative_on", WARNING, a_row(mrd_negative_on="2018-04-04"),
     a_row(mrd_negative_on="2018-04-05")),
    ("mrd-order", "mrd2_on", WARNING, a_row(mrd1_on="2018-05-02"), a_row(mrd1_on="2018-05-01")),
    ("mrd-order", "mrd3_on", WARNING, a_row(mrd3_on="2018-04-04", mrd2_on="", mrd2_value=""),
     a_row(mrd3_on="2018-04-05", mrd2_on="", mrd2_value="")),
    ("mrd-before-treatment", "mrd1_on", WARNING, a_row(mrd1_on="2018-03-06"), a_row(mrd1_on="2018-03-07")),
]  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "column", "severity", "wrong", "right"),
    CASES,
    ids=[f"{n}-{case[0]}" for n, case in enumerate(CASES)],
)
def test_a_rule_tells_what_is_wrong_and_nothing_at_the_other_side_of_its_border(
    rule, column, severity, wrong, right
):
    assert (1, column, rule, severity) in told(wrong)
    assert rule not in {code for _, _, code, _ in told(right)}


def test_every_rule_has_its_case():
    assert {rule.code for rule in RULES} == {rule for rule, *_ in CASES} | {"after-cut-off"}


def test_nothing_lies_after_the_data_cut_off_when_one_is_given():
    assert told(a_row(last_contact_on="2020-06-01"), known=CUT_OFF) == []
    assert told(a_row(last_contact_on="2020-06-02"), known=CUT_OFF) == [
        (1, "last_contact_on", "after-cut-off", ERROR)
    ]
    assert told(a_row(last_contact_on="2026-01-02"), known=CUT_OFF) == [
        (1, "last_contact_on", "future", ERROR)
    ]


def test_the_version_in_force_is_the_one_of_the_site():
    approved = {"original": dt.date(2011, 8, 26), "amended": dt.date(2019, 1, 1)}
    known = Known(today=TODAY, effective=KNOWN.effective, in_force={"Central": approved})
    assert told(a_row(), known=known) == [(1, "protocol_version", "version-in-force", WARNING)]
    assert told(a_row(site="North"), known=known) == []


@pytest.mark.parametrize("case", CASES, ids=[f"{n}-{case[0]}" for n, case in enumerate(CASES)])
def test_a_message_names_the_column_and_what_it_says_there(case):
    rule, column, _, wrong, _ = case
    (finding,) = [f for f in found(wrong) if (f.rule, f.column) == (rule, column)]
    assert column in finding.message
    assert (wrong[column] or "blank") in finding.message
    assert (
        finding.message.rstrip(".").count(".") >= 1 or "?" in finding.message
    )  # what is wrong, then the way out


VALID = {
    "a plain responder": a_row(),
    "enrolled and born on a leap day": a_row(
        enrolled_on="2020-02-29",
        birth_date="1984-02-29",
        treatment_started_on="2020-02-29",
        response_on="2020-03-30",
        mrd_negative_on="2020-03-30",
        mrd1_on="2020-03-30",
        mrd1_value="0",
        mrd2_on="",
        mrd2_value="",
    ),
    "death on the day of treatment start": early_death("2018-03-07"),
    "censored after exactly 36 months": a_row(last_contact_on="2021-03-07"),
    "no response assessment": no_response(response="", best_mrd=""),
    "transplant without response": no_response(hct_on="2018-06-01", hct_donor="cord blood"),
    "VOD on the day of death": early_death("2018-03-20", vod_on="2018-03-20", vod_grade="very severe"),
    "MRD of exactly 0.0001 is positive": samples("0.0001", "0.0001", best_mrd="positive", mrd_negative_on=""),
    "blank ECOG and weight": a_row(ecog="", weight_kg="", height_cm=""),
    "hostile notes": a_row(notes='=cmd|"/C calc"!A0\n\t"NA", null \u202e 東京'),
    "death in remission on the day of the response": dead(
        "2018-04-04", mrd_negative_on="", mrd2_on="", mrd2_value="", best_mrd="positive"
    ),
    "nothing but what is required": no_response(
        **dict.fromkeys(
            (
                *(
                    "height_cm",
                    "weight_kg",
                    "ecog",
                    "prior_hct",
                    "cd20_pct",
                    "rituximab",
                    "cd22_pct",
                    "karyotype",
                ),
                *(
                    "bm_blasts_pct",
                    "wbc_10e9_l",
                    "bilirubin_mg_dl",
                    "alt_u_l",
                    "creatinine_mg_dl",
                    "response",
                ),
                *("best_mrd", "ino_cycles", "mini_hcvd_cycles", "blina_cycles", "maintenance_cycles"),
            ),
            "",
        )
    ),
}


@pytest.mark.parametrize("row", VALID.values(), ids=VALID.keys())
def test_the_awkward_but_valid_is_not_told(row):
    assert found(row) == []


@pytest.mark.parametrize(
    "column",
    [
        *("subject", "site", "enrolled_on", "protocol_version", "arm", "sex", "birth_date", "salvage"),
        *("treatment_started_on", "last_contact_on"),
    ],
)
def test_a_required_cell_that_is_blank_is_told_once_and_nothing_follows_from_it(column):
    assert told(a_row(**{column: " "})) == [(1, column, "required", ERROR)]


def test_a_cell_that_cannot_be_read_is_told_once_and_nothing_follows_from_it():
    assert told(a_row(death_on="2019-02-30", cause_of_death="infection")) == [(1, "death_on", "date", ERROR)]
    assert told(a_row(response="cr")) == [(1, "response", "code", ERROR)]
