"""What the dashboard shows: the same numbers as the report, each with its patients, its test and its definition."""

from functools import cache
from itertools import product

import pytest
from hypothesis import given, settings
from scipy import stats

from patients.cohort.published import DATA_CUTOFF
from patients.outcomes.definitions import AS_PUBLISHED, DEFAULT, PRESETS, WORDS, Choice, Definitions
from patients.outcomes.endpoints import GROUPINGS, INCIDENCES, RATES, SURVIVALS
from patients.outcomes.figures import DENOMINATOR, NUMERATOR, REST, Figures, figures
from patients.outcomes.figures_parts import PARTS
from patients.outcomes.figures_rates import compared
from patients.outcomes.figures_selection import MEASURES
from patients.outcomes.report import report
from tests.patients.outcomes import cases
from tests.patients.outcomes.cases import a_subject, day, dead
from tests.patients.outcomes.expected import published_figures


@cache
def published(preset: Definitions = DEFAULT) -> Figures:
    return figures(cases.published(), preset.at(DATA_CUTOFF))


@settings(max_examples=40, deadline=None)
@given(cases.cohorts())
def test_rates_are_those_of_the_report_for_everybody_and_for_every_group(subjects):
    found, expected = figures(subjects, DEFAULT), report(subjects, DEFAULT)["proportions"]
    for key, by_group in expected.items():
        for by, groups in by_group.items():
            for value, rate in groups.items() if by != "overall" else [("", groups)]:
                ours = found.rate(key, f"{by}:{value}" if value else "")
                assert (ours.k, ours.n, ours.percent) == (rate["k"], rate["n"], rate["pct"])
                assert (len(ours.numerator), len(ours.denominator)) == (ours.k, ours.n)


def test_curves_are_those_of_the_report_with_their_members_and_test():
    expected = published_figures()["survival"]
    for figure in published().survivals:
        part = expected[figure.key][figure.by or "overall"]
        for one in figure.groups:
            curve = part["groups"][one.group.value] if figure.by else part
            assert one.percent == pytest.approx(curve["at"]["36"]["S"], abs=1e-6)
            assert (len(one.members), len(one.with_event)) == (curve["n"], curve["events"])
        assert (figure.test is None) == (not figure.by)
        if figure.test:
            assert figure.test.name == "log-rank test"
            assert figure.test.p == pytest.approx(part["logrank"]["p"], abs=1e-6)


def test_the_landmark_shows_who_is_left_out():
    found = published().landmark
    assert (found.days, len(found.responders)) == (136.0, 89)
    assert (len(found.dead_before), len(found.censored_before)) == (4, 4)
    assert [round(one.percent) for one in found.figure.groups] == [51, 47]
    assert [one.group.token for one in found.figure.groups] == ["landmark:HCT", "landmark:no HCT"]
    assert round(found.figure.test.p, 2) == 0.85


def test_incidences_are_those_of_the_report():
    expected = published_figures()["cumulative_incidence_36_months"]
    for figure in published().incidences:
        part = expected[figure.key.removesuffix("_incidence")]["overall"]
        assert 100 * figure.at.value == pytest.approx(part["cif36"], abs=1e-6)
        assert (len(figure.members), len(figure.with_event)) == (part["n"], part["events"])


def test_follow_up_is_of_the_living():
    found = published().follow_up
    assert (found.alive.n, found.everybody.n) == (42, 108)
    assert DEFAULT.months(found.alive.median) == pytest.approx(33.98768, abs=1e-6)
    assert DEFAULT.months(found.reverse_median) == pytest.approx(55.655031, abs=1e-6)


def test_nobody_followed_for_36_months_is_no_percentage_but_all_dead_is():
    alive, gone = (figures([one], DEFAULT).survival("os").groups[0] for one in (a_subject(), dead(on=9)))
    assert (alive.percent, alive.interval) == (None, None)
    assert (gone.percent, gone.interval) == (0.0, None)


def test_vod_by_arm_is_tested_by_fisher_or_as_published_and_says_so():
    default, as_published = (published(preset).table("vod", "arm").test for preset in (DEFAULT, AS_PUBLISHED))
    assert (default.chosen.name, round(default.chosen.p, 3), default.small) == (
        "Fisher’s exact test",
        0.086,
        True,
    )
    assert (as_published.chosen.name, round(as_published.chosen.p, 3)) == ("uncorrected chi-square", 0.056)
    assert {(one.name, round(one.p, 3)) for one in default.others} == {
        ("uncorrected chi-square", 0.056),
        ("chi-square with Yates’ correction", 0.116),
    }


def test_fisher_is_chosen_only_where_an_expected_count_is_below_five():
    large, small = [(30, 20), (25, 25)], [(9, 58), (1, 40)]
    assert compared(large, Choice.BY_EXPECTED).chosen.name == "uncorrected chi-square"
    assert compared(small, Choice.BY_EXPECTED).chosen.p == pytest.approx(stats.fisher_exact(small)[1])
    exactly_five = [(5, 5), (5, 5)]
    assert compared(exactly_five, Choice.BY_EXPECTED).small is False


def test_more_than_two_groups_are_compared_by_chi_square_alone():
    test = published().table("orr", "salvage").test
    assert (test.chosen.name, test.others, test.small) == ("uncorrected chi-square", (), True)
    assert test.chosen.p == pytest.approx(0.000259, abs=1e-6)


def test_one_group_or_an_empty_column_has_no_p():
    assert compared([(3, 4)], Choice.BY_EXPECTED).chosen.p is None
    assert compared([(3, 0), (4, 0)], Choice.CHI_SQUARE).chosen.p is None
    assert compared([], Choice.BY_EXPECTED).chosen.name == "one group: nothing to compare"


def test_vod_by_schedule_warns_that_more_than_the_schedule_differs():
    assert published().table("vod", "arm").note == (
        "Not a pure effect of the schedule: total dose, blinatumomab and years differ as well. "
        "6 of the 10 had a transplant."
    )


def test_every_figure_has_a_definition_in_words():
    keys = {measure.definition for measure in MEASURES.values()}
    assert keys | {"month", "interval"} <= set(WORDS)
    for preset in PRESETS.values():
        assert all(text.endswith(".") for text in preset.words.values())
        assert all(text.endswith(".") for text in preset.at(DATA_CUTOFF).common)


def test_the_cut_off_and_the_chosen_test_and_landmark_are_said():
    said = AS_PUBLISHED.at(DATA_CUTOFF)
    assert "2021-06-15" in said.common[0]
    assert "chi-square without continuity correction, as published" in said.words["test"]
    assert "Fisher" in DEFAULT.words["test"]
    chosen = Definitions("four months", "Four months", landmark_days=121.75)
    assert chosen.words["landmark"].startswith("Day 121.75 of treatment, as chosen.")
    assert DEFAULT.words["landmark"].startswith("The median time from the start of treatment to HCT")


def test_every_measure_leads_to_its_patients_in_every_group():
    found = published()
    tokens = [group.token for grouping in GROUPINGS for group in found.groups(grouping.by)]
    for key, token in product(MEASURES, ["", *tokens]):
        whole, met, rest = (found.selection(key, token, part) for part in PARTS)
        assert {one.pk for one in met.subjects} | {one.pk for one in rest.subjects} == {
            one.pk for one in whole.subjects
        }
        assert len(met.subjects) + len(rest.subjects) == len(whole.subjects)
        assert (whole.k, whole.n) == (len(met.subjects), len(whole.subjects))
        assert whole.definition == found.definitions.words[MEASURES[key].definition]


def test_the_patients_behind_a_rate_are_those_counted_in_it():
    for key in (kind.key for kind in RATES):
        rate = published().rate(key, "arm:inotuzumab")
        for part, pks in ((DENOMINATOR, rate.denominator), (NUMERATOR, rate.numerator)):
            selected = published().selection(key, "arm:inotuzumab", part)
            assert tuple(one.pk for one in selected.subjects) == pks


def test_the_patients_behind_a_curve_are_those_drawn_in_it():
    for figure, kind in product(published().survivals, SURVIVALS):
        for one in figure.groups if figure.key == kind.key else ():
            selected = published().selection(figure.key, one.group.token, NUMERATOR)
            assert tuple(subject.pk for subject in selected.subjects) == one.with_event


def test_the_patients_behind_the_landmark_are_found_the_excluded_too():
    found = published()
    sizes = {
        token: len(found.selection("landmark", token).subjects)
        for token in (
            "",
            "landmark:HCT",
            "landmark:no HCT",
            "landmark:dead-before",
            "landmark:censored-before",
        )
    }
    assert list(sizes.values()) == [89, 24, 57, 4, 4]
    assert len(found.selection("landmark", "", NUMERATOR).subjects) == 81
    assert len(found.selection("landmark", "", REST).subjects) == 8
    assert len(found.selection("landmark", "landmark:HCT", NUMERATOR).subjects) == 12


@pytest.mark.parametrize(
    ("key", "group", "part"),
    [
        ("nothing", "", DENOMINATOR),
        ("orr", "nothing", DENOMINATOR),
        ("orr", "salvage_line:S9", DENOMINATOR),
        ("orr", "planet:Mars", DENOMINATOR),
        ("orr", "site:", DENOMINATOR),
        ("orr", "", "everything"),
        ("landmark", "arm:inotuzumab", DENOMINATOR),
    ],
)
def test_an_unknown_address_leads_nowhere(key, group, part):
    assert published().selection(key, group, part) is None


def test_unknown_rates_and_groups_are_key_errors():
    for unknown in (("nothing", ""), ("orr", "arm:nothing"), ("orr", "nothing:S1")):
        with pytest.raises(KeyError):
            published().rate(*unknown)
    with pytest.raises(KeyError):
        published().table("orr", "nothing")
    with pytest.raises(KeyError):
        published().survival("nothing")


def test_a_group_without_anybody_counted_is_shown_as_such():
    found = figures([a_subject(salvage="S2", response="CR", response_on=day(20))], DEFAULT)
    groups = {one.group.value: one.curve.n for one in found.survival("os", "salvage_line").groups}
    assert groups == {"S1": 0, "S2+": 1}
    assert found.table("orr", "salvage").rates[0].percent is None
    assert found.selection("orr", "salvage:S3+").subjects == ()


def test_labels_are_words():
    labels = [group.label for group in published().groups("salvage")]
    assert labels == [
        "S1, primary refractory",
        "S1, CR1 < 12 months",
        "S1, CR1 ≥ 12 months",
        "S2",
        "S3 or later",
    ]
    assert published().groups("arm")[1].label == "inotuzumab plus blinatumomab"


def test_every_incidence_has_a_figure():
    assert [figure.title for figure in published().incidences] == [
        f"Cumulative incidence of {kind.noun}" for kind in INCIDENCES
    ]
