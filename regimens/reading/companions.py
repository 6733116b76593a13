"""Reading what stands beside the schedule: cumulative doses, permanent stops, eligibility and notes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import yaml

from regimens import definition as d
from regimens.provenance import Sourced
from regimens.reading.cursor import Cursor
from regimens.reading.faults import expected
from regimens.reading.sourcing import Legend, provenance
from regimens.reading.tree import TEXT
from regimens.units import UNITS, Quantity


@dataclass(slots=True)
class Reading:
    """What is known of the file so far; None: could not be read, so nothing is compared with it."""

    legend: Legend
    levels: tuple[str, ...] | None = ()
    phases: dict[str, tuple[int, ...] | None] = field(default_factory=dict)
    order_codes: set[str] = field(default_factory=set)


def once(at: Cursor, value: Any, earlier: list[Any]) -> None:
    if value is not None and value in earlier:
        at.fault(f"expected each name once; found {value} again")


def cumulative(at: Cursor, reading: Reading) -> tuple[d.CumulativeLimit, ...]:
    found = []
    for entry in at.items(empty=True):
        fields = entry.fields("order value unit provenance", "level")
        order = _order_code(fields["order"], reading)
        level = fields["level"].slug() if "level" in fields else None
        if reading.levels is not None and level is not None and level not in reading.levels:
            fields["level"].refuse("a dose level of this file")
        limit = Quantity(fields["value"].decimal(), fields["unit"].one_of(tuple(UNITS)))
        tags = provenance(fields["provenance"], reading.legend)
        found.append(d.CumulativeLimit(order, level, Sourced(limit, tags)))
    return tuple(found)


def _order_code(at: Cursor, reading: Reading) -> Any:
    return at.one_of(tuple(sorted(reading.order_codes - {None})), "an order of this file: ")


def permanent_stops(at: Cursor, reading: Reading) -> tuple[d.PermanentStop, ...]:
    """Each event once, each of its orders once."""
    found: list[d.PermanentStop] = []
    for entry in at.items(empty=True):
        fields = entry.fields("event orders provenance")
        event = fields["event"].one_of(tuple(d.EVENTS))
        once(fields["event"], event, [x.event for x in found])
        codes: list[Any] = []
        for item in fields["orders"].items():
            code = _order_code(item, reading)
            once(item, code, codes)
            codes.append(code)
        found.append(d.PermanentStop(event, tuple(codes), provenance(fields["provenance"], reading.legend)))
    return tuple(found)


def criteria(at: Cursor, legend: Legend) -> tuple[d.Criterion, ...]:
    found: list[d.Criterion] = []
    for entry in at.items():
        fields = entry.fields("code text provenance", "limit note")
        code = fields["code"].slug()
        once(fields["code"], code, [x.code for x in found])
        unknown = fields["limit"].scalar(TEXT) == "to be confirmed"
        limit = _limit(fields["limit"]) if "limit" in fields and not unknown else None
        tags = provenance(fields["provenance"], legend)
        note = fields["note"].text() if "note" in fields else ""
        found.append(d.Criterion(code, fields["text"].text(), tags, limit, unknown, note))
    return tuple(found)


def _limit(at: Cursor) -> d.Limit | None:
    """{at_most: 3, unit: ECOG}"""
    if not isinstance(at.node, yaml.MappingNode):
        at.refuse(f"a mapping with unit and one of {', '.join(d.COMPARISONS)}, or: to be confirmed")
        return None
    fields = at.fields("unit", " ".join(d.COMPARISONS))
    given = [name for name in d.COMPARISONS if name in fields]
    unit = fields["unit"].one_of(tuple(UNITS))
    if len(given) != 1:
        at.fault(expected(f"exactly one of {', '.join(d.COMPARISONS)}", len(given)))
        return None
    return d.Limit(given[0], Quantity(fields[given[0]].decimal(low="0"), unit))


def notes(at: Cursor, reading: Reading) -> tuple[d.Note, ...]:
    found = []
    subjects = ("version", "eligibility", *reading.phases)
    for entry in at.items(empty=True):
        fields = entry.fields("about text provenance")
        tags = provenance(fields["provenance"], reading.legend)
        found.append(d.Note(fields["about"].one_of(subjects), fields["text"].text(), tags))
    return tuple(found)
