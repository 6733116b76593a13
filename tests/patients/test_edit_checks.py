"""Edit checks of the record kinds: worked examples at the limits. Pure: no database."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from patients import kinds
from patients.edit_checks import Facts, Finding, Known, Severity
from tests.patients.record_samples import values

TODAY = dt.date(2021, 6, 15)
DAY1 = dt.date(2021, 3, 1)
INOTUZUMAB = "inotuzumab ozogamicin"


def on(month: int, day: int) -> dt.date:
    return dt.date(2021, month, day)


def response(day: dt.date, category: str = "CR") -> Known:
    return Known("response", "Response", day, {"category": category})


def the(slug: str, day: dt.date, **known: Any) -> Known:
    return Known(slug, kinds.of(slug).title, day, {**values(slug, day), **known})


def facts(**known: Any) -> Facts:
    """In treatment: consent in February, first dose 1 March, inotuzumab last on 2 March, CR since April."""
    plain: dict[str, Any] = {
        "today": TODAY,
        "born": dt.date(1980, 3, 1),
        "consented_on": on(2, 20),
        "doses": (DAY1, on(3, 2), on(5, 20)),
        "stop_drugs": (INOTUZUMAB,),
        "stop_drug_doses": (on(3, 2),),
        "records": (response(on(4, 1)),),
    }
    return Facts(**plain | known)


def found(slug: str, day: dt.date, known: Facts, **changed: Any) -> list[Finding]:
    entered = values(slug, day, **changed)
    return [finding for rule in kinds.of(slug).all_rules for finding in rule(entered, known)]


def codes(slug: str, day: dt.date, known: Facts, **changed: Any) -> set[tuple[str, str]]:
    return {(finding.code, finding.severity.value) for finding in found(slug, day, known, **changed)}


E, W = Severity.ERROR.value, Severity.WARNING.value


@pytest.mark.parametrize("kind", kinds.ALL, ids=lambda kind: kind.slug)
def test_an_ordinary_record_gives_no_finding(kind: kinds.Kind) -> None:
    assert found(kind.slug, on(6, 1), facts()) == []


@pytest.mark.parametrize("kind", kinds.ALL, ids=lambda kind: kind.slug)
@pytest.mark.parametrize(
    ("day", "code"),
    [
        (TODAY, None),
        (TODAY + dt.timedelta(days=1), "future-date"),
        (dt.date(2021, 2, 19), "before-consent"),
        (dt.date(1980, 2, 29), "before-birth"),
    ],
)
def test_dates_of_every_kind(kind: kinds.Kind, day: dt.date, code: str | None) -> None:
    general = {"future-date", "before-consent", "before-birth", "after-death"}
    assert {c for c, _ in codes(kind.slug, day, facts())} & general == ({code} if code else set())


@pytest.mark.parametrize("slug", [kind.slug for kind in kinds.ALL if kind.slug != "death"])
def test_nothing_is_dated_after_the_death_but_late_entries_pass(slug: str) -> None:
    known = facts(records=(response(on(4, 1)), the("death", on(6, 1))))
    assert ("after-death", E) in codes(slug, on(6, 2), known)
    assert ("after-death", E) not in codes(slug, on(6, 1), known)


def test_what_happens_after_death_is_a_date_of_its_own() -> None:
    known = facts(records=(response(on(4, 1)), the("death", on(6, 1))))
    assert ("after-death", E) in codes("vod", on(5, 1), known, resolved_on=on(6, 2))
    assert codes("mrd", on(5, 30), known, reported_on=on(6, 4)) == set()


@pytest.mark.parametrize(
    "slug", ["response", "mrd", "hct", "vod", "relapse", "last-contact", "off-treatment"]
)
def test_a_record_after_withdrawal_without_follow_up_wants_a_reason(slug: str) -> None:
    without = the("withdrawal", on(5, 25), follow_up_allowed=False)
    allowed = the("withdrawal", on(5, 25), follow_up_allowed=True)
    assert ("after-withdrawal", W) in codes(slug, on(5, 26), facts(records=(response(on(4, 1)), without)))
    assert codes(slug, on(5, 26), facts(records=(response(on(4, 1)), allowed))) == set()
    assert codes(slug, on(5, 25), facts(records=(response(on(4, 1)), without))) == set()


def test_the_same_day_twice_wants_a_reason() -> None:
    known = facts(records=(response(on(4, 1)), the("mrd", on(5, 1)), the("last-contact", on(5, 1))))
    assert codes("mrd", on(5, 1), known) == {("same-day-twice", W)}
    assert codes("mrd", on(5, 1), known, sample="blood") == set()
    assert codes("mrd", on(5, 2), known) == set()
    assert codes("last-contact", on(5, 1), known) == {("same-day-twice", W)}
    assert codes("last-contact", on(5, 1), known, kind="telephone") == set()


@pytest.mark.parametrize(
    ("day", "doses", "category", "expected"),
    [
        (DAY1, (DAY1,), "CR", set()),
        (on(2, 28), (DAY1,), "CR", {("before-first-dose", E)}),
        (on(6, 1), (), "CR", {("no-dose-yet", W)}),
        (on(6, 1), (), "NE", set()),
    ],
)
def test_a_response_comes_after_the_first_dose(
    day: dt.date, doses: tuple, category: str, expected: set
) -> None:
    assert codes("response", day, facts(doses=doses, records=()), category=category) == expected


D = Decimal


@pytest.mark.parametrize(
    ("category", "blasts", "anc", "platelets", "extramedullary", "expected"),
    [
        ("CR", "4.99", "1.0", "100", False, set()),
        ("CR", "5", "1.0", "100", False, {"blasts-not-cleared"}),
        ("CR", "1", "0.99", "100", None, {"counts-not-recovered"}),
        ("CR", "1", "1.0", "99.9", None, {"counts-not-recovered"}),
        ("CR", "1", "1.0", "100", True, {"extramedullary-disease"}),
        (
            "CR",
            "8",
            "0.2",
            "20",
            True,
            {"blasts-not-cleared", "counts-not-recovered", "extramedullary-disease"},
        ),
        ("CR", None, None, None, None, set()),
        ("CRp", "1", "1.0", "99.9", False, set()),
        ("CRp", "1", "1.0", "100", False, {"platelets-recovered"}),
        ("CRp", "1", "0.9", "50", False, {"counts-not-recovered"}),
        ("CRi", "1", "0.9", "50", False, set()),
        ("CRi", "1", "1.0", "99.9", False, set()),
        ("CRi", "1", "1.0", "100", False, {"counts-recovered"}),
        ("CRi", "5", "0.9", "50", True, {"blasts-not-cleared", "extramedullary-disease"}),
        ("MLFS", "4", "0.1", "5", False, set()),
        ("MLFS", "5", "0.1", "5", False, {"blasts-not-cleared"}),
        ("PR", "5", None, None, None, set()),
        ("PR", "25", None, None, None, set()),
        ("PR", "25.01", None, None, None, {"partial-remission-blasts"}),
        ("PR", "4.99", None, None, None, {"partial-remission-blasts"}),
        ("NR", "80", "0.1", "5", True, set()),
    ],
)
def test_the_response_fits_blasts_and_counts(
    category: str, blasts: Any, anc: Any, platelets: Any, extramedullary: Any, expected: set
) -> None:
    number = {name: None if text is None else D(text) for name, text in
              (("bm_blasts_pct", blasts), ("anc_10e9_l", anc), ("platelets_10e9_l", platelets))}  # fmt: skip
    entered = {"category": category, "extramedullary": extramedullary, **number}
    assert {code for code, _ in codes("response", on(6, 1), facts(), **entered)} == expected


def test_early_death_needs_a_death_within_the_window() -> None:
    known = facts(records=())
    assert codes("response", on(3, 20), known, category="ED") == {("early-death-alive", W)}
    in_time = facts(records=(the("death", on(3, 31)),))
    assert codes("response", on(3, 31), in_time, category="ED") == set()
    late = facts(records=(the("death", on(4, 1)),))
    assert codes("response", on(4, 1), late, category="ED") == {("early-death-late", W)}


@pytest.mark.parametrize(
    ("result", "value", "sensitivity", "expected"),
    [
        ("negative", "0.00009999", "0.0001", set()),
        ("negative", "0.0001", "0.0001", {"mrd-value-positive"}),
        ("negative", None, "0.0001", set()),
        ("negative", None, "0.00010001", {"mrd-not-sensitive"}),
        ("negative", None, None, {"mrd-sensitivity-missing"}),
        ("negative", "0.00001", None, set()),
        ("negative", "0", "0.0001", set()),
        ("positive", "0.0001", "0.0001", set()),
        ("positive", "0.00009999", "0.00001", {"mrd-value-negative"}),
        ("positive", None, None, set()),
        ("positive", "0.01", "0.01", set()),
        ("not evaluable", None, None, set()),
        ("not evaluable", "0.01", None, {"mrd-value-not-evaluable"}),
    ],
)
def test_mrd_is_negative_below_one_in_ten_thousand_and_only_if_seen_that_deep(
    result: str, value: Any, sensitivity: Any, expected: set
) -> None:
    entered = {"result": result, "value": value and D(value), "sensitivity": sensitivity and D(sensitivity)}
    assert codes("mrd", on(6, 1), facts(), **entered) == {(code, E) for code in expected}


def test_mrd_without_remission_wants_a_reason_only_where_a_response_says_so() -> None:
    no_response = facts(records=(response(on(4, 1)), response(on(5, 1), "NR")))
    assert codes("mrd", on(5, 2), no_response) == {("mrd-without-remission", W)}
    assert codes("mrd", on(4, 20), no_response) == set()
    assert codes("mrd", on(5, 2), facts(records=())) == set()
    assert codes("mrd", on(5, 2), no_response, result="not evaluable", value=None) == set()


def test_a_result_is_reported_after_its_sample() -> None:
    assert codes("mrd", on(6, 2), facts(), reported_on=on(6, 1)) == {("dates-in-order", E)}
    assert codes("mrd", on(6, 2), facts(), reported_on=on(6, 16)) == {("future-date", E)}
    assert codes("vod", on(6, 2), facts(), resolved=True, resolved_on=on(6, 1)) == {("dates-in-order", E)}


def test_a_transplant_comes_after_the_last_inotuzumab_and_better_a_month_after() -> None:
    assert codes("hct", on(3, 1), facts()) == {("hct-before-last-dose", E)}
    assert codes("hct", on(3, 31), facts()) == {("hct-soon-after-dose", W)}
    assert codes("hct", on(4, 1), facts()) == set()
    assert codes("hct", on(3, 1), facts(stop_drug_doses=())) == set()


def test_vod_follows_inotuzumab_or_a_transplant() -> None:
    assert codes("vod", on(3, 1), facts()) == {("vod-without-cause", W)}
    assert codes("vod", on(3, 2), facts()) == set()
    transplanted = facts(stop_drug_doses=(), records=(the("hct", on(5, 1)),))
    assert codes("vod", on(5, 1), transplanted) == set()
    assert codes("vod", on(4, 30), transplanted) == {("vod-without-cause", W)}


def test_a_relapse_needs_an_earlier_remission() -> None:
    assert codes("relapse", on(4, 2), facts()) == set()
    assert codes("relapse", on(4, 1), facts()) == {("relapse-without-remission", W)}
    for category in ("MLFS", "PR", "NR"):
        assert ("relapse-without-remission", W) in codes(
            "relapse", on(5, 1), facts(records=(response(on(4, 1), category),))
        )


def test_a_marrow_relapse_has_five_percent_blasts() -> None:
    assert codes("relapse", on(5, 1), facts(), bm_blasts_pct=D("4.99")) == {("relapse-few-blasts", W)}
    assert codes("relapse", on(5, 1), facts(), bm_blasts_pct=D(5)) == set()
    assert codes("relapse", on(5, 1), facts(), kind="CNS", bm_blasts_pct=D(0)) == set()


def test_a_death_before_other_records_is_recorded_with_a_reason() -> None:
    contact = facts(records=(response(on(4, 1)), the("last-contact", on(6, 10))))
    assert codes("death", on(6, 9), contact) == {("recorded-after", W)}
    assert codes("death", on(6, 10), contact) == set()
    assert codes("death", on(5, 19), facts()) == {("recorded-after", W)}
    (finding,) = found("death", on(6, 9), contact)
    assert "Last contact of 2021-06-10" in finding.message


def test_a_death_in_early_remission_is_looked_at_twice() -> None:
    known = facts(records=(response(on(3, 20)),), doses=(DAY1,))
    assert codes("death", on(3, 31), known) == {("early-death-in-remission", W)}
    assert codes("death", on(4, 1), known) == set()


@pytest.mark.parametrize("slug", ["withdrawal", "off-treatment"])
def test_a_dose_after_the_end_of_treatment_wants_a_reason(slug: str) -> None:
    assert codes(slug, on(5, 19), facts()) == {("dose-after", W)}
    assert codes(slug, on(5, 20), facts()) == set()


def test_every_message_names_its_value_and_a_way_out() -> None:
    """A finding is a sentence for a person: it repeats what was entered and says what to do."""
    entered = [
        ("response", on(2, 28), {"category": "CR", "bm_blasts_pct": D(8), "anc_10e9_l": D("0.2")}),
        ("mrd", on(6, 20), {"value": D("0.0001")}),
        ("relapse", on(3, 1), {"bm_blasts_pct": D(1)}),
        ("hct", on(3, 1), {}),
        ("vod", on(3, 1), {}),
        ("death", on(3, 1), {}),
    ]
    found_now = [
        finding for slug, day, changed in entered for finding in found(slug, day, facts(), **changed)
    ]
    assert len(found_now) >= 10
    for finding in found_now:
        assert any(character.isdigit() for character in finding.message), finding
        assert any(
            word in finding.message.lower() for word in ("correct", "enter", "say", "choose", "record")
        ), finding
