"""A former patient out of a file: the past course is entered, a dose of it corrected, and treatment resumed."""

import datetime as dt

import pytest

from patients.models import Administration, Patient
from protocoltracker.accounts.models import Role
from tests import factories as a
from tests.journeys.person import PHONE, Person

pytestmark = pytest.mark.browser


@pytest.fixture
def former(clinic) -> Patient:
    return a.an_imported(site=clinic.site.name)


def test_a_data_manager_enters_the_past_course_and_a_nurse_corrects_a_dose(clinic, former, at_the_screen):
    manager = at_the_screen(clinic.person(Role.DATA_MANAGER)).signs_in()
    manager.opens(former.get_absolute_url())
    assert "Treated before this record, 2020-06-01" in manager.reads
    assert "Nothing is scheduled" not in manager.reads
    manager.follows("Enter past course")
    assert manager.has_typed("Cycles of mini-hyper-CVD") == "4"
    manager.types("Cycles of maintenance", "0").presses("Preview")
    assert manager.fault_at("Where this is known from")
    manager.types("Where this is known from", "Discharge letters of 2018").presses("Preview")
    assert "A preview: nothing is saved yet" in manager.reads
    assert manager.has_typed("mini-HCVD 2") == "2018-04-04"
    manager.types("mini-HCVD 2", "2018-04-09").presses("Update preview")
    assert "2018-04-09" in manager.row("mini-HCVD 2").inner_text()
    assert not former.cycles.exists()
    manager.presses("Enter this course")
    assert "Entered: the past course" in manager.told
    assert former.cycles.filter(state="completed").count() == 8
    assert manager.page.get_by_role("link", name="Enter past course").count() == 0

    nurse = at_the_screen(clinic.person(Role.NURSE)).signs_in()
    assert former.subject not in nurse.reads  # nothing is due
    second = former.cycles.get(position=2)
    nurse.opens(second.get_absolute_url()).follows("Correct", within=nurse.row("Methotrexate"))
    nurse.ticks("Omitted").picks("Reason", "Infection or fever")
    nurse.types("Why the entry is corrected", "The chart says so").presses("Correct")
    [row] = Administration.objects.filter(cycle=second, drug="methotrexate", is_current=True)
    assert row.outcome == "omitted"


def test_an_investigator_resumes_treatment_and_the_nurse_finds_the_cycle(clinic, former, at_the_screen):
    doctor = at_the_screen(clinic.person(Role.INVESTIGATOR)).signs_in()
    doctor.opens(former.get_absolute_url()).follows("Resume treatment")
    doctor.picks("The next cycle", "POMP 1").types("Day 1", str(clinic.today)).types("Weight", "71")
    doctor.types("Why treatment is resumed", "Moved back here").presses("Preview")
    assert str(clinic.today + dt.timedelta(days=28)) in doctor.reads
    assert not former.cycles.exists()
    doctor.presses("Resume treatment")
    assert "goes on with POMP 1" in doctor.told
    assert "On treatment" in doctor.reads
    nurse = at_the_screen(clinic.person(Role.NURSE)).signs_in()
    assert former.subject in nurse.row(former.subject).inner_text()
    nurse.opens(former.cycles.get(position=1).get_absolute_url())
    assert "Provisional with" in nurse.reads
    nurse.types("Weight", "71.5").presses("Open POMP 1")
    assert former.cycles.get(position=1).state == "open"


def test_the_pages_fit_a_phone(clinic, former, at_the_screen):
    doctor: Person = at_the_screen(clinic.person(Role.INVESTIGATOR), viewport=PHONE).signs_in()
    for page in ("", "past-course/", "resume/"):
        doctor.opens(former.get_absolute_url() + page)
        assert doctor.sideways() <= 0, page
    doctor.opens(former.get_absolute_url() + "past-course/")
    doctor.types("Where this is known from", "letters").presses("Preview")
    assert doctor.sideways() <= 0
