"""What became of the patient: assessments, and the events that close the plan and can be undone."""

import datetime as dt

import pytest

from patients.models import Closure, ResponseAssessment

pytestmark = pytest.mark.browser


def test_records_a_response_and_an_mrd_result(clinic, investigator):
    patient = clinic.patient(cycle=2)
    investigator.opens(patient.get_absolute_url()).follows("Add response")
    investigator.types("Date", str(clinic.today)).picks("Response", "CR, complete remission")
    investigator.types("Marrow blasts", "12").types("Neutrophils", "1.4").types("Platelets", "140")
    investigator.presses("Record response")
    assert "12 % with CR, which needs less than 5 %" in investigator.fault_at("Marrow blasts")
    investigator.types("Marrow blasts", "2").presses("Record response")
    assert "Recorded: Response" in investigator.told
    investigator.follows(patient.subject).follows("Add MRD")
    investigator.types("Date", str(clinic.today)).picks("Method", "Multicolour flow cytometry").types(
        "Sensitivity", "0.0001"
    )
    investigator.picks("Result", "Negative").presses("Record MRD")
    investigator.follows(patient.subject)
    assert "complete remission" in investigator.reads
    assert "Negative" in investigator.reads
    assert ResponseAssessment.objects.get(patient=patient).bm_blasts_pct == 2


def test_vod_closes_inotuzumab_and_nothing_else(clinic, investigator):
    patient = clinic.patient(cycle=2)
    investigator.opens(patient.get_absolute_url()).follows("Add VOD")
    investigator.types("Onset", str(clinic.today)).presses("Preview")
    assert investigator.fault_at("EBMT severity")
    investigator.picks("EBMT severity", "Moderate").presses("Preview")
    assert "A preview: nothing is saved yet" in investigator.reads
    assert "Inotuzumab" in investigator.reads
    assert not Closure.objects.filter(patient=patient).exists()
    investigator.presses("Record VOD, close")
    closed = patient.activities.filter(state="closed")
    assert set(closed.values_list("drug", flat=True)) == {"inotuzumab ozogamicin"}
    assert patient.activities.filter(state="planned").exclude(drug="inotuzumab ozogamicin").exists()


@pytest.mark.parametrize(
    ("kind", "button", "day", "choices"),
    [
        ("transplant", "Record transplant", "Day 0", {"Donor": 1, "Conditioning": 1}),
        ("death", "Record death", "Date of death", {"Cause of death": 1}),
    ],
)
def test_a_closing_event_is_previewed_confirmed_shown_and_undone(
    clinic, investigator, kind, button, day, choices
):
    patient = clinic.patient(cycle=1, day=40)  # the last dose was long ago: nothing to explain
    planned = patient.activities.filter(state="planned").count()
    investigator.opens(patient.get_absolute_url()).follows(f"Add {kind}")
    investigator.types(day, str(clinic.today))
    for label, number in choices.items():
        investigator.page.get_by_label(label).first.select_option(index=number)
    investigator.presses("Preview")
    assert f"close {planned} doses" in investigator.reads
    investigator.presses("Change something")
    assert investigator.has_typed(day) == str(clinic.today)
    investigator.presses("Preview").presses(button)
    assert investigator.page.url.endswith(patient.get_absolute_url())
    assert not patient.activities.filter(state="planned").exists()
    investigator.follows("Undo").types("Why it is undone", "Recorded for the wrong patient").presses("Undo")
    assert patient.activities.filter(state="planned").count() == planned
    patient.refresh_from_db()
    assert patient.state == "on-treatment"


def test_skips_a_cycle_after_a_preview_and_takes_it_back(clinic, investigator):
    patient = clinic.patient(cycle=1)
    second, third = patient.cycles.get(position=2), patient.cycles.get(position=3)
    investigator.opens(second.get_absolute_url()).follows("Skip…")
    investigator.types("Why the course changes", "Infection, long recovery").presses("Preview")
    assert "A preview: nothing is saved yet" in investigator.reads
    second.refresh_from_db()
    assert second.state == "planned"
    investigator.presses("Skip mini-HCVD 2")
    before = third.day1
    second.refresh_from_db()
    third.refresh_from_db()
    assert (second.state, third.day1) == ("skipped", before - dt.timedelta(days=28))
    investigator.opens(patient.get_absolute_url()).follows("Undo").types("Why", "Recovered in time").presses(
        "Undo"
    )
    second.refresh_from_db()
    third.refresh_from_db()
    assert (second.state, third.day1) == ("planned", before)


def test_ends_a_phase_early_and_repeats_a_cycle(clinic, investigator):
    patient = clinic.patient(cycle=1, day=20)
    first = patient.cycles.get(position=1)
    investigator.opens(first.get_absolute_url()).follows("Repeat…")
    investigator.types("Why the course changes", "No remission").presses("Preview")
    investigator.presses("Repeat mini-HCVD 1")
    assert "Planned again" in investigator.told
    assert patient.cycles.filter(phase=first.phase, number=1).count() == 2
    investigator.opens(first.get_absolute_url()).follows("End phase…")
    investigator.types("Why the course changes", "Transplant is planned").presses("Preview").presses(
        "End mini-HCVD"
    )
    assert not patient.cycles.filter(phase=first.phase, state="planned").exists()
    investigator.follows("Undo").types("Why", "No donor").presses("Undo")
    assert patient.cycles.filter(phase=first.phase, state="planned").exists()
