"""The same statistics a second time: subject by subject, in fractions, by the definition; slow and easy to believe."""

from fractions import Fraction
from itertools import combinations
from math import comb


def survival(times, events):
    """[(time, S)] at each time of an event."""
    share, rows = Fraction(1), []
    for time in sorted({t for t, e in zip(times, events, strict=True) if e}):
        there = sum(t >= time for t in times)
        dead = sum(t == time and e for t, e in zip(times, events, strict=True))
        share *= Fraction(there - dead, there)
        rows.append((time, share))
    return rows


def greenwood(times, events):
    """[(time, S, sum of d / n (n - d))] at each time of an event that leaves somebody."""
    total, rows = Fraction(0), []
    for time, share in survival(times, events):
        there = sum(t >= time for t in times)
        dead = sum(t == time and e for t, e in zip(times, events, strict=True))
        if there > dead:
            total += Fraction(dead, there * (there - dead))
            rows.append((time, share, total))
    return rows


def median(times, events):
    return next((time for time, share in survival(times, events) if share <= Fraction(1, 2)), None)


def midpoint(times, events):
    """The middle of the stretch where S is one half; where it stays so, of the stretch to the last time seen."""
    rows = survival(times, events)
    stretch = [time for time, share in rows if share == Fraction(1, 2)]
    if not stretch:
        return median(times, events)
    below = [time for time, share in rows if share < Fraction(1, 2)]
    return (stretch[0] + (below[0] if below else max(times))) / 2


def log_rank(groups):
    """Chi-square as a fraction, leaving out the first group; None where the variance is 0."""
    pooled = [(t, e) for times, events in groups for t, e in zip(times, events, strict=True)]
    k = len(groups)
    excess = [Fraction(0)] * k
    variance = [[Fraction(0)] * k for _ in groups]
    for time in sorted({t for t, e in pooled if e}):
        n = sum(t >= time for t, _ in pooled)
        d = sum(t == time and bool(e) for t, e in pooled)
        there = [sum(t >= time for t in times) for times, _ in groups]
        for i, (times, events) in enumerate(groups):
            seen = sum(t == time and bool(e) for t, e in zip(times, events, strict=True))
            excess[i] += seen - Fraction(d * there[i], n)
            for j in range(k) if n > 1 else ():
                same = Fraction(there[i], n) if i == j else 0
                share = same - Fraction(there[i] * there[j], n * n)
                variance[i][j] += Fraction(d * (n - d), n - 1) * share
    return _quadratic([row[1:] for row in variance[1:]], excess[1:])


def _quadratic(matrix, vector):
    """v' M^-1 v = (det M - det(M - v v')) / det M; None where M has no inverse."""
    whole = _determinant(matrix)
    if not whole:
        return None
    less = [
        [m - a * b for m, b in zip(row, vector, strict=True)] for row, a in zip(matrix, vector, strict=True)
    ]
    return 1 - _determinant(less) / whole


def _determinant(matrix):
    if not matrix:
        return Fraction(1)
    first, *rest = matrix
    return sum(
        (-1) ** i * value * _determinant([row[:i] + row[i + 1 :] for row in rest])
        for i, value in enumerate(first)
    )


def fisher(table):
    """Every way to hand out the outcomes, counted one by one."""
    (a, b), (c, d) = table
    subjects, first, yes = a + b + c + d, a + b, a + c
    found = [sum(who < first for who in chosen) for chosen in combinations(range(subjects), yes)]
    how_often = {count: found.count(count) for count in set(found)}
    return Fraction(sum(n for n in how_often.values() if n <= how_often[a]), len(found))


def binomial_tail(share, k, n):
    """P(at least k of n) as a fraction; `share` a fraction."""
    return sum(comb(n, i) * share**i * (1 - share) ** (n - i) for i in range(k, n + 1))


def incidence(times, causes):
    """[(time, F, variance)] at each time of an event or a competing one: Marubini and Valsecchi's double sum."""
    pairs = list(zip(times, causes, strict=True))
    share, value, terms, rows = Fraction(1), Fraction(0), [], []
    for time in sorted({t for t, c in pairs if c}):
        n = sum(t >= time for t in times)
        events, dead = (sum(t == time and c in which for t, c in pairs) for which in ((1,), (1, 2)))
        value += share * Fraction(events, n)
        terms.append((n, events, dead, share, value))
        share *= Fraction(n - dead, n)
        rows.append((time, value, sum(_term(value, *term) for term in terms)))
    return rows


def _term(value, n, events, dead, before, then):
    still = (value - then) ** 2 * Fraction(dead, n * (n - dead)) if dead < n else 0
    own = before**2 * Fraction(events * (n - events), n**3)
    return still + own - 2 * (value - then) * before * Fraction(events, n**2)
