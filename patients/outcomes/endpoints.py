"""What is measured and by which groups: the one list behind the report, the dashboard and the abstract. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from patients.outcomes.subject import MRD_RESULTS, SALVAGE_LINES, SALVAGES, CauseTime, Subject, Time

Test = Callable[[Subject], bool]


@dataclass(frozen=True)
class RateKind:
    """Those of `denominator` who are also of `numerator`."""

    key: str
    title: str
    numerator: Test
    denominator: Test


@dataclass(frozen=True)
class Grouping:
    """`value` "" is in no group. With `fixed` groups all of them are shown, in that order; else those present."""

    by: str
    title: str
    value: Callable[[Subject], str]
    fixed: tuple[str, ...] = ()
    binary: bool = False
    labels: Mapping[str, str] = field(default_factory=dict)
    say: Callable[[str], str] = str

    def values(self, subjects: Iterable[Subject]) -> tuple[str, ...]:
        """The groups in order: as fixed, or as present in code-point order."""
        return self.fixed or tuple(sorted({self.value(subject) for subject in subjects} - {""}))

    def split(self, subjects: Iterable[Subject], values: Iterable[str]) -> dict[str, list[Subject]]:
        groups: dict[str, list[Subject]] = {value: [] for value in values}
        for subject in subjects:
            value = self.value(subject)
            if value in groups:
                groups[value].append(subject)
        return groups

    def label(self, value: str) -> str:
        return self.labels.get(value) or self.say(value)


@dataclass(frozen=True)
class SurvivalKind:
    """A time to one event; `start` and `event` are headings of its figure."""

    key: str
    title: str
    time: Callable[[Subject], Time | None]
    start: str
    event: str


@dataclass(frozen=True)
class IncidenceKind:
    """A time to one of two events that compete; `noun` stands inside a sentence."""

    key: str
    noun: str
    time: Callable[[Subject], CauseTime | None]


def _died_within(days: int) -> Test:
    return lambda s: s.os is not None and s.os.event and s.os.days <= days


def _anybody(subject: Subject) -> bool:
    return True


def _treated(s: Subject) -> bool:
    return s.treated


def _responder(s: Subject) -> bool:
    return s.responder


def _evaluable(s: Subject) -> bool:
    return s.evaluable


def _transplanted(s: Subject) -> bool:
    return s.transplanted


def _had_vod(s: Subject) -> bool:
    return s.had_vod


RATES = (
    RateKind("orr", "Overall response", _responder, _evaluable),
    RateKind("cr", "CR", lambda s: s.response == "CR", _evaluable),
    RateKind("crp_cri", "CRp or CRi", lambda s: s.response in {"CRp", "CRi"}, _evaluable),
    RateKind("orr_of_all_treated", "Overall response of all treated", _responder, _treated),
    RateKind("early_death", "Early death", lambda s: s.response == "ED", _treated),
    RateKind("not_assessed", "Response not assessed", lambda s: not s.evaluable, _treated),
    RateKind(
        "mrd_negative_of_evaluable_responders",
        "MRD negative",
        lambda s: s.best_mrd == "negative",
        lambda s: s.mrd_evaluable,
    ),
    RateKind("mrd_evaluable_of_responders", "MRD evaluable", lambda s: s.mrd_evaluable, _responder),
    RateKind("hct", "Transplant (HCT)", _transplanted, _treated),
    RateKind("hct_of_responders", "Transplant (HCT) of responders", _transplanted, _responder),
    RateKind(
        "prior_hct",
        "Transplant before enrolment",
        lambda s: bool(s.prior_hct),
        lambda s: s.prior_hct is not None,
    ),
    RateKind("vod", "VOD", _had_vod, _treated),
    RateKind("vod_of_transplanted", "VOD of the transplanted", _had_vod, _transplanted),
    RateKind("died_within_30_days", "Died within 30 days", _died_within(30), _treated),
    RateKind("died_within_60_days", "Died within 60 days", _died_within(60), _treated),
    RateKind("salvage_1", "First salvage", lambda s: s.salvage_line == "S1", _anybody),
)

GROUPINGS = (
    Grouping("arm", "arm", lambda s: s.arm, binary=True, say=lambda code: code.replace("-", " ")),
    Grouping("salvage_line", "salvage", lambda s: s.salvage_line, SALVAGE_LINES, binary=True),
    Grouping(
        "salvage",
        "salvage class",
        lambda s: s.salvage,
        SALVAGES,
        labels={
            "S1-primary-refractory": "S1, primary refractory",
            "S1-CR1<12mo": "S1, CR1 < 12 months",
            "S1-CR1>=12mo": "S1, CR1 ≥ 12 months",
            "S3+": "S3 or later",
        },
    ),
    Grouping("site", "site", lambda s: s.site),
    Grouping("sex", "sex", lambda s: s.sex, binary=True),
    Grouping(
        "best_mrd",
        "best MRD",
        lambda s: s.best_mrd if s.mrd_evaluable else "",
        MRD_RESULTS,
        binary=True,
        labels={"negative": "MRD negative", "positive": "MRD positive"},
    ),
    Grouping(
        "hct", "transplant", lambda s: "HCT" if s.transplanted else "no HCT", ("HCT", "no HCT"), binary=True
    ),
    Grouping("version", "protocol version", lambda s: s.version),
)

SURVIVALS = (
    SurvivalKind("os", "Overall survival", lambda s: s.os, "start of treatment", "Deaths"),
    SurvivalKind("cr_duration", "Duration of remission", lambda s: s.cr_duration, "response", "Lost"),
)

INCIDENCES = (
    IncidenceKind("vod", "VOD", lambda s: s.vod_time),
    IncidenceKind("relapse", "relapse", lambda s: s.relapse_time),
)

RATE = MappingProxyType({kind.key: kind for kind in RATES})
GROUPING = MappingProxyType({grouping.by: grouping for grouping in GROUPINGS})
SURVIVAL = MappingProxyType({kind.key: kind for kind in SURVIVALS})
