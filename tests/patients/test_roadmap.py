"""The roadmap of a patient along the calendar."""

import datetime as dt

from patients.charts.roadmap import Block, roadmap

FIRST = dt.date(2013, 3, 1)
OVER = Block("Cycle 1", FIRST, dt.date(2013, 3, 28), FIRST, "completed")


def test_today_is_on_the_roadmap_while_treatment_goes_on() -> None:
    drawn = str(roadmap([OVER], [], today=dt.date(2013, 5, 1), title="Roadmap"))
    assert ">Today<" in drawn


def test_a_course_of_years_ago_fills_its_roadmap_without_today() -> None:
    """Otherwise four weeks of treatment would be a dot at the left of thirteen years."""
    drawn = str(roadmap([OVER], [], today=dt.date(2026, 5, 1), title="Roadmap"))
    assert ">Today<" not in drawn
    assert "2014" not in drawn.replace("today is 2026", "")


def test_the_dates_of_a_long_course_do_not_touch() -> None:
    """The labels of its axis are a year apart where half-years would crowd."""
    last = Block("Cycle 40", dt.date(2022, 3, 1), dt.date(2022, 3, 28), dt.date(2022, 3, 1), "completed")
    drawn = str(roadmap([OVER, last], [], today=dt.date(2022, 5, 1), title="Roadmap"))
    assert "2016-01" in drawn
    assert "2016-07" not in drawn
