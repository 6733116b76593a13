"""A page as somebody reads it: its words, its links, its tables, its ids."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

EMPTY = {"input", "meta", "link", "br", "hr", "img", "use", "path", "line", "circle", "rect"}


@dataclass
class Link:
    url: str
    text: str = ""


@dataclass
class Seen:
    """A table: its caption and its rows, the head first; each cell in words."""

    caption: str = ""
    rows: list[list[str]] = field(default_factory=list)


class Reading(HTMLParser):
    """`words` with spaces folded; scripts and what a screen does not show are left out of nothing."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[Link] = []
        self.tables: dict[str, Seen] = {}
        self.ids: list[str] = []
        self.attributes: set[str] = set()
        self.values: list[str] = []
        self._open: list[str] = []
        self._table: Seen | None = None
        self._said: list[str] = []
        self.feed(html)
        self.words = re.sub(r"\s+", " ", "".join(self._said)).strip()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given: dict[str, Any] = dict(attrs)
        self.attributes |= {name for name, _ in attrs}
        if given.get("id"):
            self.ids.append(given["id"])
        if tag not in EMPTY:
            self._open.append(tag)
        if tag == "a":
            self.links.append(Link(given.get("href", "")))
        elif tag == "table":
            self._table = Seen()
        elif tag == "caption" and self._table is not None:
            self.tables[given["id"].removeprefix("t-")] = self._table
        elif tag == "tr" and self._table is not None:
            self._table.rows.append([])
        elif tag in ("th", "td") and self._table is not None:
            self._table.rows[-1].append("")
        elif tag == "data":
            self.values.append(given["value"])

    def handle_endtag(self, tag: str) -> None:
        if tag in self._open:
            while self._open.pop() != tag:
                pass
        if tag == "table":
            self._table = None
        self._said.append("" if tag in ("a", "b", "strong", "small", "data") else " ")

    def handle_data(self, data: str) -> None:
        self._said.append(data)
        if "a" in self._open and self.links:
            self.links[-1].text += data
        if self._table is not None and "caption" in self._open:
            self._table.caption += data
        elif self._table is not None and self._table.rows and self._table.rows[-1]:
            self._table.rows[-1][-1] += data.strip()
