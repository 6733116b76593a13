"""The abstract of the trial in words, written anew from the figures; each number leads to its patients. Pure.

A sentence is left out where nobody could be in it. Arms are what patients were assigned to, never what they received.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain

from patients.outcomes import abstract_rates as rates
from patients.outcomes import abstract_survival as survival
from patients.outcomes.abstract_parts import Number, Part, Sentence, said
from patients.outcomes.figures import Figures

__all__ = ["Number", "Part", "Section", "Sentence", "abstract", "plain"]

SECTIONS = (
    ("Patients", (rates.enrolled, rates.baseline)),
    ("Response", (rates.response, rates.by_salvage, rates.not_assessed)),
    ("MRD", (rates.mrd,)),
    ("Transplant and VOD", (rates.transplant, rates.vod)),
    ("Survival", (survival.survival, survival.remission, survival.landmark)),
    ("Follow-up", (survival.follow_up,)),
)
NOBODY: Sentence = ("No patient was enrolled by the data cut-off.",)


@dataclass(frozen=True)
class Section:
    """A paragraph of the abstract."""

    title: str
    sentences: tuple[Sentence, ...]


def abstract(figures: Figures) -> tuple[Section, ...]:
    """Paragraphs without a sentence are left out; of no patient it says just that."""
    if not figures.subjects:
        return (Section("Patients", (NOBODY,)),)
    sections = (
        Section(title, tuple(chain.from_iterable(write(figures) for write in writers)))
        for title, writers in SECTIONS
    )
    return tuple(section for section in sections if section.sentences)


def plain(sections: Iterable[Section]) -> str:
    """The same without links, a paragraph a section."""
    return "\n\n".join(f"{section.title}. {' '.join(map(said, section.sentences))}" for section in sections)
