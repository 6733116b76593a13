"""Shares of patients with their 95 % intervals, one below the other: a point, a bar, and k/N in words."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString

from patients.charts import parts
from patients.charts.parts import line, text
from patients.outcomes.wording import whole

WIDTH, LEFT, RIGHT, TOP, ROW = 520, 168, 404, 10, 42
WORDS = 416  # where k/N begins
SCALES = ((5, 1), (10, 2), (20, 5), (40, 10), (100, 25))
"""Percent at the right end, and from one line to the next."""


@dataclass(frozen=True)
class Rate:
    """`k` of `n` patients; `interval` in percent, None where n is 0. `square` marks the second arm."""

    name: str
    k: int
    n: int
    interval: tuple[float, float] | None
    look: str
    note: str = ""
    square: bool = False

    @property
    def pct(self) -> float:
        return 100 * self.k / self.n if self.n else 0.0

    @property
    def said(self) -> str:
        return f"{self.k}/{self.n} · {whole(self.pct)} %" if self.n else "no patient"

    @property
    def range(self) -> str:
        return f"{whole(self.interval[0])}–{whole(self.interval[1])} %" if self.interval else ""


def rate_figure(rows: Sequence[Rate], *, key: str, title: str, full: bool = False) -> SafeString:
    """The figure; `full` draws the axis up to 100 %, otherwise as far as the intervals reach."""
    reach = max((one.interval[1] for one in rows if one.interval), default=0)
    end, step = next(scale for scale in SCALES if reach <= scale[0]) if not full else SCALES[-1]
    bottom = TOP + ROW * max(len(rows), 1)
    body = [*_grid(end, step, bottom), *(_row(one, TOP + ROW * n, end) for n, one in enumerate(rows))]
    said = " ".join(f"{one.name}: {one.said}{', 95 % ' + one.range if one.range else ''}." for one in rows)
    desc = f"Points with 95 % Wilson intervals. {said}"
    return parts.figure(key, size=(WIDTH, bottom + 24), title=title, desc=desc, body=body)


def _across(percent: float, end: int) -> float:
    return round(LEFT + percent / end * (RIGHT - LEFT), 1)


def _grid(end: int, step: int, bottom: int) -> list[str]:
    drawn = []
    for percent in range(0, end + 1, step):
        x = _across(percent, end)
        drawn.append(line("g-grid", x=(x, x), y=(TOP, bottom)))
        drawn.append(text(x, bottom + 16, f"{percent} %", "t-c t-s t-m"))
    return drawn


def _row(one: Rate, top: int, end: int) -> str:
    middle = top + ROW // 2 - 2
    words = [text(0, middle + (4 if not one.note else -2), one.name, "t-b")]
    words += [text(0, middle + 12, one.note, "t-s t-m")] if one.note else []
    words.append(text(WORDS, middle + (-2 if one.range else 4), one.said, "t-b" if one.n else "t-m"))
    words += [text(WORDS, middle + 12, one.range, "t-s t-m")] if one.range else []
    return f'<g class="{one.look}">{"".join(words)}{_drawn(one, middle, end)}</g>'


def _drawn(one: Rate, y: int, end: int) -> str:
    if not one.interval:
        return ""
    x = _across(one.pct, end)
    bar = line("s g-whisker", x=(_across(one.interval[0], end), _across(one.interval[1], end)), y=(y, y))
    if one.square:
        return bar + f'<rect class="f" x="{x - 5.5:g}" y="{y - 5.5:g}" width="11" height="11"/>'
    return bar + f'<circle class="f" cx="{x:g}" cy="{y:g}" r="6"/>'
