"""The synthetic cohort that is shipped: invented patients whose aggregates are those published for the trial."""

import datetime as dt
from pathlib import Path

DATA_CUTOFF = dt.date(2021, 6, 15)
FILE = Path(__file__).parent / "data" / "published_cohort.csv"


def published_cohort() -> bytes:
    """The file of the 108 invented patients, ready for the import."""
    return FILE.read_bytes()
