"""A service as a child process: its own group, its own log, never left behind.

A child is told by the kernel when its parent dies (Linux), and is written down with its start time, so that the next
start finds what a killed one left and never signals a stranger that has got the same process id since.
"""

import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from .embedded import folders

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


@dataclass
class Child:
    """One service; `grace` is the time in seconds that it gets to finish what it is doing when told to stop."""

    name: str
    command: list[str]
    grace: float = 10
    env: dict[str, str] = field(default_factory=lambda: dict(os.environ))
    process: subprocess.Popen | None = None
    started: float = 0  # time.monotonic()
    deaths: int = 0  # one after the other, each soon after its start

    @property
    def log(self) -> Path:
        return folders.logs() / f"{self.name}.log"

    def start(self) -> None:
        folders.keep_short(self.log)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self.env,
                cwd=folders.REPOSITORY,
                start_new_session=True,
                preexec_fn=_end_with_parent,
            )
        self.started = time.monotonic()

    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def stop(self, hurry: Callable[[], bool] = lambda: False) -> bool:
        """End it and everything it started. False if it had to be killed because it did not end in its time."""
        if self.process is None:
            return True
        in_time = end_group(self.process.pid, self.grace, hurry)
        self.process.wait()
        return in_time

    def end_of_log(self, lines: int = 12) -> str:
        try:
            return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])
        except FileNotFoundError:
            return ""


def end_group(group: int, grace: float, hurry: Callable[[], bool] = lambda: False) -> bool:
    """Ask the group's leader to end, wait, then kill what is left of the group. True if nothing had to be killed."""
    _signal(os.kill, group, signal.SIGTERM)
    deadline = time.monotonic() + grace
    while time.monotonic() < deadline and not hurry():
        if not _exists(group):
            return True
        time.sleep(0.05)
    _signal(os.killpg, group, signal.SIGKILL)
    deadline = time.monotonic() + 5
    while _exists(group) and time.monotonic() < deadline:
        time.sleep(0.02)
    return False


def remember(children: Iterable[Child]) -> None:
    """Write down what runs now, for the next start."""
    running = [child.process.pid for child in children if child.process and child.alive()]
    folders.note("children.json", json.dumps([[pid, start_time(pid)] for pid in running]))


def end_leftovers(grace: float = 10) -> int:
    """End what a start that was killed left running. How many there were."""
    known = json.loads(folders.noted("children.json") or "[]")
    left = [pid for pid, started in known if started and start_time(pid) == started]
    for pid in left:
        end_group(pid, grace)
    folders.note("children.json", "[]")
    return len(left)


def start_time(pid: int) -> str:
    """When the process began, in clock ticks since the machine did: with its id, its fingerprint. Empty if gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except OSError:
        return ""


def adopt_orphans() -> None:
    """Grandchildren whose parent is killed become our own, so that they can be waited for and leave nothing."""
    if _libc:
        _libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _end_with_parent() -> None:
    if _libc:
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


def _exists(group: int) -> bool:
    try:
        while os.waitpid(-group, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass
    return _signal(os.killpg, group, 0)


def _signal(how: Callable[[int, int], None], target: int, sign: int) -> bool:
    try:
        how(target, sign)
    except (ProcessLookupError, PermissionError):
        return False
    return True
