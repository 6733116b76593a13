"""The import as pages: upload, findings, confirm; stored once, and never without being read."""

import csv
import datetime as dt
import io
import uuid
from functools import partial

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import resolve, reverse

from patients.actions import uploads
from patients.actions.sweeping import sweep
from patients.cohort import decoding
from patients.enums import UploadState
from patients.models import ImportedFile, Patient
from patients.presenters import importing as show
from protocoltracker.accounts.models import Role, Site
from protocoltracker.records import Refused
from tests import factories as a
from tests.cohort_files import a_file, a_row, no_response, published
from tests.posting import Browser as Client
from tests.racing import at_the_same_time

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2021, 6, 15, 10, tzinfo=dt.UTC)
BROKEN = [a_row(subject="001", ecog="five"), a_row(subject="002", death_on="2031-02-30")]


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def manager(client):
    """A data manager of every site, signed in."""
    person = a.a_person(Role.DATA_MANAGER, None)
    client.force_login(person)
    return person


def send(client: Client, content: bytes, *, name: str = "cohort.csv", **fields):
    file = SimpleUploadedFile(name, content, content_type="text/csv")
    return client.post(reverse("imports:list"), {"file": file} | fields)


def uploaded(client: Client, content: bytes, **fields) -> ImportedFile:
    response = send(client, content, **fields)
    assert response.status_code == 302, response.content.decode()
    return ImportedFile.objects.get(pk=resolve(response.url).kwargs["pk"])


def address(upload: ImportedFile, name: str = "file") -> str:
    return reverse(f"imports:{name}", args=[upload.pk])


def page_of(client: Client, upload: ImportedFile) -> str:
    response = client.get(address(upload))
    assert response.status_code == 200
    return response.content.decode()


def confirmation(client: Client, upload: ImportedFile) -> dict[str, str]:
    """What the button of the page sends."""
    page = client.get(address(upload)).context["page"]
    assert page["store"], "there is no button"
    return {"form_token": str(page["token"]), "seen": page["seen"]}


def confirm(client: Client, upload: ImportedFile, **sent):
    return client.post(address(upload, "store"), sent or confirmation(client, upload))


# --- upload ------------------------------------------------------------------------------------------------------
def test_a_file_is_checked_and_nothing_is_stored_before_it_is_confirmed(client, manager):
    upload = uploaded(client, a_file(a_row(subject="001"), a_row(subject="002")), data_cutoff="2021-06-15")
    assert (upload.name, upload.state, upload.uploaded_by) == ("cohort.csv", UploadState.CHECKED, manager)
    assert upload.data_cutoff == dt.date(2021, 6, 15)
    assert "Store 2 patients" in page_of(client, upload)
    assert not Patient.objects.exists()
    assert not Site.objects.exists()


def test_the_published_cohort_goes_all_the_way(client, manager):
    upload = uploaded(client, published(), data_cutoff="2021-06-15")
    assert "Store 108 patients" in page_of(client, upload)
    done = confirm(client, upload)
    assert (done.status_code, done.url) == (302, address(upload))
    assert Patient.objects.count() == 108
    upload.refresh_from_db()
    assert (upload.state, upload.patients, bytes(upload.content)) == (UploadState.STORED, 108, b"")
    assert (upload.size, len(upload.sha256), upload.ended_at) == (len(published()), 64, NOW)
    page = page_of(client, upload)
    assert "108 patients stored" in page
    assert reverse("patients:list") in page


@pytest.mark.parametrize(
    ("fields", "name", "says"),
    [
        ({}, "file", "Choose a file."),
        ({"file": SimpleUploadedFile("empty.csv", b"")}, "file", "“empty.csv” is empty"),
        (
            {"file": SimpleUploadedFile("a.csv", b"x"), "data_cutoff": "soon"},
            "data_cutoff",
            "“soon” is not a date",
        ),
    ],
)
def test_a_fault_of_the_form_is_said_at_its_field(client, manager, fields, name, says):
    response = client.post(reverse("imports:list"), fields)
    assert response.status_code == 422
    assert says in response.context["form"].errors[name][0]
    assert f'id="id_{name}_error"' in response.content.decode()
    assert not ImportedFile.objects.exists()


def test_a_file_that_is_too_large_is_a_message_at_the_field(client, manager, monkeypatch):
    monkeypatch.setattr("protocoltracker.uploads.MOST_BYTES", decoding.MOST_BYTES)
    response = send(client, b"x" * (decoding.MOST_BYTES + 1_000_000), name="large.csv")
    assert response.status_code == 422
    assert "“large.csv” has 17" in response.context["form"].errors["file"][0]
    assert not ImportedFile.objects.exists()


@pytest.mark.parametrize(
    "content",
    [b"\x00\x01\x02", b"PK\x03\x04 not a table", b"subject;site\n1;A", "Zo\xeb".encode("utf-16"), b"\xff\xfe",
     published()[:5000], b",,,,", b"\n\n", b'"', a_file(a_row(notes="=1+1", weight_kg="NaN", height_cm="1e308"))],
    ids=range(10),
)  # fmt: skip
def test_whatever_the_file_is_the_findings_say_so(client, manager, content):
    upload = uploaded(client, content)
    page = page_of(client, upload)
    assert "Nothing was stored" in page
    assert "Store " not in page
    assert not Patient.objects.exists()


def test_the_same_file_sent_twice_waits_once(client, manager):
    content = a_file(a_row())
    assert uploaded(client, content).pk == uploaded(client, content).pk
    assert (
        uploaded(client, content, data_cutoff="2021-01-01").pk != uploaded(client, a_file(a_row(ecog="2"))).pk
    )
    assert ImportedFile.objects.count() == 3


def test_the_browsers_way_back_and_another_file_take_the_other_file(client, manager):
    token = str(uuid.uuid4())
    first = uploaded(client, a_file(*BROKEN), form_token=token)
    second = uploaded(client, a_file(a_row()), form_token=token)
    assert first.pk != second.pk
    assert "Store 1 patient" in page_of(client, second)


def test_a_name_of_any_kind_is_shown_and_breaks_nothing(client, manager):
    upload = uploaded(client, a_file(a_row()), name="<b>" + "é" * 300 + "\x00.csv")
    assert len(upload.name) <= 200
    assert "<b>é" not in page_of(client, upload)


# --- findings ----------------------------------------------------------------------------------------------------
def test_the_findings_name_row_column_rule_and_the_way_out_errors_first(client, manager):
    content = a_file(
        a_row(subject="001", ecog="4"), a_row(subject="002", ecog="five"), a_row(subject="003", ecog="9")
    )
    page = client.get(address(uploaded(client, content))).context["page"]
    assert [(one["row"], one["column"], one["word"]) for one in page["findings"]][:2] == [
        (2, "ecog", "Error"),
        (3, "ecog", "Error"),
    ]
    assert "five" in page["findings"][0]["message"]
    assert {one["word"] for one in page["findings"][2:]} == {"Warning"}
    assert page["errors"] == "2 errors"
    assert page["store"] == ""


def test_warnings_are_shown_and_stored(client, manager):
    upload = uploaded(client, a_file(a_row(ecog="4")))
    page = page_of(client, upload)
    assert "Store 1 patient<" in page
    assert "ecog" in page
    confirm(client, upload)
    assert Patient.objects.get().enrolment.ecog == 4


def test_what_stands_in_the_file_is_escaped(client, manager):
    upload = uploaded(client, a_file(a_row(site="<script>x</script>", ecog="<img src=x>")))
    page = page_of(client, upload)
    assert "<script>x" not in page
    assert "<img src=x" not in page


def test_many_findings_are_capped_on_the_page_and_whole_in_the_file(client, manager):
    rows = [a_row(subject=str(number), ecog="five") for number in range(1, 301)]
    upload = uploaded(client, a_file(*rows))
    page = client.get(address(upload))
    assert len(page.context["page"]["findings"]) == show.SHOWN
    assert "the first 100 of " in page.content.decode()
    assert "How often each rule speaks" in page.content.decode()
    exported = client.get(address(upload, "findings"))
    text = b"".join(exported).decode("utf-8-sig")
    found = list(csv.DictReader(io.StringIO(text, newline="")))
    assert sum(row["Severity"] == "error" for row in found) == 300
    assert found[0]["Row"] == "1"
    assert 'filename="findings.csv"' in exported.headers["Content-Disposition"]


def test_a_formula_in_the_file_is_none_in_the_findings(client, manager):
    upload = uploaded(client, a_file(a_row(ecog="=cmd|' /C calc'!A0", karyotype="@SUM(A1)")))
    for row in csv.reader(io.StringIO(b"".join(client.get(address(upload, "findings"))).decode("utf-8-sig"))):
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row)


def test_the_page_takes_as_many_queries_for_many_rows(client, manager):
    taken = []
    for number in (2, 60):
        upload = uploaded(client, a_file(*(a_row(subject=str(n)) for n in range(1, number + 1))))
        client.get(address(upload))
        with CaptureQueriesContext(connection) as captured:
            client.get(address(upload))
        taken.append(len(captured))
    assert taken[0] == taken[1]


# --- confirm -----------------------------------------------------------------------------------------------------
def test_a_double_click_stores_once_and_answers_the_same(client, manager):
    upload = uploaded(client, a_file(a_row()))
    sent = confirmation(client, upload)
    assert confirm(client, upload, **sent).url == confirm(client, upload, **sent).url == address(upload)
    assert Patient.objects.count() == 1
    assert "was stored before" not in page_of(client, upload)


def test_two_tabs_store_once(client, manager):
    upload = uploaded(client, a_file(a_row()))
    first, second = confirmation(client, upload), confirmation(client, upload)
    confirm(client, upload, **first)
    again = client.post(address(upload, "store"), second, follow=True)
    assert "was stored before" in again.content.decode()
    assert Patient.objects.count() == 1
    upload.refresh_from_db()
    assert upload.patients == 1


def test_what_changed_after_reading_is_shown_and_nothing_is_stored(client, manager):
    upload = uploaded(client, a_file(a_row(subject="001"), a_row(subject="002")))
    sent = confirmation(client, upload)
    other = uploaded(client, a_file(a_row(subject="002", ecog="3")), name="other.csv")
    confirm(client, other)
    response = confirm(client, upload, **sent)
    assert response.status_code == 409
    page = response.content.decode()
    assert "Nothing was stored" in page
    assert "stored is 3" in page
    assert [patient.subject for patient in Patient.objects.all()] == ["002"]
    upload.refresh_from_db()
    assert upload.state == UploadState.CHECKED


def test_patients_that_somebody_stored_meanwhile_are_read_again_too(client, manager):
    rows = [a_row(subject="001"), a_row(subject="002")]
    upload = uploaded(client, a_file(*rows))
    sent = confirmation(client, upload)
    confirm(client, uploaded(client, a_file(rows[1]), name="other.csv"))
    response = confirm(client, upload, **sent)
    assert response.status_code == 409
    assert "Store 1 patient<" in response.content.decode()
    assert Patient.objects.count() == 1
    confirm(client, upload)
    assert Patient.objects.count() == 2


@pytest.mark.parametrize("sent", [{"seen": ""}, {"seen": "x"}])
def test_without_having_read_nothing_is_stored(client, manager, sent):
    upload = uploaded(client, a_file(a_row()))
    assert confirm(client, upload, **sent).status_code == 409
    assert not Patient.objects.exists()


@pytest.mark.parametrize("token", ["no uuid", ""])
def test_without_the_token_of_the_page_nothing_is_stored(client, manager, token):
    upload = uploaded(client, a_file(a_row()))
    sent = confirmation(client, upload) | {"form_token": token}
    answer = client.post(address(upload, "store"), sent, follow=True)
    assert "sent without the number that each page gives its form" in answer.content.decode()
    assert not Patient.objects.exists()


def test_a_file_with_an_error_is_not_stored_whatever_is_sent(client, manager):
    upload = uploaded(client, a_file(*BROKEN, a_row(subject="003")))
    seen = client.get(address(upload)).context["page"]["seen"]
    response = confirm(client, upload, form_token=str(uuid.uuid4()), seen=seen)
    assert response.status_code == 409
    assert not Patient.objects.exists()


def test_the_same_cohort_again_has_nothing_to_store(client, manager):
    content = a_file(a_row())
    confirm(client, uploaded(client, content))
    page = page_of(client, uploaded(client, content))
    assert "Nothing to store" in page
    assert "already, with the same values" in page


# --- whose it is, and for how long -------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "role", [Role.NURSE, Role.COORDINATOR, Role.INVESTIGATOR, Role.MONITOR, Role.ADMINISTRATOR]
)
def test_nobody_but_a_data_manager_imports(client, role):
    client.force_login(a.a_person(role, None))
    assert client.get(reverse("imports:list")).status_code == 403
    assert send(client, a_file(a_row())).status_code == 403
    assert not ImportedFile.objects.exists()
    assert reverse("imports:list") not in client.get(reverse("more")).content.decode()


def test_the_navigation_leads_a_data_manager_to_it(client, manager):
    assert reverse("imports:list") in client.get(reverse("patients:list")).content.decode()


def test_somebody_elses_file_answers_like_a_missing_one(client, manager):
    upload = uploaded(client, a_file(a_row()))
    client.force_login(a.a_person(Role.DATA_MANAGER, None))
    for name in ("file", "findings"):
        assert client.get(address(upload, name)).status_code == 404
    for name in ("store", "give-up"):
        assert client.post(address(upload, name)).status_code == 404
    assert client.get(reverse("imports:file", args=[uuid.uuid4()])).status_code == 404
    upload.refresh_from_db()
    assert upload.state == UploadState.CHECKED


def test_a_data_manager_of_one_site_imports_its_patients_and_no_others(client):
    own, other = a.a_site("Own"), a.a_site("Other")
    client.force_login(a.a_person(Role.DATA_MANAGER, own))
    stranger = a.enrolled(site=other)
    rows = [
        a_row(subject="051", site="Own"),
        a_row(subject="052", site="Other"),
        a_row(subject="053", site="New"),
    ]
    page = page_of(client, uploaded(client, a_file(*rows)))
    assert "may not import patients there" in page
    hidden = page_of(client, uploaded(client, a_file(a_row(subject=stranger.subject, site="Own"))))
    assert "stored at a site where you may not import" in hidden
    assert "Other" not in hidden
    upload = uploaded(client, a_file(rows[0]))
    confirm(client, upload)
    assert Patient.objects.get(subject_number=51).site == own


def test_others_see_which_files_were_stored_but_none_that_waits(client, manager):
    confirm(client, uploaded(client, a_file(a_row()), name="stored.csv"))
    uploaded(client, a_file(*BROKEN), name="waits.csv")
    own = client.get(reverse("imports:list")).content.decode()
    assert "stored.csv" in own
    assert "waits.csv" in own
    client.force_login(a.a_person(Role.DATA_MANAGER, None))
    theirs = client.get(reverse("imports:list")).content.decode()
    assert "stored.csv" in theirs
    assert manager.full_name in theirs
    assert "waits.csv" not in theirs


def test_a_file_that_is_given_up_is_emptied(client, manager):
    upload = uploaded(client, a_file(a_row()))
    response = client.post(address(upload, "give-up"), follow=True)
    assert response.redirect_chain == [(reverse("imports:list"), 302)]
    upload.refresh_from_db()
    assert (upload.state, bytes(upload.content), upload.ended_at) == (UploadState.GIVEN_UP, b"", NOW)
    assert "Given up" in page_of(client, upload)
    assert client.get(address(upload, "findings")).status_code == 404
    again = client.post(address(upload, "store"), {"seen": "x"}, follow=True)
    assert "was given up" in again.content.decode()
    assert client.post(address(upload, "give-up"), follow=True).status_code == 200


@pytest.mark.parametrize("by_whom", ["the page", "the sweep"])
def test_a_file_that_nobody_confirms_does_not_stay(client, manager, noon, by_whom):
    old = uploaded(client, a_file(a_row()))
    noon.shift(dt.timedelta(days=4))
    client.force_login(manager)
    young = uploaded(client, a_file(a_row(ecog="2")))
    noon.shift(dt.timedelta(days=3, seconds=1))
    if by_whom == "the page":
        client.force_login(manager)
        client.get(reverse("imports:list"))
    else:
        sweep(clock=lambda: dt.datetime.now(dt.UTC))
    old.refresh_from_db()
    young.refresh_from_db()
    assert (old.state, bytes(old.content)) == (UploadState.GIVEN_UP, b"")
    assert young.state == UploadState.CHECKED
    assert dt.timedelta(days=7) == uploads.WAITS


def test_what_was_stored_is_not_given_up(client, manager, noon):
    upload = uploaded(client, a_file(no_response()))
    confirm(client, upload)
    noon.shift(dt.timedelta(days=30))
    client.force_login(manager)
    client.get(reverse("imports:list"))
    upload.refresh_from_db()
    assert upload.state == UploadState.STORED


@pytest.mark.django_db(transaction=True)
def test_two_people_at_one_button_at_the_same_moment_store_once():
    """The same person in two browsers: each with a form token of its own."""
    person = a.a_person(Role.DATA_MANAGER, None)
    today = NOW.date()
    upload = uploads.take(by=person, content=a_file(a_row()), name="cohort.csv", data_cutoff=None)
    seen = uploads.seal(uploads.check(by=person, upload=upload, today=today))
    deed = partial(uploads.store, by=person, pk=upload.pk, seen=seen, now=NOW, today=today)
    outcomes = at_the_same_time(deed, deed, deed)
    assert sum(isinstance(outcome, ImportedFile) for outcome in outcomes) == 1
    assert [outcome.message for outcome in outcomes if isinstance(outcome, Refused)] == [
        "“cohort.csv” was stored before. Nothing was stored again."
    ] * 2
    assert Patient.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_one_file_sent_twice_at_the_same_moment_waits_once():
    person = a.a_person(Role.DATA_MANAGER, None)
    deed = partial(uploads.take, by=person, content=b"x", name="cohort.csv", data_cutoff=None)
    first, second = at_the_same_time(deed, deed)
    assert first.pk == second.pk
    assert ImportedFile.objects.count() == 1
