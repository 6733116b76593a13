"""manage.py in a clone where nothing runs: it brings the database along and leaves nothing behind."""

import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from protocoltracker.embedded import removal
from tests.protocoltracker.elsewhere import REPOSITORY, Elsewhere, kill, wait_until

INSIDE = "import psycopg; from protocoltracker import embedded\nwith embedded.available():\n    "
HOLD = INSIDE + "print('in', flush=True); input()"
LOOK = INSIDE + "print(psycopg.connect(embedded.url()).execute('SELECT 1').fetchone())"


@pytest.fixture
def elsewhere(tmp_path) -> Iterator[Elsewhere]:
    yield Elsewhere(tmp_path / "data")
    removal.remove_home(tmp_path / "data")


def test_command_that_needs_no_database_starts_none(elsewhere):
    done = elsewhere.manage("version")

    assert done.stdout.strip().startswith("5.2.")
    assert not (elsewhere.cluster / "data").exists()
    assert not elsewhere.processes()


@pytest.mark.parametrize("arguments", [["migrate", "--help"], ["help", "migrate"]])
def test_help_starts_no_database(elsewhere, arguments):
    done = elsewhere.manage(*arguments)

    assert "usage" in done.stdout
    assert not (elsewhere.cluster / "data").exists()


@pytest.mark.slow
def test_command_brings_the_tables_up_to_date_and_prints_its_result_alone(elsewhere):
    question = "from protocoltracker.accounts.models import User; from django.db import connection as c; "
    answer = "print(User.objects.count(), c.cursor().execute('SELECT current_user').fetchone()[0])"
    ask = ("shell", "--no-imports", "-c", question + answer)

    first = elsewhere.manage(*ask)

    assert first.stdout == "0 tracker_app\n", first.stderr
    assert not elsewhere.processes()
    assert not list((elsewhere.home / "backups").glob("*"))

    (elsewhere.cluster / "migrated").write_text("by an older code")
    second = elsewhere.manage(*ask)

    assert second.stdout == "0 tracker_app\n", second.stderr
    (copy,) = (elsewhere.home / "backups").glob("*")
    assert f"A copy of the data before this migration: {copy}" in second.stderr
    assert copy.read_bytes().startswith(b"PGDMP")
    assert not elsewhere.processes()


def test_command_that_fails_stops_the_database_as_well(elsewhere):
    done = elsewhere.manage("sqlmigrate", "no_such_room", "0001")

    assert done.returncode != 0
    assert "no_such_room" in done.stderr
    assert not elsewhere.processes()


def test_python_without_packages_goes_on_with_the_one_of_the_clone():
    if not (REPOSITORY / ".venv").exists():
        pytest.skip("this clone's packages are not in .venv")
    done = subprocess.run(
        [sys.executable, "-S", "manage.py", "version"], cwd=REPOSITORY, capture_output=True, text=True
    )

    assert done.stdout.strip().startswith("5.2.")


def test_data_folder_that_cannot_be_made_is_a_message(tmp_path):
    (tmp_path / "file").touch()

    done = Elsewhere(tmp_path / "file" / "data").manage("version")

    assert done.returncode == 1
    assert done.stderr.startswith("protocoltracker: Cannot make the folder")
    assert "PROTOCOLTRACKER_HOME" in done.stderr


def test_several_commands_share_one_server_and_the_last_one_stops_it(elsewhere):
    first, second = elsewhere.start("-c", HOLD), elsewhere.start("-c", HOLD)
    assert [process.stdout.readline() for process in (first, second)] == ["in\n"] * 2

    first.communicate("go on\n", timeout=60)
    assert elsewhere.run("-c", LOOK).stdout == "(1,)\n"  # neither the first nor this one stopped it
    assert [command for command in elsewhere.processes().values() if "postgres" in command]
    second.communicate("go on\n", timeout=60)
    assert not elsewhere.processes()


def test_two_first_commands_at_once_make_one_cluster(elsewhere):
    both = [elsewhere.start("-c", LOOK) for _ in range(2)]

    assert [process.communicate(timeout=60)[0] for process in both] == ["(1,)\n"] * 2
    assert not elsewhere.processes()


def test_killed_command_does_not_count_as_a_user_for_ever(elsewhere):
    killed = elsewhere.start("-c", HOLD)
    assert killed.stdout.readline() == "in\n"
    kill(killed.pid)
    killed.wait()
    assert elsewhere.processes()

    assert elsewhere.run("-c", LOOK).stdout == "(1,)\n"

    assert not elsewhere.processes()


def test_terminated_command_stops_the_database(elsewhere):
    wait = elsewhere.start("manage.py", "showmigrations")
    wait_until(lambda: (elsewhere.cluster / "data/postmaster.pid").exists() or wait.poll() is not None)
    time.sleep(0.3)
    wait.terminate()

    wait.wait(60)

    wait_until(lambda: not elsewhere.processes(), 10)
