"""The suite's own PostgreSQL: a temporary data folder, the real migrations, the run-time role.

Tests see the database as the running system does: connected as tracker_app, which owns nothing. A test that commits
(transaction=True, the live server) is followed by `empty`, which as the owner puts every table back to what the
migrations left, the audit trail included; nothing else can.
"""

import atexit
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg
from psycopg import sql

from protocoltracker import embedded
from protocoltracker.audit import heads
from protocoltracker.embedded import folders, removal

CHOSEN_ELSEWHERE = (
    *("DATABASE_URL", "DATABASE_OWNER_URL", "CELERY_BROKER_URL", "EMAIL_URL", "PROTOCOLTRACKER_DB_ROLE"),
    *("SECRET_KEY", "BASE_URL", "ALLOWED_HOSTS", "HOST", "PORT", "DEBUG", "DEMO_PASSWORD"),
)
KEPT_AS_THEY_ARE = ("django_migrations", "django_content_type", "auth_permission")
_emptying = ""


def choose_home() -> Path:
    """A temporary data folder for this run, and no service of the person who runs the tests. Before settings load."""
    for name in CHOSEN_ELSEWHERE:
        os.environ.pop(name, None)
    _remove_homes_of_killed_runs()
    home = Path(tempfile.mkdtemp(prefix=f"pt-test-{os.getpid()}-", dir="/tmp"))
    (home / "static").mkdir()  # empty: pages find their files where they are written
    os.environ["PROTOCOLTRACKER_HOME"] = str(home)
    os.environ["DJANGO_SETTINGS_MODULE"] = "protocoltracker.settings"
    atexit.register(removal.remove_home, home)
    return home


def start() -> None:
    """Start the cluster without care for power cuts, migrate as the owner, and keep what the migrations wrote."""
    global _emptying
    embedded.start(durable=False)
    command = [
        sys.executable,
        str(folders.REPOSITORY / "manage.py"),
        "migrate",
        "--skip-checks",
        "--verbosity=0",
    ]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"The migrations failed:\n{done.stderr}")
    with psycopg.connect(embedded.url("owner")) as owner:
        _emptying = _plan_emptying(owner)


def empty() -> None:
    """Put every table back to what the migrations left."""
    with psycopg.connect(embedded.url("owner")) as owner:
        owner.execute("SET lock_timeout = '20s'")
        owner.execute(_emptying)
    heads.path().unlink(missing_ok=True)  # the trail they are of is gone


def _plan_emptying(owner: psycopg.Connection) -> str:
    """One script: triggers off, all tables truncated, the migrations' own rows back, triggers on as they were."""
    tables = _rows(
        owner,
        "SELECT schemaname, tablename FROM pg_tables WHERE schemaname IN ('public', 'audit') "
        "AND tablename <> ALL(%s) ORDER BY 1, 2",
        [list(KEPT_AS_THEY_ARE)],
    )
    triggers = _rows(
        owner,
        "SELECT n.nspname, c.relname, t.tgname, CASE t.tgenabled WHEN 'A' THEN 'ALWAYS' WHEN 'R' THEN 'REPLICA' "
        "ELSE '' END FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = "
        "c.relnamespace WHERE NOT t.tgisinternal AND t.tgenabled <> 'D' AND n.nspname IN ('public', 'audit')",
    )
    names = sql.SQL(", ").join(sql.Identifier(*table) for table in tables)
    script = [_sql("ALTER TABLE {} DISABLE TRIGGER {}", (s, t), (name,)) for s, t, name, _ in triggers]
    script.append(sql.SQL("TRUNCATE {}").format(names))
    owner.execute("CREATE SCHEMA pristine")
    script += [refill for table in tables for refill in _keep(owner, table)]
    script += [
        _sql(f"ALTER TABLE {{}} ENABLE {mode} TRIGGER {{}}", (s, t), (name,)) for s, t, name, mode in triggers
    ]
    return sql.SQL("; ").join(script).as_string(owner)


def _keep(owner: psycopg.Connection, table: tuple) -> list[sql.Composed]:
    if not owner.execute(_sql("SELECT 1 FROM {} LIMIT 1", table)).fetchone():
        return []
    copy = ("pristine", "_".join(table))
    owner.execute(_sql("CREATE TABLE {} AS TABLE {}", copy, table))
    return [_sql("INSERT INTO {} OVERRIDING SYSTEM VALUE TABLE {}", table, copy)]


def _rows(owner: psycopg.Connection, query: str, values: list | None = None) -> list[tuple]:
    return owner.execute(query, values).fetchall()


def _sql(text: str, *names: tuple) -> sql.Composed:
    return sql.SQL(text).format(*(sql.Identifier(*name) for name in names))


def _remove_homes_of_killed_runs() -> None:
    for home in Path("/tmp").glob("pt-test-*-*"):
        if not Path(f"/proc/{home.name.split('-')[2]}").exists() and os.access(home, os.W_OK):
            removal.remove_home(home)
