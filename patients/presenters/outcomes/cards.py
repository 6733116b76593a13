"""The key figures, each with k of N, its interval and what it means; the whole card leads to its patients."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from patients.outcomes.figures import Figures
from patients.outcomes.figures_parts import SurvivalFigure
from patients.outcomes.wording import MISSING, NOT_REACHED, interval, patients, tenth, whole
from patients.presenters.outcomes.links import Links

RATES = (
    ("orr", "Overall response", "CR, CRp or CRi, of evaluable"),
    ("cr", "CR", "of evaluable for response"),
    ("crp_cri", "CRp or CRi", "of evaluable for response"),
    ("mrd_negative_of_evaluable_responders", "MRD negative", "of responders with a result"),
    ("hct", "Transplant (HCT)", "after treatment started"),
    ("vod", "VOD", "any grade, of treated"),
    ("early_death", "Early death", "before response was assessed"),
)


@dataclass(frozen=True)
class Card:
    """`exact` is the value before rounding, `meaning` the definition in a few words."""

    label: str
    value: str
    unit: str
    note: str
    detail: str
    meaning: str
    url: str
    exact: float | int | None


def cards(figures: Figures, links: Links) -> list[Card]:
    return [
        _patients(figures, links),
        *(_rate(figures, links, *known) for known in RATES),
        _median(figures, links),
        _share(figures, links, "os", "3-year survival", "alive 36 months from treatment start"),
        _share(figures, links, "cr_duration", "3-year CR duration", "in remission 36 months from response"),
        _follow_up(figures, links),
    ]


def _patients(figures: Figures, links: Links) -> Card:
    sizes = Counter(subject.arm for subject in figures.subjects)
    number, arms = len(figures.subjects), figures.groups("arm")
    parts = " + ".join(str(sizes[one.value]) for one in arms) if len(arms) > 1 else ""
    meaning = f"assigned to {', '.join(one.label for one in arms)}" if arms else "none in the dataset"
    return Card("Patients", str(number), "", parts, "", meaning, links.patients("patients"), number)


def _rate(figures: Figures, links: Links, key: str, label: str, meaning: str) -> Card:
    rate = figures.rate(key)
    return Card(
        label,
        whole(rate.percent),
        "%" if rate.n else "",
        f"{rate.k} of {rate.n}",
        _limits(interval(rate.interval), "%"),
        meaning,
        links.patients(key, part="numerator"),
        rate.percent,
    )


def _limits(between: str, unit: str) -> str:
    return f"95 % interval {between} {unit}".strip() if between else ""


def _events(figure: SurvivalFigure) -> str:
    curve = figure.groups[0].curve
    return f"{curve.events} {figure.event.lower()} of {curve.n}"


def _median(figures: Figures, links: Links) -> Card:
    survival = figures.survival("os")
    group, months = survival.groups[0], figures.definitions.months
    median = months(group.median.value)
    low, high = tenth(months(group.median.lower)), tenth(months(group.median.upper), NOT_REACHED)
    return Card(
        "Median survival",
        tenth(median, NOT_REACHED if group.curve.n else MISSING),
        "months" if median is not None else "",
        _events(survival),
        f"95 % interval {low}–{high}" if group.median.lower is not None else "",
        "from the start of treatment",
        links.patients("os"),
        median,
    )


def _share(figures: Figures, links: Links, key: str, label: str, meaning: str) -> Card:
    survival = figures.survival(key)
    group = survival.groups[0]
    return Card(
        label,
        whole(group.percent),
        "%" if group.percent is not None else "",
        f"{_events(survival)}, {group.at.at_risk} at risk",
        _limits(interval(group.interval), "%"),
        meaning,
        links.patients(key),
        group.percent,
    )


def _follow_up(figures: Figures, links: Links) -> Card:
    alive, months = figures.follow_up.alive, figures.definitions.months
    median = months(alive.median)
    return Card(
        "Median follow-up",
        whole(median),
        "months" if median is not None else "",
        f"{patients(alive.n)} alive",
        f"range {whole(months(alive.minimum))}–{whole(months(alive.maximum))}" if alive.n else "",
        "of patients alive",
        links.patients("follow_up"),
        median,
    )


def abstract(sections: Any, links: Links) -> list[dict[str, Any]]:
    """The sections of the abstract; each part is words alone, or words that lead to patients."""
    return [
        {
            "title": section.title,
            "sentences": [[_part(part, links) for part in sentence] for sentence in section.sentences],
        }
        for section in sections
    ]


def _part(part: Any, links: Links) -> dict[str, str]:
    if isinstance(part, str):
        return {"text": part, "url": ""}
    return {"text": part.text, "url": links.patients(part.key, part.group, part.part)}
