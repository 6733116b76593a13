"""The PostgreSQL that comes with pip, used when no DATABASE_URL is set.

    home()                  the data folder
    connection(), url()     how to reach the database, without starting anything
    running(), alive()      whether it answers; whether its process is there
    start(), stop()         use it from now on; use it no more (the last user of several stops it)
    available()             both, around a block

A real server with checksums, passwords (SCRAM) and two roles: what works here works on a hospital's server.
"""

from .addresses import connection, url
from .folders import EmbeddedError, home
from .server import alive, running
from .sharing import available
from .sharing import join as start
from .sharing import leave as stop

__all__ = [
    "EmbeddedError",
    "alive",
    "available",
    "connection",
    "home",
    "running",
    "start",
    "stop",
    "url",
]
