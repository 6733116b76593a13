"""How a group looks and is called in a figure: arms and salvage classes have the same colour on every page."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from patients.outcomes.figures_parts import Group
from patients.outcomes.subject import Subject
from patients.presenters.common import sentence

LONGEST, LONGEST_SHORT, LONGEST_ROW = 18, 13, 23
"""Letters that fit beside a curve, beside numbers at risk, and beside a rate."""
NAMES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "salvage:S1-primary-refractory": ("S1 refractory", "S1 refr."),
        "salvage:S1-CR1<12mo": ("S1, CR1 < 12 mo", "S1 < 12 mo"),
        "salvage:S1-CR1>=12mo": ("S1, CR1 ≥ 12 mo", "S1 ≥ 12 mo"),
        "salvage:S3+": ("S3 or later", "S3+"),
        "arm:inotuzumab": ("InO", "InO"),
        "arm:inotuzumab-plus-blinatumomab": ("InO + blina", "InO + blina"),
        "best_mrd:negative": ("MRD negative", "MRD neg."),
        "best_mrd:positive": ("MRD positive", "MRD pos."),
        "landmark:HCT": ("HCT by then", "HCT"),
        "landmark:no HCT": ("No HCT by then", "No HCT"),
    }
)
"""Short names, for a figure alone: tables and descriptions have the full ones."""
COLOURS: Mapping[str, str] = MappingProxyType(
    {
        "salvage_line:S1": "c-3",
        "salvage_line:S2+": "c-5",
        "best_mrd:negative": "c-1",
        "best_mrd:positive": "c-4",
        "landmark:HCT": "c-1",
        "landmark:no HCT": "c-4",
    }
)
SCHEDULES: Mapping[str, str] = MappingProxyType(
    {
        "arm:inotuzumab": "single inotuzumab dose, day 3",
        "arm:inotuzumab-plus-blinatumomab": "fractionated, days 2 and 8",
    }
)
"""How an arm gives inotuzumab, said below its name where a rate is drawn."""
FIRST_VERSION = "original"


@dataclass(frozen=True)
class Look:
    """`name` and `short` fit into a figure, `full` is for words; `css` is the colour; `number` picks dash and mark."""

    css: str
    number: int
    name: str
    short: str
    full: str
    note: str = ""


def arms_of(subjects: Iterable[Subject]) -> dict[str, int]:
    """Each arm's mark: 1 for an arm of the first version, 2 for the others, as on the patients' pages."""
    return {one.arm: 1 if one.version == FIRST_VERSION else 2 for one in subjects}


def full_name(group: Group) -> str:
    """The group in words at the start of a line."""
    return sentence(group.label)


def looks(groups: Iterable[Group], arms: Mapping[str, int]) -> list[Look]:
    return [_look(group, number, arms) for number, group in enumerate(groups)]


def _look(group: Group, number: int, arms: Mapping[str, int]) -> Look:
    full = full_name(group)
    by = group.token.partition(":")[0]
    name, short = NAMES.get(group.token, (full, "All" if not by else full))
    if not by:
        css = "c-ac"
    elif by == "arm":
        mark = arms.get(group.value, number + 1)
        css, number = f"c-a{mark}", mark - 1
    else:
        css = COLOURS.get(group.token, f"c-{number % 5 + 1}")
    return Look(
        css, number, cut(name, LONGEST), cut(short, LONGEST_SHORT), full, SCHEDULES.get(group.token, "")
    )


def cut(words: str, most: int) -> str:
    return words if len(words) <= most else words[: most - 1].rstrip() + "…"
