"""python -m protocoltracker.supervise"""

import fcntl
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from protocoltracker import processes
from protocoltracker.embedded import EmbeddedError, folders

from .address import Address, AddressError
from .preparation import Failed
from .system import CannotRun, System


class Stopping:
    """What the signals have asked for: nothing yet, stop, or stop at once."""

    def __init__(self) -> None:
        self.asked = 0
        for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(sign, self._ask)

    def _ask(self, number: int, frame: object) -> None:
        self.asked += 1

    def now(self) -> bool:
        return self.asked > 0

    def hurry(self) -> bool:
        return self.asked > 1


def main() -> int:
    """Run until asked to stop. 0 after an orderly stop, 1 with a message when it cannot run."""
    stopping = Stopping()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "protocoltracker.settings")
    processes.adopt_orphans()
    try:
        os.environ["PROTOCOLTRACKER_HOME"] = str(folders.home())  # the same for all, wherever they work
        address = Address.from_environment()
        with only_one_here(address):
            processes.end_leftovers()
            address.check_free()
            System(address, stopping).run()
    except (CannotRun, AddressError, EmbeddedError, Failed) as error:
        if not stopping.now():
            print(f"protocoltracker: {error}", file=sys.stderr)
            return 1
    return 0


@contextmanager
def only_one_here(address: Address) -> Iterator[None]:
    """One at a time on a data folder; the lock falls with the process that holds it."""
    with (folders.run() / "supervisor").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise CannotRun(
                f"It is already running on the data folder {folders.home()}: {file.read().strip()}. Stop that one "
                "first (Ctrl-C there), or run a second one beside it: "
                f"PROTOCOLTRACKER_HOME=/another/folder PORT={address.port + 1} make run"
            ) from None
        file.truncate(0)
        file.write(f"process {os.getpid()}, {address.url}")
        file.flush()
        yield


if __name__ == "__main__":
    sys.exit(main())
