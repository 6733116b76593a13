"""Take the whole cluster away, with the folders it has outside the data folder."""

import shutil
from pathlib import Path

from . import folders, server


def remove() -> None:
    """Stop the cluster, whoever uses it, and delete its data. For the temporary clusters of tests."""
    server.stop()
    shutil.rmtree(folders.cluster(), ignore_errors=True)
    if short := folders.noted("short-folder"):
        shutil.rmtree(Path(short), ignore_errors=True)
