"""The services of one run: started in order, watched, stopped in the reverse order."""

import http.client
import os
import sys
import time
from contextlib import suppress
from typing import Protocol

from protocoltracker import broker, embedded, processes
from protocoltracker.embedded import EmbeddedError, folders
from protocoltracker.processes import Child

from . import preparation
from .address import Address

CHECK_SECONDS = 0.5
STEADY_SECONDS = 30  # a service that ran this long and then dies is simply started again
LONGEST_PAUSE = 30
FIRST_ANSWER_SECONDS = 120


class CannotRun(Exception):
    """Why there is nothing to run, in words for the person at the terminal."""


class Stopping(Protocol):
    """What the signals have asked for."""

    def now(self) -> bool: ...

    def hurry(self) -> bool: ...


class System:
    """The services of one run, in the order of their start."""

    def __init__(self, address: Address, stopping: Stopping) -> None:
        self.address = address
        self.stopping = stopping
        self.embedded = not os.environ.get("DATABASE_URL")
        self.joined = False  # whether we use the embedded database
        self.children: list[Child] = []
        self.due: dict[str, float] = {}  # when a service that died is started again

    def run(self) -> None:
        say(f"Data folder {folders.home()}")
        try:
            self.start()
            self.watch()
        finally:
            self.stop()

    def start(self) -> None:
        if self.embedded:
            embedded.start(give_up=self.stopping.now)
            self.joined = True
            say("Database    PostgreSQL is up")
        if not os.environ.get("CELERY_BROKER_URL"):
            self.children.append(broker.start())
            processes.remember(self.children)
            say("Broker      Valkey is up")
        preparation.prepare(embedded_database=self.embedded, stop=self.stopping.now, say=say)
        worker, beat, web = services(self.address)
        self.children += [worker, beat, web]
        # The web server first, with the machine to itself: a person waits for the page, nobody for the worker.
        self.begin(web)
        self.wait_for_first_answer(web)
        self.begin(worker)
        self.begin(beat)

    def begin(self, child: Child) -> None:
        if not self.stopping.now():
            child.start()
            processes.remember(self.children)

    def wait_for_first_answer(self, web: Child) -> None:
        deadline = time.monotonic() + FIRST_ANSWER_SECONDS
        while not self.stopping.now():
            if answers(self.address):
                self.welcome()
                return
            if not web.alive() or time.monotonic() > deadline:
                raise CannotRun(f"The web server did not start. The end of {web.log}:\n{web.end_of_log()}")
            time.sleep(0.1)

    def welcome(self) -> None:
        say(f"\n  Open  {self.address.url}/\n")
        password = folders.noted("demo-password") if self.embedded else ""
        if password:
            say(f"  Demo accounts: {', '.join(preparation.DEMO_ACCOUNTS)}")
            say(f"  Password of each: {password}   (kept in {folders.home() / 'demo-password'})")
            say("  Every patient in it is invented.\n")
        say(f"  Logs in {folders.logs()}. Ctrl-C stops everything.")

    def watch(self) -> None:
        """Start again what dies, each time after a longer pause, until asked to stop."""
        while not self.stopping.now():
            if self.embedded and not embedded.alive():
                say("Database    stopped unexpectedly; starting it again")
                self.restart_database()
            for child in self.children:
                self.keep_up(child)
            time.sleep(CHECK_SECONDS)

    def restart_database(self) -> None:
        with suppress(EmbeddedError):  # tried again at the next look
            embedded.start(give_up=self.stopping.now)
            embedded.stop()  # joined twice now: give the second one back, the first still holds it

    def keep_up(self, child: Child) -> None:
        if child.alive():
            return
        if child.name not in self.due:
            child.deaths = 1 if time.monotonic() - child.started > STEADY_SECONDS else child.deaths + 1
            pause = min(LONGEST_PAUSE, 2 ** (child.deaths - 1) - 0.5)
            self.due[child.name] = time.monotonic() + pause
            say(f"{child.name:<11} ended unexpectedly; starting it again. The end of {child.log}:")
            say(child.end_of_log(4))
        elif time.monotonic() >= self.due[child.name]:
            del self.due[child.name]
            child.stop()  # whatever of its group is left
            child.start()
            processes.remember(self.children)

    def stop(self) -> None:
        """Web, beat, worker, broker, database: the reverse of the start. Nothing is left running."""
        if self.children or self.joined:
            say("Stopping ...")
        for child in reversed(self.children):
            if not child.stop(self.stopping.hurry):
                say(f"{child.name:<11} did not stop in its time and was ended")
        processes.remember([])
        if self.joined and not embedded.stop():
            say("Database    stays up for another command that uses it, and stops with that")
        say("Stopped.")


def services(address: Address) -> list[Child]:
    """The worker, the clock and the web server."""
    python, celery = sys.executable, ["-m", "celery", "--app=protocoltracker"]
    worker = [*celery, "worker", "--concurrency=2", "--loglevel=INFO", "--without-gossip", "--without-mingle"]
    beat = [*celery, "beat", "--loglevel=INFO", "--pidfile="]
    web = ["-m", "gunicorn", f"--bind={address.bind}", "protocoltracker.wsgi:application"]
    return [
        Child("worker", [python, *worker], grace=20),
        Child("beat", [python, *beat], grace=5),
        Child("web", [python, *web], grace=12),
    ]


def answers(address: Address) -> bool:
    """Whether the web server gives any answer at all."""
    connection = http.client.HTTPConnection(*address.nearby, timeout=5)
    try:
        connection.request("GET", "/", headers={"Host": f"127.0.0.1:{address.port}"})
        connection.getresponse()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True


def say(text: str) -> None:
    """A line to the terminal, if there still is one."""
    try:
        print(text, flush=True)
    except OSError:  # closed: the logs still tell
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115, PTH123
