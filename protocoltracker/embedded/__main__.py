"""python -m protocoltracker.embedded status | dump FILE | restore FILE | url [app|owner|superuser]"""

import argparse
import sys
from pathlib import Path

from . import EmbeddedError, available, copies, folders, running, url


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m protocoltracker.embedded", description="The embedded database."
    )
    actions = parser.add_subparsers(dest="action", required=True)
    actions.add_parser("status", help="whether it runs, and where it is")
    actions.add_parser("url", help="its address for psql").add_argument("role", nargs="?", default="app")
    actions.add_parser("dump", help="write a copy to FILE").add_argument("file", type=Path)
    actions.add_parser("restore", help="fill an empty database from FILE").add_argument("file", type=Path)
    given = parser.parse_args(arguments)
    if given.action == "status":
        print("running" if running() else "not running", folders.cluster())
    elif given.action == "url":
        print(url(given.role))
    else:
        with available():
            (copies.save if given.action == "dump" else copies.restore)(given.file.absolute())


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except EmbeddedError as error:
        sys.exit(f"protocoltracker: {error}")
