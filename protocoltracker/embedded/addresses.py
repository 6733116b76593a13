"""How to reach the embedded cluster, known without starting anything."""

from pathlib import Path
from urllib.parse import quote

from . import folders, identity

DATABASE = "protocoltracker"


def socket_folder() -> Path:
    identity.decide_place()
    return folders.socket_folder(folders.cluster() / "run")


def connection(role: str = "app", dbname: str | None = None) -> dict:
    """Values for Django's DATABASES. `role`: app (run time), owner (migrations) or superuser (the cluster)."""
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": dbname or DATABASE,
        "USER": folders.ROLES[role],
        "PASSWORD": folders.passwords()[role],
        "HOST": str(socket_folder()),
        "PORT": "5432",
    }


def url(role: str = "app", dbname: str | None = None) -> str:
    """The same as an address for libpq: psql, pg_dump, psycopg."""
    known = connection(role, dbname)
    user, password = known["USER"], quote(known["PASSWORD"], safe="")
    return f"postgresql://{user}:{password}@/{quote(known['NAME'])}?host={quote(known['HOST'], safe='')}"
