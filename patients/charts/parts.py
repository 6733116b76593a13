"""Small parts that the figures share: escaped text, lines, staircases, and labels that keep off each other.

Plain strings and whole tenths of a pixel: a figure of 108 patients takes well under a millisecond.
"""

from collections.abc import Iterable, Sequence

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

Point = tuple[int, int]
"""x and y in tenths of a pixel."""


def tenths(pixels: float) -> int:
    return round(pixels * 10)


def px(number: int) -> str:
    """Tenths as pixels, without a needless zero: 125 -> 12.5, -5 -> -.5."""
    whole, rest = divmod(abs(number), 10)
    sign = "-" if number < 0 else ""
    if not rest:
        return f"{sign}{whole}"
    return f"{sign}{whole or ''}.{rest}"


def text(x: float, y: float, words: object, css: str = "") -> str:
    look = f' class="{css}"' if css else ""
    return f'<text{look} x="{x:g}" y="{y:g}">{escape(str(words))}</text>'


def line(css: str, *, x: tuple[float, float], y: tuple[float, float]) -> str:
    return f'<line class="{css}" x1="{x[0]:g}" x2="{x[1]:g}" y1="{y[0]:g}" y2="{y[1]:g}"/>'


def path(css: str, data: str) -> str:
    return f'<path class="{css}" d="{data}"/>' if data else ""


def stairs(start: Point, points: Iterable[Point]) -> str:
    """From `start`, across to each point and then up or down to it; steps too narrow to be seen become one."""
    x, y = start
    parts: list[str] = []
    for to_x, to_y in _one_for_each_x(points):
        if to_x != x:
            parts.append(f"h{px(to_x - x)}")
        if to_y != y:
            parts.append(f"v{px(to_y - y)}")
        x, y = to_x, to_y
    return "".join(parts)


def _one_for_each_x(points: Iterable[Point]) -> list[Point]:
    kept: list[Point] = []
    for point in points:
        if kept and kept[-1][0] == point[0]:
            kept.pop()
        kept.append(point)
    return kept


def apart(wanted: Sequence[float], *, gap: float, top: float, bottom: float) -> list[float]:
    """Heights for labels: as near as may be to the wanted ones, in their order, `gap` apart, between top and bottom."""
    if not wanted:
        return []
    gap = min(gap, (bottom - top) / max(len(wanted) - 1, 1))
    order = sorted(range(len(wanted)), key=lambda number: (wanted[number], number))
    placed: dict[int, float] = {}
    least = top
    for number in order:
        placed[number] = max(wanted[number], least)
        least = placed[number] + gap
    most = bottom
    for number in reversed(order):
        placed[number] = min(placed[number], most)
        most = placed[number] - gap
    return [round(placed[number], 1) for number in range(len(wanted))]


def figure(key: str, *, size: tuple[float, float], title: str, desc: str, body: Iterable[str]) -> SafeString:
    """The whole picture; `key` makes its ids, `desc` says in words what it shows."""
    ids = f"{escape(key)}-title {escape(key)}-desc"
    head = f'<title id="{escape(key)}-title">{escape(title)}</title><desc id="{escape(key)}-desc">{escape(desc)}</desc>'
    shape = f'viewBox="0 0 {size[0]:g} {size[1]:g}" role="img" aria-labelledby="{ids}"'
    return mark_safe(f"<svg {shape}>{head}{''.join(body)}</svg>")  # noqa: S308 (every word above is escaped)
