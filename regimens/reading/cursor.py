"""Reading a tree of YAML nodes value by value, each fault noted with its path.

A reader answers None after it has noted a fault, and goes on: so one pass finds every fault. What is built
from such a None is thrown away, because a file with a fault has no definition; hence readers are typed Any.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

import yaml

from regimens.reading.faults import Fault, expected, quoted
from regimens.reading.tree import DECIMAL, INTEGER, NULL, TEXT, TRUTH

MAX_TEXT = 600
MAX_HINTS = 50
SLUG = re.compile(r"[a-z0-9]+([.-][a-z0-9]+)*")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Cursor:
    """One place in the file. `node` None: the key is missing, which has been noted already."""

    node: yaml.Node | None
    path: str
    faults: list[Fault]

    def fault(self, message: str) -> None:
        line = None if self.node is None else self.node.start_mark.line + 1
        self.faults.append(Fault(self.path, message, line))

    def refuse(self, what: str) -> None:
        """Notes what was expected here instead of what was found; nothing for a missing key."""
        if self.node is not None:
            self.fault(expected(what, _shown(self.node)))

    def fields(self, required: str, optional: str = "") -> Fields:
        """A mapping with exactly these keys (names parted by spaces)."""
        names = required.split()
        known = names + optional.split()
        if not isinstance(self.node, yaml.MappingNode):
            self.refuse(f"a mapping with {', '.join(names)}")
            return Fields({}, self)
        found: dict[str, Cursor] = {}
        for key, value in self.node.value:
            self._add(found, known, key, value)
        for name in names:
            if name not in found:
                Cursor(self.node, self._child(name), self.faults).fault("expected this key; it is missing")
        return Fields(found, self)

    def _add(self, found: dict[str, Cursor], known: list[str], key: yaml.Node, value: yaml.Node) -> None:
        name = key.value if isinstance(key, yaml.ScalarNode) else "?"
        here = Cursor(value, self._child(name), self.faults)
        if name in found:
            here.fault(f"expected each key once; found {name} again")
        elif name not in known:
            here.fault(f"expected one of {', '.join(known)}; found an unknown key{self._hint(name, known)}")
        else:
            found[name] = here

    def _hint(self, name: str, known: list[str]) -> str:
        """A likely slip of the pen; not looked for in a file that is faults throughout."""
        near = difflib.get_close_matches(name[:40], known, n=1) if len(self.faults) < MAX_HINTS else []
        return f" (did you mean {near[0]}?)" if near else ""

    def _child(self, name: str) -> str:
        shown = name if re.fullmatch(r"[\w./%-]{1,40}", name) else quoted(name)
        return f"{self.path}.{shown}" if self.path else shown

    def items(self, *, empty: bool = False) -> list[Cursor]:
        """The entries of a list; an empty list is a fault unless `empty`."""
        if not isinstance(self.node, yaml.SequenceNode):
            self.refuse("a list")
            return []
        if not self.node.value and not empty:
            self.fault("expected at least one entry; found an empty list")
        return [Cursor(n, f"{self.path}[{i}]", self.faults) for i, n in enumerate(self.node.value)]

    def scalar(self, *tags: str) -> str | None:
        node = self.node
        return node.value if isinstance(node, yaml.ScalarNode) and node.tag in tags else None

    def text(self) -> Any:
        """Text of one line without blanks at its ends."""
        value = self.scalar(TEXT)
        if value is None or not value or value != value.strip():
            return self.refuse("text")
        if len(value) > MAX_TEXT or not value.isprintable():
            return self.refuse(f"one line of at most {MAX_TEXT} characters")
        return value

    def slug(self) -> Any:
        value = self.scalar(TEXT)
        if value is None or len(value) > 60 or not SLUG.fullmatch(value):
            return self.refuse("a name in small letters, digits, points and hyphens, as text")
        return value

    def one_of(self, choices: Sequence[str], what: str = "one of ") -> Any:
        value = self.scalar(TEXT)
        return value if value in choices else self.refuse(what + ", ".join(choices))

    def integer(self, low: int, high: int) -> Any:
        text = self.scalar(INTEGER)
        if text is None or not low <= int(text) <= high:
            return self.refuse(f"a whole number from {low} to {high}")
        return int(text)

    def decimal(self, *, low: str = "0.001", high: str = "100000") -> Any:
        text = self.scalar(INTEGER, DECIMAL)
        if text is None or not Decimal(low) <= Decimal(text) <= Decimal(high):
            return self.refuse(f"a number from {low} to {high}")
        return Decimal(text)

    def flag(self) -> Any:
        text = self.scalar(TRUTH)
        return text == "true" if text is not None else self.refuse("true or false")

    def day(self) -> Any:
        text = self.scalar(TEXT)
        try:
            if text and _DATE.fullmatch(text):
                return date.fromisoformat(text)
            return self.refuse("a date, YYYY-MM-DD")
        except ValueError:
            return self.refuse("a date that exists, YYYY-MM-DD")

    def numbers(self, high: int, what: str) -> Any:
        """Rising whole numbers from 1 to `high`, each alone or as a range: [1-4, 8, 11-14]."""
        start = len(self.faults)
        found = [n for item in self.items() for n in _span(item, high, what)]
        if any(a >= b for a, b in pairwise(found)):
            self.fault(f"expected rising numbers, each once; found {', '.join(map(str, found))}")
        return tuple(found) if self.node is not None and len(self.faults) == start else None


@dataclass(frozen=True, slots=True)
class Fields:
    """The values of a mapping. A missing key reads as a cursor that notes nothing further."""

    found: dict[str, Cursor]
    at: Cursor

    def __getitem__(self, name: str) -> Cursor:
        return self.found.get(name) or Cursor(None, self.at.path, self.at.faults)

    def __contains__(self, name: str) -> bool:
        return name in self.found


def _span(item: Cursor, high: int, what: str) -> range:
    match = re.fullmatch(r"([1-9][0-9]{0,3})(?:-([1-9][0-9]{0,3}))?", item.scalar(TEXT, INTEGER) or "")
    first, last = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
    if not 1 <= first <= last <= high:
        item.refuse(f"{what} from 1 to {high}, or a range such as 1-4")
        return range(0)
    return range(first, last + 1)


def _shown(node: yaml.Node) -> object:
    if isinstance(node, yaml.ScalarNode):
        if node.tag == NULL:
            return _Plain("nothing")
        return node.value if node.tag == TEXT else _Plain(node.value)
    return _Plain("a list" if isinstance(node, yaml.SequenceNode) else "a mapping")


class _Plain:
    """Shown without quotation marks."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __str__(self) -> str:
        return self.text
