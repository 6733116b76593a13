"""The tables behind the figures: in words with links for the page, in full precision for a file."""

from collections.abc import Iterator

from patients.outcomes.definitions import Definitions
from patients.outcomes.figures_parts import Comparison, RateTable, SurvivalFigure, SurvivalGroup
from patients.outcomes.survival import Point
from patients.outcomes.wording import MISSING, NOT_REACHED, interval, percent, tenth, whole
from patients.presenters.outcomes.groups import full_name
from patients.presenters.outcomes.links import Links
from protocoltracker.tables import Column, Linked, Table

AT = (12, 24, 36)


def name_of(figure: SurvivalFigure | RateTable) -> str:
    """Its id on the page, and in the address of its file."""
    return f"{figure.key}-by-{figure.by}" if figure.by not in ("", figure.key) else figure.key


def survival(figure: SurvivalFigure, definitions: Definitions, links: Links) -> Table:
    columns = (
        Column("Group"),
        Column("n", numeric=True),
        Column(figure.event, numeric=True),
        *(Column(f"{months} months, %", numeric=True) for months in AT),
        Column("Median, months", numeric=True),
    )
    rows = [
        (
            full_name(one.group),
            Linked(one.curve.n, links.patients(figure.key, one.group.token)),
            Linked(one.curve.events, links.patients(figure.key, one.group.token, "numerator")),
            *(_share(one.curve.at(months * definitions.month_days)) for months in AT),
            _median(one, definitions),
        )
        for one in figure.groups
    ]
    return Table(name_of(figure), f"{figure.title}, 95 % intervals in brackets", columns, rows)


def _share(point: Point) -> str:
    """46 (34–58); a dash where the curve had ended before."""
    if point.survival is None or not (point.at_risk or point.survival == 0):
        return MISSING
    limits = None if point.lower is None or point.upper is None else (100 * point.lower, 100 * point.upper)
    return _with(whole(100 * point.survival), interval(limits))


def _with(value: str, limits: str) -> str:
    return f"{value} ({limits})" if limits else value


def _median(one: SurvivalGroup, definitions: Definitions) -> str:
    if not one.curve.n:
        return MISSING
    months, median = definitions.months, one.median
    if median.lower is None and median.upper is None:
        return tenth(months(median.value), NOT_REACHED)
    limits = f"{tenth(months(median.lower))}–{tenth(months(median.upper), NOT_REACHED)}"
    return f"{tenth(months(median.value), NOT_REACHED)} ({limits})"


def survival_file(figure: SurvivalFigure, definitions: Definitions) -> Table:
    """Shares in percent and times in months, in full precision; one row a group."""
    shares = (f"{what} {months} months, %" for months in AT for what in ("S at", "lower at", "upper at"))
    columns = ("Group", "n", figure.event, *shares, *(f"at risk at {months} months" for months in AT))
    medians = ("median, months", "median as midpoint, months", "median lower, months", "median upper, months")
    rows = [_exact(one, definitions) for one in figure.groups]
    return Table(name_of(figure), figure.title, tuple(map(Column, (*columns, *medians))), rows)


def _exact(one: SurvivalGroup, definitions: Definitions) -> tuple[object, ...]:
    points = [one.curve.at(months * definitions.month_days) for months in AT]
    shares = (100 * s if s is not None else None for p in points for s in (p.survival, p.lower, p.upper))
    medians = (one.median.value, one.median.midpoint, one.median.lower, one.median.upper)
    at_risk = (point.at_risk for point in points)
    head = (full_name(one.group), one.curve.n, one.curve.events)
    return (*head, *shares, *at_risk, *map(definitions.months, medians))


CURVE = ("Group", "Day", "Month", "At risk", "Events", "Censored", "S, %", "lower, %", "upper, %")


def curve_file(figure: SurvivalFigure, definitions: Definitions) -> Table:
    """Each step of each curve: what the figure draws."""
    columns = tuple(Column(label, numeric=label != "Group") for label in CURVE)
    return Table(f"{name_of(figure)}-curve", f"{figure.title}, curve", columns, _steps(figure, definitions))


def _steps(figure: SurvivalFigure, definitions: Definitions) -> Iterator[tuple[object, ...]]:
    for one in figure.groups:
        for step in one.curve.steps:
            shares = (None if s is None else 100 * s for s in (step.survival, step.lower, step.upper))
            month = definitions.months(step.time)
            yield (full_name(one.group), step.time, month, step.at_risk, step.events, step.censored, *shares)


def rates(table: RateTable, links: Links) -> Table:
    columns = (
        Column("Group"),
        Column("k", numeric=True),
        Column("N", numeric=True),
        Column("%", numeric=True),
        Column("Wilson 95 %", numeric=True),
        Column("Clopper-Pearson 95 %", numeric=True),
    )
    rows = [
        (
            full_name(one.group),
            Linked(one.k, links.patients(one.key, one.group.token, "numerator")),
            Linked(one.n, links.patients(one.key, one.group.token)),
            percent(one.proportion.pct),
            interval(one.proportion.wilson),
            interval(one.proportion.clopper_pearson),
        )
        for one in table.rates
    ]
    return Table(name_of(table), table.title, columns, rows)


RATE = (
    "Group",
    "k",
    "N",
    "%",
    "Wilson lower",
    "Wilson upper",
    "Clopper-Pearson lower",
    "Clopper-Pearson upper",
)


def rates_file(table: RateTable) -> Table:
    """In full precision, with the tests below the groups."""
    columns = tuple(Column(label, numeric=label != "Group") for label in RATE)
    rows = [
        (
            full_name(one.group),
            one.k,
            one.n,
            one.proportion.pct,
            *(one.proportion.wilson or (None, None)),
            *(one.proportion.clopper_pearson or (None, None)),
        )
        for one in table.rates
    ]
    return Table(name_of(table), table.title, columns, [*rows, *_tests(table.test)])


def _tests(test: Comparison) -> Iterator[tuple[object, ...]]:
    for one in (test.chosen, *test.others):
        if one.p is not None:
            yield (f"P, {one.name}", *(None,) * 2, one.p, *(None,) * 4)
