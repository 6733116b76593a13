"""Addresses of the outcomes pages. Each keeps what was asked for: the cut-off, the preset, the figures chosen."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse


@dataclass(frozen=True)
class Links:
    """`kept`: cutoff and preset where they were chosen; `chosen`: which groups each figure shows."""

    kept: Mapping[str, str]
    chosen: Mapping[str, str]

    def dashboard(self, **changes: str) -> str:
        return _address("outcomes:dashboard", {**self.kept, **self.chosen, **changes})

    def patients(self, figure: str, group: str = "", part: str = "denominator") -> str:
        """The patients behind a number."""
        wanted = {"figure": figure, "group": group, "part": "" if part == "denominator" else part}
        return _address("outcomes:patients", {**wanted, **self.kept})

    def table(self, name: str, by: str = "") -> str:
        """A table as a file."""
        return _address("outcomes:table", {"by": by, **self.kept}, name)

    def values(self) -> str:
        return _address("outcomes:values", self.kept)


def _address(view: str, query: Mapping[str, str], *arguments: str) -> str:
    asked = urlencode({name: value for name, value in query.items() if value})
    return reverse(view, args=arguments) + (f"?{asked}" if asked else "")
