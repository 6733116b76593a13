"""The list of 10,000 patients as a file, beside the plainest way there is: csv.writer over values_list."""

import csv
import io
import statistics
import tracemalloc
from typing import Any

from tests.bench import clock, pages

MANY, FEW, ROUNDS = 10_000, 5_000, 5
HEAD = ["export", "rows", "rows/s", "CPU ms", "x plain CPU", "peak kB"]
PLAIN = (
    "subject_number",
    "site__name",
    "enrolment__protocol_version__name",
    "enrolment__arm",
    "enrolment__dose_level",
    "enrolment__enrolled_on",
    "site_id",
    "sex",
    "birth_date",
    "state",
)
"""As many columns as the export has."""


def fill() -> None:
    """MANY former patients, through the import itself."""
    from patients.actions import importing
    from tests.cohort_files import a_file, a_row

    rows = [a_row(subject=str(20_000 + n), site=f"Bench {n % 8}") for n in range(MANY)]
    done = importing.store(by="system:bench", content=a_file(*rows), today=importing.today_anywhere())
    if done.stored != MANY:
        raise RuntimeError(f"{done.stored} stored; {done.findings[:3]}")


def run() -> list[list[str]]:
    fill()
    client, _ = pages.signed_in("monitor")
    from patients.models import Patient

    rows = Patient.objects.count()
    acts = [lambda: _exported(client), _plain]
    walls = clock.in_turn(acts, rounds=ROUNDS)
    ours, plain = clock.in_turn(acts, rounds=ROUNDS, spent=clock.cpu_milliseconds)
    median = statistics.median
    few, many = (_peak(client.session["_auth_user_id"], number) for number in (FEW, MANY))
    speeds = [f"{rows / median(wall) * 1000:,.0f}" for wall in walls]
    return [
        [
            "patient list",
            f"{rows:,}",
            speeds[0],
            f"{median(ours):.0f}",
            f"{clock.ratio(ours, plain):.2f}",
            f"{many}",
        ],
        ["the first of them", f"{FEW:,}", "", "", "", f"{few}"],
        ["plain csv.writer", f"{rows:,}", speeds[1], f"{median(plain):.0f}", "1.00", ""],
    ]


def _exported(client: Any) -> int:
    answer = client.get("/patients/", {"format": "csv"})
    return sum(map(len, answer))


def _plain() -> int:
    from patients.models import Patient

    out = io.StringIO()
    found = Patient.objects.order_by("subject_number").values_list(*PLAIN)
    csv.writer(out).writerows(found.iterator(chunk_size=2000))
    return len(out.getvalue().encode())


def _peak(user: str, number: int) -> int:
    """The most memory that Python holds in kB while so many rows are written."""
    from patients import queries
    from patients.presenters import patient_table
    from protocoltracker.accounts.models import Site, User
    from protocoltracker.tables import csv_lines
    from regimens.models import ProtocolVersion

    sites = {site.pk: (site.name, site.today()) for site in Site.objects.all()}
    patients = queries.patient_list(User.objects.get(pk=user), None)[:number]
    table = patient_table.table(
        queries.patient_rows(patients), sites=sites, versions=ProtocolVersion.objects.in_bulk()
    )
    tracemalloc.start()
    for _ in csv_lines(table):
        pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak // 1024
