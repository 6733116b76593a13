"""The head of the page, the definitions, and what is said where there is no patient."""

import datetime as dt
from typing import Any

from patients.outcomes.definitions import AS_PUBLISHED, DEFAULT, Definitions
from patients.outcomes.figures import Figures
from patients.outcomes.wording import patients
from patients.presenters.common import sentence
from patients.presenters.outcomes.links import Links

PRESETS = {"": DEFAULT, "published": AS_PUBLISHED}
"""What stands in the address, and what it means."""
TERMS = (
    ("Patients", "patients"),
    ("Overall response", "orr"),
    ("MRD negative", "mrd_negative_of_evaluable_responders"),
    ("Overall survival", "os"),
    ("Duration of remission", "cr_duration"),
    ("Survival by MRD", "os.best_mrd"),
    ("HCT landmark", "landmark"),
    ("VOD", "vod"),
    ("Early death", "early_death"),
    ("Median follow-up", "follow_up"),
    ("Median", "median"),
)
MANY_SITES = 6


def head(figures: Figures, links: Links, *, places: str, cutoff: dt.date) -> dict[str, Any]:
    """Whom the figures cover, and by which rules."""
    number = sentence(patients(len(figures.subjects)))
    return {
        "note": f"{number} enrolled by {cutoff}. {places} Every number leads to its patients and its definition.",
        "presets": presets(figures.definitions, links),
        "values_url": links.values(),
    }


def sites_in_words(sites: list[str]) -> str:
    if len(sites) > MANY_SITES:
        return f"Sites: {len(sites)}, from {sites[0]} to {sites[-1]}."
    return f"{'Site' if len(sites) == 1 else 'Sites'}: {', '.join(sites)}."


def presets(chosen: Definitions, links: Links) -> list[dict[str, Any]]:
    return [
        {"title": one.title, "url": links.dashboard(preset=asked), "current": one.name == chosen.name}
        for asked, one in PRESETS.items()
    ]


def definitions(chosen: Definitions) -> dict[str, Any]:
    """What holds for all figures, and what each of them means."""
    words = chosen.words
    return {
        "title": chosen.title,
        "common": chosen.common,
        "terms": [(sentence(title), words[key]) for title, key in TERMS],
    }
