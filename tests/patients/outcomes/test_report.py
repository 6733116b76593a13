"""The report of all figures: against the published ones, against a slow second implementation, and of odd cohorts."""

import datetime as dt
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from patients.cohort.published import DATA_CUTOFF
from patients.outcomes.definitions import AS_PUBLISHED, DEFAULT
from patients.outcomes.report import report
from patients.outcomes.report_rates import TESTS
from patients.outcomes.subject import MRD_RESULTS, SALVAGE_LINES, SALVAGES
from tests.patients.outcomes import cases, slow_report
from tests.patients.outcomes.cases import a_subject, day, dead
from tests.patients.outcomes.expected import differences, published_figures

few = settings(max_examples=40, deadline=None)


def of(*subjects: Any) -> dict[str, Any]:
    return report(subjects, DEFAULT)


def numbers(value: Any) -> list[Any]:
    """Every value that is no dictionary, of whatever depth."""
    if isinstance(value, dict):
        return [number for part in value.values() for number in numbers(part)]
    return [value]


def within(slow: Any, fast: Any, path: str = "") -> list[str]:
    """Where a value of the slow report is not that of the fast one, which holds more."""
    if isinstance(slow, dict):
        return [line for key, value in slow.items() for line in within(value, fast[key], f"{path}/{key}")]
    return differences(slow, fast, path)


def test_the_published_figures_come_out_value_by_value():
    found = report(cases.published(), DEFAULT.at(DATA_CUTOFF))
    assert differences(published_figures(), found) == []


def test_the_comparison_of_reports_notices_a_value_a_missing_key_and_another_key():
    expected, found = published_figures(), published_figures()
    found["counts"]["deaths"] += 1
    found["age"]["median"] += 0.25
    del found["survival"]["os"]["overall"]["at"]["36"]
    found["counts"]["arm"]["another"] = 1
    found["counts"]["arm"]["nobody"] = 0
    assert differences(expected, found) == [
        "/age/median: 37.0 expected, 37.25 found",
        "/counts/arm/another: not expected",
        "/counts/deaths: 66 expected, 67 found",
        "/survival/os/overall/at/36: missing",
    ]


def test_the_preset_changes_the_test_that_is_named_not_the_figures():
    assert report(cases.published(), AS_PUBLISHED) == report(cases.published(), DEFAULT)


@few
@given(cases.cohorts())
def test_a_slow_second_implementation_agrees(subjects):
    assert within(slow_report.report(subjects), of(*subjects)) == []


@few
@given(cases.cohorts(), st.randoms(use_true_random=False))
def test_the_order_of_patients_changes_nothing(subjects, source):
    mixed = subjects.copy()
    source.shuffle(mixed)
    assert of(*mixed) == of(*subjects)


@few
@given(cases.cohorts())
def test_whoever_they_are_it_is_json_without_nan(subjects):
    found = of(*subjects)
    assert json.loads(json.dumps(found, allow_nan=False)) == found


@few
@given(cases.cohorts())
def test_shares_and_limits_lie_where_shares_lie(subjects):
    for key, rate in of(*subjects)["proportions"].items():
        one = rate["overall"]
        if one["n"]:
            low, high = one["wilson"]
            assert 0 <= low <= one["pct"] <= high <= 100, key
        else:
            assert (one["k"], one["pct"], one["wilson"], one["clopper_pearson"]) == (0, None, None, None)


def test_of_nobody_everything_is_zero_or_null():
    found = of()
    assert found["counts"]["patients"] == 0
    assert set(numbers(found["counts"])) == {0}
    assert set(numbers(found["age"])) == {None}
    assert set(numbers(found["cumulative_incidence_36_months"]["vod"]["overall"])) == {0, None}
    assert found["follow_up_months"]["alive"] == {"n": 0, "median": None, "min": None, "max": None}
    assert found["survival"]["os"]["overall"]["at"]["36"] == {
        "S": None,
        "lo": None,
        "hi": None,
        "at_risk": 0,
    }
    assert found["survival"]["os"]["salvage_line"]["logrank"] == {"chi2": None, "df": None, "p": None}
    assert found["survival"]["os_hct_landmark"]["landmark_days"] is None


def test_classes_without_anybody_are_shown_sites_without_anybody_are_not():
    found = of(a_subject(salvage="S2", site="North"))
    rate = found["proportions"]["vod"]
    assert (tuple(rate["salvage"]), tuple(rate["salvage_line"])) == (SALVAGES, SALVAGE_LINES)
    assert rate["salvage"]["S3+"] == {
        "k": 0,
        "n": 0,
        "pct": None,
        "wilson": None,
        "clopper_pearson": None,
    }
    assert tuple(rate["site"]) == ("North",)
    assert tuple(found["survival"]["os"]["best_mrd"]["groups"]) == MRD_RESULTS
    assert found["counts"]["salvage"] == dict.fromkeys(SALVAGES, 0) | {"S2": 1}


def test_sites_sexes_and_arms_are_in_the_order_of_their_letters():
    named = [a_subject(number, site=site) for number, site in enumerate(("é", "b", "Z", "a"), 1)]
    assert list(of(*named)["counts"]["site"]) == ["Z", "a", "b", "é"]
    assert list(of(*named)["survival"]["os"]["site"]["groups"]) == ["Z", "a", "b", "é"]


def test_blanks_are_counted_by_their_names_or_left_out():
    found = of(a_subject(ecog=None, karyotype="", response="", vod_on=day(3)), a_subject(2, response="NE"))[
        "counts"
    ]
    assert found["ecog"] == {"1": 1, "missing": 1}
    assert found["response"] == {"not assessed": 2}
    assert found["karyotype"] == {"diploid": 1}
    assert (found["vod"], found["vod_grade"]) == (1, {})


def test_categories_that_a_file_does_not_know_are_not_responding_but_evaluable():
    found = of(*(a_subject(n, response=r) for n, r in enumerate(("MLFS", "PR", "NR", "ED", "NE", "CR"), 1)))
    assert found["proportions"]["orr"]["overall"]["k"] == 1
    assert found["proportions"]["orr"]["overall"]["n"] == 5
    assert found["counts"]["response"]["PR"] == 1


def test_who_is_not_treated_is_in_the_counts_and_in_no_time_to_event():
    found = of(a_subject(), a_subject(2, started_on=None))
    assert found["counts"]["patients"] == 2
    assert found["survival"]["os"]["overall"]["n"] == 1
    assert found["proportions"]["vod"]["overall"]["n"] == 1
    assert found["proportions"]["salvage_1"]["overall"]["n"] == 2


def test_death_on_the_day_of_the_start_is_a_time_of_zero():
    found = of(dead(1, on=0, response="ED"), a_subject(2))
    curve = found["survival"]["os"]["overall"]
    assert (curve["at"]["12"]["S"], curve["at_risk"]["0"], curve["median_months"]["value"]) == (50.0, 2, 0.0)
    assert found["proportions"]["died_within_30_days"]["overall"]["k"] == 1


def test_months_are_counted_in_whole_days_on_either_side_of_36():
    """36 months are 1095.75 days: who is censored after 1095 days is not at risk then, after 1096 days is."""
    before = of(*(a_subject(n, last_contact_on=day(1095)) for n in (1, 2)))["survival"]["os"]["overall"]
    after = of(*(a_subject(n, last_contact_on=day(1096)) for n in (1, 2)))["survival"]["os"]["overall"]
    assert (before["at_risk"]["36"], after["at_risk"]["36"]) == (0, 2)


def test_a_median_of_exactly_one_half_is_the_first_such_time():
    found = of(dead(1, on=100), dead(2, on=200))["survival"]["os"]["overall"]["median_months"]
    assert found["value"] == pytest.approx(100 / 30.4375)
    assert found["midpoint_convention"] == pytest.approx(150 / 30.4375)


def test_a_group_of_which_all_died_ends_at_zero_without_limits():
    found = of(*(dead(n, on=100 * n) for n in (1, 2, 3)))["survival"]["os"]["overall"]
    assert found["at"]["12"] == {"S": 0.0, "lo": None, "hi": None, "at_risk": 0}


def test_vod_on_the_day_of_death_counts_as_vod():
    found = of(dead(1, on=50, vod_on=day(50)), dead(2, on=60), a_subject(3))
    assert found["cumulative_incidence_36_months"]["vod"]["overall"]["events"] == 1
    assert found["cumulative_incidence_36_months"]["vod"]["overall"]["competing"] == 1
    assert found["counts"]["vod"] == found["proportions"]["vod"]["overall"]["k"] == 1


def test_a_transplant_before_the_response_counts_and_sets_the_landmark():
    early = a_subject(1, response="CR", response_on=day(90), hct_on=day(60))
    found = of(
        early, a_subject(2, response="NR", hct_on=day(100)), dead(3, on=70, response="CR", response_on=day(9))
    )
    landmark = found["survival"]["os_hct_landmark"]
    assert found["proportions"]["hct"]["overall"]["k"] == 2
    assert (landmark["landmark_days"], landmark["responders"], landmark["excluded_dead"]) == (80.0, 2, 1)
    assert landmark["groups"]["HCT by landmark"]["n"] == 1


def test_a_landmark_may_be_chosen():
    definitions = DEFAULT.__class__("here", "Here", landmark_days=4 * 30.4375)
    found = report(cases.published(), definitions)["survival"]["os_hct_landmark"]
    assert found["landmark_months"] == pytest.approx(4)
    assert found["at_landmark"] + found["excluded_dead"] + found["excluded_censored"] == found["responders"]


def test_without_a_transplant_the_landmark_is_null_and_nobody_is_there():
    landmark = of(a_subject(response="CR", response_on=day(20)))["survival"]["os_hct_landmark"]
    assert (landmark["landmark_days"], landmark["landmark_months"], landmark["at_landmark"]) == (
        None,
        None,
        0,
    )
    assert landmark["responders"] == 1
    assert landmark["groups"]["HCT by landmark"]["n"] == 0


def test_remission_is_lost_by_relapse_or_by_death_without_it():
    relapsed = dead(1, on=300, response="CR", response_on=day(20), relapse_on=day(120))
    died = dead(2, on=220, response="CRi", response_on=day(20))
    found = of(relapsed, died, dead(3, on=80, response="NR"))
    assert found["survival"]["cr_duration"]["overall"]["events"] == 2
    assert found["survival"]["cr_duration"]["overall"]["median_months"]["value"] == pytest.approx(
        100 / 30.4375
    )
    assert (found["counts"]["relapses"], found["counts"]["deaths_in_remission"]) == (1, 1)


def test_one_group_alone_is_compared_with_nothing():
    found = of(dead(1, on=100), dead(2, on=200))
    assert found["survival"]["os"]["arm"]["logrank"] == {"chi2": None, "df": None, "p": None}
    table = found["tests"]["vod_by_arm"]
    assert (table["rows"], table["table"]) == (["inotuzumab"], [[0, 2]])
    assert [table[key] for key in ("fisher_p", "chi2", "chi2_df", "chi2_p", "chi2_yates_p")] == [None] * 5


def test_an_empty_column_leaves_fisher_alone_as_scipy_says():
    table = of(a_subject(1), a_subject(2, arm="inotuzumab-plus-blinatumomab"))["tests"]["vod_by_arm"]
    assert table["table"] == [[0, 1], [0, 1]]
    assert table["fisher_p"] == stats.fisher_exact(table["table"])[1] == 1.0
    assert (table["chi2"], table["chi2_yates_p"]) == (None, None)


def test_classes_in_a_test_are_in_clinical_order_without_the_empty_ones():
    people = [
        a_subject(number, salvage=salvage, response=response)
        for number, (salvage, response) in enumerate(
            [("S2", "CR"), ("S1-primary-refractory", "CR"), ("S1-CR1<12mo", "NR"), ("S3+", "")], 1
        )
    ]
    table = of(*people)["tests"]["orr_by_salvage"]
    assert table["rows"] == ["S1-primary-refractory", "S1-CR1<12mo", "S2"]
    assert (table["table"], table["chi2_df"]) == ([[1, 0], [0, 1], [1, 0]], 2)
    assert "fisher_p" not in table


@few
@given(cases.cohorts())
def test_the_tests_of_tables_are_those_of_scipy(subjects):
    tests = of(*subjects)["tests"]
    assert tuple(tests) == tuple(name for name, *_ in TESTS)
    for found in tests.values():
        table = found["table"]
        if len(table) > 1 and all(map(sum, table)) and all(map(sum, zip(*table, strict=True))):
            theirs = stats.chi2_contingency(table, correction=False)
            assert (found["chi2"], found["chi2_p"]) == pytest.approx(theirs[:2], abs=1e-9)
            assert found["chi2_df"] == theirs[2]
        else:
            assert found["chi2"] is None
        if len(table) == 2:
            assert found["fisher_p"] == pytest.approx(stats.fisher_exact(table)[1], abs=1e-9)


def test_age_counts_completed_years_and_its_quartiles_are_interpolated():
    born = (dt.date(1980, 2, 29), dt.date(1980, 3, 1), dt.date(1960, 1, 1), dt.date(1990, 12, 31))
    people = [a_subject(n, birth_date=b, enrolled_on=dt.date(2015, 2, 28)) for n, b in enumerate(born, 1)]
    assert of(*people)["age"] == {
        "median": 34.0,
        "min": 24,
        "max": 55,
        "mean": 36.75,
        "q1": 31.5,
        "q3": 39.25,
    }
