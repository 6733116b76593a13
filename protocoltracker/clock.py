"""The present instant, by the database's clock: machines with wrong clocks then still agree on what is due."""

import datetime as dt

from django.db import connection


def database_now() -> dt.datetime:
    """Now, aware, in UTC; one query."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]
