"""The figures for a terminal: the abstract in words, tables of rates, survival and tests, and the definitions. Pure."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence

from patients.outcomes.abstract import abstract, plain
from patients.outcomes.definitions import AT_MONTHS
from patients.outcomes.descriptive import Summary
from patients.outcomes.endpoints import RATES, SURVIVALS
from patients.outcomes.figures import Figures, IncidenceFigure, Rate, RateTable, SurvivalFigure, SurvivalGroup
from patients.outcomes.wording import MISSING, NOT_REACHED, interval, p_value, percent, tenth

WIDTH = 100
UNBROKEN = "\u00a0"  # holds 71 % together until the lines are filled
Row = Sequence[str]


def as_text(figures: Figures) -> str:
    """Paragraphs and tables, an empty line between; ends without a line break."""
    parts = [_filled(figures.definitions.cutoff_words), _filled(plain(abstract(figures)))]
    if figures.subjects:
        parts += [
            _rates(figures),
            _follow_up(figures),
            _survivals(figures),
            _incidences(figures),
            _tests(figures),
        ]
    return "\n\n".join((*parts, _definitions(figures)))


def _filled(text: str, indent: str = "") -> str:
    held = text.replace(" %", f"{UNBROKEN}%")
    lines = (textwrap.fill(part, WIDTH, subsequent_indent=indent) for part in held.split("\n\n"))
    return "\n\n".join(lines).replace(UNBROKEN, " ")


def _table(head: Row, rows: Iterable[Row]) -> str:
    every = [head, *rows]
    widths = [max(len(row[column]) for row in every) for column in range(len(head))]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in every)
    return "\n".join(line.rstrip() for line in lines)


def _rates(figures: Figures) -> str:
    rows = [_rate(figures.rate(kind.key), kind.title) for kind in RATES]
    rows += [_rate(rate, table.title) for table in figures.tables for rate in table.rates]
    return _table(("Rate", "Group", "k/n", "%", "95 % (Wilson)"), rows)


def _rate(rate: Rate, title: str) -> Row:
    limits = interval(rate.interval) or MISSING
    return (title, rate.group.label, f"{rate.k}/{rate.n}", percent(rate.percent), limits)


def _follow_up(figures: Figures) -> str:
    found = figures.follow_up
    rows = [_observed(figures, "Alive", found.alive), _observed(figures, "All treated", found.everybody)]
    reached = NOT_REACHED if found.everybody.n else MISSING
    reverse = tenth(figures.definitions.months(found.reverse_median), reached)
    rows.append(("Reverse Kaplan-Meier", str(found.everybody.n), reverse, ""))
    return _table(("Follow-up, months", "n", "Median", "Range"), rows)


def _observed(figures: Figures, name: str, days: Summary) -> Row:
    middle, least, most = (
        tenth(figures.definitions.months(one)) for one in (days.median, days.minimum, days.maximum)
    )
    return (name, str(days.n), middle, f"{least}–{most}" if days.n else MISSING)


def _incidences(figures: Figures) -> str:
    head = ("Cumulative incidence", "n", "Events", "Competing", f"{AT_MONTHS} months", "95 %")
    return _table(head, map(_incidence, figures.incidences))


def _incidence(figure: IncidenceFigure) -> Row:
    at, limits = figure.at, (_percent(figure.at.lower), _percent(figure.at.upper))
    counts = (str(at.n), str(at.events), str(at.competing))
    return (figure.title, *counts, percent(_percent(at.value)), interval(limits) or MISSING)


def _percent(share: float | None) -> float | None:
    return None if share is None else 100 * share


def _survivals(figures: Figures) -> str:
    head = ("Time", "Group", "n", "Events", f"{AT_MONTHS} months", "95 %", "Median, months", "95 %")
    drawn = (*figures.survivals, figures.landmark.figure)
    return _table(head, [_survival(figures, one, group) for one in drawn for group in one.groups])


def _survival(figures: Figures, figure: SurvivalFigure, group: SurvivalGroup) -> Row:
    months, median = figures.definitions.months, group.median
    limits = (tenth(months(median.lower), NOT_REACHED), tenth(months(median.upper), NOT_REACHED))
    return (
        figure.title,
        group.group.label,
        str(group.curve.n),
        str(group.curve.events),
        percent(group.percent),
        interval(group.interval) or MISSING,
        tenth(months(median.value), NOT_REACHED if group.curve.n else MISSING),
        "–".join(limits) if median.lower is not None or median.upper is not None else MISSING,
    )


def _tests(figures: Figures) -> str:
    """The chosen test of each table first, then the others."""
    rows: list[Row] = []
    for table in figures.tables:
        rows += _tests_of(table)
    for figure in (*figures.survivals, figures.landmark.figure):
        if figure.test:
            rows.append((figure.title, figure.test.name, p_value(figure.test.p) or MISSING))
    return _table(("Comparison", "Test", "P"), rows)


def _tests_of(table: RateTable) -> Iterable[Row]:
    for test in (table.test.chosen, *table.test.others):
        yield (table.title, test.name, p_value(test.p) or MISSING)


def _definitions(figures: Figures) -> str:
    words = figures.definitions.words
    titled = [(kind.title, kind.key) for kind in (*RATES, *SURVIVALS)]
    titled += [("Landmark", "landmark"), ("Follow-up", "follow_up")]
    said = [f"{title}: {words[key]}" for title, key in titled]
    return "\n".join(_filled(text, "  ") for text in ("Definitions", *figures.definitions.common[1:], *said))
