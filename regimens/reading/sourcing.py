"""Reading {value: ..., provenance: [A, B2]}: a value of a protocol file never comes without its sources."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from regimens.definition import Source
from regimens.provenance import TAG, Provenance, Sourced, merge
from regimens.reading.cursor import Cursor


@dataclass(frozen=True, slots=True)
class Legend:
    """The tags that a file explains; None: its legend could not be read, so no tag is looked up in it."""

    tags: frozenset[str] | None

    @classmethod
    def of(cls, sources: tuple[Source, ...]) -> Legend:
        tags = frozenset(source.tag for source in sources if source.tag is not None)
        return cls(tags or None)

    def explains(self, tag: str) -> bool:
        return self.tags is None or tag in self.tags


def provenance(at: Cursor, legend: Legend) -> Provenance:
    """The tags of a value in canonical order; at least one, each in the legend."""
    tags: list[str] = []
    for entry in at.items():
        tag = read_tag(entry, tags)
        if tag is None:
            continue
        if not legend.explains(tag):
            entry.refuse("a tag that the sources explain")
        tags.append(tag)
    return merge(tuple(tags))


def read_tag(at: Cursor, earlier: list[str]) -> Any:
    """One tag, well formed and not among the earlier ones of its list; None after a fault."""
    tag = at.text()
    if tag is None:
        return None
    if not TAG.fullmatch(tag):
        return at.refuse("a tag A, B1, B2, ..., GK or C")
    return at.refuse("each tag once") if tag in earlier else tag


def sourced(at: Cursor, legend: Legend, read: Callable[[Cursor], Any]) -> Sourced[Any]:
    """The value as `read` understands it, with its sources."""
    fields = at.fields("value provenance")
    return Sourced(read(fields["value"]), provenance(fields["provenance"], legend))
