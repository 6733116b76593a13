"""Somebody at a screen: follows links, presses buttons, types into fields, reads. Each page they come to is checked."""

import re
from collections.abc import Sequence
from typing import Any, ClassVar

from axe_playwright_python.base import AXE_SCRIPT

from protocoltracker.accounts.models import User

PASSWORD = "a long journey through the ward"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
REFUSED_ON_PURPOSE = re.compile(
    r"status of 4(03|04|09|22)"
)  # the console repeats what the page says in words
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1440, "height": 1000}


# Of rows, groups and days that are built alike, the first ones stand for all.
ALL_BUT_LIKE = {
    "exclude": [["tbody tr:nth-child(n+21)"], ["tbody:nth-of-type(n+6)"], [".pt-matrix td:nth-child(n+18)"]]
}
# The same page with other words and numbers in it is not looked at again.
BUILT = """() => innerWidth + document.body.outerHTML.replace(/>[^<]*</g, "><")
  .replace(/(value|href|id|for|action|title|content|aria-label|hx-headers)="[^"]*"/g, "")
  .replace(/[0-9a-f]{8}-[0-9a-f-]{27}|[0-9]+/g, "")"""


class Person:
    """`user` at a page of the browser. `faults` are errors on the console, refused resources, and answers of 500."""

    looked_at: ClassVar[set[str]] = set()

    def __init__(self, context: Any, address: str, user: User, *, looks: bool = True) -> None:
        self.user, self.address, self.looks = user, address, looks
        self.faults: list[str] = []
        self.page = context.new_page()
        self.page.set_default_timeout(10_000)
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.faults.append(f"{self.page.url}: {error}"))
        self.page.on("response", self._response)

    def _console(self, said: Any) -> None:
        if said.type == "error" and not REFUSED_ON_PURPOSE.search(said.text):
            self.faults.append(f"{self.page.url}: {said.text}")

    def _response(self, response: Any) -> None:
        if response.status >= 500:
            self.faults.append(f"{response.status} of {response.request.method} {response.url}")

    # --- going about ---------------------------------------------------------------------------------------------
    def signs_in(self, password: str = PASSWORD) -> "Person":
        self.opens("/sign-in/")
        self.types("User name", self.user.username)
        self.types("Password", password)
        return self.presses("Sign in")

    def opens(self, path: str) -> "Person":
        self.page.goto(path if path.startswith("http") else self.address + path)
        return self._arrives()

    def follows(self, name: Any, *, within: Any = None, exact: bool = False) -> "Person":
        (within or self.page).get_by_role("link", name=name, exact=exact).first.click()
        return self._arrives()

    def presses(self, name: Any, *, within: Any = None) -> "Person":
        button = (within or self.page).get_by_role("button", name=name).first
        with self.page.expect_navigation():
            button.click()
        return self._arrives()

    def _arrives(self) -> "Person":
        self.page.wait_for_load_state("load")
        if self.looks:
            built = self.page.evaluate(BUILT)
            if built not in Person.looked_at:
                self.finds_no_barrier()
                Person.looked_at.add(built)
        return self

    # --- typing --------------------------------------------------------------------------------------------------
    def types(self, label: str, value: str) -> "Person":
        self.field(label).fill(value)
        return self

    def picks(self, label: str, option: str) -> "Person":
        self.field(label).select_option(label=option)
        return self

    def ticks(self, label: str) -> "Person":
        self.page.get_by_label(label, exact=True).first.check()
        return self

    def field(self, label: str) -> Any:
        """The field whose label begins so."""
        return self.page.get_by_label(re.compile(rf"^\s*{re.escape(label)}")).first

    def has_typed(self, label: str) -> str:
        return self.field(label).input_value()

    # --- reading -------------------------------------------------------------------------------------------------
    @property
    def heading(self) -> str:
        return self.page.locator("h1").inner_text()

    @property
    def reads(self) -> str:
        """The words of the page as they are seen, spaces folded."""
        return re.sub(r"\s+", " ", self.page.locator("body").inner_text())

    @property
    def told(self) -> str:
        """What the last action said of itself."""
        return re.sub(r"\s+", " ", " ".join(self.page.locator(".pt-toast").all_inner_texts()))

    def row(self, *words: str) -> Any:
        """The first row, of a table or of the worklist, that has all these words."""
        rows = self.page.locator("[data-row], tbody tr")
        for word in words:
            rows = rows.filter(has_text=word)
        return rows.first

    def fault_at(self, label: str) -> str:
        """The message at a field, found as a screen reader finds it: through aria-describedby."""
        field = self.field(label)
        assert field.get_attribute("aria-invalid") == "true", f"{label} is not marked as wrong"
        ids = (field.get_attribute("aria-describedby") or "").split()
        return " ".join(self.page.locator(f"[id='{one}']").inner_text() for one in ids)

    # --- looking -------------------------------------------------------------------------------------------------
    def finds_no_barrier(self, rules: Sequence[str] = RULES, kind: str = "tag") -> None:
        """axe: WCAG 2.2 A and AA and its best practice."""
        self.page.evaluate("scrollTo(0, 0)")  # a bar over half a link would make the link look too small
        if not self.page.evaluate("typeof axe === 'object'"):
            self.page.evaluate(AXE_SCRIPT)
        options = {"runOnly": {"type": kind, "values": list(rules)}, "resultTypes": ["violations"]}
        found = self.page.evaluate("([around, options]) => axe.run(around, options)", [ALL_BUT_LIKE, options])
        barriers = [
            f"{v['id']}: {n['target']} {n['failureSummary']} {n['html'][:200]}"
            for v in found["violations"]
            for n in v["nodes"]
        ]
        assert not barriers, f"{self.page.url} at {self.page.viewport_size}:\n" + "\n".join(barriers)
        assert found["passes"], "axe looked at nothing"

    def sideways(self) -> int:
        """By how many pixels the page itself scrolls sideways."""
        return self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
