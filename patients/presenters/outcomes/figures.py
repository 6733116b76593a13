"""The figures of the page: what is drawn, what is said below it, the table behind it, the links to other groups."""

from collections.abc import Mapping
from typing import Any

from patients.charts import Line, Rate, km_figure, rate_figure
from patients.outcomes.definitions import AT_MONTHS, Definitions
from patients.outcomes.figures import Figures
from patients.outcomes.figures_parts import Comparison, RateTable, SurvivalFigure, TestResult
from patients.outcomes.figures_parts import Rate as OfGroup
from patients.outcomes.wording import p_value, whole
from patients.presenters.common import sentence
from patients.presenters.outcomes import tables
from patients.presenters.outcomes.groups import LONGEST_ROW, Look, arms_of, looks
from patients.presenters.outcomes.links import Links

ALL = "all"
BY = {
    "": "All",
    "salvage_line": "S1, S2+",
    "salvage": "Salvage class",
    "arm": "Arm",
    "best_mrd": "MRD",
    "hct": "HCT",
    "site": "Site",
    "sex": "Sex",
}
"""Groups and their short names in the links above a figure."""
MRD = "mrd_negative_of_evaluable_responders"
OFFERED = {
    "os": ("salvage_line", "", "salvage", "arm", "best_mrd"),
    "cr_duration": ("", "salvage_line", "salvage", "arm", "best_mrd"),
    "orr": ("salvage", "salvage_line", "arm", "sex", "site"),
    "vod": ("arm", "hct", "salvage_line"),
    "landmark": ("landmark",),
    MRD: ("salvage_line", "salvage", "arm"),
}
"""key of a figure -> by which groups it can be shown; the first until somebody chooses."""
HEADINGS = {"os": "Alive (%)", "cr_duration": "In remission (%)", "landmark": "Alive (%)"}
TITLES = {("vod", "arm"): "VOD by inotuzumab schedule"}
SHOWN_MONTHS = 60
Arms = Mapping[str, int]
SECOND_ARM = "c-a2"
KAPLAN_MEIER = "Kaplan–Meier with log-log 95 % bands; ticks are censored patients."


def by_of(key: str, asked: str) -> str:
    """The groups that the address asks for; the usual ones where it asks for none, or for some that do not exist."""
    wanted = "" if asked == ALL else asked
    return wanted if asked and wanted in OFFERED[key] else OFFERED[key][0]


def panels(figures: Figures, links: Links) -> list[dict[str, Any]]:
    """The figures of the page, each of the groups that were chosen."""
    arms = arms_of(figures.subjects)
    return [_panel(figures, key, links, arms) for key in OFFERED]


def _panel(figures: Figures, key: str, links: Links, arms: Arms) -> dict[str, Any]:
    by = by_of(key, links.chosen.get(key, ""))
    if key in HEADINGS:
        panel = _survival(survival_of(figures, key, by), figures.definitions, links, arms)
    else:
        panel = _rates(figures.table(key, by), links, arms)
    return panel | {"id": f"figure-{key}", "tabs": _tabs(key, by, links)}


def survival_of(figures: Figures, key: str, by: str) -> SurvivalFigure:
    return figures.landmark.figure if key == "landmark" else figures.survival(key, by)


def _tabs(key: str, by: str, links: Links) -> list[dict[str, Any]]:
    first, *others = OFFERED[key]
    if not others:
        return []
    order = sorted(OFFERED[key], key=list(BY).index)
    return [
        {
            "id": f"tab-{key}-{one or ALL}",
            "title": BY[one],
            "url": links.dashboard(**{key: "" if one == first else one or ALL}) + f"#figure-{key}",
            "current": one == by,
        }
        for one in order
    ]


def _survival(figure: SurvivalFigure, definitions: Definitions, links: Links, arms: Arms) -> dict[str, Any]:
    name = tables.name_of(figure)
    seen = looks([one.group for one in figure.groups], arms)
    lines = [
        Line(look.name, one.curve, look.css, look.number, look.short)
        for look, one in zip(seen, figure.groups, strict=True)
    ]
    svg = km_figure(
        lines,
        key=f"km-{name}",
        title=figure.title,
        y_title=HEADINGS[figure.key],
        x_title=f"Months from {figure.start}",
        month=definitions.month_days,
        at=AT_MONTHS,
    )
    return {
        "title": figure.title,
        "name": name,
        "svg": svg,
        "caption": [
            KAPLAN_MEIER,
            _end_of_axis(lines, definitions.month_days),
            figure.definition,
            figure.note,
        ],
        "test": tested(figure.test),
        "table": tables.survival(figure, definitions, links),
        "csv": links.table(figure.key, figure.by),
        "curve": links.table(f"{figure.key}-curve", figure.by),
    }


def _end_of_axis(lines: list[Line], month: float) -> str:
    longest = max((one.last for one in lines), default=0) / month
    if longest <= SHOWN_MONTHS:
        return ""
    return f"Drawn to {SHOWN_MONTHS} months; the longest time is {whole(longest)} months."


def tested(test: TestResult | None) -> str:
    """Log-rank test: P = 0.001."""
    return f"{sentence(test.name)}: {p_value(test.p)}." if test and test.p is not None else ""


def _rates(table: RateTable, links: Links, arms: Arms) -> dict[str, Any]:
    name, title = tables.name_of(table), TITLES.get((table.key, table.by), table.title)
    seen = looks([one.group for one in table.rates], arms)
    rows = [_row(look, one) for look, one in zip(seen, table.rates, strict=True)]
    return {
        "title": title,
        "name": name,
        "svg": rate_figure(rows, key=f"rate-{name}", title=title, full=table.key != "vod"),
        "caption": [also(table.test), "Bars are 95 % Wilson intervals.", table.definition, table.note],
        "test": tested(table.test.chosen),
        "table": tables.rates(table, links),
        "csv": links.table(table.key, table.by),
        "curve": "",
    }


def _row(look: Look, one: OfGroup) -> Rate:
    name = look.full if len(look.full) <= LONGEST_ROW else look.name
    square = look.css == SECOND_ARM
    return Rate(name, one.k, one.n, one.proportion.wilson, look.css, note=look.note, square=square)


def also(test: Comparison) -> str:
    """The other tests of the same table, by their names."""
    others = ", ".join(f"{one.name} {p_value(one.p)}" for one in test.others if one.p is not None)
    small = "An expected count is below 5. " if test.small else ""
    return small + (f"Of the same table: {others}." if others else "")
