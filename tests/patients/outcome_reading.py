"""The outcomes pages as somebody signed in opens them."""

import csv
import datetime as dt
import io
from typing import Any

from django.urls import reverse

from patients.actions import importing
from patients.cohort.published import DATA_CUTOFF
from tests import factories as a
from tests.page_reading import Reading
from tests.posting import Browser as Client

CUTOFF = f"cutoff={DATA_CUTOFF}"
TODAY = dt.date(2026, 1, 1)
PAGES = ("outcomes:dashboard", "outcomes:patients", "outcomes:values")


def store(content: bytes) -> None:
    a.the_protocol()
    assert not importing.store(by="system:import", content=content, today=TODAY).blocked


def signed_in(person: Any) -> Client:
    client = Client()
    client.force_login(person)
    return client


def opened(client: Client, path: str = "", name: str = "outcomes:dashboard") -> Reading:
    response = client.get(path if path.startswith("/") else f"{reverse(name)}?{path}")
    assert response.status_code == 200, path
    return Reading(response.content.decode())


def file_of(client: Client, path: str) -> list[list[str]]:
    response = client.get(path)
    assert response.status_code == 200, path
    assert response["Content-Type"].startswith("text/csv")
    return list(csv.reader(io.StringIO(b"".join(response).decode("utf-8-sig"))))
