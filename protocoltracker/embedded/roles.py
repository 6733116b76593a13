"""The two roles and the database inside the embedded cluster. Safe to run again."""

import psycopg
from psycopg import sql

from . import folders
from .addresses import DATABASE, url


def make() -> None:
    """Make tracker_owner, tracker_app and the database; give each role its password of this installation."""
    with psycopg.connect(url("superuser", dbname="postgres"), autocommit=True) as server:
        for role in ("owner", "app"):
            _make_role(server, folders.ROLES[role], folders.passwords()[role])
        make_database(server, DATABASE)


def make_database(server: psycopg.Connection, name: str) -> None:
    """An empty UTF-8 database that tracker_owner owns and into which tracker_app may do no more than connect."""
    if not server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
        server.execute(_sql("CREATE DATABASE {} OWNER tracker_owner ENCODING 'UTF8'", name))
    server.execute(_sql("REVOKE ALL ON DATABASE {} FROM PUBLIC", name))
    server.execute(_sql("GRANT CONNECT ON DATABASE {} TO tracker_app", name))


def _make_role(server: psycopg.Connection, role: str, password: str) -> None:
    if not server.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone():
        server.execute(_sql("CREATE ROLE {}", role))
    rights = "LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD"
    server.execute(
        sql.SQL("ALTER ROLE {} {} {}").format(sql.Identifier(role), sql.SQL(rights), sql.Literal(password))
    )


def _sql(text: str, name: str) -> sql.Composed:
    return sql.SQL(text).format(sql.Identifier(name))
