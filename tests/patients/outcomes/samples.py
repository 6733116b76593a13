"""Data for the statistics: published, drawn by Hypothesis, drawn from a seed."""

import csv
import random
from pathlib import Path

from hypothesis import strategies as st

REFERENCE = Path(__file__).resolve().parents[2] / "reference"

subjects = st.lists(
    st.tuples(st.integers(0, 12), st.booleans()), max_size=14
)  # few times: ties, and S of one half
groups = st.lists(subjects, min_size=2, max_size=4)
tables = st.tuples(*[st.tuples(st.integers(0, 30), st.integers(0, 30))] * 2)


def columns(rows):
    """[(time, mark)] as (times, marks)."""
    return [time for time, _ in rows], [mark for _, mark in rows]


def published(name, event):
    """The arms of a reference file: {arm: (times, events)}."""
    with (REFERENCE / name).open(newline="") as file:
        rows = list(csv.DictReader(file))
    return {
        arm: columns([(int(row["time"]), row[event] == "1") for row in rows if row["arm"] == arm])
        for arm in dict.fromkeys(row["arm"] for row in rows)
    }


def drawn(number, *, marks=2, seed=3):
    """Data sets of 1 to 150 subjects: tied days or distinct times, few or many censored; [(times, marks)]."""
    source = random.Random(seed)  # noqa: S311 - the same data each time
    for _ in range(number):
        n = source.choice((1, 2, 3, 5, 10, 40, 108, 150))
        scale, weights = source.choice((5, 60, 900)), [source.random() for _ in range(marks)]
        times = [source.expovariate(1 / scale) for _ in range(n)]
        if source.random() < 0.8:
            times = [int(time) for time in times]
        yield times, source.choices(range(marks), weights, k=n)
