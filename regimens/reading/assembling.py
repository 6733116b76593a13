"""The tree of a protocol file to the objects of regimens.definition, with the faults found on the way.

What one value says of another (a day within its cycle, a tag within the legend, a level among the levels) is
checked where it is read, as long as the other could be read.
"""

from __future__ import annotations

from typing import Any

import yaml

from regimens import definition as d
from regimens.bsa import FORMULAS
from regimens.reading.companions import Reading, criteria, cumulative, notes, once, permanent_stops
from regimens.reading.cursor import Cursor, Fields
from regimens.reading.faults import Fault
from regimens.reading.orders import PhaseContext, read_order
from regimens.reading.sourcing import Legend, provenance, read_tag, sourced

FORMAT = 1
MAX_CYCLES = 120
_TOP = (
    "format protocol version body_surface_area arms dose_levels phases sequence cumulative_limits "
    "eligibility notes sources"
)


def assemble(root: yaml.Node) -> tuple[d.ProtocolDefinition | None, tuple[Fault, ...]]:
    """(definition, no faults) or (None, every fault found)."""
    faults: list[Fault] = []
    top = Cursor(root, "", faults).fields(_TOP, "permanent_stops")
    sources = _sources(top["sources"])
    reading = Reading(Legend.of(sources))
    found = _definition(top, sources, reading)
    return (None, tuple(faults)) if faults else (found, ())


def _definition(top: Fields, sources: tuple[d.Source, ...], reading: Reading) -> d.ProtocolDefinition:
    legend = reading.legend
    if top["format"].integer(0, 999) not in (FORMAT, None):
        top["format"].refuse(str(FORMAT))
    protocol = top["protocol"].fields("code title")
    version = top["version"].fields("name title effective_on")
    levels = _named(top["dose_levels"], d.DoseLevel, legend, empty=True)
    reading.levels = tuple(x.name for x in levels) if all(x.name for x in levels) else None
    phases = _phases(top["phases"], reading)
    _check_levels_used(top["dose_levels"], reading.levels, phases)
    return d.ProtocolDefinition(
        protocol_code=protocol["code"].text(),
        protocol_title=protocol["title"].text(),
        name=version["name"].slug(),
        title=version["title"].text(),
        effective_on=sourced(version["effective_on"], legend, Cursor.day),
        bsa_formula=sourced(top["body_surface_area"], legend, lambda c: c.one_of(tuple(FORMULAS))),
        arms=_named(top["arms"], d.Arm, legend),
        dose_levels=levels,
        phases=phases,
        sequence=_sequence(top["sequence"], reading),
        cumulative_limits=cumulative(top["cumulative_limits"], reading),
        criteria=criteria(top["eligibility"], legend),
        notes=notes(top["notes"], reading),
        sources=sources,
        permanent_stops=permanent_stops(top["permanent_stops"], reading) if "permanent_stops" in top else (),
    )


def _sources(at: Cursor) -> tuple[d.Source, ...]:
    """The legend: one entry a tag, in the order of the file."""
    found: list[d.Source] = []
    for entry in at.items():
        fields = entry.fields("tag text")
        tag = read_tag(fields["tag"], [source.tag for source in found])
        found.append(d.Source(tag, fields["text"].text()))
    return tuple(found)


def _named(at: Cursor, kind: Any, legend: Legend, *, empty: bool = False) -> tuple[Any, ...]:
    """Arms or dose levels: name, title, provenance; each name once."""
    found: list[Any] = []
    for entry in at.items(empty=empty):
        fields = entry.fields("name title provenance")
        name = fields["name"].slug()
        once(fields["name"], name, [x.name for x in found])
        found.append(kind(name, fields["title"].text(), provenance(fields["provenance"], legend)))
    return tuple(found)


def _phases(at: Cursor, reading: Reading) -> tuple[d.Phase, ...]:
    found: list[d.Phase] = []
    for entry in at.items():
        fields = entry.fields("name title cycle_length cycles", "first_course short")
        phase = _phase(fields, reading)
        once(fields["name"], phase.name, [x.name for x in found])
        found.append(phase)
    return tuple(found)


def _phase(fields: Fields, reading: Reading) -> d.Phase:
    legend = reading.legend
    length = sourced(fields["cycle_length"], legend, lambda c: c.integer(1, 366))
    context = PhaseContext(legend, reading.levels, length.value)
    templates = tuple(_template(entry, context) for entry in fields["cycles"].items())
    context.check_repeats()
    name = fields["name"].slug()
    first = fields["first_course"]
    course = sourced(first, legend, lambda c: c.integer(1, MAX_CYCLES)) if "first_course" in fields else None
    if name is not None:
        reading.phases[name] = _numbers_without_gap(fields["cycles"], templates)
    reading.order_codes |= {order.code for template in templates for order in template.orders}
    title = fields["title"].text()
    short = fields["short"].text() if "short" in fields else title
    return d.Phase(name, title, short, length, templates, course)


def _check_levels_used(at: Cursor, levels: tuple[str, ...] | None, phases: tuple[d.Phase, ...]) -> None:
    """A level that no dose depends on would be asked for in vain. Not checked where another fault may hide it."""
    orders = (order for phase in phases for template in phase.templates for order in template.orders)
    used = {rule.level for order in orders for step in order.steps for rule in step.rules}
    unused = [level for level in levels or () if level not in used]
    if unused and not at.faults:
        at.fault(f"expected doses for each dose level; found none for {', '.join(unused)}")


def _template(at: Cursor, context: PhaseContext) -> d.CycleTemplate:
    fields = at.fields("title numbers orders")
    numbers = sourced(fields["numbers"], context.legend, lambda c: c.numbers(MAX_CYCLES, "a cycle number"))
    orders = tuple(read_order(entry, numbers.value, context) for entry in fields["orders"].items())
    return d.CycleTemplate(fields["title"].text(), numbers, orders)


def _numbers_without_gap(at: Cursor, templates: tuple[d.CycleTemplate, ...]) -> tuple[int, ...] | None:
    """The cycle numbers of a phase, which have to be 1, 2, ... to the last; None if one could not be read."""
    if not templates or any(t.numbers.value is None for t in templates):
        return None
    numbers = sorted({n for t in templates for n in t.numbers.value})
    missing = sorted(set(range(1, numbers[-1] + 1)) - set(numbers))
    if missing:
        at.fault(f"expected cycles 1 to {numbers[-1]} without a gap; found none for {_list(missing)}")
        return None
    return tuple(numbers)


def _sequence(at: Cursor, reading: Reading) -> tuple[d.SequenceEntry, ...]:
    """Every cycle of every phase once, the cycles of a phase in rising order."""
    found = []
    used: dict[str, list[int]] = {}
    for entry in at.items():
        fields = entry.fields("phase numbers provenance")
        phase = _phase_name(fields["phase"], reading)
        numbers = fields["numbers"].numbers(MAX_CYCLES, "a cycle number")
        found.append(d.SequenceEntry(phase, numbers, provenance(fields["provenance"], reading.legend)))
        if phase is None or numbers is None:
            return tuple(found)  # what follows would be reported as missing
        earlier = used.setdefault(phase, [])
        if earlier and numbers[0] <= earlier[-1]:
            fields["numbers"].refuse(f"cycles of {phase} after cycle {earlier[-1]}")
        earlier += numbers
    _check_complete(at, used, reading)
    return tuple(found)


def _phase_name(at: Cursor, reading: Reading) -> Any:
    """A phase of this file; any name where the phases themselves could not be read."""
    names = tuple(reading.phases)
    return at.one_of(names, "a phase of this file: ") if names else at.slug()


def _check_complete(at: Cursor, used: dict[str, list[int]], reading: Reading) -> None:
    for phase, numbers in reading.phases.items():
        placed = set(used.get(phase, ()))
        missing = sorted(set(numbers or ()) - placed)
        unknown = sorted(placed - set(numbers or placed))
        if missing:
            at.fault(f"expected every cycle of {phase}; found no place for {_list(missing)}")
        if unknown:
            at.fault(f"expected cycles that {phase} has; found {_list(unknown)}")


def _list(numbers: list[int]) -> str:
    shown = ", ".join(map(str, numbers[:12]))
    return shown + (f" and {len(numbers) - 12} more" if len(numbers) > 12 else "")
