"""The 49 columns of the file, in their usual order, and the numbers of cycles that a version allows.

Ranges of measurements are those of the record (patients/models/enrolment.py); numbers of cycles are those that the
shipped protocol versions plan. Blank: not applicable or not known.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from patients import enums
from patients.cohort.cells import Code, Day, Kind, Notes, Number, SiteName, Subject, Whole, YesNo


@dataclass(frozen=True)
class Column:
    name: str
    kind: Kind
    required: bool = False


def _codes(choices: type) -> Code:
    return Code(tuple(choices.values))  # type: ignore[attr-defined]


ARMS: Mapping[str, str] = MappingProxyType(
    {"original": "inotuzumab", "amended": "inotuzumab-plus-blinatumomab"}
)
"""The one arm of each protocol version."""

MOST_CYCLES: Mapping[str, Mapping[str, int]] = MappingProxyType(
    {
        "ino_cycles": MappingProxyType({"original": 4, "amended": 4}),
        "mini_hcvd_cycles": MappingProxyType({"original": 8, "amended": 4}),
        "blina_cycles": MappingProxyType({"original": 0, "amended": 4}),
        "maintenance_cycles": MappingProxyType({"original": 36, "amended": 16}),
    }
)
"""The most cycles that can have been received, by column and protocol version."""

_PERCENT = Number(low=0, high=100, places=4, unit="%")
_MRD = Number(low=0, high=1, places=16, unit="(a fraction)")


def _cycles(name: str) -> Column:
    return Column(name, Whole(0, max(MOST_CYCLES[name].values())))


COLUMNS: tuple[Column, ...] = (
    Column("subject", Subject(), required=True),
    Column("site", SiteName(), required=True),
    Column("enrolled_on", Day(), required=True),
    Column("protocol_version", Code(tuple(ARMS)), required=True),
    Column("arm", Code(tuple(ARMS.values())), required=True),
    Column("sex", _codes(enums.Sex), required=True),
    Column("birth_date", Day(), required=True),
    Column("height_cm", Number(low=120, high=220, places=4, unit="cm")),
    Column("weight_kg", Number(low=30, high=250, places=4, unit="kg")),
    Column("ecog", Whole(0, 4)),
    Column("salvage", _codes(enums.Salvage), required=True),
    Column("prior_hct", YesNo()),
    Column("cd20_pct", _PERCENT),
    Column("rituximab", YesNo()),
    Column("cd22_pct", _PERCENT),
    Column("bm_blasts_pct", _PERCENT),
    Column("wbc_10e9_l", Number(low=0, high=10_000, places=4, unit="10^9/l")),
    Column("karyotype", _codes(enums.Karyotype)),
    Column("bilirubin_mg_dl", Number(low=0, high=1_000, places=4, unit="mg/dl")),
    Column("alt_u_l", Number(low=0, high=100_000, places=4, unit="U/l")),
    Column("creatinine_mg_dl", Number(low=0, high=1_000, places=4, unit="mg/dl")),
    Column("treatment_started_on", Day(), required=True),
    Column("response", _codes(enums.PastResponse)),
    Column("response_on", Day()),
    Column("mrd_method", _codes(enums.MRDMethod)),
    Column("best_mrd", _codes(enums.MRDResult)),
    Column("mrd_negative_on", Day()),
    Column("mrd1_on", Day()),
    Column("mrd1_value", _MRD),
    Column("mrd2_on", Day()),
    Column("mrd2_value", _MRD),
    Column("mrd3_on", Day()),
    Column("mrd3_value", _MRD),
    _cycles("ino_cycles"),
    _cycles("mini_hcvd_cycles"),
    _cycles("blina_cycles"),
    _cycles("maintenance_cycles"),
    Column("hct_on", Day()),
    Column("hct_donor", _codes(enums.Donor)),
    Column("hct_conditioning", _codes(enums.Conditioning)),
    Column("vod_on", Day()),
    Column("vod_grade", _codes(enums.VODGrade)),
    Column("vod_resolved", YesNo()),
    Column("relapse_on", Day()),
    Column("cr_lost_on", Day()),
    Column("death_on", Day()),
    Column("cause_of_death", _codes(enums.CauseOfDeath)),
    Column("last_contact_on", Day(), required=True),
    Column("notes", Notes()),
)
NAMES: tuple[str, ...] = tuple(column.name for column in COLUMNS)
BY_NAME: Mapping[str, Column] = MappingProxyType({column.name: column for column in COLUMNS})
DAYS: tuple[str, ...] = tuple(column.name for column in COLUMNS if isinstance(column.kind, Day))
SAMPLES: tuple[tuple[str, str], ...] = tuple((f"mrd{n}_on", f"mrd{n}_value") for n in (1, 2, 3))
"""Day and value of each MRD sample."""
