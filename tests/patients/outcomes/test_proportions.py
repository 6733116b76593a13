import pytest
from hypothesis import given
from hypothesis import strategies as st

from patients.outcomes.proportions import Proportion

counts = st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@pytest.mark.parametrize(
    ("k", "n", "wilson", "clopper_pearson"),
    [
        (81, 263, (25.53, 36.62), (25.27, 36.76)),
        (15, 148, (6.24, 16.05), (5.78, 16.17)),
        (0, 20, (0, 16.11), (0, 16.84)),
        (1, 29, (0.61, 17.18), (0.09, 17.76)),
    ],
)
def test_published_limits(k, n, wilson, clopper_pearson):
    """Newcombe, Stat Med 1998;17:857, table I."""
    share = Proportion(k, n)
    assert tuple(round(limit, 2) for limit in share.wilson) == wilson
    assert tuple(round(limit, 2) for limit in share.clopper_pearson) == clopper_pearson


def test_a_share_of_nobody_is_none():
    share = Proportion(0, 0)
    assert (share.pct, share.wilson, share.clopper_pearson) == (None, None, None)


def test_89_of_107_is_83_percent_and_of_108_it_is_82():
    assert (round(Proportion(89, 107).pct), round(Proportion(89, 108).pct)) == (83, 82)


@pytest.mark.parametrize(("k", "n"), [(-1, 3), (4, 3), (0, -1)])
def test_more_than_all_is_refused(k, n):
    with pytest.raises(ValueError, match=f"k: {k} of n: {n}"):
        Proportion(k, n)


@given(counts)
def test_limits_lie_round_the_share_and_end_where_nothing_is_left(given):
    k, n = given
    share = Proportion(k, n)
    for low, high in (share.wilson, share.clopper_pearson):
        assert 0 <= low <= share.pct <= high <= 100
        assert (low == 0) == (k == 0)
        assert (high == 100) == (k == n)


@given(counts)
def test_the_others_have_the_mirrored_limits(given):
    k, n = given
    for name in ("wilson", "clopper_pearson"):
        low, high = getattr(Proportion(k, n), name)
        assert getattr(Proportion(n - k, n), name) == pytest.approx((100 - high, 100 - low), abs=1e-10)


@given(counts)
def test_limits_widen_with_the_level(given):
    usual, wide = Proportion(*given), Proportion(*given, level=0.99)
    for name in ("wilson", "clopper_pearson"):
        (low, high), (lower, higher) = getattr(usual, name), getattr(wide, name)
        assert lower <= low <= high <= higher
        assert higher - lower > high - low
