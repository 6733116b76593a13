"""The landmark analysis of transplant among responders. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from patients.outcomes.descriptive import median
from patients.outcomes.subject import Subject, Time

WITH_HCT, WITHOUT_HCT = "HCT by landmark", "no HCT by landmark"
TOKENS = {WITH_HCT: "landmark:HCT", WITHOUT_HCT: "landmark:no HCT"}
LABELS = {WITH_HCT: "HCT by the landmark", WITHOUT_HCT: "No HCT by the landmark"}


@dataclass(frozen=True)
class Landmarked:
    """`days` from the start of treatment, None when nobody was transplanted (then nobody is in a group).

    Responders who died or were censored before the landmark are in no group.
    """

    days: float | None
    responders: tuple[Subject, ...]
    dead_before: tuple[Subject, ...]
    censored_before: tuple[Subject, ...]
    groups: dict[str, tuple[Subject, ...]]

    @property
    def there(self) -> tuple[Subject, ...]:
        """Everybody still under observation at the landmark."""
        return tuple(chain.from_iterable(self.groups.values()))

    def column(self, subject: Subject) -> tuple[float, bool]:
        """Days from the landmark, and whether they ended in death, of somebody in a group."""
        return _os(subject).days - (self.days or 0), _os(subject).event


def landmarked(subjects: Sequence[Subject], *, days: float | None = None) -> Landmarked:
    """`days` None: the median time to HCT, over all patients with HCT."""
    if days is None:
        days = median(subject.hct_days for subject in subjects if subject.hct_days is not None)
    responders = tuple(subject for subject in subjects if subject.responder and subject.os)
    if days is None:
        return Landmarked(None, responders, (), (), {WITH_HCT: (), WITHOUT_HCT: ()})
    before = [subject for subject in responders if _os(subject).days < days]
    there = [subject for subject in responders if _os(subject).days >= days]
    return Landmarked(
        days,
        responders,
        dead_before=tuple(subject for subject in before if _os(subject).event),
        censored_before=tuple(subject for subject in before if not _os(subject).event),
        groups={
            WITH_HCT: tuple(subject for subject in there if _by(subject, days)),
            WITHOUT_HCT: tuple(subject for subject in there if not _by(subject, days)),
        },
    )


def _os(subject: Subject) -> Time:
    if subject.os is None:
        raise ValueError(f"{subject.subject}: was not treated, and has no survival time.")
    return subject.os


def _by(subject: Subject, days: float) -> bool:
    return subject.hct_days is not None and subject.hct_days <= days
