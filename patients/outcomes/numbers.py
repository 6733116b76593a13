"""The few distributions that the statistics need, from the standard library alone. All arguments and results floats."""

from __future__ import annotations

import math
from functools import lru_cache
from statistics import NormalDist

STEPS = 10_000  # far more than any argument here takes; ends a loop that would not
SMALL = 1e-300  # in place of a zero denominator (Lentz)


@lru_cache(maxsize=16)
def normal_quantile(level: float) -> float:
    """z of a two-sided interval: 1.959964 for 0.95. ValueError unless 0 < level < 1."""
    if not 0 < level < 1:
        raise ValueError(f"level: {level!r}. A level is a share between 0 and 1, such as 0.95.")
    return NormalDist().inv_cdf((1 + level) / 2)


def chi_square_tail(value: float, df: int) -> float:
    """P(chi-square with `df` degrees of freedom >= value), accurate in the far tail.

    Q(s + 1, h) = Q(s, h) + e^-h h^s / Gamma(s + 1) from Q(1/2, h) = erfc(sqrt h) or Q(1, h) = e^-h, with h = value / 2:
    Abramowitz and Stegun 6.5.21, 26.4.4 and 26.4.5. Every term is positive, so nothing cancels.
    """
    if df < 1 or not value >= 0:
        raise ValueError(f"chi-square: value {value!r} on {df!r} df. The value is 0 or more, df 1 or more.")
    half = value / 2
    if half == 0:
        return 1.0
    shape, tail = (0.5, math.erfc(math.sqrt(half))) if df % 2 else (1.0, math.exp(-half))
    while shape < df / 2:
        tail += math.exp(shape * math.log(half) - half - math.lgamma(shape + 1))
        shape += 1
    return min(tail, 1.0)


def incomplete_beta(x: float, a: float, b: float) -> float:
    """I_x(a, b), the distribution function of beta(a, b) at x in [0, 1]; a and b above 0."""
    if x <= 0 or x >= 1:
        return 0.0 if x <= 0 else 1.0
    front = math.exp(a * math.log(x) + b * math.log1p(-x) - _log_beta(a, b))
    # The fraction converges fast on this side of the mean, and the other side is its mirror image.
    if x < (a + 1) / (a + b + 2):
        return front / (a * _fraction(x, a, b))
    return 1 - front / (b * _fraction(1 - x, b, a))


def _log_beta(a: float, b: float) -> float:
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)


def _fraction(x: float, a: float, b: float) -> float:
    """The continued fraction of the incomplete beta (DLMF 8.17.22), by Lentz's method."""
    c, d, value = 1.0, 0.0, 1.0
    for m in range(STEPS):
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        even = (m + 1) * (b - m - 1) * x / ((a + 2 * m + 1) * (a + 2 * m + 2))
        before = value
        for term in (odd, even):
            d = 1 / ((1 + term * d) or SMALL)
            c = (1 + term / c) or SMALL
            value *= c * d
        if abs(value - before) <= 1e-16 * abs(value):
            break
    return value


@lru_cache(maxsize=1024)
def beta_quantile(share: float, a: float, b: float) -> float:
    """The x with I_x(a, b) = share: Newton's steps, halved into the bracket where they leave it."""
    low, high, x = 0.0, 1.0, a / (a + b)
    for _ in range(200):
        error = incomplete_beta(x, a, b) - share
        low, high = (low, x) if error > 0 else (x, high)
        density = math.exp((a - 1) * math.log(x) + (b - 1) * math.log1p(-x) - _log_beta(a, b))
        step = x - error / density if density else low
        step = step if low < step < high else (low + high) / 2
        if abs(step - x) <= 1e-15 * x:
            break
        x = step
    return x
