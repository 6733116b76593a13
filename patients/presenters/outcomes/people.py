"""The patients behind a number: who they are, and of each what counts for that number."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from django.urls import reverse

from patients.outcomes.endpoints import GROUPING
from patients.outcomes.figures_parts import Selection
from patients.outcomes.subject import Subject, Time
from patients.presenters.common import sentence
from protocoltracker.tables import Column, Linked, Table


class Fact(NamedTuple):
    """A column, and what it says of a patient; `months` is the length of a month in days."""

    label: str
    of: Callable[[Subject, float], object]
    numeric: bool = False


def _ended(time: Callable[[Subject], Time | None], words: Callable[[Subject], str]) -> tuple[Fact, ...]:
    def months(subject: Subject, month: float) -> float | None:
        found = time(subject)
        return found.days / month if found else None

    def end(subject: Subject, month: float) -> str:
        found = time(subject)
        return "" if found is None else words(subject) if found.event else "censored"

    return Fact("Months", months, numeric=True), Fact("End", end)


def _of(label: str, name: str) -> Fact:
    return Fact(label, lambda subject, month: getattr(subject, name))


def _days_to_hct(subject: Subject, month: float) -> int | None:
    return subject.hct_days


def _last(subject: Subject, month: float) -> object:
    return subject.death_on or subject.last_contact_on


def _lost(subject: Subject, month: float) -> object:
    return subject.lost_on or subject.last_contact_on


STARTED = _of("Treatment started", "started_on")
RESPONSE, RESPONSE_ON = _of("Response", "response"), _of("Response on", "response_on")
HCT_ON, VOD_ON, GRADE = _of("HCT on", "hct_on"), _of("VOD on", "vod_on"), _of("VOD grade", "vod_grade")
DIED_ON, CAUSE = _of("Died on", "death_on"), _of("Cause of death", "cause_of_death")
BEST_MRD, NEGATIVE_ON = _of("Best MRD", "best_mrd"), _of("MRD negative on", "mrd_negative_on")
ENROLLED, VERSION = _of("Enrolled on", "enrolled_on"), _of("Version", "version")
AGE, ECOG = Fact("Age", lambda s, month: s.age, numeric=True), Fact("ECOG", lambda s, month: s.ecog, True)
TO_HCT = Fact("Days to HCT", _days_to_hct, numeric=True)
LAST, LOST = Fact("Last contact or death", _last), Fact("Last contact or loss", _lost)
SURVIVAL = _ended(lambda s: s.os, lambda s: "died")
REMISSION = _ended(lambda s: s.cr_duration, lambda s: "relapse" if s.relapse_on else "died in remission")
WHO = (ENROLLED, VERSION, AGE, _of("Sex", "sex"), ECOG)
RESPONDED = (RESPONSE, RESPONSE_ON)
TESTED = (*RESPONDED, BEST_MRD, NEGATIVE_ON)
HAD_VOD = (STARTED, VOD_ON, GRADE, HCT_ON)
DIED = (STARTED, DIED_ON, CAUSE, *SURVIVAL)
FACTS: dict[str, tuple[Fact, ...]] = {
    **dict.fromkeys(("patients", "age", "arm", "version", "salvage_1"), WHO),
    **dict.fromkeys(("orr", "cr", "crp_cri", "orr_of_all_treated", "not_assessed"), RESPONDED),
    "early_death": (RESPONSE, STARTED, DIED_ON, CAUSE),
    "mrd_negative_of_evaluable_responders": TESTED,
    "mrd_evaluable_of_responders": TESTED,
    **dict.fromkeys(("hct", "hct_of_responders"), (STARTED, HCT_ON, TO_HCT, _of("Donor", "hct_donor"))),
    "prior_hct": (ENROLLED, _of("HCT before", "prior_hct")),
    **dict.fromkeys(("vod", "vod_of_transplanted"), HAD_VOD),
    "vod_incidence": (*HAD_VOD, DIED_ON),
    **dict.fromkeys(("died_within_30_days", "died_within_60_days"), DIED),
    "follow_up": (STARTED, LAST, *SURVIVAL),
    "os": (STARTED, LAST, CAUSE, *SURVIVAL),
    "cr_duration": (RESPONSE, RESPONSE_ON, LOST, *REMISSION),
    "relapse_incidence": (RESPONSE, RESPONSE_ON, LOST, *REMISSION),
    "landmark": (STARTED, HCT_ON, TO_HCT, LAST, *SURVIVAL),
}  # fmt: skip
"""key of a figure -> what is told of each of its patients."""
RESPONDERS = ("Responded", "Did not respond")
MET: dict[str, tuple[str, str]] = {
    "orr": RESPONDERS,
    "orr_of_all_treated": RESPONDERS,
    "cr": ("CR", "Other"),
    "crp_cri": ("CRp or CRi", "Other"),
    "mrd_negative_of_evaluable_responders": ("Negative", "Positive"),
    "mrd_evaluable_of_responders": ("With a result", "Without"),
    "hct": ("Transplanted", "Not transplanted"),
    "hct_of_responders": ("Transplanted", "Not transplanted"),
    "prior_hct": ("HCT before", "None before"),
    "vod": ("VOD", "No VOD"),
    "vod_of_transplanted": ("VOD", "No VOD"),
    "salvage_1": ("First salvage", "Later salvage"),
    "early_death": ("Early death", "Other"),
    "not_assessed": ("Not assessed", "Assessed"),
    "follow_up": ("Alive", "Died"),
    "os": ("Died", "Censored"),
    "cr_duration": ("Lost", "Censored"),
    "vod_incidence": ("VOD", "No VOD"),
    "relapse_incidence": ("Relapse", "No relapse"),
    "landmark": ("Died", "Censored"),
    "": ("Counted", "Not counted"),
}
"""What the numerator and the rest of a figure are called; "" of any other."""
WHOLE = frozenset({"patients", "age", "arm", "version"})
"""Figures that count everybody: they have one part."""


def names_of_parts(selection: Selection) -> tuple[str, ...]:
    """Everybody counted, the numerator, the rest."""
    if selection.key in WHOLE:
        return ("All",)
    at_landmark = selection.key == "landmark" and not selection.group.token
    met = ("At the landmark", "Left out") if at_landmark else MET.get(selection.key, MET[""])
    return ("All counted", *met)


def counted(selection: Selection) -> str:
    """Of whom the page is, and how many: S1: 40 of 77 (Died)."""
    parts = names_of_parts(selection)
    if len(parts) == 1:
        return f"{sentence(selection.group.label)}: {selection.n}."
    return f"{sentence(selection.group.label)}: {selection.k} of {selection.n} ({parts[1]})."


def table(
    selection: Selection, subjects: Iterable[Subject], *, met: frozenset, month: float, links: bool
) -> Table:
    """`subjects` are those shown of the selection, `met` the keys of those in the numerator."""
    facts, parts = FACTS.get(selection.key, WHO), names_of_parts(selection)
    columns = (
        Column("Subject"),
        Column("Site"),
        Column("Arm"),
        Column("Salvage"),
        *(Column(fact.label, fact.numeric, 1 if fact.label == "Months" else None) for fact in facts),
        *map(Column, parts[1:2]),
    )
    caption = f"{selection.title}, {selection.group.label}"
    rows = (
        (*_row(one, facts, month=month, link=links), *(one.pk in met for _ in parts[1:2])) for one in subjects
    )
    return Table("outcome-patients", caption, columns, rows)


def _row(one: Subject, facts: tuple[Fact, ...], *, month: float, link: bool) -> tuple[object, ...]:
    number = Linked(one.subject, reverse("patients:detail", args=[one.pk])) if link else one.subject
    arm, salvage = (GROUPING[by].label(GROUPING[by].value(one)) for by in ("arm", "salvage"))
    return (number, one.site, arm, salvage, *(fact.of(one, month) for fact in facts))
