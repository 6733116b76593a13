"""From rows to subjects, without a database: what is known at a data cut-off, and what is the best of several."""

import datetime as dt
import uuid
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patients import enums
from patients.outcomes.building import BEST_FIRST, Doses, Fact, Past, Person, subject_of
from patients.outcomes.subject import SALVAGES, Subject
from tests.patients.outcomes.cases import START, day

PERSON = Person(
    uuid.UUID(int=7),
    7,
    "Central",
    day(-5),
    dt.date(1980, 2, 29),
    "female",
    "amended",
    "inotuzumab-plus-blinatumomab",
    "S2",
    None,
    None,
    "",
)
LATER = day(10_000)


def built(*facts: tuple, cutoff: dt.date = LATER, **more: Any) -> Subject:
    """Treated here from day 0 on, unless it says otherwise; facts are (slug, day, value)."""
    known = [Fact(slug, day(on), *value) for slug, on, *value in facts]
    given_here = {} if "past" in more else {"doses": Doses(day(0), day(0))}
    subject = subject_of(PERSON, known, cutoff=cutoff, **(given_here | more))
    assert subject is not None
    return subject


def past(response: str = "", mrd: str = "", negative: int | None = None, told: int = 500) -> Past:
    """A file that knows the patient until day `told`."""
    return Past(START, response, mrd, None if negative is None else day(negative), day(told))


def test_codes_spelt_out_here_are_those_of_the_record():
    assert set(SALVAGES) == set(enums.Salvage.values)
    assert set(BEST_FIRST) == set(enums.ResponseCategory.values)
    assert set(enums.PastResponse.values) <= set(BEST_FIRST)


def test_who_was_enrolled_after_the_cut_off_is_not_there():
    assert subject_of(PERSON, (), cutoff=day(-6)) is None
    assert subject_of(PERSON, (), cutoff=day(-5)) is not None


def test_treatment_starts_with_the_first_dose_given():
    assert built(doses=Doses(day(3), day(40))).started_on == day(3)
    assert built(doses=None).started_on is None


def test_treatment_that_starts_after_the_cut_off_has_not_begun():
    subject = built(cutoff=day(2), doses=Doses(day(3), day(40)))
    assert (subject.started_on, subject.os, subject.last_contact_on) == (None, None, day(2))


def test_a_file_says_when_treatment_started_whatever_is_entered_afterwards():
    subject = built(past=past(), doses=Doses(day(1), day(30)))
    assert (subject.started_on, subject.last_contact_on) == (START, day(30))


@pytest.mark.parametrize(
    ("categories", "best", "first"),
    [
        ([], "", None),
        (["NE"], "NE", None),
        (["NE", "NR"], "NR", None),
        (["NR", "MLFS", "PR"], "MLFS", None),
        (["NR", "CRi", "CRp", "NR"], "CRp", 1),
        (["CRi", "CR"], "CR", 0),
        (["CR", "NR"], "CR", 0),
        (["ED"], "ED", None),
    ],
)
def test_the_best_response_counts_and_the_first_day_in_any_remission(categories, best, first):
    subject = built(*(("response", number, category) for number, category in enumerate(categories)))
    assert (subject.response, subject.response_on) == (best, None if first is None else day(first))


def test_not_responding_is_evaluable_and_not_evaluable_is_not():
    assert [built(("response", 20, c)).evaluable for c in ("MLFS", "PR", "NR", "ED", "NE")] == [True] * 4 + [
        False
    ]


def test_what_a_file_says_without_a_date_is_known():
    assert built(past=past("NR"), cutoff=day(0)).response == "NR"


def test_a_later_assessment_can_only_improve_what_the_file_says():
    assert built(("response", 600, "CR"), past=past("NR")).response == "CR"
    assert built(("response", 20, "CR"), ("response", 600, "NR"), past=past("CR")).response == "CR"


def test_a_remission_of_a_file_is_known_from_its_day_on():
    said = {"past": past("CR"), "cutoff": day(19)}
    assert built(("response", 20, "CR"), **said).response == ""
    assert built(("response", 20, "CR"), **said | {"cutoff": day(20)}).response == "CR"


def test_early_death_of_a_file_is_known_from_the_day_of_death_on():
    death = ("death", 9, "infection")
    assert built(death, past=past("ED"), cutoff=day(8)).response == ""
    assert built(death, past=past("ED"), cutoff=day(9)).response == "ED"


@pytest.mark.parametrize(
    ("results", "best"),
    [
        ([], "not evaluable"),
        (["not evaluable"], "not evaluable"),
        (["not evaluable", "positive"], "positive"),
        (["positive", "negative", "positive"], "negative"),
    ],
)
def test_mrd_is_negative_once_it_was_negative(results, best):
    samples = (("mrd", 30 + number, result) for number, result in enumerate(results))
    assert built(("response", 20, "CR"), *samples).best_mrd == best


def test_mrd_counts_for_responders_only():
    assert built(("response", 20, "NR"), ("mrd", 30, "negative")).best_mrd == ""
    assert built(("response", 20, "NR"), past=past("NR", "negative")).best_mrd == ""


def test_the_first_negative_day_is_the_earliest_that_anything_says():
    samples = (("response", 20, "CR"), ("mrd", 60, "negative"), ("mrd", 50, "negative"))
    assert built(*samples).mrd_negative_on == day(50)
    assert built(*samples, past=past("CR", "negative", negative=40)).mrd_negative_on == day(40)


def test_negative_mrd_of_a_file_is_known_from_its_day_on():
    facts = (("response", 20, "CR"), ("mrd", 25, "positive"), ("mrd", 40, "negative"))
    told = past("CR", "negative", negative=40)
    assert built(*facts, past=told, cutoff=day(39)).best_mrd == "positive"
    assert built(*facts, past=told, cutoff=day(40)).best_mrd == "negative"
    assert built(facts[0], past=past("CR", "negative"), cutoff=day(30)).best_mrd == "negative"


def test_a_file_that_says_not_evaluable_means_its_own_samples_only():
    sample = (("response", 20, "CR"), ("mrd", 30, "negative"))
    assert built(*sample, past=past("CR", "not evaluable")).best_mrd == "not evaluable"
    assert built(*sample, past=past("CR")).best_mrd == "negative"
    assert built(*sample, ("mrd", 600, "positive"), past=past("CR", "not evaluable")).best_mrd == "positive"


def test_transplant_and_vod_count_from_the_start_of_treatment_on():
    events = (("hct", -3, "cord blood"), ("vod", -1, "mild"))
    assert (built(*events).hct_on, built(*events).vod_on) == (None, None)
    again = built(*events, ("hct", 9, "haploidentical"), ("vod", 0, "severe"), ("vod", 30, "mild"))
    assert (again.hct_on, again.hct_donor, again.vod_on, again.vod_grade) == (
        day(9),
        "haploidentical",
        day(0),
        "severe",
    )


def test_the_relapse_of_a_responder_is_the_first_after_the_response():
    events = (("relapse", 5), ("response", 20, "CR"), ("relapse", 90), ("relapse", 200))
    assert (built(*events).relapse_on, built(*events).lost_on) == (day(90), day(90))
    assert built(("relapse", 5), ("response", 20, "NR")).relapse_on == day(5)


def test_the_last_contact_is_the_latest_of_all_that_bears_a_date():
    assert built().last_contact_on == day(0)
    assert built(doses=Doses(day(0), day(70))).last_contact_on == day(70)
    assert built(("last-contact", 80), ("vod-resolved", 95), ("mrd", 90, "negative")).last_contact_on == day(
        95
    )
    assert subject_of(PERSON, (), cutoff=LATER).last_contact_on == day(-5)  # type: ignore[union-attr]


def test_the_last_day_of_the_dead_is_the_day_of_death():
    subject = built(("death", 50, "infection"), ("last-contact", 60))
    assert (subject.last_contact_on, subject.os, subject.cause_of_death) == (day(50), (50, True), "infection")


@pytest.mark.parametrize("later", [("death", 50, "infection"), ("last-contact", 50), ("relapse", 50)])
def test_whatever_happens_after_the_cut_off_proves_that_the_patient_was_alive(later):
    subject = built(("last-contact", 10), later, cutoff=day(30))
    assert (subject.last_contact_on, subject.death_on, subject.relapse_on) == (day(30), None, None)
    assert subject.os == (30, False)


def test_on_the_day_of_the_cut_off_it_is_known():
    assert built(("death", 30), cutoff=day(30)).os == (30, True)


def test_dates_that_contradict_each_other_give_no_time():
    subject = built(("death", -2), doses=Doses(day(0), day(0)))
    assert (subject.alive, subject.os, subject.vod_time) == (False, None, None)


def test_competing_events_of_one_day_count_as_the_event():
    both = built(("vod", 40, "mild"), ("death", 40, "VOD"))
    assert both.vod_time == (40, 1)
    assert replace(both, vod_on=None).vod_time == (40, 2)
    lost = built(("response", 20, "CR"), ("relapse", 40), ("death", 40, "infection"))
    assert (lost.relapse_time, lost.cr_duration) == ((20, 1), (20, True))


facts = st.lists(
    st.one_of(
        st.tuples(st.just("response"), st.integers(0, 60), st.sampled_from(BEST_FIRST)),
        st.tuples(st.just("mrd"), st.integers(0, 60), st.sampled_from(("negative", "positive"))),
        st.tuples(st.sampled_from(("hct", "vod", "relapse", "last-contact")), st.integers(0, 60)),
    ),
    max_size=8,
)
maybe_past = st.none() | st.builds(
    past,
    st.sampled_from(("", "NR", "CR")),
    st.sampled_from(("", "negative", "positive")),
    st.none() | st.integers(0, 60),
)


def same_facts(rows: list[tuple], died: int | None, told: Past | None, *, cutoff: int) -> Subject | None:
    """Negative MRD has a day only where it is negative, as in a file."""
    if told and told.best_mrd != "negative":
        told = replace(told, mrd_negative_on=None)
    every = [Fact(slug, day(on), *value) for slug, on, *value in rows]
    every += [Fact("death", day(died))] if died is not None else []
    return subject_of(PERSON, every, cutoff=day(cutoff), past=told, doses=Doses(day(1), day(9)))


@given(facts, st.none() | st.integers(61, 90), maybe_past, st.integers(-10, 100), st.integers(0, 50))
def test_a_later_cut_off_never_takes_back_what_was_known(rows, died, told, cutoff, more):
    before = same_facts(rows, died, told, cutoff=cutoff)
    after = same_facts(rows, died, told, cutoff=cutoff + more)
    if before is None:
        return
    assert after is not None
    for name in ("started_on", "hct_on", "vod_on", "death_on", "response_on", "mrd_negative_on"):
        assert getattr(before, name) in (None, getattr(after, name))
    assert before.last_contact_on <= after.last_contact_on
    assert not (before.responder and not after.responder)
    assert not (before.best_mrd == "negative" and after.best_mrd != "negative")
    assert not before.response or BEST_FIRST.index(after.response) <= BEST_FIRST.index(before.response)


@given(facts, maybe_past, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(rows, told, source):
    mixed = rows.copy()
    source.shuffle(mixed)
    assert same_facts(mixed, 70, told, cutoff=45) == same_facts(rows, 70, told, cutoff=45)


@given(facts, st.integers(0, 80))
def test_no_date_lies_after_the_cut_off(rows, cutoff):
    subject = same_facts(rows, 65, None, cutoff=cutoff)
    assert subject is not None
    dates = [value for value in vars(subject).values() if isinstance(value, dt.date)]
    assert max(dates) <= day(cutoff)
