"""What a web worker's start costs in memory and processor time; each start in a process of its own.

python -m tests.bench.start_up bare|fresh|product|lifelines    starts one, and prints {"mb": ..., "ms": ...}
"""

import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROUNDS = 5
HEAD = ["start of a web worker", "MB", "CPU ms", "MB over bare", "goal", "CPU ms over bare", "goal "]
GOALS = {"product": ("35", "200")}
urlpatterns: list = []  # bare Django's


def run() -> list[list[str]]:
    found: dict[str, list[dict]] = {kind: [] for kind in STARTS}
    for _ in range(ROUNDS):
        for kind, rows in found.items():
            rows.append(started(kind))
    bare = found["bare"]
    return [row_of(kind, rows, bare) for kind, rows in found.items()]


def started(kind: str) -> dict:
    command = [sys.executable, "-m", "tests.bench.start_up", kind]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def row_of(kind: str, rows: list[dict], bare: list[dict]) -> list[str]:
    own = [statistics.median(row[unit] for row in rows) for unit in ("mb", "ms")]
    more = [statistics.median(a[u] - b[u] for a, b in zip(rows, bare, strict=True)) for u in ("mb", "ms")]
    goals = GOALS.get(kind, ("", ""))
    return [
        TITLES[kind],
        *(f"{one:.0f}" for one in own),
        f"{more[0]:.1f}",
        goals[0],
        f"{more[1]:.0f}",
        goals[1],
    ]


def bare() -> None:
    configured("auth", "contenttypes", "sessions")


def fresh() -> None:
    """What `django-admin startproject` chooses, its admin site included."""
    chosen = [
        "sessions.middleware.SessionMiddleware",
        "auth.middleware.AuthenticationMiddleware",
        "messages.middleware.MessageMiddleware",
    ]
    common = ["security.SecurityMiddleware", "common.CommonMiddleware", "csrf.CsrfViewMiddleware"]
    middleware = [f"django.middleware.{name}" for name in common] + [
        f"django.contrib.{name}" for name in chosen
    ]
    apps = ("admin", "auth", "contenttypes", "sessions", "messages", "staticfiles")
    configured(*apps, MIDDLEWARE=middleware, ROOT_URLCONF="tests.bench.fresh_urls")


def configured(*apps: str, **others: object) -> None:
    from django.conf import settings

    database = {"ENGINE": "django.db.backends.postgresql", "NAME": "none"}
    names = [f"django.contrib.{name}" for name in apps]
    chosen = {"DATABASES": {"default": database}, "ROOT_URLCONF": __name__, **others}
    settings.configure(INSTALLED_APPS=names, **chosen)
    ready()


def product() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "protocoltracker.settings")
    ready()


def lifelines() -> None:
    bare()
    from lifelines import KaplanMeierFitter, statistics

    assert KaplanMeierFitter
    assert statistics


def ready() -> None:
    """All that is imported before the first request can be answered: applications, database driver, every URL."""
    from django.core.wsgi import get_wsgi_application
    from django.db import connection
    from django.urls import get_resolver

    get_wsgi_application()
    assert connection.vendor == "postgresql"
    todo = list(get_resolver().url_patterns)
    while todo:
        todo += getattr(todo.pop(), "url_patterns", [])


STARTS = {"bare": bare, "fresh": fresh, "product": product, "lifelines": lifelines}
TITLES = {
    "bare": "bare Django, PostgreSQL driver",
    "fresh": "a project just started, with its admin",
    "product": "the product, every URL",
    "lifelines": "bare Django and lifelines",
}


def memory() -> float:
    """Resident memory of this process in MB (Linux); the peak that getrusage knows begins with the parent's."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


if __name__ == "__main__":
    begun = time.process_time()
    STARTS[sys.argv[1]]()
    print(json.dumps({"mb": memory(), "ms": (time.process_time() - begun) * 1000}))
