"""Where the demo must not go, and that it can be made on any day."""

import datetime as dt
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from django.core.management import CommandError, call_command

from patients.demo import seeding
from patients.models import Administration, Patient
from protocoltracker import embedded
from protocoltracker.accounts.models import Role, Site, User
from protocoltracker.embedded import folders
from tests import factories as a
from tests.patients.ward import due_at

pytestmark = pytest.mark.django_db
SUNDAY_HERE_MONDAY_THERE = dt.datetime(
    2028, 11, 6, 4, tzinfo=dt.UTC
)  # the clocks went back that night in Chicago


@pytest.fixture(autouse=True)
def no_password_file() -> Iterator[None]:
    """What a test seeds is rolled back after it; the file would stay and mark the suite as a demo."""
    yield
    (folders.home() / seeding.PASSWORD_FILE).unlink(missing_ok=True)


def nothing_was_written() -> bool:
    return not (folders.home() / seeding.PASSWORD_FILE).exists() and not Site.objects.filter(name="North")


def test_it_refuses_a_chosen_database_even_the_embedded_one():
    env = {**os.environ, "DATABASE_URL": embedded.url("app"), "SECRET_KEY": "of the test"}
    command = [sys.executable, str(folders.REPOSITORY / "manage.py"), "seed_demo"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1
    assert "Demo data only go into the embedded database" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert nothing_was_written()


def test_it_refuses_to_go_beside_other_patients():
    a.enrolled()
    with pytest.raises(CommandError, match=r"patients already \(1\).*DEMO=no make run"):
        call_command("seed_demo")
    assert Patient.objects.count() == 1
    assert nothing_was_written()


def test_it_refuses_where_a_user_name_was_given_before():
    a.a_person(Role.ADMINISTRATOR, name="Admin")
    with pytest.raises(CommandError, match="taken already: Admin"):
        call_command("seed_demo")
    assert User.objects.count() == 1
    assert nothing_was_written()


@pytest.mark.slow
def test_it_can_be_made_on_any_day():
    now = SUNDAY_HERE_MONDAY_THERE
    a.a_site("Central", zone="America/Chicago")  # a site that is there already is taken as it is
    seeding.tell(seeding.STORIES, seeding.furnish("correct horse battery"), now=now)
    for name, least in (("Central", 8), ("North", 1)):
        assert len(due_at(Site.objects.get(name=name), now)) >= least
    assert not Administration.objects.filter(given_at__gt=now).exists()
    assert not Administration.objects.filter(ended_at__gt=now).exists()
