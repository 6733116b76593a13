"""Pages over HTTP: one gunicorn worker with four threads, one request at a time, the reference in turn with each."""

import http.client
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from protocoltracker.embedded import folders, postmaster
from tests.bench import clock

ROUNDS = 5
REQUESTS = 10
REFERENCES = 40
BARE, SESSION = "/reference/bare", "/reference/session"


@dataclass
class Figures:
    """Of one address: the times of all requests in ms, and per round the middle time and the processor time."""

    times: list[float] = field(default_factory=list)
    middles: list[float] = field(default_factory=list)
    app: list[float] = field(default_factory=list)
    database: list[float] = field(default_factory=list)

    def cpu(self) -> list[float]:
        return [app + database for app, database in zip(self.app, self.database, strict=True)]


class Server:
    """The measured web server and a connection to it, signed in."""

    def __init__(self, process: subprocess.Popen, port: int, cookie: str, site: str) -> None:
        self.port, self.cookie = port, cookie
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.get(f"{BARE}?site={site}")  # the worker is there once it has answered
        self.worker = clock.children_of(process.pid)

    def get(self, path: str) -> None:
        self.connection.request("GET", path, headers={"Cookie": self.cookie})
        answer = self.connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{path}: {answer.status}")

    def measure(self, path: str, number: int, into: Figures) -> None:
        backends = clock.children_of(postmaster.pid(folders.cluster() / "data") or 0)
        app, database = clock.cpu_of(self.worker), clock.cpu_of(backends)
        times = [clock.milliseconds(lambda: self.get(path)) for _ in range(number)]
        into.app.append((clock.cpu_of(self.worker) - app) / number)
        into.database.append((clock.cpu_of(backends) - database) / number)
        into.times += times
        into.middles.append(statistics.median(times))


@contextmanager
def serving(cookie: str, site: str) -> Iterator[Server]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "tests.bench.served:application"]
    options = [f"--bind=127.0.0.1:{port}", "--workers=1", "--threads=4", "--keep-alive=60"]
    env = {**os.environ, "PORT": str(port)}
    process = subprocess.Popen(
        [*command, *options], cwd=folders.REPOSITORY, env=env, stderr=subprocess.DEVNULL
    )
    try:
        _wait(port)
        yield Server(process, port, cookie, site)
    finally:
        process.terminate()
        process.wait(30)


def _wait(port: int) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def compare(server: Server, path: str, reference: str) -> tuple[Figures, Figures]:
    """The page and the bare reference, in turn."""
    target, anchor = Figures(), Figures()
    for warm in (path, reference) * 3:
        server.get(warm)
    for _ in range(ROUNDS):
        server.measure(reference, REFERENCES, anchor)
        server.measure(path, REQUESTS, target)
    return target, anchor


def row(name: str, patients: int, queries: int | None, target: Figures, anchor: Figures) -> list[str]:
    median = statistics.median
    return [
        name,
        str(patients),
        "" if queries is None else str(queries),
        f"{median(target.times):.1f} / {clock.percentile(target.times, 0.95):.1f}",
        f"{clock.ratio(target.middles, anchor.middles):.1f}",
        f"{median(target.app):.1f} + {median(target.database):.1f}",
        f"{clock.ratio(target.cpu(), anchor.cpu()):.1f}",
    ]


HEAD = ["page", "patients", "SQL", "p50 / p95 ms", "x ref", "CPU app + pg ms", "x ref CPU"]


def run(ground, number: int) -> list[list[str]]:
    """A row for each page, as the nurse sees it."""
    client, cookie = signed_in("nurse")
    site = str(ground.first.site_id)
    bare = f"{BARE}?site={site}"
    rows = []
    with serving(cookie, site) as server:
        target, anchor = compare(server, f"{SESSION}?site={site}", bare)
        rows.append(row("reference: one SELECT", number, 1, anchor, anchor))
        rows.append(row("signed in, one SELECT", number, None, target, anchor))
        for name, path in addresses(ground.first).items():
            target, anchor = compare(server, path, bare)
            rows.append(row(name, number, queries_of(client, path), target, anchor))
    return rows


def signed_in(username: str):
    """A test client of that person, and the cookie of its session."""
    from django.conf import settings
    from django.test import Client

    from protocoltracker.accounts.models import User

    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(User.objects.get(username=username))
    return client, f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"


def addresses(patient) -> dict[str, str]:
    from django.urls import reverse

    opened = patient.cycles.get(state="open")
    return {
        "worklist": reverse("worklist"),
        "patient list": reverse("patients:list"),
        "patient page": reverse("patients:detail", args=[patient.pk]),
        "cycle page": reverse("patients:cycle", args=[patient.pk, opened.pk]),
    }


def queries_of(client, path: str) -> int:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client.get(path)
    with CaptureQueriesContext(connection) as captured:
        client.get(path)
    return len(captured)
