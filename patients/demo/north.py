"""The invented patients of the site North."""

from patients.demo import courses
from patients.demo.people import NORTH
from patients.demo.story import CHEMO, Story
from patients.enums import Karyotype, Salvage, Sex

NO_FORM = "The amended consent form is not released here yet. The sponsor agreed to the original version."

STORIES = (
    Story(
        what="amended; blinatumomab 1, day 4: 9 µg/day running",
        site=NORTH,
        started=4 * CHEMO + 3 + 3,
        treated=courses.first_week_of_infusion,
        sex=Sex.FEMALE,
        age=46,
        height=165,
        weight="61.5",
        cd20=55,
        facts={"cr1_months": 14, "karyotype": Karyotype.HIGH_HYPERDIPLOID},
    ),
    Story(
        what="original, 1.3 mg/m²; cycle 5 skipped, cycle 6, day 4",
        site=NORTH,
        started=4 * CHEMO + 12 + 6 + 3,
        treated=courses.cycle_skipped,
        sex=Sex.MALE,
        age=58,
        height=171,
        weight="77.2",
        cd20=9,
        salvage=Salvage.S2,
        dose_level="1.3",
        override=NO_FORM,
    ),
    Story(
        what="amended; consent withdrawn, may be followed",
        site=NORTH,
        started=CHEMO + 25 + 20,
        treated=courses.withdrawn,
        sex=Sex.FEMALE,
        age=36,
        height=168,
        weight="58.4",
        cd20=0,
        salvage=Salvage.S3,
        facts={"prior_hct": True},
    ),
    Story(
        what="original, 1.8 mg/m²; died in cycle 2",
        site=NORTH,
        started=CHEMO + 4 + 18 + 40,
        treated=courses.died,
        sex=Sex.MALE,
        age=71,
        height=174,
        weight="70.6",
        cd20=41,
        salvage=Salvage.S3,
        dose_level="1.8",
        override=NO_FORM,
        facts={"ecog": 2, "karyotype": Karyotype.LOW_HYPODIPLOID},
    ),
)
