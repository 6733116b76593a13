"""What the figures mean. The numbers that may be chosen are fields of `Definitions`; the rest is said in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType

MONTH_DAYS = 30.4375  # 365.25 / 12; months are never rounded
AT_MONTHS = 36  # where survival and incidence are read


class Choice(StrEnum):
    """Which test compares rates."""

    BY_EXPECTED = "by-expected"  # Fisher where an expected count is below 5 (2 x 2), else chi-square
    CHI_SQUARE = "chi-square"  # always without continuity correction, as the publication did


@dataclass(frozen=True)
class Definitions:
    """`landmark_days` None: the median time to HCT. `cutoff` is only said here; the dataset is read with it."""

    name: str
    title: str
    test: Choice = Choice.BY_EXPECTED
    landmark_days: float | None = None
    month_days: float = MONTH_DAYS
    cutoff: dt.date | None = None

    def at(self, cutoff: dt.date) -> Definitions:
        return replace(self, cutoff=cutoff)

    def months(self, days: float | None) -> float | None:
        return None if days is None else days / self.month_days

    @property
    def words(self) -> Mapping[str, str]:
        """{key of a figure: its definition in one or two sentences}; see also `common`."""
        return MappingProxyType(WORDS | {"landmark": self._landmark(), "test": TEST_WORDS[self.test]})

    @property
    def common(self) -> tuple[str, ...]:
        """What holds for every figure; the cut-off first."""
        return (self.cutoff_words, WORDS["month"], WORDS["interval"], self.words["test"])

    @property
    def cutoff_words(self) -> str:
        if self.cutoff is None:
            return "Data without cut-off."
        return (
            f"Data cut-off {self.cutoff}: who was enrolled later is not in the dataset, and what happened later is not "
            "known."
        )

    def _landmark(self) -> str:
        chosen = (
            "The median time from the start of treatment to HCT, over all patients with HCT"
            if self.landmark_days is None
            else f"Day {self.landmark_days:g} of treatment, as chosen"
        )
        return LANDMARK.format(chosen=chosen)


LANDMARK = (
    "{chosen}. Responders still under observation there, counted from it: HCT on or before the landmark "
    "against no HCT by then (later HCT included). Who died or was censored before it is left out."
)
TEST_WORDS = {
    Choice.BY_EXPECTED: (
        "Rates are compared by Fisher’s exact test (two-sided) where an expected count of a 2 × 2 table is below 5, "
        "else by chi-square without continuity correction."
    ),
    Choice.CHI_SQUARE: "Rates are compared by chi-square without continuity correction, as published.",
}
WORDS = {
    "month": "A month is 30.4375 days; times in months are whole days divided by it, never rounded.",
    "interval": (
        "Intervals are 95 %: Wilson for proportions (Clopper-Pearson in the table), log-log with Greenwood’s variance "
        "for survival. Two-sided P values."
    ),
    "patients": "Patients enrolled on or before the data cut-off; enrolled in error is left out.",
    "version": "By the protocol version to which the patient was assigned.",
    "arm": "By the arm to which the patient was assigned, whatever was received of it.",
    "age": "Completed years on the day of enrolment: median and range.",
    "follow_up": (
        "From the start of treatment to the last contact of patients alive: median and range. The reverse Kaplan-Meier "
        "median counts the dead as censored."
    ),
    "salvage_1": "Patients in first salvage, over all enrolled.",
    "prior_hct": "Transplanted before enrolment, over patients of whom that is known.",
    "orr": (
        "Best response CR, CRp or CRi, over patients with a response category; early death is one. Who was not "
        "assessed is left out."
    ),
    "cr": "Best response CR, over patients with a response category; early death is one.",
    "crp_cri": "Best response CRp or CRi, over patients with a response category; early death is one.",
    "orr_of_all_treated": "Best response CR, CRp or CRi, over all treated; who was not assessed did not respond.",
    "early_death": "Died before response was assessed (category ED), over all treated.",
    "not_assessed": "No response category, over all treated.",
    "mrd_negative_of_evaluable_responders": (
        "Responders with at least one MRD below 0.0001 (0.0001 itself is positive), over responders with any MRD "
        "result, negative or positive. Non-responders are never counted."
    ),
    "mrd_evaluable_of_responders": "Responders with an MRD result, negative or positive, over all responders.",
    "hct": "Transplanted after the start of treatment, whatever the response, over all treated.",
    "hct_of_responders": "Transplanted after the start of treatment, over responders.",
    "vod": "Veno-occlusive disease of any grade after the start of treatment, over all treated.",
    "vod_of_transplanted": "Veno-occlusive disease of any grade, before or after HCT, over patients with HCT.",
    "died_within_30_days": "Died within 30 days of the start of treatment, over all treated.",
    "died_within_60_days": "Died within 60 days of the start of treatment, over all treated.",
    "os": ("From the start of treatment to death of any cause; the living are censored at the last contact."),
    "cr_duration": (
        "Responders, from the first day in CR, CRp or CRi to relapse or to death in remission; "
        "others are censored at the last contact, not at HCT."
    ),
    "os.best_mrd": (
        "Overall survival of responders with an MRD result, from the start of treatment and without a landmark, which "
        "favours those who lived to be tested."
    ),
    "vod_incidence": (
        "Cumulative incidence of VOD from the start of treatment (Aalen-Johansen); death without VOD competes. Both on "
        "one day: VOD."
    ),
    "relapse_incidence": (
        "Cumulative incidence of relapse from the response (Aalen-Johansen); death in remission competes. Both on one "
        "day: relapse."
    ),
    "median": "The first time at which S is one half or less, in exact arithmetic.",
}

DEFAULT = Definitions("default", "Default definitions")
AS_PUBLISHED = Definitions("as-published", "As published", test=Choice.CHI_SQUARE)
PRESETS = MappingProxyType({preset.name: preset for preset in (DEFAULT, AS_PUBLISHED)})
