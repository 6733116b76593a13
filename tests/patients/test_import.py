"""Former patients out of a file: what is stored, what is left alone, who may, and what nobody is reminded of."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection

from patients import kinds
from patients.actions import importing, records
from patients.actions.import_stored import stored_rows
from patients.actions.importing import check, store
from patients.enums import ClosureCause, PatientState
from patients.models import (
    HCT,
    VOD,
    Closure,
    Cycle,
    Death,
    Enrolment,
    LastContact,
    MRDAssessment,
    PastTreatment,
    Patient,
    Relapse,
    ResponseAssessment,
    ScheduledActivity,
    SubjectCounter,
)
from protocoltracker.accounts.access import Denied
from protocoltracker.accounts.models import Role, Site
from protocoltracker.audit.models import Change
from regimens.models import ProtocolVersion
from tests.cohort_files import a_file, a_row, changed, dead, no_response, published, rows_of
from tests.factories import a_person, a_site, an_imported, enrolled, imported, the_protocol

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 1, 1)
BY = "system:import"


def stored(*rows: dict[str, str], by=BY, **more):
    return store(by=by, content=a_file(*rows), today=TODAY, **more)


def rules(done) -> list[tuple[int, str, str]]:
    return [(found.row, found.column, found.rule) for found in done.errors]


def everything() -> dict[str, int]:
    """Rows in every table that an import could write, and in the audit trail."""
    tables = [Patient, Enrolment, Closure, Site, ProtocolVersion, SubjectCounter, Change]
    tables += [kind.model for kind in kinds.ALL]
    return {table.__name__: table.objects.count() for table in tables}


class TestWhatIsStored:
    def test_a_responder_who_is_alive(self):
        patient = an_imported(
            notes="=1+1", wbc_10e9_l="3.45", vod_on="2018-06-01", vod_grade="mild", vod_resolved="yes"
        )
        entry = patient.enrolment
        assert (patient.subject_number, patient.site.name, patient.sex) == (1, "Central", "female")
        assert (patient.birth_date, patient.state) == (dt.date(1980, 3, 1), PatientState.OFF_TREATMENT)
        assert entry.historical
        assert (entry.enrolled_on, entry.arm) == (dt.date(2018, 3, 5), "inotuzumab-plus-blinatumomab")
        assert (entry.protocol_version.name, entry.version_in_force) == ("amended", None)
        assert (entry.consented_on, entry.planned_day1, entry.measured_on, entry.dose_level) == (
            None,
            None,
            None,
            "",
        )
        assert (entry.height_cm, entry.weight_kg, entry.ecog) == (170, Decimal("70.5"), 1)
        assert (entry.salvage, entry.prior_hct, entry.karyotype) == ("S2", False, "diploid")
        assert (entry.cd20_pct, entry.cd22_pct, entry.bm_blasts_pct) == (5, 98, 60)
        assert (entry.wbc_10e9_l, entry.bilirubin_mg_dl) == (Decimal("3.45"), Decimal("0.6"))
        assert (entry.alt_u_l, entry.creatinine_mg_dl) == (30, Decimal("0.75"))
        past = PastTreatment.objects.get(patient=patient)
        assert (past.on, past.rituximab, past.note) == (dt.date(2018, 3, 7), False, "=1+1")
        assert (past.best_response, past.best_mrd, past.mrd_method) == ("CR", "negative", "MFC")
        assert past.mrd_negative_on == dt.date(2018, 5, 2)
        assert (past.ino_cycles, past.mini_hcvd_cycles, past.blina_cycles, past.maintenance_cycles) == (
            4,
            4,
            4,
            3,
        )
        response = ResponseAssessment.objects.get(patient=patient)
        assert (response.on, response.category) == (dt.date(2018, 4, 4), "CR")
        vod = VOD.objects.get(patient=patient)
        assert (vod.on, vod.grade, vod.resolved, vod.resolved_on) == (dt.date(2018, 6, 1), "mild", True, None)
        contact = LastContact.objects.get(patient=patient)
        assert (contact.on, contact.kind) == (dt.date(2020, 6, 1), "")

    def test_samples_are_negative_below_the_limit_and_without_a_value_not_evaluable(self):
        patient = an_imported(mrd1_value="0.0001", mrd3_on="2018-07-01")
        samples = MRDAssessment.objects.filter(patient=patient).order_by("on")
        assert [(s.on.isoformat(), s.value, s.result) for s in samples] == [
            ("2018-04-04", Decimal("0.0001"), "positive"),
            ("2018-05-02", Decimal("0.000001"), "negative"),
            ("2018-07-01", None, "not evaluable"),
        ]
        assert {(s.method, s.sample, s.sensitivity, s.reported_on) for s in samples} == {
            ("MFC", "marrow", None, None)
        }

    def test_events_close_as_recording_them_would(self):
        facts = {
            "hct_on": "2018-07-01",
            "vod_on": "2018-08-01",
            "relapse_on": "2019-01-01",
            "cr_lost_on": "2019-01-01",
        }
        patient = imported(dead("2019-02-01", **facts))[0]
        closures = list(Closure.objects.filter(patient=patient).order_by("created_at"))
        assert [(c.cause, c.on.isoformat(), c.patient_state_before) for c in closures] == [
            (ClosureCause.HISTORICAL, "2019-02-01", "on-treatment"),
            (ClosureCause.HCT, "2018-07-01", "off-treatment"),
            (ClosureCause.VOD, "2018-08-01", "off-treatment"),
            (ClosureCause.RELAPSE, "2019-01-01", "off-treatment"),
            (ClosureCause.DEATH, "2019-02-01", "off-treatment"),
        ]
        events = [HCT.objects.get(), VOD.objects.get(), Relapse.objects.get(), Death.objects.get()]
        assert [c.event_id for c in closures] == [None, *(event.pk for event in events)]
        assert patient.state == PatientState.DEAD

    @pytest.mark.parametrize("slug", ["vod", "hct", "relapse", "death"])
    def test_the_closure_of_an_event_is_the_one_that_recording_it_makes(self, slug):
        row = dead(
            "2019-03-01",
            hct_on="2018-07-01",
            vod_on="2018-08-01",
            relapse_on="2019-01-01",
            cr_lost_on="2019-01-01",
        )
        from_file, by_hand = imported(row, {})
        kind = kinds.of(slug)
        event = kind.model.objects.get(patient=from_file)
        values = {name: getattr(event, name) for name in kind.fields()}
        doctor = a_person(Role.INVESTIGATOR, by_hand.site)
        entered = records.add(
            by=doctor,
            patient=by_hand,
            kind=kind,
            values=values,
            today=TODAY,
            explanation="out of order in this test",
        )
        ours, theirs = (Closure.objects.get(event_id=record.pk) for record in (event, entered))
        for field in ("cause", "on", "drugs", "cycle_ids", "activity_ids", "shifts", "undone_at"):
            assert getattr(ours, field) == getattr(theirs, field), field

    def test_undoing_a_relapse_of_the_file_takes_back_that_alone(self):
        patient = an_imported(relapse_on="2019-01-01", cr_lost_on="2019-01-01")
        doctor = a_person(Role.INVESTIGATOR, patient.site)
        records.mark_in_error(by=doctor, record=Relapse.objects.get(), reason="it was another patient")
        patient.refresh_from_db()
        assert patient.state == PatientState.OFF_TREATMENT
        assert [c.cause for c in Closure.objects.filter(undone_at__isnull=True)] == [ClosureCause.HISTORICAL]

    def test_vod_stops_the_drugs_that_the_protocol_names(self):
        definition = the_protocol("amended").definition
        patient = an_imported(vod_on="2018-06-01")
        closure = Closure.objects.get(patient=patient, cause=ClosureCause.VOD)
        assert closure.drugs == list(definition.drugs_stopped_by("vod")) != []

    def test_nothing_is_planned(self):
        imported({}, dead("2019-01-01", subject="002"), no_response(subject="003"))
        assert (Cycle.objects.count(), ScheduledActivity.objects.count()) == (0, 0)
        assert set(Patient.objects.values_list("state", flat=True)) == {"off-treatment", "dead"}

    def test_what_is_blank_stays_missing(self):
        blank = dict.fromkeys(
            (
                *(
                    "height_cm",
                    "weight_kg",
                    "ecog",
                    "prior_hct",
                    "cd20_pct",
                    "rituximab",
                    "cd22_pct",
                    "karyotype",
                ),
                *(
                    "bm_blasts_pct",
                    "wbc_10e9_l",
                    "bilirubin_mg_dl",
                    "alt_u_l",
                    "creatinine_mg_dl",
                    "response",
                ),
                *("best_mrd", "ino_cycles", "mini_hcvd_cycles", "blina_cycles", "maintenance_cycles"),
            ),
            "",
        )
        patient = imported(no_response(**blank))[0]
        entry, past = patient.enrolment, PastTreatment.objects.get()
        nothing = [getattr(entry, name) for name in blank if hasattr(entry, name)]
        nothing += [getattr(past, name) for name in blank if hasattr(past, name)]
        assert set(nothing) == {None, ""}
        assert (past.best_response, ResponseAssessment.objects.count(), MRDAssessment.objects.count()) == (
            "",
            0,
            0,
        )

    @pytest.mark.parametrize(
        "notes", ["=SUM(A1)", 'say "no"', "two\nlines", "a\tb", "Zürich 東京 😀", "NA", "null", "None"]
    )
    def test_hostile_notes_are_stored_as_they_are(self, notes):
        an_imported(notes=notes)
        assert PastTreatment.objects.get().note == notes

    def test_the_shipped_versions_are_loaded_and_sites_made(self):
        done = stored(a_row(site="Süd"))
        assert {version.name for version in ProtocolVersion.objects.all()} == {"original", "amended"}
        assert (Site.objects.get().name, Site.objects.get().time_zone) == ("Süd", "UTC")
        assert (done.sites, [found.rule for found in done.warnings]) == (("Süd",), ["new-site"])

    def test_numbers_go_on_after_the_highest(self):
        stored(a_row(subject="041"), a_row(subject="007", enrolled_on="2018-03-01"))
        assert enrolled().subject == "042"
        assert an_imported().subject == "043"

    def test_a_lower_number_does_not_turn_the_count_back(self):
        stored(a_row(subject="041"))
        stored(a_row(subject="007"))
        assert SubjectCounter.objects.get().last == 41


class TestWholeOrNothing:
    @pytest.mark.parametrize(
        "last",
        [
            {"weight_kg": "NaN"},
            {"mrd1_value": "1e308"},
            {"relapse_on": "2019-02-30"},
            {"subject": "1"},
            {"response_on": "2018-01-01"},
            {"site": ""},
        ],
    )
    def test_an_error_in_the_last_row_stores_nothing(self, last):
        before = everything()
        done = stored(a_row(), a_row(subject="2", site="North"), a_row(**({"subject": "3"} | last)))
        assert done.blocked
        assert done.stored == 0
        assert everything() == before

    @pytest.mark.parametrize(
        "content", [b"", b"\x00\x01", published()[:9000], "é".encode("latin-1"), b"PK\x03\x04"]
    )
    def test_a_broken_file_stores_nothing(self, content):
        before = everything()
        assert store(by=BY, content=content, today=TODAY).blocked
        assert everything() == before

    def test_checking_writes_nothing(self):
        before = everything()
        done = check(published(), today=TODAY)
        assert (done.blocked, done.rows, done.new, done.stored) == (False, 108, 108, 0)
        assert everything() == before


class TestThePublishedCohort:
    def test_it_is_stored_with_two_remarks_in_few_queries(self, django_assert_max_num_queries):
        the_protocol()
        with django_assert_max_num_queries(45):
            done = store(by=BY, content=published(), today=TODAY, data_cutoff=dt.date(2021, 6, 15))
        assert (done.stored, done.new, done.unchanged, done.blocked) == (108, 108, 0, False)
        assert [(f.row, f.column, f.rule) for f in done.warnings] == [
            (0, "site", "new-site"),
            (87, "birth_date", "minor"),
        ]
        assert Patient.objects.filter(state=PatientState.DEAD).count() == 66
        assert Closure.objects.filter(cause=ClosureCause.HCT).count() == 47

    def test_twice_changes_nothing(self):
        store(by=BY, content=published(), today=TODAY)
        before = everything()
        again = store(by=BY, content=published(), today=TODAY)
        assert (again.stored, again.new, again.unchanged, again.blocked) == (0, 0, 108, False)
        assert [found.rule for found in again.findings] == ["minor"]
        assert everything() == before

    def test_in_another_order_and_other_words_for_the_same_numbers_it_is_unchanged(self):
        store(by=BY, content=published(), today=TODAY)
        rows = [row | {"weight_kg": f"{row['weight_kg']}0"} for row in reversed(rows_of(published()))]
        rows = [
            row | {"mrd1_value": "1e-5" if row["mrd1_value"] == "0.00001" else row["mrd1_value"]}
            for row in rows
        ]
        assert stored(*rows).unchanged == 108

    def test_the_stored_rows_are_read_in_a_constant_number_of_queries(self, django_assert_num_queries):
        store(by=BY, content=published(), today=TODAY)
        with django_assert_num_queries(9):
            assert len(stored_rows(range(1, 109))) == 108

    def test_a_longer_file_adds_the_new_patients(self):
        rows = rows_of(published())
        stored(*rows[:100])
        done = stored(*rows)
        assert (done.stored, done.unchanged) == (8, 100)
        assert Patient.objects.count() == 108


CHANGES = [
    ("site", "South", '"Central"', '"South"'),
    ("enrolled_on", "2018-03-04", "2018-03-05", "2018-03-04"),
    ("sex", "male", '"female"', '"male"'),
    ("birth_date", "1981-03-01", "1980-03-01", "1981-03-01"),
    ("weight_kg", "", "70.5", "blank"),
    ("height_cm", "170.1", "170", "170.1"),
    ("prior_hct", "yes", "no", "yes"),
    ("karyotype", "", '"diploid"', "blank"),
    ("treatment_started_on", "2018-03-06", "2018-03-07", "2018-03-06"),
    ("response", "CRp", '"CR"', '"CRp"'),
    ("response_on", "2018-04-03", "2018-04-04", "2018-04-03"),
    ("mrd_method", "PCR", '"MFC"', '"PCR"'),
    ("mrd1_value", "0.003", "0.002", "0.003"),
    ("mrd1_on", "2018-04-05", "2018-04-04", "2018-04-05"),
    ("mrd3_on", "2018-07-01", "blank", "2018-07-01"),
    ("maintenance_cycles", "4", "3", "4"),
    ("hct_on", "2018-09-01", "blank", "2018-09-01"),
    ("vod_on", "2018-09-01", "blank", "2018-09-01"),
    ("last_contact_on", "2020-06-02", "2020-06-01", "2020-06-02"),
    ("notes", "moved away", "blank", '"moved away"'),
]


class TestAnotherFile:
    @pytest.mark.parametrize(("column", "value", "was", "now"), CHANGES, ids=[case[0] for case in CHANGES])
    def test_another_value_is_an_error_that_names_both(self, column, value, was, now):
        stored(a_row())
        before = everything()
        done = stored(a_row(**{column: value}), a_row(subject="2"))
        (finding,) = done.errors
        assert (finding.row, finding.column, finding.rule) == (1, column, "stored-differs")
        assert f"{column}: the file says {now}, stored is {was} for subject 001" in finding.message
        assert everything() == before

    def test_each_column_that_differs_is_told(self):
        stored(dead("2019-01-01"))
        done = stored(dead("2019-01-02", vod_on="2018-09-01", vod_grade="mild"))
        assert [column for _, column, _ in rules(done)] == [
            "death_on",
            "last_contact_on",
            "vod_grade",
            "vod_on",
        ]

    def test_a_sample_that_is_left_out_is_told(self):
        stored(a_row())
        done = stored(a_row(mrd2_on="", mrd2_value="", mrd_negative_on="2018-05-02"))
        assert [(found.column, found.rule) for found in done.errors] == [("mrd2_on", "stored-differs")]
        assert "the file says blank, stored is 2018-05-02" in done.errors[0].message

    def test_the_place_of_a_sample_in_the_row_does_not_matter(self):
        stored(a_row())
        moved = {"mrd1_on": "", "mrd1_value": "", "mrd3_on": "2018-04-04", "mrd3_value": "0.002"}
        assert stored(a_row(**moved)).unchanged == 1

    def test_what_was_recorded_since_is_told(self):
        patient = an_imported()
        nurse = a_person(Role.NURSE, patient.site)
        records.add(
            by=nurse,
            patient=patient,
            kind=kinds.of("last-contact"),
            values={"on": dt.date(2021, 1, 1), "kind": "visit", "note": ""},
            today=TODAY,
        )
        (finding,) = stored(a_row()).errors
        assert "the file says 2020-06-01, stored is 2021-01-01" in finding.message

    def test_a_patient_who_was_enrolled_here_is_not_overwritten(self):
        assert enrolled().subject == "001"
        assert rules(stored(a_row())) == [(1, "subject", "enrolled-here")]

    def test_the_published_cohort_with_one_other_value(self):
        store(by=BY, content=published(), today=TODAY)
        done = stored(*changed(rows_of(published()), "108", ecog="3"))
        assert rules(done) == [(108, "ecog", "stored-differs")]


class TestWho:
    def test_the_trail_names_the_import(self):
        stored(a_row(), source="cohort.csv")
        changes = Change.objects.exclude(table_name="regimens_protocolversion")
        assert {change.actor for change in changes} == {BY}
        of_patient = changes.get(table_name="patients_patient")
        assert (of_patient.reason, of_patient.operation) == ("imported from cohort.csv", "insert")
        assert Patient.objects.get().created_by is None

    def test_a_data_manager_of_every_site_stores_in_the_own_name(self):
        manager = a_person(Role.DATA_MANAGER)
        done = stored(a_row(site="Elsewhere"), by=manager)
        assert done.stored == 1
        assert Patient.objects.get().created_by == manager
        actors = set(Change.objects.filter(table_name__startswith="patients").values_list("actor", flat=True))
        assert actors == {f"{manager.username} ({manager.pk})"}

    def test_a_data_manager_of_a_site_stores_its_patients(self):
        manager = a_person(Role.DATA_MANAGER, a_site("Central"))
        assert stored(a_row(), by=manager).stored == 1

    def test_but_makes_no_site(self):
        manager = a_person(Role.DATA_MANAGER, a_site("Central"))
        done = stored(a_row(), a_row(subject="2", site="New"), a_row(subject="3", site="New"), by=manager)
        assert rules(done) == [(2, "site", "site-right")]
        assert "New is not there yet" in done.errors[0].message
        assert (Patient.objects.count(), Site.objects.count()) == (0, 1)

    def test_nor_stores_patients_of_another_site(self):
        a_site("North")
        manager = a_person(Role.DATA_MANAGER, a_site("Central"))
        for done in (
            stored(a_row(), a_row(subject="2", site="North"), by=manager),
            check(a_file(a_row(), a_row(subject="2", site="North")), today=TODAY, by=manager),
        ):
            assert rules(done) == [(2, "site", "site-right")]
        assert Patient.objects.count() == 0

    def test_nor_learns_what_is_stored_there(self):
        stored(a_row(site="North"))
        manager = a_person(Role.DATA_MANAGER, a_site("Central"))
        done = check(a_file(a_row(ecog="3")), today=TODAY, by=manager)
        assert rules(done) == [(1, "subject", "stored-elsewhere")]
        assert "North" not in done.errors[0].message

    @pytest.mark.parametrize("role", [role for role in Role if role != Role.DATA_MANAGER])
    def test_no_other_role_imports(self, role):
        person = a_person(role)
        with pytest.raises(Denied):
            stored(a_row(), by=person)
        with pytest.raises(Denied):
            check(a_file(a_row()), today=TODAY, by=person)
        assert Patient.objects.count() == 0

    def test_a_role_that_ended_meanwhile_imports_nothing(self):
        manager = a_person(Role.DATA_MANAGER)
        assert not check(a_file(a_row()), today=TODAY, by=manager).blocked
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('tracker.actor', 'system:test', true), set_config('tracker.reason', 'x', true)"
            )
        manager.memberships.update(ended_at=dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
        with pytest.raises(Denied):
            stored(a_row(), by=manager)


def test_today_is_the_latest_day_of_any_site():
    late = dt.datetime(2026, 1, 1, 11, 0, tzinfo=dt.UTC)
    assert importing.today_anywhere(late) == dt.date(2026, 1, 1)
    a_site(zone="Pacific/Auckland")
    assert importing.today_anywhere(late) == dt.date(2026, 1, 2)
