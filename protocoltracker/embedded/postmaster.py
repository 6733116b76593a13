"""The running server as the system sees it: its process id file, what is left after a crash, its end."""

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

STRAYS_SECONDS = 15  # processes of a server that was killed notice it and end by themselves


def pid(data: Path) -> int | None:
    """The process id of the server of this data folder; None if it does not run (an old file may say otherwise)."""
    try:
        number = int((data / "postmaster.pid").read_text().split("\n")[0])
    except (OSError, ValueError):
        return None
    return number if is_postgres_in(number, data) else None


def ready(data: Path) -> bool:
    """Whether the server has written that it takes connections."""
    try:
        lines = (data / "postmaster.pid").read_text().split("\n")
    except OSError:
        return False
    return len(lines) > 7 and lines[7].strip() == "ready"


def is_postgres_in(number: int, data: Path) -> bool:
    """Whether process `number` is a PostgreSQL process working in `data`: every one of them has it as its folder."""
    process = Path(f"/proc/{number}")
    if not Path("/proc/self").exists():  # not Linux: believe the process id
        return _alive(number)
    try:
        return (process / "comm").read_text().startswith("postgres") and (process / "cwd").samefile(data)
    except OSError:
        return False


def clear_away(data: Path) -> None:
    """Remove what a crash left: a server that no longer answers, its processes, a file naming a reused process id."""
    if number := pid(data):
        stop(number, data, signal.SIGINT, STRAYS_SECONDS)
    deadline = time.monotonic() + STRAYS_SECONDS
    while strays := _processes_in(data):
        if time.monotonic() > deadline:
            for number in strays:
                _send(number, signal.SIGKILL)
        time.sleep(0.05)
    (data / "postmaster.pid").unlink(missing_ok=True)


def stop(number: int, data: Path, how: signal.Signals, seconds: float) -> None:
    """Send `how`; after `seconds` without an end, have it stop at once; then kill. Nothing of it is left."""
    for sign, patience in ((how, seconds), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0)):
        _send(number, sign)
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            if not _alive(number):
                return
            time.sleep(0.02)


def _processes_in(data: Path) -> list[int]:
    numbers = (int(entry.name) for entry in Path("/proc").glob("[0-9]*"))
    return [number for number in numbers if is_postgres_in(number, data)]


def _send(number: int, sign: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(number, sign)


def _alive(number: int) -> bool:
    """Not ended; one that has ended and waits for its parent to notice counts as ended."""
    with suppress(ChildProcessError):
        os.waitpid(number, os.WNOHANG)  # if it is our own child, notice it ourselves
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        if Path("/proc/self").exists():
            return False
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    return True
