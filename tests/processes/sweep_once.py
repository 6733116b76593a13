"""One sweep in a process of its own, at the instant given: `python -m tests.processes.sweep_once 2020-06-15T08:00Z`."""

import datetime as dt
import os
import sys

import django


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "protocoltracker.settings")
    django.setup()
    from patients.actions.sweeping import sweep

    now = dt.datetime.fromisoformat(sys.argv[1])
    print(sweep(clock=lambda: now).sent)


if __name__ == "__main__":
    main()
