"""Files of former patients, as a data manager would hand them over."""

import csv
import io
from collections.abc import Iterable, Sequence

from patients.cohort.columns import NAMES
from patients.cohort.published import published_cohort

A_RESPONDER = {
    "subject": "001",
    "site": "Central",
    "enrolled_on": "2018-03-05",
    "protocol_version": "amended",
    "arm": "inotuzumab-plus-blinatumomab",
    "sex": "female",
    "birth_date": "1980-03-01",
    "height_cm": "170",
    "weight_kg": "70.5",
    "ecog": "1",
    "salvage": "S2",
    "prior_hct": "no",
    "cd20_pct": "5",
    "rituximab": "no",
    "cd22_pct": "98",
    "bm_blasts_pct": "60",
    "wbc_10e9_l": "3.4",
    "karyotype": "diploid",
    "bilirubin_mg_dl": "0.6",
    "alt_u_l": "30",
    "creatinine_mg_dl": "0.75",
    "treatment_started_on": "2018-03-07",
    "response": "CR",
    "response_on": "2018-04-04",
    "mrd_method": "MFC",
    "best_mrd": "negative",
    "mrd_negative_on": "2018-05-02",
    "mrd1_on": "2018-04-04",
    "mrd1_value": "0.002",
    "mrd2_on": "2018-05-02",
    "mrd2_value": "1e-06",
    "ino_cycles": "4",
    "mini_hcvd_cycles": "4",
    "blina_cycles": "4",
    "maintenance_cycles": "3",
    "last_contact_on": "2020-06-01",
}
"""In remission, alive, no transplant."""


def a_row(**columns: str) -> dict[str, str]:
    """A responder who is alive, with these columns instead."""
    unknown = set(columns) - set(NAMES)
    assert not unknown, f"no such column: {unknown}"
    return dict.fromkeys(NAMES, "") | A_RESPONDER | columns


def dead(on: str, **columns: str) -> dict[str, str]:
    """A responder who died in remission on a day."""
    facts = {"death_on": on, "last_contact_on": on, "cr_lost_on": on, "cause_of_death": "infection"}
    return a_row(**(facts | columns))


def no_response(**columns: str) -> dict[str, str]:
    """Somebody who did not respond, with no sample."""
    samples = dict.fromkeys(
        ("mrd_method", "mrd_negative_on", "mrd1_on", "mrd1_value", "mrd2_on", "mrd2_value"), ""
    )
    facts = {"response": "NR", "response_on": "", "best_mrd": "not evaluable"}
    return a_row(**(samples | facts | columns))


def a_file(*rows: dict[str, str], columns: Sequence[str] = NAMES, line_end: str = "\r\n") -> bytes:
    """The rows as a file; line breaks inside a cell stay as they are."""
    lines = [columns, *([row[name] for name in columns] for row in rows)]
    return "".join(",".join(map(_cell, line)) + line_end for line in lines).encode()


def _cell(text: str) -> str:
    """Quoted where it has to be; Python's writer forgets line breaks that are not those of the rows."""
    return '"' + text.replace('"', '""') + '"' if set(text) & set(',"\r\n') else text


def published() -> bytes:
    return published_cohort()


def rows_of(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


def changed(rows: Iterable[dict[str, str]], subject: str, **columns: str) -> list[dict[str, str]]:
    """The rows with other columns for one subject."""
    return [row | columns if row["subject"] == subject else row for row in rows]
