"""One valid record of every kind: as values for the actions, and as typed into the form."""

import datetime as dt
from decimal import Decimal
from typing import Any

from tests.factories import TODAY

VALUES: dict[str, dict[str, Any]] = {
    "response": {
        "category": "CR",
        "bm_blasts_pct": Decimal("1.5"),
        "anc_10e9_l": Decimal("1.2"),
        "platelets_10e9_l": Decimal("140"),
        "extramedullary": False,
    },
    "mrd": {
        "sample": "marrow",
        "method": "MFC",
        "sensitivity": Decimal("0.0001"),
        "value": Decimal("0.00005"),
        "result": "negative",
        "reported_on": None,
    },
    "hct": {"donor": "haploidentical", "conditioning": "reduced-intensity"},
    "vod": {"grade": "severe", "bilirubin_mg_dl": Decimal("4.2"), "resolved_on": None},
    "relapse": {"kind": "marrow", "bm_blasts_pct": Decimal("35")},
    "death": {"cause": "infection"},
    "last-contact": {"kind": "visit"},
    "withdrawal": {"follow_up_allowed": True},
    "off-treatment": {"reason_code": "toxicity"},
}


def values(slug: str, on: dt.date = TODAY, **changed: Any) -> dict[str, Any]:
    return {"on": on, "note": "", **VALUES[slug], **changed}


def typed(slug: str, on: dt.date = TODAY, **changed: Any) -> dict[str, str]:
    """What a browser sends."""
    return {name: _text(value) for name, value in values(slug, on, **changed).items()}


def _text(value: Any) -> str:
    return (
        {True: "yes", False: "no", None: ""}.get(value, "") if isinstance(value, bool | None) else str(value)
    )
