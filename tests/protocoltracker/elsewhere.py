"""Other data folders than the suite's own, used as a person uses them: by commands."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from protocoltracker.embedded.folders import REPOSITORY

SECONDS = 120


class Elsewhere:
    """A data folder of its own, with nothing in the environment that chooses a service."""

    def __init__(self, home: Path, **env: str) -> None:
        self.home = home
        self.env = {**os.environ, "PROTOCOLTRACKER_HOME": str(home), **env}

    @property
    def cluster(self) -> Path:
        """Where its PostgreSQL lies: in the data folder, unless root needed another place."""
        elsewhere = self.home / "cluster-folder"
        return Path(elsewhere.read_text().strip()) if elsewhere.exists() else self.home / "pg"

    def start(self, *arguments: str) -> subprocess.Popen:
        """`python ARGUMENTS` in the clone, not waited for; what it says is read together."""
        out = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        command = [sys.executable, *arguments]
        return subprocess.Popen(command, cwd=REPOSITORY, env=self.env, start_new_session=True, **out)

    def run(self, *arguments: str) -> subprocess.CompletedProcess:
        command = [sys.executable, *arguments]
        return subprocess.run(
            command, cwd=REPOSITORY, env=self.env, capture_output=True, text=True, timeout=SECONDS
        )

    def manage(self, *arguments: str) -> subprocess.CompletedProcess:
        return self.run("manage.py", *arguments)

    def processes(self) -> dict[int, str]:
        """Every process that works for this data folder: it is named in its command or its environment."""
        names = [os.fsencode(self.home), os.fsencode(self.cluster)]
        found = {}
        for entry in Path("/proc").glob("[0-9]*"):
            command, told = read(entry / "cmdline"), read(entry / "cmdline") + read(entry / "environ")
            if any(name in told for name in names) and int(entry.name) != os.getpid():
                found[int(entry.name)] = command.replace(b"\0", b" ").decode()
        return found


def read(path: Path) -> bytes:
    """What a process tells of itself; nothing if it has ended or may not be asked."""
    try:
        return path.read_bytes()
    except OSError:
        return b""


def wait_until(question: Callable[[], object], seconds: float = 60) -> None:
    """Errors: AssertionError if the answer is still no after `seconds`."""
    deadline = time.monotonic() + seconds
    while not question():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def kill(process: int) -> None:
    os.kill(process, signal.SIGKILL)
