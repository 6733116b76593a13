"""The product's own web server (gunicorn) on the suite's cluster."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

from protocoltracker.embedded import folders

PATIENCE = 60  # seconds until the first page; a loaded machine is slow


@contextmanager
def running() -> Iterator[str]:
    """Start it on a free port; gives its address. Errors: RuntimeError with the end of its log."""
    port = _free_port()
    env = os.environ | {"PORT": str(port), "LOG_LEVEL": "ERROR"}
    command = [sys.executable, "-m", "gunicorn", f"--bind=127.0.0.1:{port}", "protocoltracker.wsgi"]
    log = folders.logs() / "journeys-web.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, env=env, cwd=folders.REPOSITORY, stdout=out, stderr=out, start_new_session=True
        )
    address = f"http://127.0.0.1:{port}"
    try:
        if not _answers(address, process):
            raise RuntimeError(f"The web server did not start:\n{log.read_text()[-2000:]}")
        yield address
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def _answers(address: str, process: subprocess.Popen) -> bool:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.poll() is None:
        try:
            urllib.request.urlopen(f"{address}/sign-in/", timeout=5)  # noqa: S310 - our own address
            return True
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    return False
