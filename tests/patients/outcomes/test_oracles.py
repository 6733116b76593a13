"""Data sets from a seed, many with ties, against lifelines, scipy and statsmodels: none of them in the product."""

import math
import warnings

import pytest

from patients.outcomes.comparing import chi_square, expected, fisher, log_rank
from patients.outcomes.descriptive import quantile
from patients.outcomes.incidence import incidence_curve
from patients.outcomes.numbers import beta_quantile, chi_square_tail, incomplete_beta
from patients.outcomes.proportions import Proportion
from patients.outcomes.survival import kaplan_meier
from tests.patients.outcomes.samples import drawn

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # theirs, about one another
    import numpy as np
    from lifelines import KaplanMeierFitter
    from lifelines.statistics import multivariate_logrank_test
    from scipy import special, stats
    from statsmodels.duration.survfunc import CumIncidenceRight, survdiff
    from statsmodels.stats.proportion import proportion_confint

EXACT = 1e-12


def apart(ours, theirs):
    """The greatest distance of two columns; None and nan are no numbers on either side."""
    ours, theirs = np.array(ours, dtype=float), np.asarray(theirs, dtype=float)
    both = ~np.isnan(ours)
    return np.abs(ours[both] - theirs[both]).max(initial=0)


def agrees_with_lifelines(times, events):
    """Survival, limits and, where S is never one half, the median; whether the median was compared."""
    theirs = KaplanMeierFitter().fit(times, events, timeline=sorted(set(times)))
    limits = theirs.confidence_interval_.to_numpy()
    ours = kaplan_meier(times, events)
    assert apart(ours.survival, theirs.survival_function_.to_numpy()[:, 0]) < EXACT
    assert apart(ours.lower, limits[:, 0]) < EXACT
    assert apart(ours.upper, limits[:, 1]) < EXACT
    if any(abs(share - 0.5) < EXACT for share in ours.survival):
        return False
    median = theirs.median_survival_time_
    assert ours.median()[:2] == ((None, None) if math.isinf(median) else (median, median))
    return True


def test_survival_limits_and_medians_are_those_of_lifelines():
    assert sum(agrees_with_lifelines(times, events) for times, events in drawn(500)) > 300


def test_they_still_are_with_twenty_thousand_subjects():
    source = np.random.default_rng(5)
    times, events = source.exponential(700, 20_000), source.random(20_000) < 0.6
    agrees_with_lifelines(times.tolist(), events.tolist())


def split(times, events, number):
    """The subjects dealt out to so many groups, and the group of each."""
    return [(times[i::number], events[i::number]) for i in range(number)], np.arange(len(times)) % number


def test_log_ranks_are_those_of_statsmodels():
    compared = 0
    for i, (times, events) in enumerate(drawn(500, seed=6)):
        groups, group = split(times, events, 2 + i % 4)
        ours = log_rank(groups)
        if ours is not None and ours.df == 1 + i % 4:  # statsmodels fails where a group is never at risk
            chi2, p = survdiff(np.array(times), np.array(events), group)
            assert ours.chi2 == pytest.approx(chi2, rel=1e-10, abs=EXACT)
            assert ours.p == pytest.approx(p, rel=1e-10, abs=EXACT)
            compared += 1
    assert compared > 300


def test_log_ranks_are_those_of_lifelines():
    for i, (times, events) in enumerate(drawn(120, seed=7)):
        groups, group = split(times, events, 2 + i % 4)
        ours = log_rank(groups)
        if ours is not None and ours.df == 1 + i % 4 and len(times) > 20:
            theirs = multivariate_logrank_test(times, group, events)
            assert ours.chi2 == pytest.approx(theirs.test_statistic, rel=EXACT, abs=EXACT)
            assert ours.p == pytest.approx(theirs.p_value, abs=EXACT)


def test_cumulative_incidence_and_its_error_are_those_of_statsmodels():
    for times, causes in drawn(500, marks=3, seed=8):
        if set(causes) < {0, 1, 2}:
            continue
        ours = incidence_curve(times, causes)
        with np.errstate(all="ignore"):  # nan where the last of them die
            theirs = CumIncidenceRight(np.array(times), np.array(causes))
        steps = {step.time: step for step in ours.steps}
        at = [steps[time] for time in theirs.times]
        assert apart([step.value for step in at], theirs.cinc[0]) < EXACT
        wide = 1.959963984540054 * theirs.cinc_se[0] / (theirs.cinc[0] * np.log(theirs.cinc[0]))
        upper, lower = (theirs.cinc[0] ** np.exp(sign * wide) for sign in (1, -1))
        usable = [i for i, step in enumerate(at) if step.lower is not None and np.isfinite(wide[i])]
        assert apart([at[i].lower for i in usable], lower[usable]) < 1e-10
        assert apart([at[i].upper for i in usable], upper[usable]) < 1e-10


def test_the_tail_of_chi_square_is_that_of_scipy():
    values = np.concatenate([np.logspace(-12, 3, 150), [0.0]])
    for df in (1, 2, 3, 4, 5, 10, 31, 100, 999):
        ours = np.array([chi_square_tail(value, df) for value in values])
        np.testing.assert_allclose(ours, stats.chi2.sf(values, df), rtol=2e-12, atol=1e-300)


def test_incomplete_beta_and_its_quantile_are_those_of_scipy():
    for a, b in ((1, 1), (1, 108), (10, 98), (90, 18), (3, 99_998), (50_000, 50_001), (0.5, 7.5)):
        for x in np.linspace(0.001, 0.999, 41):
            assert incomplete_beta(x, a, b) == pytest.approx(special.betainc(a, b, x), rel=1e-9, abs=1e-14)
        for share in (1e-6, 0.005, 0.025, 0.5, 0.975, 0.995):
            assert beta_quantile(share, a, b) == pytest.approx(special.betaincinv(a, b, share), rel=1e-11)


def test_limits_of_proportions_are_those_of_statsmodels():
    for n in (1, 2, 17, 41, 108, 2000):
        for k in {0, 1, n // 3, n // 2, n - 1, n}:
            for name, ours in (
                ("wilson", Proportion(k, n).wilson),
                ("beta", Proportion(k, n).clopper_pearson),
            ):
                theirs = proportion_confint(k, n, method=name)
                assert ours == pytest.approx([100 * limit for limit in theirs], abs=1e-10)


def test_fisher_and_chi_square_are_those_of_scipy():
    source = np.random.default_rng(9)
    for top in (4, 12, 60, 400):
        for table in source.integers(0, top, size=(125, 2, 2)).tolist():
            assert fisher(table) == pytest.approx(stats.fisher_exact(table)[1], rel=1e-9)
            agrees_with_scipy(table, yates=True)
            agrees_with_scipy(table, yates=False)


def test_chi_square_of_larger_tables_is_that_of_scipy():
    source = np.random.default_rng(10)
    for shape in ((2, 3), (3, 2), (5, 2), (4, 4)):
        for table in source.integers(0, 30, size=(50, *shape)).tolist():
            agrees_with_scipy(table, yates=False)


def agrees_with_scipy(table, *, yates):
    ours = chi_square(table, yates=yates)
    if not (np.sum(table, axis=0).all() and np.sum(table, axis=1).all()):
        assert ours is None
        return
    theirs = stats.chi2_contingency(table, correction=yates)
    assert ours.chi2 == pytest.approx(theirs.statistic, rel=EXACT, abs=EXACT)
    assert (ours.df, ours.p) == (theirs.dof, pytest.approx(theirs.pvalue, rel=1e-11))
    assert expected(table) == pytest.approx(theirs.expected_freq, rel=EXACT)


def test_quantiles_are_those_of_numpy():
    source = np.random.default_rng(11)
    for n in (1, 2, 3, 40, 108):
        values = source.normal(50, 20, n).tolist()
        for share in (0, 0.1, 0.25, 0.5, 0.75, 1):
            assert quantile(values, share) == pytest.approx(np.quantile(values, share), rel=1e-14)
