"""A share of patients with its 95 % limits, in percent."""

from __future__ import annotations

from dataclasses import dataclass

from patients.outcomes.numbers import beta_quantile, normal_quantile

Interval = tuple[float, float]  # lower and upper limit in percent


@dataclass(frozen=True, slots=True)
class Proportion:
    """`k` of `n`. Everything but k and n is None where n is 0. ValueError unless 0 <= k <= n."""

    k: int
    n: int
    level: float = 0.95

    def __post_init__(self) -> None:
        if not 0 <= self.k <= self.n:
            raise ValueError(f"k: {self.k} of n: {self.n}. Give 0 <= k <= n.")

    @property
    def pct(self) -> float | None:
        return 100 * self.k / self.n if self.n else None

    @property
    def wilson(self) -> Interval | None:
        """Without continuity correction: Wilson, J Am Stat Assoc 1927;22:209."""
        if not self.n:
            return None
        z2 = normal_quantile(self.level) ** 2
        middle = self.k + z2 / 2
        half = (z2 * self.k * (self.n - self.k) / self.n + z2 * z2 / 4) ** 0.5
        whole = (self.n + z2) / 100
        # At the ends rounding must not leave a hair on the wrong side of 0 or 100.
        return (
            (middle - half) / whole if self.k else 0.0,
            (middle + half) / whole if self.k < self.n else 100.0,
        )

    @property
    def clopper_pearson(self) -> Interval | None:
        """Exact: Clopper and Pearson, Biometrika 1934;26:404."""
        if not self.n:
            return None
        tail, rest = (1 - self.level) / 2, self.n - self.k
        return (
            100 * beta_quantile(tail, self.k, rest + 1) if self.k else 0.0,
            100 * (1 - beta_quantile(tail, rest, self.k + 1)) if rest else 100.0,
        )
