"""Kaplan-Meier curves with 95 % bands, censor ticks, numbers at risk, and each curve's name and value beside it."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString

from patients.charts import parts
from patients.charts.parts import Point, line, tenths, text
from patients.outcomes.survival import Curve, Step
from patients.outcomes.wording import whole

WIDTH, LEFT, RIGHT, TOP, BOTTOM = 520, 84, 402, 26, 256
NAMES = 412  # where the names of the curves begin
LANE = 17  # a row of numbers at risk
SCALES = ((6, 1), (12, 3), (24, 6), (36, 12), (48, 12), (60, 12))
"""Months shown, and months from one mark to the next."""
CROWDED = 3  # more bands than this are drawn fainter
DASHES = ("", " g-dash", " g-dot", " g-dashdot", " g-long")


@dataclass(frozen=True)
class Line:
    """One group: its curve over days, its colour class, and the dash that tells it apart without colour."""

    name: str
    curve: Curve
    look: str
    dash: int = 0
    short: str = ""

    @property
    def last(self) -> float:
        """The last day on which anybody was seen."""
        return self.curve.steps[-1].time if self.curve.steps else 0


@dataclass(frozen=True)
class Frame:
    """Days and shares of one to tenths of a pixel; `end` and `step` in months of `month` days."""

    end: int
    step: int
    month: float

    @classmethod
    def over(cls, lines: Sequence[Line], month: float) -> "Frame":
        longest = max((one.last for one in lines), default=0) / month
        end, step = next((scale for scale in SCALES if longest <= scale[0]), SCALES[-1])
        return cls(end, step, month)

    def x(self, day: float) -> int:
        return tenths(LEFT + min(day / self.month / self.end, 1) * (RIGHT - LEFT))

    def months(self) -> range:
        return range(0, self.end + 1, self.step)

    def across(self, months: int) -> float:
        return round(LEFT + months / self.end * (RIGHT - LEFT), 1)


def y(share: float) -> int:
    return tenths(BOTTOM - share * (BOTTOM - TOP))


def km_figure(
    lines: Sequence[Line], *, key: str, title: str, y_title: str, x_title: str, month: float, at: int = 36
) -> SafeString:
    """The figure of these groups; `at` is the month whose value stands beside each curve."""
    frame = Frame.over(lines, month)
    shown = [one for one in lines if one.curve.n]
    body = [
        *_grid(frame, y_title, x_title),
        *(_mark(frame, at) if at <= frame.end else ()),
        *(f'<g class="{one.look}">{_curve(one, frame, at, faint=len(shown) > CROWDED)}</g>' for one in shown),
        *_names(shown, frame, at),
        *_at_risk(lines, frame),
    ]
    if not shown:
        body.append(text((LEFT + RIGHT) / 2, (TOP + BOTTOM) / 2, "No patient yet", "t-c t-m"))
    height = BOTTOM + 58 + LANE * max(len(lines), 1)
    return parts.figure(key, size=(WIDTH, height), title=title, desc=described(lines, month, at), body=body)


def described(lines: Sequence[Line], month: float, at: int) -> str:
    """What the figure shows, in words."""
    said = [
        f"{one.name}: {one.curve.n} patients, {one.curve.events} events{_said(one, month, at)}."
        for one in lines
    ]
    return " ".join(["Kaplan-Meier curves with 95 % bands; ticks are censored patients.", *said])


def _said(one: Line, month: float, at: int) -> str:
    value = value_at(one.curve, at * month)
    return f", {value} at {at} months" if value else ""


def value_at(curve: Curve, day: float) -> str:
    """46 % (34–58); without limits where there are none, "" where nobody was followed as far."""
    point = curve.at(day)
    if point.survival is None or not (point.at_risk or point.survival == 0):
        return ""
    said = f"{whole(100 * point.survival)} %"
    if point.lower is None or point.upper is None:
        return said
    return f"{said} ({whole(100 * point.lower)}–{whole(100 * point.upper)})"


def _grid(frame: Frame, y_title: str, x_title: str) -> list[str]:
    lines = [
        line("g-grid", x=(LEFT, RIGHT), y=(h, h)) for h in (TOP + (BOTTOM - TOP) * n / 4 for n in range(4))
    ]
    shares = [text(LEFT - 8, y(n / 4) / 10 + 4, 25 * n, "t-e") for n in range(5)]
    marks = [line("g-axis", x=(at, at), y=(BOTTOM, BOTTOM + 4)) for at in map(frame.across, frame.months())]
    months = [text(frame.across(number), BOTTOM + 17, number, "t-c") for number in frame.months()]
    axis = line("g-axis", x=(LEFT, RIGHT), y=(BOTTOM, BOTTOM))
    titles = [
        text(LEFT - 26, TOP - 14, y_title, "t-m t-s"),
        text(RIGHT, BOTTOM + 33, x_title, "t-e t-m t-s"),
    ]
    return [*lines, *shares, *marks, *months, axis, *titles]


def _mark(frame: Frame, at: int) -> list[str]:
    across = frame.across(at)
    return [
        line("g-ref", x=(across, across), y=(TOP, BOTTOM)),
        text(NAMES, TOP - 14, f"At {at} months", "t-m t-s"),
    ]


def _curve(one: Line, frame: Frame, at: int, *, faint: bool) -> str:
    steps = one.curve.steps
    start, end = (frame.x(0), y(1)), frame.x(one.last)
    events = [
        (frame.x(s.time), y(s.survival)) for s in steps if s.events and s.time <= frame.end * frame.month
    ]
    height = events[-1][1] if events else y(1)
    data = f"M{parts.px(start[0])} {parts.px(start[1])}" + parts.stairs(start, [*events, (end, height)])
    drawn = [
        parts.path(
            "f g-band g-faint" if faint else "f g-band", _band([s for s in steps if s.events], frame, end)
        ),
        parts.path(f"s g-line{DASHES[one.dash % len(DASHES)]}", data),
        parts.path("s g-tick", _ticks(steps, frame)),
    ]
    if at <= frame.end and one.last >= at * frame.month:
        share = one.curve.at(at * frame.month).survival or 0
        drawn.append(f'<circle class="f" cx="{frame.across(at):g}" cy="{y(share) / 10:g}" r="3.5"/>')
    return "".join(drawn)


def _band(steps: Sequence[Step], frame: Frame, end: int) -> str:
    """Up along the upper limit, back along the lower: from the first event to the last one that left somebody."""
    limited = [s for s in steps if s.lower is not None and s.upper is not None]
    limited = [s for s in limited if s.time < frame.end * frame.month]
    if not limited:
        return ""
    last = next((frame.x(s.time) for s in steps if s.survival == 0), end)
    xs = [frame.x(s.time) for s in limited]
    upper = [y(s.upper or 0) for s in limited]
    lower = [y(s.lower or 0) for s in limited]
    there = parts.stairs((xs[0], upper[0]), [*zip(xs[1:], upper[1:], strict=True), (last, upper[-1])])
    back: list[Point] = [*zip(xs[:0:-1], lower[-2::-1], strict=True), (xs[0], lower[0])]
    down = f"V{parts.px(lower[-1])}"
    return f"M{parts.px(xs[0])} {parts.px(upper[0])}{there}{down}{parts.stairs((last, lower[-1]), back)}Z"


def _ticks(steps: Sequence[Step], frame: Frame) -> str:
    limit = frame.end * frame.month
    places = {frame.x(s.time): y(s.survival) for s in steps if s.censored and s.time <= limit}
    return "".join(f"M{parts.px(x)} {parts.px(height - 40)}v8" for x, height in places.items())


def _names(lines: Sequence[Line], frame: Frame, at: int) -> list[str]:
    """Each curve's name beside its end, with its value below; a thin line leads there."""
    ends = [
        (frame.x(one.last) / 10, y(one.curve.at(frame.end * frame.month).survival or 0) / 10) for one in lines
    ]
    heights = parts.apart([h for _, h in ends], gap=31, top=TOP + 4, bottom=BOTTOM - 10)
    drawn = []
    for one, (x, h), height in zip(lines, ends, heights, strict=True):
        value = value_at(one.curve, at * frame.month) if at <= frame.end else ""
        lead = parts.path("s g-lead", f"M{x:g} {h:g}H{RIGHT}L{NAMES - 3} {height:g}")
        words = text(NAMES, height + 3, one.name, "f")
        small = text(NAMES, height + 16, value, "t-s") if value else ""
        drawn.append(f'<g class="{one.look}">{lead}{words}{small}</g>')
    return drawn


def _at_risk(lines: Sequence[Line], frame: Frame) -> list[str]:
    top = BOTTOM + 48
    rows = [text(0, top, "Number at risk", "t-s t-m")]
    for number, one in enumerate(lines, start=1):
        height = top + LANE * number
        counts = [
            text(frame.across(months), height, one.curve.at_risk(months * frame.month), "t-c")
            for months in frame.months()
        ]
        rows.append(
            f'<g class="{one.look}">{text(0, height, one.short or one.name, "f t-s")}{"".join(counts)}</g>'
        )
    return rows
