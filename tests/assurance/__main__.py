"""python -m tests.assurance [matrix] [tamper] [doors]: one line of figures a part; exit status 1 if one falls short."""

import importlib
import sys

from tests import database

PARTS = ("matrix", "tamper", "doors")


def main(chosen: list[str]) -> int:
    if unknown := set(chosen) - set(PARTS):
        print(f"assurance: no part {', '.join(sorted(unknown))}. Parts: {', '.join(PARTS)}", file=sys.stderr)
        return 2
    database.choose_home()
    database.start()
    import django

    django.setup()
    good = True
    for name in chosen or PARTS:
        line, passed = importlib.import_module(f"tests.assurance.{name}").run()
        print(line, flush=True)
        good = good and passed
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
