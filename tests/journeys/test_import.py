"""A data manager brings former patients in: a broken file first, then the corrected one."""

from pathlib import Path
from typing import Any

import pytest

from patients.cohort.decoding import MOST_BYTES
from patients.models import ImportedFile, Patient
from protocoltracker import uploads as kept
from protocoltracker.accounts.models import Role, User
from protocoltracker.audit.context import acting
from tests import factories as a
from tests.cohort_files import a_file, a_row, dead
from tests.journeys.person import PASSWORD, PHONE, Person

pytestmark = pytest.mark.browser

SUBJECTS = ("901", "902", "903")


@pytest.fixture
def manager(clinic) -> User:
    """Of every site: the file brings a new one."""
    user = a.a_person(Role.DATA_MANAGER, None)
    with acting(by="system:test", reason="a password to sign in with"):
        user.set_password(PASSWORD)
        user.save()
    return user


def harbour(clinic) -> str:
    return f"Harbour {clinic.site.name}"


def rows(clinic) -> list[dict[str, str]]:
    site = harbour(clinic)
    return [
        a_row(subject="901", site=site),
        a_row(subject="902", site=site, ecog="4"),
        dead("2019-02-01", subject="903", site=site, notes="=not, a formula"),
    ]


def uploads(person: Person, name: str, content: bytes, *, folder: Path | None = None) -> Person:
    """A large file is taken from a folder: by the wire it would take the browser too long to get."""
    file: Any = {"name": name, "mimeType": "text/csv", "buffer": content}
    if folder:
        file = folder / name
        file.write_bytes(content)
    person.field("File").set_input_files(file)
    person.types("Data cut-off", "2021-06-15")
    return person.presses("Check the file")


def test_a_broken_file_is_read_about_and_the_corrected_one_is_stored(clinic, manager, at_the_screen):
    dana = at_the_screen(manager).signs_in().follows("Import")
    dana.presses("Check the file")
    assert "Choose a file." in dana.fault_at("File")
    broken = [row | {"ecog": "nine"} if row["subject"] == "902" else row for row in rows(clinic)]
    uploads(dana, "broken.csv", a_file(*broken))
    assert dana.heading == "broken.csv"
    assert "Nothing was stored 1 error" in dana.reads
    finding = dana.row("ecog", "Error").inner_text()
    assert "2" in finding
    assert "nine" in finding
    assert not dana.page.get_by_role("button", name="Store").count()
    dana.follows("Upload the corrected file")
    assert dana.row("broken.csv").inner_text().endswith("Checked, not stored")
    uploads(dana, "cohort.csv", a_file(*rows(clinic)))
    assert "Nothing is stored yet 3 patients would be stored. A site is created." in dana.reads
    assert dana.row("ecog", "Warning").is_visible()
    dana.presses("Store 3 patients")
    assert "Stored: 3 patients." in dana.told
    assert "The file itself is no longer kept" in dana.reads
    dana.follows("Open the patients")
    for subject in SUBJECTS:
        dana.types("Subject number contains", subject).presses("Filter")
        assert dana.row(subject, harbour(clinic)).is_visible()
    dana.opens(Patient.objects.get(subject_number=903).get_absolute_url())
    assert "Died" in dana.reads
    files = dict(ImportedFile.objects.filter(uploaded_by=manager).values_list("name", "content"))
    assert bytes(files["cohort.csv"]) == b""
    assert bytes(files["broken.csv"]).startswith(b"subject,")


def test_on_a_phone_without_javascript_a_file_is_checked_and_given_up(clinic, manager, at_the_screen):
    dana = at_the_screen(manager, looks=False, java_script_enabled=False, viewport=PHONE).signs_in()
    dana.opens("/more/").follows("Import", within=dana.page.locator("main"))
    uploads(dana, "former.csv", a_file(a_row(subject="911", site=harbour(clinic))))
    assert dana.page.get_by_role("button", name="Store 1 patient").is_visible()
    dana.presses("Give up this file")
    assert "Given up: nothing of the file is stored or kept." in dana.told
    assert not Patient.objects.filter(subject_number=911).exists()


@pytest.mark.parametrize("size", [MOST_BYTES + 1_000_000, kept.MOST_BYTES + 5_000_000])
def test_a_file_that_is_too_large_is_a_message_and_one_that_just_fits_is_checked(
    clinic, manager, at_the_screen, tmp_path, size
):
    dana = at_the_screen(manager).signs_in().opens("/imports/")
    uploads(dana, "large.csv", b"x" * size, folder=tmp_path)
    assert "“large.csv” has" in dana.fault_at("File")
    assert "at most 16 MB are taken" in dana.fault_at("File").replace("\N{NO-BREAK SPACE}", " ")
    uploads(dana, "fits.csv", b"x" * MOST_BYTES, folder=tmp_path)
    assert dana.heading == "fits.csv"
    assert "1 error. Correct the file and upload it again." in dana.reads


def test_the_pages_of_the_import_are_open_to_everybody_at_every_width(clinic, manager, at_the_screen):
    dana = at_the_screen(manager, reduced_motion="reduce").signs_in().opens("/imports/")
    uploads(dana, "broken.csv", a_file(*[row | {"ecog": "nine", "sex": "?"} for row in rows(clinic)]))
    at_broken = dana.page.url
    dana.opens("/imports/")
    uploads(dana, "clean.csv", a_file(a_row(subject="912", site=clinic.site.name)))
    at_clean = dana.page.url
    for path in ("/imports/", at_broken, at_clean):
        dana.opens(path)
        for width, theme in ((320, "light"), (390, "dark"), (768, "light"), (1440, "dark")):
            dana.page.set_viewport_size({"width": width, "height": 900})
            dana.page.evaluate("theme => document.documentElement.dataset.bsTheme = theme", theme)
            assert dana.sideways() <= 0, f"{path} scrolls sideways at {width} px"
            dana.finds_no_barrier()
