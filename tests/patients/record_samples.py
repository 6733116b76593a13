"""One valid record of every kind: as values for the actions, and as typed into the form."""

import datetime as dt
from decimal import Decimal
from typing import Any

from patients import kinds
from patients.models import PastTreatment, Patient
from protocoltracker.audit.context import acting
from tests import factories
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
    "vod": {"grade": "severe", "bilirubin_mg_dl": Decimal("4.2"), "resolved": None, "resolved_on": None},
    "relapse": {"kind": "marrow", "bm_blasts_pct": Decimal("35")},
    "death": {"cause": "infection"},
    "last-contact": {"kind": "visit"},
    "withdrawal": {"follow_up_allowed": True},
    "off-treatment": {"reason_code": "toxicity"},
    "past-treatment": {
        "rituximab": True,
        "best_response": "CR",
        "mrd_method": "MFC",
        "best_mrd": "positive",
        "mrd_negative_on": None,
        "ino_cycles": 4,
        "mini_hcvd_cycles": 6,
        "blina_cycles": 0,
        "maintenance_cycles": None,
    },
}


def values(slug: str, on: dt.date = TODAY, **changed: Any) -> dict[str, Any]:
    return {"on": on, "note": "", **VALUES[slug], **changed}


def fitting(slug: str, patient: Patient) -> Patient:
    """The patient, or where the kind is of former patients alone, one of the same site without such a record."""
    if not kinds.of(slug).historical_only:
        return patient
    former = factories.an_imported(site=patient.site.name)
    with acting(by="system:test", reason="to be recorded anew"):
        PastTreatment.objects.filter(patient=former).delete()
    return former


def typed(slug: str, on: dt.date = TODAY, **changed: Any) -> dict[str, str]:
    """What a browser sends."""
    return {name: _text(value) for name, value in values(slug, on, **changed).items()}


def _text(value: Any) -> str:
    return (
        {True: "yes", False: "no", None: ""}.get(value, "") if isinstance(value, bool | None) else str(value)
    )
