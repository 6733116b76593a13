"""Where a value comes from: each value of a protocol file carries the tags of its sources.

A is the publication the trial is known by, B1, B2, ... are further public sources, GK is general knowledge
and C is a value that was found nowhere. A value with GK or C has to be confirmed by the study team.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")
Provenance = tuple[str, ...]

TAG = re.compile(r"A|B[1-9][0-9]{0,2}[a-z]?|GK|C")
UNCONFIRMED_TAGS = frozenset({"GK", "C"})
TO_BE_CONFIRMED = "to be confirmed by the study team"

_GROUPS = {"A": 0, "GK": 2, "C": 3}


def _rank(tag: str) -> tuple[int, int, str]:
    number = re.search(r"[0-9]+", tag)
    return _GROUPS.get(tag, 1), int(number.group()) if number else 0, tag


def merge(*provenances: Provenance) -> Provenance:
    """All tags of several values, each once, in the order A, B1, B2, ..., GK, C."""
    return tuple(sorted({tag for tags in provenances for tag in tags}, key=_rank))


def is_to_be_confirmed(tags: Provenance) -> bool:
    """True when a tag says that nobody has confirmed the value for this trial."""
    return not UNCONFIRMED_TAGS.isdisjoint(tags)


@dataclass(frozen=True, slots=True)
class Sourced(Generic[T]):
    """A value together with where it comes from."""

    value: T
    provenance: Provenance

    @property
    def to_be_confirmed(self) -> bool:
        return is_to_be_confirmed(self.provenance)
