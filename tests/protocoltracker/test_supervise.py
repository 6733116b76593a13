"""What `make run` runs: it starts everything or says why not, and leaves nothing behind."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from protocoltracker import processes
from protocoltracker.embedded import folders, removal
from protocoltracker.processes import Child
from protocoltracker.supervise import preparation
from protocoltracker.supervise.address import Address, AddressError
from tests.protocoltracker.elsewhere import Elsewhere, kill, wait_until

STUBBORN = "import signal, subprocess, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
WITH_A_CHILD = (
    STUBBORN + "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']); time.sleep(600)"
)
POLITE = (
    "import signal, sys; signal.signal(signal.SIGTERM, lambda *_: sys.exit(7)); print('ready', flush=True)\n"
)
SLEEP = "import time; time.sleep(600)"


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch) -> Iterator[None]:
    monkeypatch.setenv("PROTOCOLTRACKER_HOME", str(tmp_path / "data"))
    yield
    removal.remove_home(tmp_path / "data")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def python(code: str, grace: float = 5) -> Child:
    child = Child("probe", [sys.executable, "-c", code], grace=grace)
    child.start()
    return child


def test_child_that_does_not_listen_is_ended_with_all_it_started():
    child = python(WITH_A_CHILD, grace=0.5)
    group = child.process.pid
    wait_until(lambda: len(members(group)) == 2)

    assert child.stop() is False

    assert members(group) == []


def test_child_that_ends_in_its_time_is_not_killed():
    child = python(POLITE + SLEEP)
    wait_until(lambda: child.log.read_text() == "ready\n")

    assert child.stop() is True
    assert not child.alive()


def test_second_ctrl_c_does_not_wait():
    child = python(STUBBORN + SLEEP, grace=600)
    time.sleep(0.3)
    began = time.monotonic()

    child.stop(hurry=lambda: True)

    assert time.monotonic() - began < 10
    assert not child.alive()


def test_children_end_with_a_killed_parent():
    start = f"import sys; c = Child('x', [sys.executable, '-c', {SLEEP!r}]); c.start()"
    code = f"from protocoltracker.processes import Child; {start}; print(c.process.pid, flush=True); {SLEEP}"
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    child = int(parent.stdout.readline())

    kill(parent.pid)
    parent.wait()

    wait_until(lambda: not processes.start_time(child) or members(child) == [], 10)


def test_leftovers_of_a_killed_start_are_ended_but_never_a_stranger():
    left, stranger = python(SLEEP), python(SLEEP)
    known = [[left.process.pid, processes.start_time(left.process.pid)], [stranger.process.pid, "12"]]
    folders.note("children.json", json.dumps(known))  # the second id is somebody else's since

    assert processes.end_leftovers(grace=5) == 1

    assert not left.alive()
    assert stranger.alive()
    stranger.stop()


@pytest.mark.parametrize("port", ["0", "65536", "http", "-1", "80.5", "²"])
def test_port_that_is_none_is_refused_by_name(monkeypatch, port):
    monkeypatch.setenv("PORT", port)

    with pytest.raises(AddressError, match=r"is not a port number.*PORT=8001"):
        Address.from_environment()


def test_taken_port_is_named_with_the_way_out():
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(AddressError, match=rf"Port {port} .* is taken .* PORT={port + 1} make run"):
            Address("127.0.0.1", port).check_free()
    Address("127.0.0.1", port).check_free()


def test_host_of_another_machine_is_refused():
    with pytest.raises(AddressError, match=r"HOST=192\.0\.2\.1 is not an address of this machine"):
        Address("192.0.2.1", 8000).check_free()


def test_address_says_where_a_browser_finds_it():
    assert Address("0.0.0.0", 8000).url == "http://127.0.0.1:8000"  # noqa: S104
    assert Address("::", 8000).bind == "[::]:8000"
    assert Address("::1", 8000).url == "http://[::1]:8000"


def test_demo_is_never_a_step_where_a_server_was_chosen():
    assert [step.command[0] for step in preparation.server_steps()] == ["migrate", "load_protocol"]
    assert "seed_demo" in [step.command[0] for step in preparation.embedded_steps()]


@pytest.mark.parametrize(("value", "wanted"), [("no", False), ("0", False), ("yes", True), ("", True)])
def test_demo_can_be_declined(monkeypatch, value, wanted):
    monkeypatch.setenv("DEMO", value)

    assert preparation.wants_demo() is wanted


def test_taken_port_stops_before_anything_is_started(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        done = Elsewhere(tmp_path / "data", PORT=port).run("-m", "protocoltracker.supervise")

    assert done.returncode == 1
    assert f"Port {port} on 127.0.0.1 is taken" in done.stderr
    assert not (Elsewhere(tmp_path / "data").cluster / "data").exists()


@pytest.mark.parametrize(
    ("delay", "sign"), [(0.8, signal.SIGINT), (1.6, signal.SIGHUP), (3.2, signal.SIGTERM)]
)
def test_interrupted_while_starting_leaves_nothing(tmp_path, delay, sign):
    elsewhere = Elsewhere(tmp_path / "data", PORT=str(free_port()), DEMO="no")
    starting = elsewhere.start("-m", "protocoltracker.supervise")
    wait_until(lambda: (tmp_path / "data" / "run" / "supervisor").exists())
    time.sleep(delay)

    os.killpg(starting.pid, sign)

    starting.communicate(timeout=60)
    assert not elsewhere.processes()


@pytest.mark.slow
def test_whole_life(tmp_path):
    """Start, look, a second start, services that die, an orderly stop; a killed supervisor and the start after it."""
    port = str(free_port())
    elsewhere = Elsewhere(tmp_path / "data", PORT=port, DEMO="no")

    running = elsewhere.start("-m", "protocoltracker.supervise")
    wait_for_answer(running, port)
    second = elsewhere.run("-m", "protocoltracker.supervise")
    assert second.returncode == 1
    assert f"already running on the data folder {tmp_path / 'data'}: process {running.pid}" in second.stderr
    for part in ("gunicorn", "valkey-server", "bin/postgres -D"):
        kill(leader(elsewhere, part))
        wait_until(lambda part=part: leader(elsewhere, part))
    wait_for_answer(running, port)
    kill(running.pid)
    running.wait()
    wait_until(
        lambda: not any(name in " ".join(elsewhere.processes().values()) for name in ("gunicorn", "celery")),
        40,
    )

    again = elsewhere.start("-m", "protocoltracker.supervise")
    wait_for_answer(again, port)
    again.terminate()
    said = again.communicate(timeout=60)[0]

    assert again.returncode == 0, said
    assert "seeding" not in said
    assert not elsewhere.processes()


def wait_for_answer(running: subprocess.Popen, port: str) -> None:
    def answers() -> bool:
        assert running.poll() is None, running.stdout.read()
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as answer:
                return answer.status == 200
        except OSError:
            return False

    wait_until(answers, 120)


def leader(elsewhere: Elsewhere, part: str) -> int:
    """The process with `part` in its command that leads its group; 0 if there is none."""
    found = [number for number, command in elsewhere.processes().items() if part in command]
    return next((number for number in sorted(found) if os.getpgid(number) == number), 0)


def members(group: int) -> list[int]:
    """The processes of a group that have not ended."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, its_group = stat.read_text().rpartition(")")[2].split()[:3]
        except OSError:
            continue
        if int(its_group) == group and state != "Z":
            found.append(int(stat.parent.name))
    return found
