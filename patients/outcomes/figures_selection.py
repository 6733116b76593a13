"""Who is behind a number: from the words of an address (key, group, part) to patients. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from patients.outcomes.definitions import Definitions
from patients.outcomes.endpoints import GROUPING, INCIDENCES, RATES, SURVIVALS
from patients.outcomes.figures_parts import DENOMINATOR, EVERYBODY, NUMERATOR, PARTS, Group, Selection
from patients.outcomes.figures_rates import group_of
from patients.outcomes.incidence import EVENT
from patients.outcomes.landmark import LABELS, TOKENS, Landmarked, landmarked
from patients.outcomes.subject import Subject

Test = Callable[[Subject], bool]
EXCLUDED = {"dead-before": "died before the landmark", "censored-before": "censored before the landmark"}


@dataclass(frozen=True)
class Measure:
    """Who is counted, and who of them is in the numerator; the `definition` by its key."""

    title: str
    definition: str
    counted: Test
    met: Test


def _measures() -> dict[str, Measure]:
    found = {
        "patients": Measure("Patients", "patients", lambda s: True, lambda s: True),
        "age": Measure("Age at enrolment", "age", lambda s: True, lambda s: True),
        "version": Measure("Patients by protocol version", "version", lambda s: True, lambda s: True),
        "arm": Measure("Patients by arm", "arm", lambda s: True, lambda s: True),
        "follow_up": Measure(
            "Followed from the start of treatment", "follow_up", lambda s: bool(s.os), lambda s: s.alive
        ),
    }
    for rate in RATES:
        found[rate.key] = Measure(rate.title, rate.key, rate.denominator, rate.numerator)
    for kind in SURVIVALS:
        found[kind.key] = Measure(kind.title, kind.key, *_ends(kind.time))
    for one in INCIDENCES:
        found[f"{one.key}_incidence"] = Measure(
            f"Cumulative incidence of {one.noun}", f"{one.key}_incidence", *_causes(one.time)
        )
    return found


def _ends(time: Callable) -> tuple[Test, Test]:
    return (lambda s: bool(time(s))), (lambda s: time(s).event)


def _causes(time: Callable) -> tuple[Test, Test]:
    return (lambda s: bool(time(s))), (lambda s: time(s).cause == EVENT)


MEASURES = _measures()


def selected(
    subjects: Sequence[Subject], definitions: Definitions, *, key: str, group: str, part: str
) -> Selection | None:
    """None for an unknown key, group or part; a group in which nobody is gives nobody, if it is one of the fixed."""
    if part not in PARTS:
        return None
    if key == "landmark":
        return _of_landmark(subjects, definitions, group, part)
    measure = MEASURES.get(key)
    members = _members(subjects, group)
    if measure is None or members is None:
        return None
    who, there = members
    counted = [subject for subject in there if measure.counted(subject)]
    return _selection(
        Selection(key, who, part, measure.title, definitions.words[measure.definition], 0, 0, ()),
        counted,
        measure.met,
    )


def _selection(empty: Selection, counted: Sequence[Subject], met: Test) -> Selection:
    numerator = tuple(subject for subject in counted if met(subject))
    rest = tuple(subject for subject in counted if not met(subject))
    chosen = {DENOMINATOR: tuple(counted), NUMERATOR: numerator}.get(empty.part, rest)
    return Selection(
        empty.key,
        empty.group,
        empty.part,
        empty.title,
        empty.definition,
        len(numerator),
        len(counted),
        chosen,
    )


def _members(subjects: Sequence[Subject], token: str) -> tuple[Group, Sequence[Subject]] | None:
    if not token:
        return EVERYBODY, subjects
    by, _, value = token.partition(":")
    grouping = GROUPING.get(by)
    if grouping is None or value not in grouping.values(subjects):
        return None
    return group_of(grouping, value), grouping.split(subjects, [value])[value]


def _of_landmark(
    subjects: Sequence[Subject], definitions: Definitions, token: str, part: str
) -> Selection | None:
    """Of everybody, the numerator are the responders still there; of a group, those who died after the landmark."""
    found = landmarked(subjects, days=definitions.landmark_days)
    there = frozenset(subject.pk for subject in found.there)
    groups = _landmark_groups(found)
    if token not in groups:
        return None
    label, members = groups[token]
    title = "Survival of responders from the landmark"
    empty = Selection("landmark", Group(token, label), part, title, definitions.words["landmark"], 0, 0, ())
    return _selection(empty, members, lambda s: s.pk in there if not token else not s.alive)


def _landmark_groups(found: Landmarked) -> dict[str, tuple[str, Sequence[Subject]]]:
    groups: dict[str, tuple[str, Sequence[Subject]]] = {"": ("All responders", found.responders)}
    for value, members in found.groups.items():
        groups[TOKENS[value]] = (LABELS[value], members)
    for value, members in (("dead-before", found.dead_before), ("censored-before", found.censored_before)):
        groups[f"landmark:{value}"] = (EXCLUDED[value].capitalize(), members)
    return groups
