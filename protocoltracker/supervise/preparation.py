"""What has to be true before the services start: tables, the shipped protocol, the pages' files, the demo.

Each step leaves a fingerprint of what it was made from in the data folder and is skipped while that is the same.
"""

import hashlib
import os
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path

from protocoltracker import processes
from protocoltracker.embedded import folders, schema

DEMO_ACCOUNTS = ("nurse", "coordinator", "investigator", "datamanager", "monitor", "admin")
NO = {"0", "no", "off", "false"}


class Failed(Exception):
    """A step failed; the message ends with what it said."""


@dataclass(frozen=True)
class Step:
    """A management command, whether it is needed, and what notes that it has been done."""

    what: str
    command: tuple[str, ...]
    needed: Callable[[], bool] = lambda: True
    done: Callable[[], object] = lambda: None


MIGRATE = Step("Database    bringing the tables up to date", ("migrate", "--no-input"))
LOAD = Step("Protocol    loading the shipped versions", ("load_protocol", "--shipped"))
SEED = Step("Demo        seeding invented patients", ("seed_demo",))
COLLECT = Step("Pages       collecting styles and scripts", ("collectstatic", "--no-input", "--clear"))


def prepare(*, embedded_database: bool, stop: Callable[[], bool], say: Callable[[str], None]) -> None:
    """Do what is not done yet. Gives up silently when `stop` says so; the next start goes on from there."""
    for step in [*(embedded_steps() if embedded_database else server_steps()), page_files()]:
        if stop():
            return
        if step.needed():
            say(step.what)
            if manage(step.command, stop):
                step.done()


def embedded_steps() -> list[Step]:
    """The embedded database is ours alone, so notes beside it tell what it has; it alone ever gets the demo."""
    versions = Note(
        folders.cluster() / "protocols", fingerprint(folders.REPOSITORY / "regimens" / "protocols")
    )
    demo = Note(folders.cluster() / "demo", "seeded")
    kept = f"; a copy of what was goes to {folders.home() / 'backups'}" if schema.ever_applied() else ""
    return [
        replace(MIGRATE, what=MIGRATE.what + kept, needed=lambda: not schema.up_to_date()),
        replace(LOAD, needed=versions.differs, done=versions.write),
        replace(SEED, needed=lambda: wants_demo() and demo.differs(), done=demo.write),
    ]


def server_steps() -> list[Step]:
    """A server that was chosen by DATABASE_URL: always ask it, and never put demo data into it."""
    return [MIGRATE, LOAD]


def page_files() -> Step:
    source = fingerprint(folders.REPOSITORY / "static", extra=f"{version('django')} {version('django-htmx')}")
    note = Note(folders.home() / "static-made-from", source)
    result = folders.home() / "static" / "staticfiles.json"
    return replace(COLLECT, needed=lambda: note.differs() or not result.exists(), done=note.write)


def wants_demo() -> bool:
    """DEMO=no make run starts without the demo."""
    return os.environ.get("DEMO", "yes").lower() not in NO


class Note:
    """A file that says what something was made from."""

    def __init__(self, path: Path, text: str) -> None:
        self.path, self.text = path, text

    def differs(self) -> bool:
        return not self.path.exists() or self.path.read_text() != self.text

    def write(self) -> None:
        self.path.write_text(self.text)


def fingerprint(*places: Path, extra: str = "") -> str:
    """Of the names and contents of all files under `places`."""
    digest = hashlib.sha256(extra.encode())
    for path in sorted(_files(places)):
        digest.update(
            f"\n{path.relative_to(folders.REPOSITORY)} ".encode() + hashlib.sha256(path.read_bytes()).digest()
        )
    return digest.hexdigest()


def _files(places: Iterable[Path]) -> list[Path]:
    found = (path for place in places for path in place.rglob("*"))
    return [path for path in found if path.is_file() and "__pycache__" not in path.parts]


def manage(arguments: Sequence[str], stop: Callable[[], bool]) -> bool:
    """Run a management command, its chatter in a log of its name. False if it was stopped. Errors: Failed."""
    role = {"PROTOCOLTRACKER_DB_ROLE": "owner"} if arguments[0] == "migrate" else {}
    child = processes.Child(
        arguments[0],
        [sys.executable, str(folders.REPOSITORY / "manage.py"), *arguments],
        env={**os.environ, **role},
    )
    child.start()
    while child.alive():
        if stop():
            child.stop()
            return False
        time.sleep(0.05)
    if child.process and child.process.returncode:
        raise Failed(
            f"`manage.py {' '.join(arguments)}` failed; all of it is in {child.log}:\n{_gist(child)}"
        )
    return True


def _gist(child: processes.Child) -> str:
    """The end of its log without the frames of a traceback: what a person can act on."""
    lines = child.end_of_log(60).splitlines()
    return "\n".join(
        [line for line in lines if line and not line.startswith((" ", "Traceback", "During "))][-6:]
    )
