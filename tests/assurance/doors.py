"""Hostile requests at every address and form: each is answered, none with a fault, none with our words run as code.

    python -m tests.assurance.doors --requests 20000 --seed 7

The pages are read first, so that their own forms are filled in: partly as a person would, partly with values that
nobody means. Every request is taken back, so each meets the same world. One line of figures at the end; it fails if an
answer is a fault, takes longer than it may, or carries what was sent as markup.
"""

# ruff: noqa: RUF001 (signs that look like others are sent on purpose)

import argparse
import copy
import random
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote, quote_from_bytes

MARK = "<fuzz-7f3a>"
SLOWEST = 10.0  # seconds for one answer, on a loaded machine
HOSTILE = [
    MARK, f'"\'>{MARK}', f"</textarea>{MARK}", f"<script>alert(1)</script>{MARK}", f"javascript:{MARK}",
    "\x00", "a\x00b", "\r\nSet-Cookie: fuzz=1", "two\nlines\r\n\tand a tab", "\x1b[2J", "\u2028\u2029\x85",
    "=1+1", "+1", "-2+3", "@SUM(A1)", "\t=cmd|' /C calc'!A0",
    "' OR 1=1 --", "'; DROP TABLE patients_patient; --", "\\'; SELECT pg_sleep(9); --", "%s %(x)s {0} {x}", "$1 $$",
    "{{ 7|add:35 }}", "{% debug %}", "${7*7}", "../../../../etc/passwd", "C:\\con", "file:///etc/passwd",
    "NaN", "Infinity", "-Infinity", "-0", "1e308", "1e400", "9" * 400, "0.0000000000000001", "0,5", "1_000", "0x46",
    "٣٫١٤", "٢٠٢٠-٠٦-١٥", "１２３", "-1", "2147483648", "9223372036854775808", "1e-400", " ", "", "true", "null", "[]",
    "0001-01-01", "9999-12-31", "2020-02-30", "2021-02-29", "31.12.2021", "2020-06-15T25:61", "2020-03-29T02:30",
    "0000-00-00", "10000-01-01", "0001-01-01T00:00", "9999-12-31T23:59", "2020-06-15T10:00+99:99",
    "é" * 300, "e\u0301" * 200, "a" + "\u0301" * 5000, "\u202eright to left", "\ufeffbom", "👩‍👩‍👧‍👦" * 50,
    "\u200b" * 9, "\ud800",
    "\udfff\ud800", "ﷺ" * 400, "x" * 10_000, "A" * 100_000, "../" * 2000, "(" * 3000, "a" * 50 + "!", "00000000-0000",
]  # fmt: skip
PLAUSIBLE = [
    "1",
    "70",
    "170",
    "0.5",
    "2020-06-15",
    "2020-06-14",
    "2020-06-15T10:00",
    "yes",
    "no",
    "on",
    "CR",
    "x",
]


@dataclass
class Figures:
    """What came of it."""

    requests: int = 0
    codes: Counter = field(default_factory=Counter)
    pages: set[str] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)
    slowest: float = 0

    def line(self, seed: int) -> str:
        codes = ", ".join(f"{code}: {n}" for code, n in sorted(self.codes.items()))
        return (
            f"doors: {self.requests} requests at {len(self.pages)} addresses, {len(self.wrong)} faults, "
            f"slowest {self.slowest:.1f} s, seed {seed}; answers {codes}"
        )


class Fields(HTMLParser):
    """The fields of the forms of a page, with what they hold or offer."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, list[str]] = {}
        self.select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag in ("input", "textarea", "button") and told.get("name"):
            self.found.setdefault(told["name"], []).append(told.get("value", ""))
        elif tag == "select":
            self.select = told.get("name", "")
        elif tag == "option" and self.select:
            self.found.setdefault(self.select, []).append(told.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        self.select = "" if tag == "select" else self.select


class Prober:
    """Asks `world` (tests.test_urls_by_role) with what chance gives, the same for the same seed."""

    def __init__(self, world: Any, seed: int) -> None:
        from tests.access_table import TABLE

        self.world, self.chance, self.figures = world, random.Random(seed), Figures()  # noqa: S311 - no secret
        self.rows, self.forms = TABLE, dict[tuple[str, str], dict[str, list[str]]]()
        self.actors = list(world.clients)

    def run(self, requests: int) -> Figures:
        while self.figures.requests < requests:
            row = self.rows[self.figures.requests % len(self.rows)]
            self.ask(row, self._actor(row))
        return self.figures

    def _actor(self, row: Any) -> Any:
        """Mostly somebody who may: behind a closed door there is less to break."""
        may = [actor for actor in self.actors if "open" in row.post.meets(actor) | row.get.meets(actor)]
        return self.chance.choice(may if may and self.chance.random() < 0.9 else self.actors)

    def ask(self, row: Any, actor: Any) -> None:
        client, address = self.world.clients[actor], self._address(row)
        method = self._method(row)
        sent = self._sent(row, actor, client, address) if method == "post" else {}
        if self.chance.random() < 0.5 or method == "get":
            address += "?" + "&".join(
                f"{_coded(self._name(row))}={_coded(self._value([]))}" for _ in range(2)
            )
        began = time.monotonic()
        answer, page = self._answer(client, method, address, sent)
        self._judge(row, actor, method, address, sent, answer, page, time.monotonic() - began)

    def _method(self, row: Any) -> str:
        """Mostly one that exists there, and forms are sent more often than read."""
        from tests.access_table import Nobody

        exist = [
            name for name, rule in (("get", row.get), ("post", row.post)) if not isinstance(rule, Nobody)
        ]
        return self.chance.choice([*exist * 9, *exist[-1:] * 18, "get", "post"])

    def _address(self, row: Any) -> str:
        """Sometimes with a part that nothing has, or a tail."""
        address = self.world.address(row)
        luck = self.chance.random()
        if luck < 0.08:
            parts = address.split("/")
            parts[self.chance.randrange(len(parts))] = quote(_short(self._value([])), safe="")
            return "/" + "/".join(parts).lstrip("/")
        return address

    def _name(self, row: Any) -> str:
        known = [
            "q",
            "view",
            "page",
            "next",
            "site",
            "person",
            "date",
            "state",
            "about",
            "receipt",
            "show",
            "only",
        ]
        return self.chance.choice(
            [*known, *next((names for (name, _), names in self.forms.items() if name == str(row)), {})]
        )

    def _sent(self, row: Any, actor: Any, client: Any, address: str) -> dict[str, Any]:
        fields = self._fields(row, actor, client)
        bodies: dict[str, Any] = {"content_type": "application/x-www-form-urlencoded"}
        pairs = [
            (name, self._value(offered)) for name, offered in fields.items() if self.chance.random() < 0.95
        ]
        pairs += [(self._value([]), self._value([]))] if self.chance.random() < 0.1 else []
        pairs += self.chance.sample(pairs, 1) if pairs and self.chance.random() < 0.1 else []  # said twice
        bodies["data"] = "&".join(f"{_coded(name)}={_coded(value)}" for name, value in pairs).encode()
        if self.chance.random() < 0.06:
            bodies["content_type"] = self.chance.choice(
                ["application/json", "multipart/form-data; boundary=x", "multipart/form-data", "text/plain", "x" * 300,
                 "application/x-www-form-urlencoded; charset=utf-16"]
            )  # fmt: skip
            bodies["data"] = self.chance.choice(
                [b"\xff\xfe\x00", b"--x\r\nContent-Disposition: form-data", b"{", b"%"]
            )
        if self.chance.random() < 0.15:
            name = self.chance.choice(
                ["hx-request", "hx-target", "referer", "accept", "origin", "x-forwarded-for"]
            )
            bodies["headers"] = {name: self.chance.choice(["true", "x" * 4000, "\u00e9", MARK, "192.0.2.1"])}
        return bodies

    def _fields(self, row: Any, actor: Any, client: Any) -> dict[str, list[str]]:
        """Of the page's own form, read once."""
        key = (str(row), str(actor))
        if key not in self.forms:
            answer, page = self._answer(client, "get", self.world.address(row), {})
            parser = Fields()
            parser.feed(page if answer.status_code == 200 else "")
            self.forms[key] = parser.found or {"reason": [""], "form_token": [""]}
        return self.forms[key]

    def _value(self, offered: list[str]) -> str:
        luck = self.chance.random()
        if offered and luck < 0.55:
            chosen = self.chance.choice(offered)
            return chosen or self.chance.choice(PLAUSIBLE)
        if luck < 0.65:
            return self.chance.choice(PLAUSIBLE)
        value = self.chance.choice(HOSTILE)
        return value + self.chance.choice(HOSTILE) if luck > 0.95 else value

    def _answer(self, client: Any, method: str, address: str, sent: dict[str, Any]) -> tuple[Any, str]:
        """Taken back, whatever it did."""
        from django.db import transaction

        cookies = copy.deepcopy(client.cookies)
        with transaction.atomic():
            answer = client.generic(method.upper(), address, **sent)
            page = b"".join(answer).decode(errors="replace")
            transaction.set_rollback(True)
        client.cookies = cookies
        return answer, page

    def _judge(
        self, row: Any, actor: Any, method: str, address: str, sent: dict, answer: Any, page: str, took: float
    ) -> None:
        figures = self.figures
        figures.requests += 1
        figures.pages.add(row.name)
        figures.codes[answer.status_code] += 1
        figures.slowest = max(figures.slowest, took)
        faults = []
        if answer.status_code >= 500 and row.name != "healthz":
            fault = getattr(answer, "exc_info", None)
            faults.append(
                f"{answer.status_code} {fault[0].__name__ if fault else ''} {fault[1] if fault else ''}"[:300]
            )
        if MARK in page and answer.get("Content-Type", "").startswith("text/html"):
            faults.append("what was sent is markup of the page")
        if "fuzz" in answer.cookies or any("\n" in value for value in answer.headers.values()):
            faults.append("what was sent is a header")
        if took > SLOWEST:
            faults.append(f"took {took:.1f} s")
        said = f"{actor}: {method} {address[:200]!r} {str(sent)[:600]}"
        figures.wrong += [f"{fault}\n    {said}" for fault in faults]


def _coded(text: str) -> str:
    """Also what is no Unicode, as bytes that no browser sends."""
    return quote_from_bytes(text.encode("utf-8", "surrogatepass"))


def _short(text: str) -> str:
    return text.encode("utf-8", "replace").decode()[:200] or "x"


def run(requests: int = 20_000, *, seed: int | None = None) -> tuple[str, bool]:
    """The line of figures, and whether nothing is wrong. Django and the database are up."""
    from django.test.utils import setup_test_environment, teardown_test_environment

    from tests.test_urls_by_role import a_world

    seed = random.SystemRandom().randrange(10**6) if seed is None else seed
    setup_test_environment()
    try:
        with a_world(raises=False) as world:
            figures = Prober(world, seed).run(requests)
    finally:
        teardown_test_environment()
    for fault in figures.wrong[:20]:
        print(fault, file=sys.stderr)
    return figures.line(seed), not figures.wrong


def main(argv: list[str]) -> int:
    """By itself, with a database of its own. Nothing of Django may be loaded before."""
    asked = argparse.ArgumentParser(prog="doors", description=(__doc__ or "").splitlines()[0])
    asked.add_argument("--requests", type=int, default=20_000)
    asked.add_argument("--seed", type=int)
    given = asked.parse_args(argv)
    from tests import database

    database.choose_home()
    import django

    django.setup()
    database.start()
    line, good = run(given.requests, seed=given.seed)
    print(line)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
