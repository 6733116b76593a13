"""One demo patient's treatment in the words of the ward: open, give, hold, change. Each word is a real action."""

import datetime as dt
import random
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from patients import kinds
from patients.actions import course as departures
from patients.actions import cycles, records, treatment
from patients.actions.treatment import Given
from patients.demo import hours
from patients.enums import ActivityState, DoseReason, MRDMethod, MRDResult, Outcome
from patients.models import Administration, Cycle, Patient, ScheduledActivity
from protocoltracker.accounts.models import User

DAY = dt.timedelta(days=1)
Dose = tuple[str, int] | tuple[str, int, int]
"""An order code, the day of the cycle and, for the second dose of a day, 2."""


@dataclass(frozen=True)
class Staff:
    """Who enters what at the patient's site."""

    nurses: tuple[User, ...]
    coordinator: User
    investigator: User


class Course:
    """`today` is the day at the patient's site; everything is recorded up to yesterday, at hours before `now`."""

    def __init__(self, patient: Patient, staff: Staff, *, today: dt.date, now: dt.datetime) -> None:
        self.patient, self.staff, self.today, self.now = patient, staff, today, now
        self.zone = patient.site.zone
        self.height, self.weight = _size(patient)
        self.chance = random.Random(patient.subject_number)  # noqa: S311 - the same small variations each time
        self.cycle: Cycle

    @property
    def nurse(self) -> User:
        return self.chance.choice(self.staff.nurses)

    def on(self, day: int) -> dt.date:
        """The date of a day of the cycle that is open."""
        return self.cycle.day1 + (day - 1) * DAY

    def next_cycle(self) -> Cycle:
        cycle = cycles.next_cycle(self.patient)
        if cycle is None:
            raise LookupError(f"Patient {self.patient} has no planned cycle left.")
        return cycle

    def open(self, *, late: int = 0, why: str = "") -> None:
        """Open the next cycle, `late` days after its planned day 1, weighed that morning."""
        cycle = self.next_cycle()
        day1 = cycle.day1 + late * DAY
        self.weight += Decimal(self.chance.randrange(-12, 9)) / 10
        self.cycle = cycles.open_cycle(
            by=self.nurse,
            cycle=cycle,
            day1=day1,
            height_cm=self.height,
            weight_kg=self.weight,
            measured_on=day1,
            today=day1,
            reason=why,
        )

    def give(self, *, leave: Collection[Dose] = ()) -> None:
        """Record everything of the open cycle up to yesterday as given as planned, apart from `leave`."""
        left = {(*dose, 1)[:3] for dose in leave}
        waiting = self.cycle.activities.filter(state=ActivityState.PLANNED, on__lt=self.today)
        doses = [(a, self._hour(a)) for a in waiting if (a.order_code, a.day, a.slot) not in left]
        if doses:
            treatment.record_as_planned(by=self.nurse, patient=self.patient, doses=doses, now=self.now)
        for row in self._running().filter(activity__until__lt=self.today - DAY):
            self._end(row, row.activity.until)

    def whole_cycle(self, *, late: int = 0, why: str = "") -> None:
        self.open(late=late, why=why)
        self.give()

    def stop(self, order: str, *, after: int) -> None:
        """End what runs early, when day `after` of the cycle is over."""
        self._end(self._running().get(activity__order_code=order), self.on(after))

    def hold(self, dose: Dose, because: DoseReason, reason: str) -> None:
        self._depart(self.dose(dose), Outcome.HELD, reason_code=because, reason=reason)

    def omit(self, dose: Dose, because: DoseReason, reason: str) -> None:
        self._depart(self.dose(dose), Outcome.OMITTED, reason_code=because, reason=reason)

    def change(self, dose: Dose, percent: int, because: DoseReason, reason: str) -> None:
        """Give `percent` of the planned dose."""
        activity = self.dose(dose)
        amount = (activity.dose * percent / 100).quantize(Decimal("0.001"))
        self._depart(activity, Outcome.CHANGED, dose=amount, reason_code=because, reason=reason)

    def with_lot(self, dose: Dose, lot: str) -> None:
        """Given as planned, with the lot of the vial."""
        activity = self.dose(dose)
        self._depart(activity, Outcome.GIVEN, dose=activity.dose, lot=lot)

    def wrong_time(self, dose: Dose, *, minutes: int, reason: str) -> None:
        """The entry of a given dose is corrected to a time `minutes` later."""
        activity = self.dose(dose)
        row = activity.administrations.select_related("patient").get(is_current=True)
        later = row.given_at + dt.timedelta(minutes=minutes)
        given = Given(outcome=row.outcome, given_at=later, dose=row.dose)
        treatment.correct(by=self.nurse, administration=row, given=given, reason=reason, now=self.now)

    def unscheduled(self, drug: str, route: str, mg: int, *, day: int, reason: str) -> None:
        given = Given(
            outcome=Outcome.UNSCHEDULED,
            given_at=hours.local(self.on(day), dt.time(12, 30), self.zone),
            dose=Decimal(mg),
            reason_code=DoseReason.INVESTIGATOR,
            reason=reason,
        )
        treatment.record_unscheduled(
            by=self.nurse,
            patient=self.patient,
            cycle=self.cycle,
            drug=drug,
            route=route,
            dose_unit="mg",
            given=given,
            now=self.now,
        )

    def skip_next(self, *, days: int, reason: str) -> None:
        """Skip the next cycle; the one after it starts `days` after the day on which that one would have."""
        cycle = self.next_cycle()
        next_on = cycle.day1 + days * DAY
        departures.skip_cycle(by=self.staff.investigator, cycle=cycle, next_on=next_on, reason=reason)

    def end_phase(self, *, reason: str) -> None:
        """Leave out what is left of this phase; the next phase starts when this cycle is over."""
        next_on = self.cycle.last_day + DAY
        departures.end_phase(by=self.staff.investigator, cycle=self.cycle, next_on=next_on, reason=reason)

    def record(self, slug: str, on: dt.date, *, by: User | None = None, **values: Any) -> Any:
        """Record an assessment or an event once its dates are known; `by`: the investigator, or somebody else."""
        return records.add(
            by=by or self.staff.investigator,
            patient=self.patient,
            kind=kinds.of(slug),
            values={"on": on, **values},
            today=max(day for day in (on, *values.values()) if isinstance(day, dt.date)),
        )

    def response(self, category: str, *, day: int, blasts: str, anc: str, platelets: int) -> None:
        """Marrow blasts in percent, neutrophils and platelets in 10^9/l, on a day of the open cycle."""
        self.record(
            "response",
            self.on(day),
            category=category,
            bm_blasts_pct=Decimal(blasts),
            anc_10e9_l=Decimal(anc),
            platelets_10e9_l=Decimal(platelets),
            extramedullary=False,
        )

    def mrd(self, *, day: int, value: str = "") -> None:
        """By flow cytometry of the marrow, reported two days later; without `value` negative at 0.0001."""
        self.record(
            "mrd",
            self.on(day),
            by=self.staff.coordinator,
            result=MRDResult.POSITIVE if value else MRDResult.NEGATIVE,
            value=Decimal(value) if value else None,
            method=MRDMethod.MFC,
            sensitivity=Decimal("0.0001"),
            reported_on=self.on(day) + 2 * DAY,
        )

    def dose(self, dose: Dose) -> ScheduledActivity:
        code, day, slot = (*dose, 1)[:3]
        return self.cycle.activities.select_related("patient").get(order_code=code, day=day, slot=slot)

    def _hour(self, activity: ScheduledActivity) -> dt.datetime:
        return hours.start_of(activity, self.zone, self.chance)

    def _depart(self, activity: ScheduledActivity, outcome: Outcome, **facts: Any) -> None:
        given = Given(outcome=outcome, given_at=self._hour(activity), **facts)
        treatment.record(by=self.nurse, activity=activity, given=given, now=self.now)

    def _running(self) -> Any:
        rows = Administration.objects.select_related("activity", "patient")
        return rows.filter(patient=self.patient, is_current=True, activity__state=ActivityState.RUNNING)

    def _end(self, row: Administration, last: dt.date) -> None:
        at = hours.end_of(row, last, self.zone)
        treatment.end(by=self.nurse, administration=row, ended_at=at, now=self.now)


def _size(patient: Patient) -> tuple[Decimal, Decimal]:
    """Height in cm and weight in kg at enrolment; every patient who is enrolled here has them."""
    height, weight = patient.enrolment.height_cm, patient.enrolment.weight_kg
    if height is None or weight is None:
        raise ValueError(
            f"Patient {patient} has no height or weight: a story is told of patients enrolled here."
        )
    return height, weight
