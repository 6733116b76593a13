"""What the figures draw, read back from their paths: where a curve stands, who is marked, where words stand."""

import re
import xml.etree.ElementTree as ET
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patients.charts import Line, Rate, km_figure, parts, rate, rate_figure
from patients.charts import km as drawing
from patients.outcomes.proportions import Proportion
from patients.outcomes.survival import Curve, kaplan_meier

MONTH = 30.4375
SVG = "{http://www.w3.org/2000/svg}"
KNOWN = {
    "key": "os",
    "title": "Overall survival",
    "y_title": "Alive (%)",
    "x_title": "Months",
    "month": MONTH,
}
LOOKS = ("c-1", "c-2", "c-3", "c-4", "c-5")


def drawn(*groups: list[tuple[int, bool]]) -> ET.Element:
    lines = [Line(f"Group {n}", curve(rows), LOOKS[n % 5], n) for n, rows in enumerate(groups)]
    return read(km_figure(lines, **KNOWN))


def read(figure: object) -> ET.Element:
    return ET.fromstring(str(figure))  # noqa: S314 - our own figure


def curve(rows: list[tuple[int, bool]]) -> Curve:
    return kaplan_meier([time for time, _ in rows], [died for _, died in rows])


def cohort(number: int, *, seed: int = 1, longest: int = 3000) -> list[tuple[int, bool]]:
    some = Random(seed)  # noqa: S311 - the same patients each time
    return [(some.randrange(longest), some.random() < 0.6) for _ in range(number)]


def corners(data: str) -> list[tuple[float, float]]:
    """Where the pen stands after each command of a path."""
    x = y = 0.0
    found = []
    for command, numbers in re.findall(r"([MLHVhvZ])([-.\d ]*)", data):
        values = [float(one) for one in numbers.split()]
        x, y = {
            "M": lambda v, x, y: (v[0], v[1]),
            "L": lambda v, x, y: (v[0], v[1]),
            "H": lambda v, x, y: (v[0], y),
            "V": lambda v, x, y: (x, v[0]),
            "h": lambda v, x, y: (x + v[0], y),
            "v": lambda v, x, y: (x, y + v[0]),
            "Z": lambda v, x, y: (x, y),
        }[command](values, x, y)
        found.append((x, y))
    return found


def path_of(figure: ET.Element, css: str) -> str:
    return next(one.get("d", "") for one in figure.iter("path") if css in one.get("class", "").split())


def share(y: float) -> float:
    return (drawing.BOTTOM - y) / (drawing.BOTTOM - drawing.TOP)


def day(x: float, end: int) -> float:
    return (x - drawing.LEFT) / (drawing.RIGHT - drawing.LEFT) * end * MONTH


def height_at(stairs: list[tuple[float, float]], x: float) -> float:
    return [y for at, y in stairs if at <= x + 0.051][-1]


@given(st.lists(st.tuples(st.integers(0, 2000), st.booleans()), min_size=1, max_size=60))
def test_the_curve_stands_where_the_estimate_does(rows):
    figure, truth = drawn(rows), curve(rows)
    end = drawing.Frame.over([Line("x", truth, "c-1")], MONTH).end
    stairs = corners(path_of(figure, "g-line"))
    for step in truth.steps:
        x = drawing.LEFT + step.time / MONTH / end * (drawing.RIGHT - drawing.LEFT)
        later = [one for one in truth.steps if step.time < one.time <= step.time + 0.2 / 318 * end * MONTH]
        if x < drawing.RIGHT and not later:  # of several within a fifth of a pixel the last one shows
            assert share(height_at(stairs, x)) == pytest.approx(step.survival, abs=0.001)
    assert stairs[-1][0] == pytest.approx(min(day_to_x(truth.steps[-1].time, end), drawing.RIGHT), abs=0.06)


def day_to_x(time: float, end: int) -> float:
    return drawing.LEFT + time / MONTH / end * (drawing.RIGHT - drawing.LEFT)


def test_the_band_holds_the_limits_and_the_curve():
    rows = cohort(80, longest=1500)
    figure, truth = drawn(rows), curve(rows)
    band = corners(path_of(figure, "g-band"))
    turn = max(range(len(band)), key=lambda number: (band[number][0], number))
    upper, lower = band[: turn + 1], band[turn:]
    middle = truth.at(700)
    x = day_to_x(700, 60)
    assert share(height_at(upper, x)) == pytest.approx(middle.upper, abs=0.01)
    assert share(height_at(lower[::-1], x)) == pytest.approx(middle.lower, abs=0.02)
    first = next(step for step in truth.steps if step.events)
    assert band[0][0] == pytest.approx(day_to_x(first.time, 60), abs=0.06)  # none before the first event


def test_each_censored_day_has_one_tick_on_the_curve():
    figure = drawn([(100, False), (100, False), (200, True), (300, False), (400, True)])
    ticks = re.findall(r"M([.\d]+) ([.\d]+)v8", path_of(figure, "g-tick"))
    assert [round(day(float(x), 24)) for x, _ in ticks] == [
        pytest.approx(100, abs=1),
        pytest.approx(300, abs=1),
    ]
    assert share(float(ticks[0][1]) + 4) == pytest.approx(1)
    assert share(float(ticks[1][1]) + 4) == pytest.approx(2 / 3, abs=0.001)


def test_numbers_at_risk_are_those_with_as_long_a_time():
    rows = cohort(108)
    words = [one.text for one in drawn(rows).iter("text")]
    after = words[words.index("Number at risk") + 2 :]
    assert after == [
        str(sum(time >= months * MONTH for time, _ in rows)) for months in (0, 12, 24, 36, 48, 60)
    ]


def test_the_value_at_36_months_stands_beside_the_name():
    rows = cohort(108)
    figure, point = drawn(rows), curve(rows).at(36 * MONTH)
    words = [one.text for one in figure.iter("text")]
    said = f"{100 * point.survival:.0f} % ({100 * point.lower:.0f}–{100 * point.upper:.0f})"
    assert words[words.index("Group 0") + 1] == said
    assert said in figure.find("desc").text
    assert "At 36 months" in words


def test_without_36_months_of_follow_up_no_value_is_claimed():
    short = [(100, True), (200, False)]
    assert "At 36 months" not in [one.text for one in drawn(short).iter("text")]
    beside_others = drawn(short, cohort(40))
    named = {g[1].text: len(g) for g in beside_others.iter("g") if g[0].get("class") == "s g-lead"}
    assert named == {
        "Group 0": 2,
        "Group 1": 3,
    }  # the line to it and the name, and for the other the value too
    assert len(list(beside_others.iter("circle"))) == 1


@pytest.mark.parametrize("number", [0, 1, 2, 20, 108, 1000])
def test_any_number_of_patients_gives_a_figure_that_can_be_read(number):
    figure = drawn(cohort(number), [])
    words = [one.text for one in figure.iter("text")]
    assert str(number) in words  # at risk on the first day
    assert ("No patient yet" in words) == (number == 0)
    assert "NaN" not in ET.tostring(figure, encoding="unicode")
    places = [(float(one.get("x")), float(one.get("y"))) for one in figure.iter("text")]
    _, _, width, height = map(float, figure.get("viewBox").split())
    assert all(0 <= x <= width and 0 <= y <= height for x, y in places)


def test_a_group_in_which_all_die_ends_at_nothing():
    figure = drawn([(10, True), (20, True), (1500, True)])
    stairs = corners(path_of(figure, "g-line"))
    assert share(stairs[-1][1]) == pytest.approx(0)
    assert max(x for x, _ in corners(path_of(figure, "g-band"))) == pytest.approx(stairs[-1][0], abs=0.06)


def test_five_groups_of_108_patients_stay_below_12_kilobytes():
    rows = cohort(108)
    lines = [Line(f"Salvage {n}", curve(rows[n::5]), LOOKS[n], n) for n in range(5)]
    assert len(str(km_figure(lines, **KNOWN)).encode()) < 12_000


def test_a_thousand_patients_cost_no_more_than_the_picture_can_show():
    assert len(str(km_figure([Line("All", curve(cohort(1000)), "c-1")], **KNOWN)).encode()) < 40_000


def test_names_keep_apart_where_curves_end_together():
    rows = cohort(30)
    figure = drawn(rows, rows, rows, rows, rows)
    heights = sorted(
        float(t.get("y")) for t in figure.iter("text") if t.text.startswith("Group") and t.get("x") != "0"
    )
    assert all(below - above >= 29 for above, below in pairwise(heights))


@given(st.lists(st.floats(0, 230), max_size=7))
def test_labels_are_moved_apart_in_their_order_and_stay_inside(wanted):
    placed = parts.apart(wanted, gap=30, top=0, bottom=230)
    order = sorted(range(len(wanted)), key=lambda number: (wanted[number], number))
    heights = [placed[number] for number in order]
    assert all(0 <= one <= 230 for one in placed)
    assert all(below - above >= 29.8 for above, below in pairwise(heights))


def test_a_name_is_text_and_nothing_else():
    name = '<script>alert("1")</script>&'
    figure = str(km_figure([Line(name, curve([(1, True)]), "c-1")], **(KNOWN | {"title": name})))
    assert "<script" not in figure
    assert name in [one.text for one in read(figure).iter("text")]
    assert name in read(str(rate_figure([Rate(name, 1, 2, (1.0, 99.0), "c-1")], key="r", title=name)))[0].text


def test_figures_obey_a_strict_policy_and_read_aloud():
    for figure in (drawn(cohort(50), cohort(20)), response()):
        assert figure.get("role") == "img"
        named = figure.get("aria-labelledby").split()
        assert [figure[0].get("id"), figure[1].get("id")] == named
        assert figure[0].text
        assert figure[1].text
        assert not {"style", "font-size", "onclick", "href"} & {
            name for one in figure.iter() for name in one.attrib
        }


def response() -> ET.Element:
    rows = [
        Rate("First", 3, 4, Proportion(3, 4).wilson, "c-1"),
        Rate("Second", 0, 5, Proportion(0, 5).wilson, "c-2", note="the other arm", square=True),
        Rate("Nobody", 0, 0, None, "c-3"),
    ]
    return read(str(rate_figure(rows, key="rate", title="Response", full=True)))


def test_a_rate_stands_at_its_percentage_between_its_limits():
    figure = response()
    scale = (rate.RIGHT - rate.LEFT) / 100
    assert float(figure.find(".//circle").get("cx")) == pytest.approx(rate.LEFT + 75 * scale, abs=0.1)
    bar = next(one for one in figure.iter("line") if "g-whisker" in one.get("class"))
    low, high = Proportion(3, 4).wilson
    assert float(bar.get("x1")) == pytest.approx(rate.LEFT + low * scale, abs=0.1)
    assert float(bar.get("x2")) == pytest.approx(rate.LEFT + high * scale, abs=0.1)
    assert float(figure.find(".//rect").get("x")) + 5.5 == pytest.approx(rate.LEFT, abs=0.1)


def test_a_group_of_nobody_has_words_and_no_point():
    words = [one.text for one in response().iter("text")]
    assert "no patient" in words
    assert "3/4 · 75 %" in words
    assert "0/5 · 0 %" in words
    assert len(list(response().iter("circle"))) == 1


@given(st.integers(-99999, 99999))
def test_pixels_are_written_exactly(number):
    assert round(float(parts.px(number)) * 10) == number
