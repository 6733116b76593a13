"""The browser of the journeys: Debian's Chromium, or the one that CHROMIUM names."""

import os
import shutil

import pytest

MISSING = "no Chromium on this machine: apt-get install chromium, or set CHROMIUM to its path"


def executable() -> str | None:
    """The path of the browser; None if there is none."""
    named = os.environ.get("CHROMIUM", "")
    return next(
        filter(None, map(shutil.which, (named, "chromium", "chromium-browser", "google-chrome"))), None
    )


def skip_where_there_is_none(items: list[pytest.Item]) -> None:
    """Without a browser its tests are skipped, aloud; under CI they run all the same, and fail."""
    if executable() or os.environ.get("CI") == "true":
        return
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.skip(reason=MISSING))


def say_loudly_if_not_run(reporter) -> None:
    left_out = [report for report in reporter.stats.get("skipped", []) if MISSING in str(report.longrepr)]
    if left_out:
        reporter.section("THE BROWSER PART WAS NOT RUN", sep="!", red=True, bold=True)
        reporter.line(f"{len(left_out)} journeys were left out: {MISSING}.", red=True)
