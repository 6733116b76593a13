"""Several commands at once share the one cluster: whoever comes first starts it, the last to leave stops it.

Everyone who uses it holds a shared lock on one file; starting and stopping happen under a second, exclusive one. The
kernel drops both when a process ends, however it ends, so a killed command never counts as a user for ever.
"""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from . import folders, server

_held: list[int] = []  # file handle of our shared lock
_depth = 0  # how often this process has joined


def join(*, durable: bool = True, give_up: Callable[[], bool] = lambda: False) -> bool:
    """Become a user; start the cluster unless it runs. True if this call started it."""
    global _depth
    with _turn():
        started = not server.running()
        if started:
            server.start(durable=durable, give_up=give_up)
        if not _depth:
            _held.append(_lock("database.users", fcntl.LOCK_SH))
        _depth += 1
    return started


def leave() -> bool:
    """Stop being a user; stop the cluster if there is no other. True if this call stopped it."""
    global _depth
    with _turn():
        _depth = max(0, _depth - 1)
        if _depth:
            return False
        while _held:
            os.close(_held.pop())
        if not _nobody_else():
            return False
        server.stop()
    return True


@contextmanager
def available(*, durable: bool = True) -> Iterator[None]:
    """The cluster is up inside this block, and afterwards as it was for everybody else."""
    join(durable=durable)
    try:
        yield
    finally:
        leave()


@contextmanager
def _turn() -> Iterator[None]:
    handle = _lock("database.turn", fcntl.LOCK_EX)
    try:
        yield
    finally:
        os.close(handle)


def _nobody_else() -> bool:
    try:
        os.close(_lock("database.users", fcntl.LOCK_EX | fcntl.LOCK_NB))
    except BlockingIOError:
        return False
    return True


def _lock(name: str, how: int) -> int:
    handle = os.open(folders.run() / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, how)
    except BaseException:
        os.close(handle)
        raise
    return handle
