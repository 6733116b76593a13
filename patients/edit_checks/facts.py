"""What the rules need to know about a patient. Dates are local dates of the patient's site."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

REMISSION = frozenset({"CR", "CRp", "CRi"})
"""Response categories that count as a remission (the overall response of the publications)."""


@dataclass(frozen=True)
class Known:
    """A record that stands: its kind, its date, its other values."""

    slug: str
    title: str
    on: dt.date
    values: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.title} of {self.on}"


@dataclass(frozen=True, kw_only=True)
class Facts:
    """`records` are the other records of the patient, without the one that is checked.

    `stop_drugs` are the drugs that the protocol stops for good after VOD, `stop_drug_doses` the days on which one of
    them was given, in order. `consented_on` is None where a file of former patients does not say it.
    """

    today: dt.date
    born: dt.date
    consented_on: dt.date | None
    doses: tuple[dt.date, ...] = ()
    stop_drugs: tuple[str, ...] = ()
    stop_drug_doses: tuple[dt.date, ...] = ()
    records: tuple[Known, ...] = ()

    def of(self, slug: str) -> list[Known]:
        """The other records of one kind, the earliest first."""
        return sorted((known for known in self.records if known.slug == slug), key=lambda known: known.on)

    def the(self, slug: str) -> Known | None:
        """The record of a kind that a patient has once."""
        return next(iter(self.of(slug)), None)

    def remissions_before(self, on: dt.date) -> list[Known]:
        return [
            known for known in self.of("response") if known.values["category"] in REMISSION and known.on < on
        ]
