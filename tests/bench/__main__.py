"""python -m tests.bench [PART ...]: all of it without an argument. Parts: those of PARTS."""

import os
import sys
import time

from tests.bench import figures, ground, pages, plans, start_up, statistics, table

PARTS = ("pages", "plan", "actions", "audit", "figures", "statistics", "exports")
WITHOUT_DATABASE = {"plan", "figures", "statistics"}


def main(chosen: set[str]) -> int:
    if unknown := chosen - set(PARTS):
        print(f"bench: no part {', '.join(sorted(unknown))}. Parts: {', '.join(PARTS)}", file=sys.stderr)
        return 2
    begun = time.monotonic()
    print(f"Load of the machine before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors.")
    ground.start()
    wanted = chosen or set(PARTS)
    if "plan" in wanted:
        say("The whole plan of one patient", plans.HEAD, plans.run(), "Yardstick: 10,000 Decimal products.")
    if "figures" in wanted:
        say("Survival figures as SVG", figures.HEAD, figures.run(), "matplotlib in turn with each figure.")
    if "statistics" in wanted:
        say(
            "Survival statistics",
            statistics.HEAD,
            statistics.run(),
            "lifelines and bare numpy in turn with ours.",
        )
        say("What a web worker imports", start_up.HEAD, start_up.run(), "Each start in a process of its own.")
    if wanted - WITHOUT_DATABASE:
        with_database(wanted)
    print(f"\n{time.monotonic() - begun:.0f} s in all.")
    return 0


def with_database(wanted: set[str]) -> None:
    from tests.bench import actions, audit, bare, exports

    here = ground.Ground.with_one_patient()
    if "pages" in wanted:
        rows = pages.run(here, 1)
        print(f"{here.with_many()} rows copied.", file=sys.stderr)
        rows += pages.run(here, ground.MANY)
        say("Pages, as the nurse sees them", pages.HEAD, rows, "The reference in turn with each page.")
    bare.make_twins([*actions.tables(), audit.TABLE], with_foreign_keys=audit.TABLE)
    if "actions" in wanted:
        say("Actions, audited row by row", actions.HEAD, actions.run(here.place))
    if "audit" in wanted:
        say("The audit trail", audit.HEAD, audit.run(here.first), "ms of 100 saves, or of 1,000 rows.")
    if "exports" in wanted:
        say("Exports", exports.HEAD, exports.run(), "Columns as many; memory as Python counts it.")


def say(title: str, head: list[str], rows: list[list[str]], note: str = "") -> None:
    print(table.printed(title, head, rows, note), flush=True)


if __name__ == "__main__":
    sys.exit(main(set(sys.argv[1:])))
