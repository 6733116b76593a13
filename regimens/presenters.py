"""A protocol version as its page shows it: schedule, orders, sequence, criteria, what the sources leave open."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from regimens import matrices, wording
from regimens.bsa import FORMULAS
from regimens.definition import CycleTemplate, Note, Order, Phase, ProtocolDefinition
from regimens.models import ProtocolVersion
from regimens.provenance import Provenance, is_to_be_confirmed
from regimens.wording import Line, Phrase

EVENTS = {"vod": "After veno-occlusive disease (VOD)"}


@dataclass(frozen=True)
class StepLine:
    days: Phrase
    several: bool  # days
    doses: tuple[Line, ...]


@dataclass(frozen=True)
class OrderLine:
    name: Line
    more: tuple[Phrase, ...]  # length of the infusion, condition
    times: Phrase
    steps: list[StepLine]
    cycles: Phrase
    note: str
    second_person: bool


@dataclass(frozen=True)
class PhasePart:
    """A phase with its matrices, its orders line by line, and what the sources leave open about it."""

    id: str
    title: str
    length: Phrase
    matrices: tuple[matrices.Matrix, ...]
    orders: list[OrderLine]
    notes: tuple[Note, ...]


@dataclass(frozen=True)
class SequenceLine:
    """`sum` is the multiplication in words: 36 × 28 = 1,008 days."""

    phase: str
    cycles: Phrase
    length: Phrase
    sum: str
    first_day: str
    last_day: str


@dataclass(frozen=True)
class CriterionLine:
    text: str
    limit: str
    limit_unknown: bool
    provenance: Provenance
    note: str


@dataclass(frozen=True)
class Page:
    title: str
    lead: str
    in_force: dt.date
    in_force_provenance: Provenance
    unconfirmed: int
    hash: str
    sha256: str
    facts: list[dict[str, Any]]
    parts: list[PhasePart]
    sequence: list[SequenceLine]
    total_days: str
    limits: list[tuple[str, Phrase]]
    stops: list[tuple[str, Phrase]]
    criteria: list[CriterionLine]
    notes: tuple[Note, ...]
    eligibility_notes: tuple[Note, ...]
    sources: list[tuple[str, str]]


def page(version: ProtocolVersion) -> Page:
    read = version.definition
    sequence = list(_sequence(read))
    return Page(
        title=title(version),
        lead=read.title,
        in_force=read.effective_on.value,
        in_force_provenance=read.effective_on.provenance,
        unconfirmed=unconfirmed(read),
        hash=short_hash(version),
        sha256=version.sha256,
        facts=list(_facts(version, read)),
        parts=[_part(read, phase) for phase in read.phases],
        sequence=sequence,
        total_days=_thousands(sum(phase.cycle_length.value for phase, _, _ in read.cycles())),
        limits=list(_limits(read)),
        stops=[
            (EVENTS.get(s.event, s.event), _stop(read, s.orders, s.provenance)) for s in read.permanent_stops
        ],
        criteria=[
            CriterionLine(c.text, str(c.limit or ""), c.limit_unknown, c.provenance, c.note)
            for c in read.criteria
        ],
        notes=read.notes_about("version"),
        eligibility_notes=read.notes_about("eligibility"),
        sources=[(source.tag, source.text) for source in read.sources],
    )


def title(version: ProtocolVersion) -> str:
    """Amended version; Amended version, revision 2"""
    name = f"{version.name[:1].upper()}{version.name[1:]} version"
    return name if version.revision == 1 else f"{name}, revision {version.revision}"


def short_hash(version: ProtocolVersion) -> str:
    """9f3c…e41a: enough to compare by eye"""
    return f"{version.sha256[:4]}…{version.sha256[-4:]}"


def unconfirmed(read: ProtocolDefinition) -> int:
    """How many values of the file the study team has to confirm; remarks are no values."""
    return sum(is_to_be_confirmed(tags) for tags in _provenances(read))


def _provenances(thing: Any) -> Iterator[Provenance]:
    if isinstance(thing, tuple):
        for one in thing:
            yield from _provenances(one)
    elif is_dataclass(thing) and not isinstance(thing, Note):
        if hasattr(thing, "provenance"):
            yield thing.provenance
        for part in fields(thing):
            if part.name != "provenance":
                yield from _provenances(getattr(thing, part.name))


def summary(read: ProtocolDefinition) -> str:
    """8 mini-hyper-CVD …, 36 POMP maintenance: the phases with their number of cycles"""
    return ", ".join(f"{len(phase.numbers)} × {phase.title}" for phase in read.phases)


def _facts(version: ProtocolVersion, read: ProtocolDefinition) -> Iterator[dict[str, Any]]:
    yield {"label": "Protocol", "value": version.protocol}
    yield {"label": "Version", "value": str(version)}
    for arm in read.arms:
        yield {"label": "Arm", "value": arm.title, "source": arm.provenance}
    for level in read.dose_levels:
        yield {"label": f"Dose level {level.name}", "value": level.title, "source": level.provenance}
    formula = FORMULAS[read.bsa_formula.value].title
    yield {
        "label": "Body surface area",
        "value": formula,
        "note": "rounded once to 2 decimals",
        "source": read.bsa_formula.provenance,
    }


def _part(read: ProtocolDefinition, phase: Phase) -> PhasePart:
    return PhasePart(
        id=phase.name,
        title=phase.title,
        length=_length(phase),
        matrices=matrices.matrices(phase),
        orders=[_order(order, template) for template in phase.templates for order in template.orders],
        notes=read.notes_about(phase.name),
    )


def _length(phase: Phase) -> Phrase:
    return Phrase(f"{phase.cycle_length.value} days", phase.cycle_length.provenance)


def _order(order: Order, template: CycleTemplate) -> OrderLine:
    more = (wording.hours(order), wording.condition(order.condition))
    return OrderLine(
        name=wording.name(order),
        more=tuple(phrase for phrase in more if phrase),
        times=wording.times(order),
        steps=[
            StepLine(days, not days.text.isdigit(), doses) for days, doses in wording.doses_by_step(order)
        ],
        cycles=Phrase(wording.spans(template.numbers.value), template.numbers.provenance),
        note=order.note,
        second_person=order.second_person,
    )


def _sequence(read: ProtocolDefinition) -> Iterator[SequenceLine]:
    day = 1
    for entry in read.sequence:
        phase = read.phase(entry.phase)
        if phase is None:
            continue  # loading has refused such a file
        length, number = phase.cycle_length.value, len(entry.numbers)
        yield SequenceLine(
            phase=phase.title,
            cycles=Phrase(wording.spans(entry.numbers), entry.provenance),
            length=_length(phase),
            sum=f"{number} × {length} = {_thousands(number * length)} days",
            first_day=_thousands(day),
            last_day=_thousands(day + number * length - 1),
        )
        day += number * length


def _limits(read: ProtocolDefinition) -> Iterator[tuple[str, Phrase]]:
    names = _drugs(read)
    for one in read.cumulative_limits:
        level = f", level {one.level}" if one.level else ""
        yield f"{names[one.order]}{level}", Phrase(str(one.limit.value), one.limit.provenance)


def _stop(read: ProtocolDefinition, orders: tuple[str, ...], tags: Provenance) -> Phrase:
    names = _drugs(read)
    return Phrase(f"no more {', '.join(names[code] for code in orders)}", tags)


def _drugs(read: ProtocolDefinition) -> Mapping[str, str]:
    orders = [order for phase in read.phases for template in phase.templates for order in template.orders]
    return {order.code: order.drug.value for order in orders}


def _thousands(number: int) -> str:
    return f"{number:,}"
