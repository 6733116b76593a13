"""What happened to each of the invented patients, up to the day before the seeding."""

from patients.actions import closures, records
from patients.demo.course import DAY, Course
from patients.demo.hours import BLINATUMOMAB, INOTUZUMAB
from patients.enums import CauseOfDeath, Conditioning, ContactKind, Donor, DoseReason, VODGrade

LATE = "Platelets recovered late."


def first_doses(course: Course) -> None:
    """Day 3 of the first cycle: inotuzumab is due, and the intrathecal dose of yesterday is not recorded."""
    course.open()
    course.give(leave=[("intrathecal-methotrexate", 2)])


def inotuzumab_held(course: Course) -> None:
    course.open()
    course.with_lot((INOTUZUMAB, 2), "IO2210")
    course.give(leave=[(INOTUZUMAB, 8)])
    course.hold(
        (INOTUZUMAB, 8), DoseReason.LIVER, "Bilirubin 2.3 mg/dl, ALT 140 U/l; to be repeated in two days."
    )


def waiting_to_recover(course: Course) -> None:
    """The second cycle was due two days ago."""
    course.whole_cycle()
    course.response("CRi", day=27, blasts="3", anc="0.6", platelets=38)


def three_departures(course: Course) -> None:
    """Day 22 of the second cycle: a dose reduced, one left out, one held, one entry corrected."""
    course.whole_cycle()
    course.response("PR", day=25, blasts="14", anc="1.4", platelets=71)
    course.open()
    renal = "Creatinine 1.9 mg/dl after methotrexate."
    course.change(("cytarabine", 3), 75, DoseReason.OTHER_TOXICITY, renal)
    course.omit(("cytarabine", 3, 2), DoseReason.OTHER_TOXICITY, renal)
    course.hold(("intrathecal-cytarabine", 8), DoseReason.CYTOPENIA, "Platelets 12: no lumbar puncture.")
    course.give()
    course.wrong_time(("methotrexate", 1), minutes=95, reason="Time taken from the pump log.")


def cycle_to_open(course: Course) -> None:
    course.whole_cycle()
    course.response("CR", day=26, blasts="2", anc="1.8", platelets=164)
    course.whole_cycle(late=3, why=LATE)
    course.mrd(day=24)


def liver_disease(course: Course) -> None:
    """VOD after the second cycle: inotuzumab is closed for good, the rest goes on late."""
    course.whole_cycle()
    course.response("CRp", day=27, blasts="2", anc="1.2", platelets=62)
    course.whole_cycle()
    vod = course.record("vod", course.on(14), grade=VODGrade.MODERATE, bilirubin_mg_dl=4)
    resolved = {"on": vod.on, "grade": vod.grade, "bilirubin_mg_dl": vod.bilirubin_mg_dl}
    records.change(
        by=course.staff.investigator,
        record=vod,
        values={**resolved, "resolved": True, "resolved_on": course.on(33)},
        today=course.on(33),
        reason="Bilirubin normal, weight as before.",
    )
    course.open(late=10, why="Veno-occlusive disease, now resolved.")
    course.give()


def light_patient_on_infusion(course: Course) -> None:
    """Below 45 kg: the rate goes by body surface. The step of day 8 is due today."""
    course.whole_cycle()
    course.response("CR", day=28, blasts="1", anc="2.1", platelets=141)
    course.whole_cycle(late=2, why=LATE)
    course.mrd(day=23)
    course.whole_cycle()
    course.whole_cycle()
    course.open()
    course.give()


def infusion_at_full_rate(course: Course) -> None:
    course.whole_cycle()
    course.response("CR", day=27, blasts="2", anc="1.5", platelets=118)
    course.whole_cycle()
    course.mrd(day=26, value="0.0004")
    course.whole_cycle(late=5, why=LATE)
    course.mrd(day=25)
    course.whole_cycle()
    course.open()
    course.with_lot((BLINATUMOMAB, 1), "BL0417")
    why = "Premedication one hour before the start of the infusion."
    course.unscheduled("dexamethasone", "IV", 20, day=1, reason=why)
    course.give()


def maintenance(course: Course) -> None:
    """POMP with mercaptopurine running, after blinatumomab was ended early."""
    course.whole_cycle()
    course.response("CR", day=27, blasts="3", anc="1.9", platelets=132)
    course.whole_cycle(late=4, why=LATE)
    course.mrd(day=26)
    course.whole_cycle()
    course.whole_cycle(late=3, why=LATE)
    course.whole_cycle()
    course.mrd(day=36)
    course.open()
    course.give()
    course.end_phase(reason="Tremor and confusion of grade 2 in the second cycle; the next phase begins.")
    course.whole_cycle()
    course.open()
    course.give()


def transplanted(course: Course) -> None:
    course.whole_cycle()
    course.response("CR", day=28, blasts="1", anc="1.7", platelets=151)
    course.mrd(day=28, value="0.0021")
    course.whole_cycle(late=2, why=LATE)
    course.whole_cycle()
    course.mrd(day=24)
    day0 = course.on(50)
    course.record("hct", day0, donor=Donor.MATCHED_UNRELATED, conditioning=Conditioning.REDUCED)
    course.record("last-contact", day0 + 60 * DAY, by=course.staff.coordinator, kind=ContactKind.VISIT)


def enrolled_in_error(course: Course) -> None:
    closures.mark_enrolled_in_error(
        patient=course.patient,
        on=course.next_cycle().day1 - DAY,
        by=course.staff.investigator,
        reason="The reference laboratory found BCR::ABL1; the local result was of another sample.",
    )


def first_week_of_infusion(course: Course) -> None:
    course.whole_cycle()
    course.response("CRp", day=28, blasts="3", anc="1.1", platelets=54)
    course.whole_cycle(late=3, why="Fever without a focus.")
    course.mrd(day=25, value="0.0009")
    course.whole_cycle()
    course.whole_cycle()
    course.open()
    course.give()


def cycle_skipped(course: Course) -> None:
    """One of the doses of yesterday evening is not recorded."""
    course.whole_cycle()
    course.response("CRi", day=26, blasts="2", anc="0.8", platelets=80)
    course.whole_cycle(late=7, why=LATE)
    course.mrd(day=24)
    course.whole_cycle(late=5, why=LATE)
    course.whole_cycle()
    course.skip_next(days=6, reason="Platelets below 50 for four weeks.")
    course.open()
    course.give(leave=[("cytarabine", 3, 2)])


def withdrawn(course: Course) -> None:
    course.whole_cycle()
    course.response("PR", day=27, blasts="11", anc="1.6", platelets=90)
    course.whole_cycle()
    left = course.on(26)
    course.record("withdrawal", left, follow_up_allowed=True)
    course.record("last-contact", left + 14 * DAY, by=course.staff.coordinator, kind=ContactKind.TELEPHONE)


def died(course: Course) -> None:
    course.whole_cycle()
    course.response("NR", day=28, blasts="48", anc="0.3", platelets=17)
    course.open(late=4, why="Pneumonia.")
    course.give()
    course.record("death", course.on(19), cause=CauseOfDeath.INFECTION)
