"""Records of every kind through their pages: list, add, change, withdraw; who may; and the same answer twice."""

import datetime as dt
import re
from pathlib import Path
from typing import Any

import pytest
import time_machine

from patients import kinds
from patients.actions import records
from patients.models import Patient
from protocoltracker.accounts.access import Denied
from protocoltracker.accounts.models import Role
from protocoltracker.audit.models import Change
from protocoltracker.records import Refused, Stale
from tests import factories
from tests.patients import record_samples
from tests.patients.recording import TOKEN, added, count, page, saved, shown
from tests.posting import Browser as Client

pytestmark = pytest.mark.django_db
TODAY = factories.TODAY
EVERY = pytest.mark.parametrize("kind", kinds.ALL, ids=lambda kind: kind.slug)
WARNED = "Why this is right"


@pytest.fixture(autouse=True)
def _a_monday() -> Any:
    with time_machine.travel(dt.datetime(2020, 6, 15, 12, tzinfo=dt.UTC), tick=False):
        yield


@pytest.fixture
def site() -> Any:
    return factories.a_site()


@pytest.fixture
def by(site: Any) -> Any:
    return factories.a_person(Role.INVESTIGATOR, site)


@pytest.fixture
def patient(site: Any, by: Any) -> Patient:
    """Six weeks in treatment, cycle 1 given and not yet the next one opened."""
    patient = factories.enrolled(by=by, site=site, day1=TODAY - dt.timedelta(days=42))
    factories.given_as_planned(factories.opened(patient.cycles.get(position=1), by=by), by=by)
    return patient


@pytest.fixture
def web(client: Client, by: Any) -> Client:
    client.force_login(by)
    return client


# --- Every kind, generated from the registry -------------------------------------------------------------------


@EVERY
def test_a_record_is_added_listed_changed_and_withdrawn(
    web: Client, patient: Patient, kind: kinds.Kind
) -> None:
    patient = record_samples.fitting(kind.slug, patient)
    data = record_samples.typed(kind.slug) | {"explanation": "looked at twice"}
    answer = saved(web, patient, kind.slug, **data)
    assert answer.status_code == 302, shown(answer)
    record = kind.model.objects.get()
    listed = shown(web.get(page("record-list", patient, kind.slug)))
    assert page("record-edit", patient, kind.slug, record.pk) in listed
    edit = page("record-edit", patient, kind.slug, record.pk)
    assert str(record.on) in shown(web.get(edit))
    changed = data | {"note": "second look", "row_version": record.row_version, "reason": "letter came"}
    assert web.post(edit, changed).status_code == 302
    record.refresh_from_db()
    assert (record.note, record.row_version) == ("second look", 2)
    in_error = page("record-in-error", patient, kind.slug, record.pk)
    assert web.post(in_error, {"reason": "other patient", "row_version": 2}).status_code == 302
    record.refresh_from_db()
    assert record.entered_in_error
    assert "Entered in error" in shown(web.get(page("record-list", patient, kind.slug)))
    history = shown(web.get(page("record-history", patient, kind.slug, record.pk)))
    for words in ("other patient", "letter came", "second look", "Created"):
        assert words in history


@EVERY
def test_form_and_registry_agree(kind: kinds.Kind, patient: Patient) -> None:
    """Every field of the model has a field in the form, and the columns are fields."""
    from django.utils.module_loading import import_string

    form = import_string(kind.form)(kind=kind, patient=patient)
    assert set(kind.fields()) <= set(form.fields)
    assert set(kind.columns) <= set(kind.fields())
    for name in kind.fields():
        described = kind.field(name)
        if described.choices:
            offered = {value for value, _ in form.fields[name].choices if value}
            assert offered == {value for value, _ in described.choices}
    assert set(record_samples.VALUES[kind.slug]) | {"on", "note"} == set(kind.fields())


def test_no_page_or_action_knows_a_single_kind() -> None:
    """A new kind is a model, a form and a row: nothing generic names one."""
    generic = [
        *Path("templates/records").glob("*.html"),
        *map(
            Path,
            ("patients/views/records.py", "patients/presenters/records.py", "patients/actions/records.py"),
        ),
    ]
    names = {kind.slug for kind in kinds.ALL} | {kind.model.__name__ for kind in kinds.ALL}
    for path in generic:
        code = re.sub(
            r'""".*?"""|\{% comment %\}.*?\{% endcomment %\}', "", path.read_text(), flags=re.DOTALL
        )
        quoted = set(re.findall(r'["\']([\w-]+)["\']|models\.(\w+)', code))
        assert not names & {word for pair in quoted for word in pair}, path


@EVERY
def test_a_patient_of_another_site_answers_like_a_missing_one(
    client: Client, patient: Patient, kind: kinds.Kind
) -> None:
    patient = record_samples.fitting(kind.slug, patient)
    client.force_login(factories.a_person(Role.INVESTIGATOR, factories.a_site()))
    record = added(patient, factories.a_person(Role.INVESTIGATOR), kind.slug)
    for name, rest in (
        ("record-list", [kind.slug]),
        ("record-add", [kind.slug]),
        ("record-edit", [kind.slug, record.pk]),
        ("record-history", [kind.slug, record.pk]),
        ("record-in-error", [kind.slug, record.pk]),
    ):
        assert client.get(page(name, patient, *rest)).status_code == 404
        assert client.post(page(name, patient, *rest)).status_code in {404, 405}


@EVERY
def test_a_record_of_another_patient_is_not_found_under_this_one(
    web: Client, patient: Patient, by: Any, site: Any, kind: kinds.Kind
) -> None:
    other = record_samples.fitting(kind.slug, factories.enrolled(by=by, site=site))
    record = added(other, by, kind.slug)
    for name in ("record-edit", "record-history", "record-in-error"):
        assert web.get(page(name, patient, kind.slug, record.pk)).status_code == 404


@EVERY
def test_a_monitor_reads_and_does_not_write(
    client: Client, patient: Patient, site: Any, by: Any, kind: kinds.Kind
) -> None:
    patient = record_samples.fitting(kind.slug, patient)
    monitor = factories.a_person(Role.MONITOR, site)
    client.force_login(monitor)
    record = added(patient, by, kind.slug)
    listed = shown(client.get(page("record-list", patient, kind.slug)))
    assert page("record-add", patient, kind.slug) not in listed
    assert client.get(page("record-add", patient, kind.slug)).status_code == 403
    edit = page("record-edit", patient, kind.slug, record.pk)
    assert client.get(edit).url == page("record-history", patient, kind.slug, record.pk)
    assert client.post(edit, record_samples.typed(kind.slug)).status_code == 403
    assert (
        client.post(page("record-in-error", patient, kind.slug, record.pk), {"reason": "x"}).status_code
        == 403
    )
    with pytest.raises(Denied):
        added(patient, monitor, kind.slug)


def test_a_data_manager_records_assessments_and_no_events(patient: Patient, site: Any) -> None:
    manager = factories.a_person(Role.DATA_MANAGER, site)
    for kind in kinds.ALL:
        if kind.right == "record assessment":
            added(record_samples.fitting(kind.slug, patient), manager, kind.slug)
        else:
            with pytest.raises(Denied, match="may not record events"):
                added(patient, manager, kind.slug)


def test_unknown_kinds_and_people_who_are_not_signed_in(
    client: Client, web: Client, patient: Patient
) -> None:
    assert web.get(page("record-list", patient, "weather")).status_code == 404
    web.logout()
    assert "/sign-in/" in web.get(page("record-list", patient, "mrd")).url
    assert "/sign-in/" in web.post(page("record-add", patient, "death")).url


AWKWARD = [
    "",
    " ",
    "x",
    "-1",
    "1e308",
    "NaN",
    "∞",
    "0,5",
    "٣",
    "<script>",
    "\x00",
    "2020-02-30",
    "9999-12-31",
    "a" * 5000,
    "=1+1",
]


@EVERY
def test_awkward_input_is_answered_with_words_and_never_breaks(
    web: Client, patient: Patient, kind: kinds.Kind
) -> None:
    patient = record_samples.fitting(kind.slug, patient)
    for text in AWKWARD:
        for field in kind.fields():
            data = record_samples.typed(kind.slug) | {field: text, "step": "save"}
            answer = web.post(page("record-add", patient, kind.slug), data)
            assert answer.status_code in {302, 409, 422}, (field, text)
    stored = set(kind.model.objects.values_list("note", flat=True))
    assert stored <= {text.strip() for text in AWKWARD}


@pytest.mark.parametrize("field", ["form_token", "row_version", "explanation", "step", "confirmed"])
def test_awkward_hidden_fields_never_break(web: Client, patient: Patient, field: str) -> None:
    for slug in ("mrd", "death"):
        for text in AWKWARD:
            data = record_samples.typed(slug) | {field: text}
            answer = web.post(page("record-add", patient, slug), data)
            assert answer.status_code in {200, 302, 409, 422}, (field, text)
    assert count(kinds.of("death")) == 0


# --- Once, and not over somebody else ----------------------------------------------------------------------------


def test_a_form_sent_twice_is_one_record(web: Client, patient: Patient) -> None:
    url = page("record-add", patient, "mrd")
    data = record_samples.typed("mrd") | {"form_token": TOKEN + "1"}
    answers = [web.post(url, data) for _ in range(3)]
    assert {answer.status_code for answer in answers} == {302}
    assert {answer.url for answer in answers} == {page("record-list", patient, "mrd")}
    assert count(kinds.of("mrd")) == 1


def test_the_token_of_another_form_is_refused(web: Client, patient: Patient) -> None:
    url = page("record-add", patient, "mrd")
    web.post(url, record_samples.typed("mrd") | {"form_token": TOKEN + "1"})
    again = web.post(url, record_samples.typed("mrd", note="more") | {"form_token": TOKEN + "1"})
    assert again.status_code == 422
    assert count(kinds.of("mrd")) == 1


def test_a_stale_form_shows_both_versions_and_keeps_the_entry(web: Client, patient: Patient, by: Any) -> None:
    record = added(patient, by, "relapse")
    colleague = factories.a_person(Role.NURSE, patient.site, name="colleague")
    records.change(
        by=colleague,
        record=record,
        values=record_samples.values("relapse", bm_blasts_pct=41),
        today=TODAY,
        reason="read again",
    )
    edit = page("record-edit", patient, "relapse", record.pk)
    mine = record_samples.typed("relapse", note="cytology: blasts everywhere") | {
        "row_version": 1,
        "reason": "cytology",
    }
    answer = web.post(edit, mine)
    assert answer.status_code == 409
    text = shown(answer)
    assert "colleague" in text
    assert re.search(r"<del>35.*?%</del>\s*<ins>41.*?%</ins>", text)
    assert "cytology: blasts everywhere" in text
    assert ">cytology</textarea>" in text.replace("\n", "")
    record.refresh_from_db()
    assert (record.bm_blasts_pct, record.row_version) == (41, 2)
    version = re.search(r'name="row_version" value="(\d+)"', text).group(1)
    assert web.post(edit, mine | {"row_version": version}).status_code == 302
    record.refresh_from_db()
    assert (record.note, record.row_version) == ("cytology: blasts everywhere", 3)


def test_actions_notice_a_stale_row_too(patient: Patient, by: Any) -> None:
    record = added(patient, by, "mrd")
    with pytest.raises(Stale, match="somebody else"):
        records.change(
            by=by, record=record, values=record_samples.values("mrd"), today=TODAY, reason="x", row_version=7
        )
    with pytest.raises(Stale):
        records.mark_in_error(by=by, record=record, reason="x", row_version=7)


def test_a_change_needs_a_reason(web: Client, patient: Patient, by: Any) -> None:
    record = added(patient, by, "mrd")
    answer = web.post(
        page("record-edit", patient, "mrd", record.pk), record_samples.typed("mrd") | {"row_version": 1}
    )
    assert answer.status_code == 422
    assert "Say why it changes" in shown(answer)
    with pytest.raises(Refused, match="why it changes"):
        records.change(by=by, record=record, values=record_samples.values("mrd"), today=TODAY, reason=" ")


def test_a_record_entered_in_error_is_final(web: Client, patient: Patient, by: Any) -> None:
    record = added(patient, by, "mrd")
    records.mark_in_error(by=by, record=record, reason="wrong patient")
    assert web.get(page("record-edit", patient, "mrd", record.pk)).url == page(
        "record-history", patient, "mrd", record.pk
    )
    for again in (
        lambda: records.mark_in_error(by=by, record=record, reason="x"),
        lambda: records.change(
            by=by, record=record, values=record_samples.values("mrd"), today=TODAY, reason="x"
        ),
    ):
        with pytest.raises(Refused, match="no longer changed"):
            again()


@pytest.mark.parametrize("kind", [kind for kind in kinds.ALL if kind.single], ids=lambda kind: kind.slug)
def test_what_happens_once_is_recorded_once(web: Client, patient: Patient, by: Any, kind: kinds.Kind) -> None:
    patient = record_samples.fitting(kind.slug, patient)
    first = added(patient, by, kind.slug)
    with pytest.raises(Refused, match="there can be one only"):
        added(patient, by, kind.slug)
    assert page("record-add", patient, kind.slug) not in shown(
        web.get(page("record-list", patient, kind.slug))
    )
    records.mark_in_error(by=by, record=first, reason="x")
    added(patient, by, kind.slug)
    assert kind.model.objects.standing().count() == 1


# --- Checks on the page ------------------------------------------------------------------------------------------


def test_errors_stand_at_their_fields_and_nothing_is_saved(web: Client, patient: Patient) -> None:
    data = record_samples.typed("response", bm_blasts_pct=8, platelets_10e9_l=20)
    answer = web.post(page("record-add", patient, "response"), data)
    assert answer.status_code == 422
    text = shown(answer)
    assert "2 things to put right" in text
    assert "Marrow blasts 8 % with CR" in text
    assert "Platelets 20" in text
    assert WARNED not in text
    assert count(kinds.of("response")) == 0


def test_a_warning_asks_why_and_the_answer_is_kept_in_the_trail(web: Client, patient: Patient) -> None:
    url = page("record-add", patient, "mrd")
    web.post(url, record_samples.typed("mrd"))
    again = web.post(url, record_samples.typed("mrd"))
    assert again.status_code == 422
    assert WARNED in shown(again)
    assert "is recorded already" in shown(again)
    explained = record_samples.typed("mrd") | {"explanation": "two tubes, two results"}
    assert web.post(url, explained).status_code == 302
    change = Change.objects.filter(table_name="patients_mrdassessment", operation="insert").latest("id")
    assert change.reason == "Checked (same-day-twice): two tubes, two results"
    record = kinds.of("mrd").model.objects.get(pk=change.row_id)
    assert "two tubes" in shown(web.get(page("record-history", patient, "mrd", record.pk)))


def test_a_warning_that_stood_before_is_not_asked_again(patient: Patient, by: Any) -> None:
    record = added(patient, by, "relapse")
    changed = records.change(
        by=by, record=record, values=record_samples.values("relapse", note="seen"), today=TODAY, reason="note"
    )
    assert changed.note == "seen"
    with pytest.raises(records.Questioned) as asked:
        records.change(
            by=by,
            record=changed,
            values=record_samples.values("relapse", bm_blasts_pct=2),
            today=TODAY,
            reason="typo",
        )
    assert [finding.code for finding in asked.value.findings] == ["relapse-few-blasts"]


def test_what_is_entered_late_with_an_earlier_date_is_recorded_after_death(patient: Patient, by: Any) -> None:
    added(patient, by, "death", on=TODAY - dt.timedelta(days=2))
    added(patient, by, "mrd", on=TODAY - dt.timedelta(days=5))
    with pytest.raises(records.Questioned, match="after the death"):
        added(patient, by, "last-contact", on=TODAY - dt.timedelta(days=1))


def test_today_is_the_day_at_the_site(by: Any) -> None:
    east, west = factories.a_site(zone="Pacific/Auckland"), factories.a_site(zone="America/Los_Angeles")
    investigator = factories.a_person(Role.INVESTIGATOR)
    client = Client()
    client.force_login(investigator)
    with time_machine.travel(dt.datetime(2020, 6, 15, 13, tzinfo=dt.UTC), tick=False):
        for site, status in ((east, 302), (west, 422)):
            patient = factories.enrolled(by=investigator, site=site)
            data = record_samples.typed("last-contact", TODAY + dt.timedelta(days=1))
            assert client.post(page("record-add", patient, "last-contact"), data).status_code == status


def test_lists_take_the_same_few_queries_however_many_records(
    web: Client, patient: Patient, by: Any, django_assert_max_num_queries: Any
) -> None:
    for days in range(8):
        added(patient, by, "last-contact", on=TODAY - dt.timedelta(days=days))
    with django_assert_max_num_queries(12):
        web.get(page("record-list", patient, "last-contact"))
