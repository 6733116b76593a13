"""An investigator reads what became of the trial: the figures, their patients, their definitions."""

import re

import pytest

from patients.models import Patient
from protocoltracker.accounts.models import Role
from protocoltracker.audit.context import acting
from tests import factories as a
from tests.journeys.person import PASSWORD, PHONE

pytestmark = pytest.mark.browser

PUBLISHED = "108 patients enrolled by 2021-06-15."


@pytest.fixture
def reader(journeys_database):
    """Of every site; the demo holds the published cohort."""
    user = a.a_person(Role.INVESTIGATOR, None)
    with acting(by="system:test", reason="a password to sign in with"):
        user.set_password(PASSWORD)
        user.save()
    return user


def test_from_a_figure_to_its_patients_and_back(reader, at_the_screen):
    person = at_the_screen(reader).signs_in().follows("Outcomes")
    assert PUBLISHED in person.reads
    assert "Synthetic data" in person.reads
    person.follows(re.compile("^VOD 9 %"))
    assert "All patients: 10 of 108 (VOD)." in person.reads
    assert "Veno-occlusive disease of any grade" in person.reads
    first = person.page.locator("tbody th a").first.inner_text()
    person.follows(first)
    assert person.page.url.endswith(Patient.objects.get(subject_number=int(first)).get_absolute_url())
    person.page.go_back()
    person.follows("Outcomes", within=person.page.locator("main"))
    person.follows(re.compile("^1 of 41"), within=person.page.locator(".pt-abstract"))
    assert "Inotuzumab plus blinatumomab: 1 of 41 (VOD)." in person.reads
    assert person.page.locator("tbody tr").count() == 1


def test_another_figure_is_chosen_in_place_and_stays_in_the_address(reader, at_the_screen):
    person = at_the_screen(reader).signs_in().opens("/outcomes/")
    figure = person.page.locator("#figure-os")
    assert figure.get_by_role("heading").inner_text() == "Overall survival by salvage"
    figure.get_by_role("link", name="MRD").click()
    person.page.get_by_role("heading", name="Overall survival by best MRD").wait_for()
    assert "os=best_mrd" in person.page.url
    assert "Log-rank test: P = 0.0003." in person.reads
    assert person.page.evaluate("document.activeElement.id") == "tab-os-best_mrd"
    person.page.locator("#figure-cr_duration").get_by_role("link", name="Arm").click()
    person.page.get_by_role("heading", name="Duration of remission by arm").wait_for()
    assert {"os=best_mrd", "cr_duration=arm"} <= set(re.split("[?&#]", person.page.url))
    person.opens(person.page.url)
    assert person.page.get_by_role("heading", name="Overall survival by best MRD").count() == 1


def test_the_table_behind_a_figure_opens_and_is_a_file(reader, at_the_screen):
    person = at_the_screen(reader).signs_in().opens("/outcomes/")
    figure = person.page.locator("#figure-vod")
    figure.get_by_text("Figures as a table").click()
    assert figure.get_by_role("row", name="Inotuzumab plus blinatumomab 1 41 2 %").is_visible()
    person.finds_no_barrier()
    with person.page.expect_download() as download:
        figure.get_by_role("link", name="Table as CSV").click()
    assert download.value.suggested_filename == "vod-by-arm.csv"
    assert "Inotuzumab,9,67,13.4328" in download.value.path().read_text("utf-8-sig")


def test_the_published_test_and_another_cut_off(reader, at_the_screen):
    person = at_the_screen(reader).signs_in().opens("/outcomes/")
    assert "Fisher’s exact test: P = 0.086." in person.reads
    person.follows("As published")
    assert "Uncorrected chi-square: P = 0.056." in person.reads
    person.types("Data cut-off", "2017-03-14").presses("Show")
    assert "67 patients enrolled by 2017-03-14." in person.reads
    assert "preset=published" in person.page.url


def test_without_javascript_on_a_phone_everything_is_there(reader, at_the_screen):
    person = at_the_screen(reader, looks=False, java_script_enabled=False, viewport=PHONE).signs_in()
    person.opens("/outcomes/").follows("Salvage class", within=person.page.locator("#figure-os"))
    assert "Overall survival by salvage class" in person.reads
    assert person.page.locator("#figure-os svg path.g-line").count() == 5
    assert person.page.locator("#figure-os figure .pt-x").evaluate("e => e.scrollWidth > e.clientWidth")
    person.types("Data cut-off", "2018-01-01").presses("Show")
    assert "76 patients enrolled by 2018-01-01." in person.reads
    assert "Overall survival by salvage class" in person.reads


def test_on_paper_and_in_forced_colours_the_figures_stay(reader, at_the_screen):
    person = at_the_screen(reader, looks=False, viewport={"width": 720, "height": 1000}).signs_in()
    person.opens("/outcomes/")
    person.page.emulate_media(media="print")
    figure = person.page.locator("#figure-os figure svg")
    assert figure.bounding_box()["width"] <= 720
    assert not person.page.get_by_role("navigation", name="Overall survival by salvage: groups").is_visible()
    assert person.sideways() <= 0
    person.page.emulate_media(media="screen", forced_colors="active")
    line, card = (
        person.page.locator(where).first.evaluate(f"e => getComputedStyle(e).{what}")
        for where, what in (("#figure-os path.g-line", "stroke"), ("#figure-os", "backgroundColor"))
    )
    assert line != card
