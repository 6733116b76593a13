"""Of the abstract: survival, remission, the landmark, follow-up. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from patients.outcomes.abstract_parts import Number, Sentence, listed, tested, was
from patients.outcomes.definitions import AT_MONTHS
from patients.outcomes.figures import NUMERATOR, Figures, SurvivalFigure, SurvivalGroup
from patients.outcomes.wording import NOT_REACHED, interval, patients, percent, tenth, whole

AT_YEARS = AT_MONTHS // 12
NOBODY = f"nobody followed for {AT_YEARS} years"
NAMES = {"S1": "first salvage", "S2+": "later salvage"}


def survival(figures: Figures) -> Iterable[Sentence]:
    figure = figures.survival("os")
    (everybody,) = figure.groups
    if not everybody.curve.n:
        return
    yield ("Median overall survival was ", _median(figures, figure, everybody), ".")
    yield (f"Alive at {AT_YEARS} years: ", _at(figure, everybody, limits=True), ".")
    for by, words in (("salvage_line", "line of salvage"), ("best_mrd", "best MRD")):
        yield from _between(figures.survival("os", by), words)


def _median(figures: Figures, figure: SurvivalFigure, group: SurvivalGroup) -> Number:
    """14.0 months (95 % interval 10.9–30.7)."""
    months, median = figures.definitions.months, group.median
    text = NOT_REACHED if median.value is None else f"{tenth(months(median.value))} months"
    if median.lower is not None or median.upper is not None:
        ends = "–".join(tenth(months(limit), NOT_REACHED) for limit in (median.lower, median.upper))
        text += f" (95 % interval {ends})"
    return Number(text, figure.key, group.group.token)


def _at(figure: SurvivalFigure, group: SurvivalGroup, *, limits: bool = False) -> Number:
    """37 % (95 % interval 27–47)."""
    text = NOBODY if group.percent is None else percent(group.percent)
    if limits and interval(group.interval):
        text += f" (95 % interval {interval(group.interval)})"
    return Number(text, figure.key, group.group.token)


def _between(figure: SurvivalFigure, by: str) -> Iterable[Sentence]:
    """Left out where there is one group, or nobody was followed as far."""
    groups = [group for group in figure.groups if group.curve.n]
    if len(groups) > 1 and _anybody(groups):
        values = [(f"{_name(group)} ", _at(figure, group)) for group in groups]
        yield (f"Alive at {AT_YEARS} years by {by}: ", *listed(values), *tested(figure.test), ".")


def _anybody(groups: Sequence[SurvivalGroup]) -> bool:
    return any(group.percent is not None for group in groups)


def _name(group: SurvivalGroup) -> str:
    return NAMES.get(group.group.value, group.group.label)


def remission(figures: Figures) -> Iterable[Sentence]:
    figure = figures.survival("cr_duration")
    (everybody,) = figure.groups
    if everybody.curve.n:
        yield (
            f"Still in remission {AT_YEARS} years after response: ",
            _at(figure, everybody, limits=True),
            ".",
        )


def landmark(figures: Figures) -> Iterable[Sentence]:
    """Left out where nobody was transplanted, nobody was left, or nobody was followed as far."""
    found = figures.landmark
    groups = [group for group in found.figure.groups if group.curve.n]
    if found.days is None or not _anybody(groups):
        return
    there = sum(group.curve.n for group in groups)
    why = ", the median time to transplant" if figures.definitions.landmark_days is None else ""
    months = tenth(figures.definitions.months(found.days))
    yield (
        "Of ",
        Number(patients(len(found.responders)), "landmark"),
        " who responded, ",
        Number(str(there), "landmark", part=NUMERATOR),
        f" {was(there)} under observation at the landmark of {found.days:g} days ({months} months{why}); alive "
        f"{AT_YEARS} years later: ",
        *listed([_of_landmark(found.figure, group) for group in groups]),
        *tested(found.figure.test),
        ".",
    )


def _of_landmark(figure: SurvivalFigure, group: SurvivalGroup) -> Sentence:
    size = Number(str(group.curve.n), figure.key, group.group.token)
    with_or_without = "without transplant" if group.group.value.startswith("no") else "with transplant"
    return (_at(figure, group), " of the ", size, f" {with_or_without} by then")


def follow_up(figures: Figures) -> Iterable[Sentence]:
    alive, months = figures.follow_up.alive, figures.definitions.months
    if alive.n:
        middle, least, most = (whole(months(days)) for days in (alive.median, alive.minimum, alive.maximum))
        yield (
            "Median follow-up of the ",
            Number(patients(alive.n), "follow_up", part=NUMERATOR),
            " alive was ",
            Number(f"{middle} months ({least}–{most})", "follow_up", part=NUMERATOR),
            ".",
        )
