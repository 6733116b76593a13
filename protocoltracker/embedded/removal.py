"""Take a whole data folder away, with the cluster it started and the folders it has elsewhere. For tests."""

import os
import shutil
from pathlib import Path

from . import folders, server


def remove_home(home: Path) -> None:
    """Stop the cluster of the data folder `home`, whoever uses it, and delete every file of it."""
    before = os.environ.get("PROTOCOLTRACKER_HOME")
    os.environ["PROTOCOLTRACKER_HOME"] = str(home)
    try:
        server.stop()
        elsewhere = [folders.noted("cluster-folder"), folders.noted("short-folder")]
        for folder in [*filter(None, elsewhere), str(home)]:
            shutil.rmtree(folder, ignore_errors=True)
    finally:
        os.environ.pop("PROTOCOLTRACKER_HOME")
        if before is not None:
            os.environ["PROTOCOLTRACKER_HOME"] = before
