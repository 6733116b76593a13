"""Make, start and stop the PostgreSQL cluster of the data folder. Who may stop it is decided in sharing.py."""

import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from . import folders, identity, postmaster
from .addresses import socket_folder
from .folders import EmbeddedError
from .identity import Identity

SOCKET_NAME = ".s.PGSQL.5432"
RECOVERY_SECONDS = 300  # after a crash PostgreSQL replays its log before it answers
FAST_STOP_SECONDS = 30
SETTINGS = {
    "listen_addresses": "",  # no network at all, only the private socket
    "unix_socket_permissions": "0700",
    "max_connections": "60",
    "shared_buffers": "64MB",
    "max_wal_size": "256MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %u ",
    "log_checkpoints": "off",
    # Patients' values stay out of the log: neither the statement nor the row that failed is written there.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
}
NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}  # for tests alone


def running() -> bool:
    """Whether the cluster of this data folder answers."""
    data = folders.cluster() / "data"
    return postmaster.ready(data) and _answers(socket_folder() / SOCKET_NAME)


def alive() -> bool:
    """Whether its process exists; cheaper than `running`, for looking again and again."""
    return postmaster.pid(folders.cluster() / "data") is not None


def start(*, durable: bool = True, give_up: Callable[[], bool] = lambda: False) -> None:
    """Start it, making it first if there is none. `give_up` is asked while waiting.

    Errors: EmbeddedError with the last lines of PostgreSQL's own log.
    """
    who = identity.of_cluster()
    data = folders.cluster() / "data"
    if not data.exists():
        _make(data, who)
    _check_version(data)
    postmaster.clear_away(data)
    process = _spawn(data, who, {**SETTINGS, **({} if durable else NOT_DURABLE)})
    try:
        _wait_until_ready(process, give_up)
        _make_roles()
    except BaseException:
        postmaster.stop(process.pid, data, signal.SIGINT, FAST_STOP_SECONDS)
        raise


def stop() -> None:
    """Stop it in order; connections that are still open are closed."""
    data = folders.cluster() / "data"
    if pid := postmaster.pid(data):
        postmaster.stop(pid, data, signal.SIGINT, FAST_STOP_SECONDS)


def _make(data: Path, who: Identity) -> None:
    folder = folders.private(data.parent)
    maker = identity.user_with_a_name(who)
    maker.give(folder)
    new, secret = folder / "data.new", folder / "first-password"
    shutil.rmtree(new, ignore_errors=True)
    secret.unlink(missing_ok=True)
    secret.touch(mode=0o600)
    secret.write_text(folders.passwords()["superuser"])
    maker.give(secret)
    _run_initdb(new, secret, maker)
    secret.unlink()
    who.give(folder)
    new.rename(data)  # only when complete: a first start that is killed leaves no half-made cluster


def _run_initdb(data: Path, secret: Path, who: Identity) -> None:
    options = [
        *("--username=postgres", f"--pwfile={secret}", "--auth=scram-sha-256", "--data-checksums"),
        # The built-in C.UTF-8 sorts the same on every machine and never changes with the system's C library.
        *("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
        "--no-instructions",
    ]
    command = [*who.prefix, identity.program("initdb", who), "-D", str(data), *options]
    done = subprocess.run(command, capture_output=True, text=True, cwd=data.parent, **who.popen())
    if done.returncode:
        raise EmbeddedError(f"PostgreSQL could not be set up in {data.parent}:\n{done.stderr.strip()}")


def _check_version(data: Path) -> None:
    kept, here = (data / "PG_VERSION").read_text().strip(), identity.version().split(".")[0]
    if kept == here:
        return
    raise EmbeddedError(
        f"The data in {data} were written by PostgreSQL {kept}; this installation brings PostgreSQL {here}, which "
        f"cannot read them. Nothing was changed. Way out: check out the code you ran before, `make setup`, "
        f"`.venv/bin/python -m protocoltracker.embedded dump FILE`; rename {data.parent}; come back to this code, "
        f"`make setup`, `.venv/bin/python -m protocoltracker.embedded restore FILE`."
    )


def _spawn(data: Path, who: Identity, settings: dict[str, str]) -> subprocess.Popen:
    where = socket_folder()
    who.give(where)
    given = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    command = [*who.prefix, identity.program("postgres", who), "-D", str(data), "-k", str(where), *given]
    with folders.keep_short(log_file()).open("ab") as log:
        # A session of its own: Ctrl-C in the terminal of one command must not stop it under the others.
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=data,
            start_new_session=True,
            **who.popen(),
        )


def _wait_until_ready(process: subprocess.Popen, give_up: Callable[[], bool]) -> None:
    deadline = time.monotonic() + RECOVERY_SECONDS
    while not running():
        if process.poll() is not None or time.monotonic() > deadline:
            raise EmbeddedError(f"PostgreSQL did not start. The end of {log_file()}:\n{_end_of_log()}")
        if give_up():
            raise EmbeddedError("Stopped while PostgreSQL was starting.")
        time.sleep(0.03)


def _make_roles() -> None:
    done = folders.cluster() / "data" / "tracker-roles-made"
    if not done.exists():
        from . import roles  # brings the database driver, for which settings must not wait

        roles.make()
        done.touch(mode=0o600)


def log_file() -> Path:
    return folders.logs() / "postgres.log"


def _end_of_log(lines: int = 8) -> str:
    return "\n".join(log_file().read_text(errors="replace").splitlines()[-lines:])


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            return False
    return True
