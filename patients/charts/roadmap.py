"""The roadmap of one patient: cycles and doses along the calendar."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

WIDTH, LEFT, RIGHT = 1040, 168, 16
LANE = 34
LONG_OVER = dt.timedelta(days=180)
CYCLE_LOOK = {
    "open": "g-box",
    "completed": "g-box",
    "planned": "g-plan",
    "skipped": "g-plan",
    "closed": "g-plan",
}


@dataclass(frozen=True)
class Block:
    """A cycle: from `start` to `end` (last day), with the plan at enrolment under it."""

    label: str
    start: dt.date
    end: dt.date
    planned_start: dt.date
    state: str


@dataclass(frozen=True)
class Mark:
    """One dose or assessment on a day; `look`: given, changed, held, omitted, planned, running, closed."""

    on: dt.date
    look: str
    title: str
    until: dt.date | None = None


@dataclass(frozen=True)
class Lane:
    title: str
    marks: Sequence[Mark] = field(default_factory=tuple)


@dataclass(frozen=True)
class Axis:
    """Days to pixels."""

    first: dt.date
    last: dt.date

    def x(self, day: dt.date) -> float:
        share = (day - self.first).days / max((self.last - self.first).days, 1)
        return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)


def roadmap(blocks: Sequence[Block], lanes: Sequence[Lane], *, today: dt.date, title: str) -> SafeString:
    """Cycles and doses along the calendar, with today's line. Everything in it is also in the table beside it.

    A course that is long over fills the width by itself: today is not on it.
    """
    if not blocks:
        return mark_safe("")
    days = [day for block in blocks for day in (block.start, block.end, block.planned_start)]
    days += [mark.until or mark.on for lane in lanes for mark in lane.marks]
    shows_today = today <= max(days) + LONG_OVER
    days += [today] if shows_today else []
    axis = Axis(min(days) - dt.timedelta(days=2), max(days) + dt.timedelta(days=5))
    height = 30 + LANE * (1 + len(lanes)) + 24
    parts = [
        format_html('<title id="roadmap-title">{}</title>', title),
        format_html(
            "<desc>{} cycles; today is {}. The same facts are in the table.</desc>",
            len(blocks),
            today,
        ),
        *_months(axis, height),
        *_cycles(axis, blocks),
        *(part for row, lane in enumerate(lanes, start=1) for part in _lane(axis, lane, 30 + LANE * row)),
        *(_now(axis, today, height) if shows_today else ()),
    ]
    return format_html(
        '<svg class="pt-svg" viewBox="0 0 {} {}" role="img" aria-labelledby="roadmap-title">{}</svg>',
        WIDTH, height, mark_safe("".join(conditional_escape(p) for p in parts)),  # noqa: S308 (parts are escaped)
    )  # fmt: skip


def _months(axis: Axis, height: int) -> list[SafeString]:
    """A grid line a month, or a quarter, half a year or a year where months would crowd."""
    months = (axis.last - axis.first).days / 30
    step = 1 if months <= 14 else 3 if months <= 40 else 6 if months <= 80 else 12
    parts, day = [], axis.first.replace(day=1)
    while day <= axis.last:
        if day >= axis.first and (day.month - 1) % step == 0:
            x = axis.x(day)
            parts.append(
                format_html('<line class="g-grid" x1="{0}" x2="{0}" y1="22" y2="{1}"/>', x, height - 24)
            )
            parts.append(format_html('<text class="t-s t-m" x="{}" y="14">{}</text>', x, f"{day:%Y-%m}"))
        day = (day + dt.timedelta(days=32)).replace(day=1)
    return parts


def _cycles(axis: Axis, blocks: Sequence[Block]) -> list[SafeString]:
    parts = [format_html('<text class="t-b" x="0" y="50">{}</text>', "Cycles")]
    for block in blocks:
        x = axis.x(block.start)
        width = round(max(axis.x(block.end + dt.timedelta(days=1)) - x - 1.5, 2), 1)
        look = CYCLE_LOOK.get(block.state, "g-plan")
        parts.append(
            format_html(
                '<g><title>{}, {} to {}, {}</title><rect class="{}" x="{}" y="34" width="{}" height="22" rx="3"/></g>',
                block.label,
                block.start,
                block.end,
                block.state,
                look,
                x,
                width,
            )
        )
        parts += _first_plan(axis, block)
        short = block.label.rpartition(" ")[2] if width < 90 else block.label
        if width > 8 + 6 * len(short):
            css = "t-s t-b t-c" if look == "g-box" else "t-s t-m t-c"
            parts.append(
                format_html('<text class="{}" x="{}" y="49">{}</text>', css, round(x + width / 2, 1), short)
            )
        if block.state in ("skipped", "closed") and width > 10:
            y = 45
            parts.append(
                format_html('<line class="g-axis" x1="{}" x2="{}" y1="{}" y2="{}"/>', x, x + width, y, y)
            )
    return parts


def _first_plan(axis: Axis, block: Block) -> list[SafeString]:
    """A thin line where the cycle stood in the first plan, if it moved."""
    if block.start == block.planned_start:
        return []
    length = (block.end - block.start).days + 1
    x = axis.x(block.planned_start)
    end = axis.x(block.planned_start + dt.timedelta(days=length)) - 1.5
    return [format_html('<line class="g-axis" x1="{}" x2="{}" y1="60" y2="60"/>', x, round(end, 1))]


SHAPES = {
    "given": ("c-given", "f"),
    "running": ("c-due", "f"),
    "changed": ("c-changed", "f"),
    "held": ("c-held", "s"),
    "omitted": ("c-held", "x"),
    "planned": ("", "o"),
    "closed": ("", "x"),
}


def _lane(axis: Axis, lane: Lane, top: int) -> list[SafeString]:
    middle = top + LANE // 2
    parts = [
        format_html('<line class="g-grid" x1="0" x2="{}" y1="{}" y2="{}"/>', WIDTH, top, top),
        format_html('<text class="t-b" x="0" y="{}">{}</text>', middle + 4, lane.title),
    ]
    for mark in lane.marks:
        colour, shape = SHAPES.get(mark.look, SHAPES["planned"])
        inner = _span(axis, mark, middle, shape) if mark.until else _point(axis, mark, middle, shape)
        parts.append(format_html('<g class="{}"><title>{}</title>{}</g>', colour, mark.title, inner))
    return parts


def _point(axis: Axis, mark: Mark, y: int, shape: str) -> SafeString:
    x = axis.x(mark.on)
    if shape == "x":
        return format_html(
            '<path class="s" stroke="currentColor" stroke-width="1.5" d="M{0} {1}l6 6m0 -6l-6 6"/>',
            x - 3,
            y - 3,
        )
    css = {"f": "f", "s": "s", "o": "g-plan"}[shape]
    return format_html('<circle class="{}" stroke-width="1.5" cx="{}" cy="{}" r="4"/>', css, x, y)


def _span(axis: Axis, mark: Mark, y: int, shape: str) -> SafeString:
    x = axis.x(mark.on)
    width = round(max(axis.x(mark.until + dt.timedelta(days=1)) - x, 3), 1) if mark.until else 3
    css = "f" if shape == "f" else "g-plan"
    return format_html('<rect class="{}" x="{}" y="{}" width="{}" height="8" rx="1"/>', css, x, y - 4, width)


def _now(axis: Axis, today: dt.date, height: int) -> list[SafeString]:
    x = axis.x(today)
    anchor = "t-e" if x > WIDTH - 120 else "t-c" if x > LEFT + 60 else ""
    return [
        format_html('<line class="g-now" x1="{0}" x2="{0}" y1="22" y2="{1}"/>', x, height - 20),
        format_html('<text class="t-s c-overdue f {}" x="{}" y="{}">Today</text>', anchor, x, height - 6),
    ]
