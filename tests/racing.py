"""Several people at once: each call in a thread and on a database connection of its own."""

import threading
from collections.abc import Callable
from typing import Any

from django.db import close_old_connections, connection

from protocoltracker.accounts.access import Denied
from protocoltracker.records import Refused


def at_the_same_time(*calls: Callable[[], Any]) -> list[Any]:
    """What each call returned, or the refusal it met."""
    outcomes: list[Any] = [None] * len(calls)
    start = threading.Barrier(len(calls))

    def run(index: int, call: Callable[[], Any]) -> None:
        try:
            start.wait(timeout=10)
            outcomes[index] = call()
        except (Refused, Denied) as refusal:
            outcomes[index] = refusal
        finally:
            close_old_connections()
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    return outcomes
