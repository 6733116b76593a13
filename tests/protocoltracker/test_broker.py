"""The Valkey that comes with pip: a private socket, and nothing that depends on what it holds."""

from pathlib import Path

import pytest
import redis

from protocoltracker import broker
from protocoltracker.embedded import removal


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("PROTOCOLTRACKER_HOME", str(tmp_path / "data"))
    yield tmp_path / "data"
    removal.remove_home(tmp_path / "data")


def client() -> redis.Redis:
    return redis.Redis(unix_socket_path=str(broker.socket_path()))


def test_listens_on_a_private_socket_alone(home):
    child = broker.start()
    try:
        assert broker.url() == f"redis+socket://{home}/run/valkey.sock"
        assert client().config_get("port")["port"] == "0"
        assert client().config_get("maxmemory-policy")["maxmemory-policy"] == "noeviction"
        assert (home / "run/valkey.sock").stat().st_mode & 0o777 == 0o700
        assert (home / "run").stat().st_mode & 0o777 == 0o700
    finally:
        assert child.stop()
    assert not broker.running()


def test_what_it_held_is_there_again_after_a_restart(home):
    child = broker.start()
    client().lpush("celery", "look")
    child.stop()

    child = broker.start()
    try:
        assert client().lrange("celery", 0, -1) == [b"look"]
    finally:
        child.stop()


def test_damaged_store_is_put_aside(home):
    broker.start().stop()
    manifest = next((home / "broker").rglob("*.manifest"))
    manifest.write_text("this is no manifest")

    child = broker.start()
    try:
        assert client().ping()
        aside: list[Path] = list(home.glob("broker-unreadable-*"))
        assert len(aside) == 1
    finally:
        child.stop()
