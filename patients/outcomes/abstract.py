"""The abstract of the trial in words, written anew from the figures; each number leads to its patients."""

from __future__ import annotations

from dataclasses import dataclass

from patients.outcomes.figures import Figures


@dataclass(frozen=True)
class Number:
    """A number in the text and where it leads: figures.selection(key, group, part)."""

    text: str
    key: str
    group: str = ""
    part: str = "denominator"


Part = str | Number
Sentence = tuple[Part, ...]


@dataclass(frozen=True)
class Section:
    """A paragraph: Patients, Response, MRD, Transplant and VOD, Survival, Follow-up."""

    title: str
    sentences: tuple[Sentence, ...]


def abstract(figures: Figures) -> tuple[Section, ...]:
    raise NotImplementedError


def plain(sections: tuple[Section, ...]) -> str:
    """The same without links."""
    raise NotImplementedError
