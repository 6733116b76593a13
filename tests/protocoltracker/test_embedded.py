"""The PostgreSQL that comes with pip: what it is, who may do what in it, and what it survives."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from protocoltracker import embedded
from protocoltracker.embedded import copies, folders, identity, postmaster, removal, schema, server
from tests.protocoltracker.elsewhere import kill, wait_until


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Iterator[Path]:
    """A data folder with a cluster of its own that runs."""
    home = tmp_path_factory.mktemp("home") / "data"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PROTOCOLTRACKER_HOME", str(home))
        server.start()
        yield home
    removal.remove_home(home)


@pytest.fixture
def empty_home(tmp_path, monkeypatch) -> Iterator[Path]:
    monkeypatch.setenv("PROTOCOLTRACKER_HOME", str(tmp_path / "data"))
    yield tmp_path / "data"
    removal.remove_home(tmp_path / "data")


def ask(role: str, query: str, dbname: str | None = None) -> tuple:
    with psycopg.connect(embedded.url(role, dbname)) as database:
        return database.execute(query).fetchone()


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_address_is_known_without_starting_anything(empty_home):
    known = embedded.connection("app")

    assert (known["NAME"], known["USER"]) == ("protocoltracker", "tracker_app")
    assert known == embedded.connection("app")
    assert not embedded.running()
    assert not (folders.cluster() / "data").exists()


def test_data_folder_and_passwords_are_for_their_owner_alone(empty_home):
    embedded.connection("owner")

    assert mode(empty_home) == 0o700
    assert mode(empty_home / "passwords.json") == 0o600
    assert len(set(folders.passwords().values())) == 3


def test_cluster_is_a_real_server_without_a_network(home):
    names = (
        "data_checksums",
        "fsync",
        "listen_addresses",
        "password_encryption",
        "TimeZone",
        "server_encoding",
    )
    settings = [ask("app", f"SHOW {name}")[0] for name in names]

    assert settings == ["on", "on", "", "scram-sha-256", "UTC", "UTF8"]
    assert "scram-sha-256" in (folders.cluster() / "data/pg_hba.conf").read_text()
    assert "trust" not in [
        line.split()[-1] for line in (folders.cluster() / "data/pg_hba.conf").open() if line[0] not in "#\n"
    ]
    assert mode(Path(embedded.connection()["HOST"])) == 0o700


def test_text_sorts_and_folds_the_same_on_every_machine(home):
    query = "SELECT datlocprovider::text, datlocale, upper('é') FROM pg_database WHERE datname = 'protocoltracker'"

    assert ask("app", query) == ("b", "C.UTF-8", "É")


def test_runtime_role_may_do_no_more_than_connect(home):
    query = (
        "SELECT rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls FROM pg_roles "
        "WHERE rolname IN ('tracker_app', 'tracker_owner')"
    )
    with psycopg.connect(embedded.url("superuser")) as database:
        assert database.execute(query).fetchall() == [(False,) * 5] * 2
    for forbidden in ("CREATE TABLE mine (x int)", "CREATE TEMP TABLE mine (x int)", "CREATE SCHEMA mine"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            ask("app", forbidden)


def test_owner_owns_the_database(home):
    query = "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'protocoltracker'"

    assert ask("app", query) == ("tracker_owner",)


def test_wrong_password_is_refused(home):
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(embedded.url("app"), password="guessed")


def test_failed_statement_leaves_no_value_in_the_log(home):
    with psycopg.connect(embedded.url("owner"), autocommit=True) as database:
        database.execute("CREATE TABLE once (number text PRIMARY KEY)")
        database.execute("INSERT INTO once VALUES ('patient 4711')")
        with pytest.raises(psycopg.errors.UniqueViolation, match="4711"):  # the caller is told
            database.execute("INSERT INTO once VALUES ('patient 4711')")
        database.execute("DROP TABLE once")

    log = (home / "logs/postgres.log").read_text()
    assert "duplicate key" in log
    assert "4711" not in log


def test_killed_server_comes_back_with_what_was_committed(home):
    with psycopg.connect(embedded.url("owner")) as database:
        database.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    data = folders.cluster() / "data"
    kill(postmaster.pid(data))
    wait_until(lambda: not embedded.alive())
    assert not embedded.running()

    server.start()

    assert ask("owner", "SELECT answer FROM kept") == (42,)


def test_old_process_id_that_somebody_else_has_now_is_no_obstacle(home):
    server.stop()
    leftover = f"{os.getpid()}\n{folders.cluster() / 'data'}\n1\n5432\n{home}\n\n  1  2\nready\n"
    (folders.cluster() / "data" / "postmaster.pid").write_text(leftover)
    assert not embedded.alive()

    server.start()

    assert embedded.running()


def test_half_made_cluster_of_a_killed_first_start_is_made_anew(empty_home):
    embedded.connection()  # settles where the cluster will lie
    half = folders.private(folders.cluster() / "data.new")
    (half / "PG_VERSION").write_text("18\n")

    server.start()

    assert ask("app", "SELECT current_user") == ("tracker_app",)
    assert not half.exists()


def test_data_of_another_major_version_are_left_alone_with_the_way_out(home):
    server.stop()
    version = folders.cluster() / "data" / "PG_VERSION"
    try:
        version.write_text("17\n")
        with pytest.raises(
            embedded.EmbeddedError, match=r"written by PostgreSQL 17.*brings PostgreSQL 18.*dump FILE"
        ):
            server.start()
    finally:
        version.write_text("18\n")
        server.start()


def test_long_path_gets_a_short_private_socket_folder(tmp_path, monkeypatch):
    home = tmp_path / ("a-long-name-" * 10)
    monkeypatch.setenv("PROTOCOLTRACKER_HOME", str(home))
    try:
        short = folders.socket_folder(folders.run())
        assert mode(short) == 0o700
        assert (
            (home / "short-folder").read_text().strip()
            == str(short)
            == str(folders.socket_folder(folders.run()))
        )
        assert len(embedded.connection()["HOST"] + "/" + server.SOCKET_NAME) <= folders.SOCKET_PATH_LIMIT
        server.start()
        assert ask("app", "SELECT 1") == (1,)
    finally:
        removal.remove_home(home)
    assert not short.exists()


def test_short_folder_that_others_can_write_to_is_not_used(tmp_path, monkeypatch):
    home = tmp_path / ("a-long-name-" * 10)
    monkeypatch.setenv("PROTOCOLTRACKER_HOME", str(home))
    planted = tmp_path / "planted"
    planted.mkdir()
    planted.chmod(0o777)
    folders.note("short-folder", str(planted))

    chosen = folders.socket_folder(folders.run())

    assert chosen != planted
    assert mode(chosen) == 0o700
    chosen.rmdir()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs PostgreSQL as somebody else")
def test_root_without_namespaces_runs_it_under_a_user_id_of_its_own(tmp_path, monkeypatch):
    without = tmp_path / "programs"
    without.mkdir()
    monkeypatch.setenv("PATH", str(without))  # no unshare
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o700)
    monkeypatch.setenv("PROTOCOLTRACKER_HOME", str(locked / "data"))
    accounts = Path("/etc/passwd").read_text()
    announced = embedded.connection()["HOST"]
    try:
        server.start()
        folder = folders.cluster()
        assert announced == embedded.connection()["HOST"] == str(folder / "run")
        owner = Path(f"/proc/{postmaster.pid(folder / 'data')}").stat().st_uid
        assert owner == folder.stat().st_uid == (folder / "data").stat().st_uid
        assert owner in identity.UNUSED_USER_IDS
        assert (mode(folder), mode(locked)) == (0o700, 0o700)
        assert (locked / "data/cluster-folder").read_text().strip() == str(folder)
        assert ask("app", "SELECT 1") == (1,)
    finally:
        removal.remove_home(locked / "data")
    assert not folder.exists()
    assert Path("/etc/passwd").read_text() == accounts


def test_copy_is_kept_before_waiting_migrations_and_can_be_restored(empty_home):
    server.start()
    assert schema.keep_copy() is None  # nothing to lose yet
    with psycopg.connect(embedded.url("owner")) as database:
        database.execute("CREATE TABLE django_migrations AS SELECT 'once' AS name")

    copy = schema.keep_copy()

    assert copy.parent == empty_home / "backups"
    assert mode(copy) == 0o600
    schema.mark()
    assert schema.keep_copy() is None  # nothing is waiting
    with pytest.raises(embedded.EmbeddedError, match="is not empty"):
        copies.restore(copy)
    with psycopg.connect(embedded.url("owner")) as database:
        database.execute("DROP TABLE django_migrations")
    copies.restore(copy)
    assert ask("owner", "SELECT name FROM django_migrations") == ("once",)
    assert ask("app", "SELECT tableowner FROM pg_tables WHERE tablename = 'django_migrations'") == (
        "tracker_owner",
    )


def test_newest_copies_are_kept(home):
    folder = folders.private(home / "backups")
    for year in range(2001, 2009):
        (folder / f"{year}-01-01T000000Z.dump").touch()

    newest = copies.save()

    kept = sorted(path.name for path in folder.iterdir())
    assert len(kept) == copies.KEPT
    assert kept[-1] == newest.name
    assert kept[0] == "2005-01-01T000000Z.dump"
