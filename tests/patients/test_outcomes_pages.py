"""The outcomes as people see them: the published figures, who is behind each number, and who may see whom."""

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.db import transaction
from django.urls import reverse

from patients.cohort.published import DATA_CUTOFF, published_cohort
from patients.models import Patient
from patients.outcomes.endpoints import GROUPING, RATE, SURVIVAL
from patients.presenters.outcomes.figures import OFFERED
from patients.views.outcomes import default_cutoff
from protocoltracker.accounts.models import Membership, Role, Site
from protocoltracker.audit.context import acting
from tests import factories as a
from tests.page_reading import Reading
from tests.patients.outcome_reading import CUTOFF, PAGES, file_of, opened, signed_in, store
from tests.patients.outcomes.expected import published_figures
from tests.posting import Browser as Client


@pytest.fixture(scope="module")
def cohort(django_db_setup, django_db_blocker) -> Iterator[Client]:
    """The published cohort, stored once, and an investigator of every site who reads."""
    with django_db_blocker.unblock(), transaction.atomic():
        store(published_cohort())
        yield signed_in(a.a_person(Role.INVESTIGATOR, None))
        transaction.set_rollback(True)


# --- the published figures ---------------------------------------------------------------------
@pytest.mark.parametrize(
    "card",
    [
        "Patients 108 67 + 41 assigned to inotuzumab, inotuzumab plus blinatumomab",
        "Overall response 83 % 89 of 107 95 % interval 75–89 %",
        "CR 62 % 66 of 107 95 % interval 52–70 %",
        "MRD negative 82 % 71 of 87 95 % interval 72–88 %",
        "Transplant (HCT) 44 % 47 of 108 95 % interval 35–53 %",
        "VOD 9 % 10 of 108 95 % interval 5–16 %",
        "Early death 5 % 5 of 108",
        "Median survival 14.0 months 66 deaths of 108 95 % interval 10.9–30.7",
        "3-year survival 37 % 66 deaths of 108, 26 at risk 95 % interval 27–47 %",
        "3-year CR duration 48 % 48 lost of 89, 25 at risk 95 % interval 36–59 %",
        "Median follow-up 34 months 42 patients alive range 2–100",
    ],
)
def test_each_key_figure_has_its_count_and_its_interval(cohort, card):
    assert card in opened(cohort, CUTOFF).words


def test_the_abstract_says_assigned_and_never_received(cohort):
    words = opened(cohort, CUTOFF).words
    assert "67 assigned to inotuzumab and 41 assigned to inotuzumab plus blinatumomab" in words
    assert "received" not in words
    assert "89 responded (83 %, 95 % interval 75–89)" in words


def test_vod_is_compared_by_fisher_and_as_published_by_the_uncorrected_chi_square(cohort):
    usual, published = opened(cohort, CUTOFF).words, opened(cohort, f"{CUTOFF}&preset=published").words
    assert "VOD by inotuzumab schedule" in usual
    assert "Fisher’s exact test: P = 0.086. An expected count is below 5." in usual
    assert "Uncorrected chi-square: P = 0.056." in published
    assert "Fisher’s exact test P = 0.086, chi-square with Yates’ correction P = 0.12" in published


def test_survival_names_its_test_and_its_value_at_36_months(cohort):
    words = opened(cohort, CUTOFF).words
    assert "Log-rank test: P = 0.001." in words
    assert "S1: 77 patients, 40 events, 46 % (34–58) at 36 months." in words
    assert "S2+: 31 patients, 26 events, 16 % (5–32) at 36 months." in words
    by_mrd = opened(cohort, f"{CUTOFF}&os=best_mrd").words
    assert "Log-rank test: P = 0.0003." in by_mrd
    assert "Survival of responders from the landmark" in by_mrd
    assert "Log-rank test: P = 0.85." in by_mrd


def close(found: str, expected: float | None) -> bool:
    if expected is None:
        return found in ("–", "")
    return abs(float(found) - expected) <= 1e-6


def wrong_in(rows: dict[tuple[str, str], list[str]], expected: dict[tuple[str, str], list]) -> list[str]:
    assert set(expected) <= set(rows), set(expected) - set(rows)
    return [
        f"{key}: {value} expected, {found} on the page"
        for key, values in expected.items()
        for found, value in zip(rows[key], values, strict=True)
        if not close(found, value)
    ]


def keyed(rows: list[list[str]]) -> dict[tuple[str, str], list[str]]:
    """{(what, group): numbers} of a table or a file; its head left out."""
    return {(row[0], row[1]): row[2:] for row in rows[1:]}


def groups_of(found: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    yield "All patients", found["overall"]
    for by, groups in found.items():
        if by != "overall":
            yield from (
                (GROUPING[by].label(value), one) for value, one in groups.get("groups", groups).items()
            )


@pytest.fixture(params=["page", "file"])
def values(request, cohort) -> Any:
    """The rows of one table of all values, on the page and in its file."""
    page = opened(cohort, CUTOFF, "outcomes:values")

    def rows(name: str) -> list[list[str]]:
        if request.param == "page":
            return page.tables[f"values-{name}"].rows
        return file_of(cohort, next(link.url for link in page.links if f"values-{name}.csv" in link.url))

    return rows


def test_every_proportion_is_there_value_by_value(values):
    expected = {
        (RATE[key].title, who): [one["k"], one["n"], one["pct"], *one["wilson"], *one["clopper_pearson"]]
        for key, found in published_figures()["proportions"].items()
        for who, one in groups_of(found)
        if one["n"]
    }
    assert len(expected) > 200
    assert wrong_in(keyed(values("proportions")), expected) == []


def test_every_survival_value_is_there_value_by_value(values):
    figures = published_figures()["survival"]
    expected = {
        (kind.title, who): numbers_of(curve)
        for key, kind in SURVIVAL.items()
        for who, curve in groups_of(figures[key])
    }
    for who, curve in figures["os_hct_landmark"]["groups"].items():
        expected["Survival from the landmark", who] = numbers_of(curve)
    assert len(expected) > 30
    assert wrong_in(keyed(values("survival")), expected) == []


def numbers_of(curve: dict[str, Any]) -> list[float | None]:
    points = [point[what] for point in curve["at"].values() for what in ("S", "lo", "hi", "at_risk")]
    at_risk = [curve["at_risk"]["0"], curve["at_risk"]["6"]]
    medians = [curve["median_months"][what] for what in ("value", "midpoint_convention", "lo", "hi")]
    return [curve["n"], curve["events"], *points, *at_risk, *medians]


def test_every_test_and_incidence_is_there_value_by_value(values):
    figures = published_figures()
    tests = {row[0].lower(): row[2:] for row in values("tests")[1:]}
    for name, found in figures["tests"].items():
        shown = tests[name.replace("_", " ")]
        wanted = [found.get(key) for key in ("chi2", "chi2_df", "chi2_p", "fisher_p", "chi2_yates_p")]
        assert all(map(close, shown, wanted)), name
    parts = ("n", "events", "competing", "cif36", "lo", "hi")
    expected = {
        ({"vod": "VOD", "relapse": "Relapse"}[event], who): [one[part] for part in parts]
        for event, found in figures["cumulative_incidence_36_months"].items()
        for who, one in groups_of(found)
    }
    assert wrong_in(keyed(values("incidence")), expected) == []


def test_every_count_and_age_is_there_value_by_value(values):
    figures = published_figures()
    shown = [row[2] for row in values("counts")[1:]]
    wanted = [
        number
        for found in figures["counts"].values()
        for number in (found.values() if isinstance(found, dict) else [found])
    ]
    assert sorted(map(float, shown)) == sorted(map(float, wanted))
    times = keyed(values("times"))
    assert all(close(times["Age, years", what][0], value) for what, value in figures["age"].items())
    alive = figures["follow_up_months"]["alive"]
    assert all(close(times["Follow-up, months, alive", what][0], value) for what, value in alive.items())


def test_the_key_figures_carry_their_exact_values(cohort):
    figures = published_figures()
    carried = [float(value) for value in opened(cohort, CUTOFF).values]
    for expected in (
        figures["proportions"]["orr"]["overall"]["pct"],
        figures["survival"]["os"]["overall"]["median_months"]["value"],
        figures["survival"]["os"]["overall"]["at"]["36"]["S"],
        figures["survival"]["cr_duration"]["overall"]["at"]["36"]["S"],
        figures["follow_up_months"]["alive"]["median"],
    ):
        assert any(abs(value - expected) <= 1e-6 for value in carried), expected


# --- every number leads to its patients --------------------------------------------------------
def patients_behind(client: Client, url: str) -> int:
    return len(file_of(client, f"{url}&format=csv")) - 1


def test_every_number_of_the_page_leads_to_as_many_patients(cohort):
    page = opened(cohort, CUTOFF)
    links = {(link.url, link.text.strip()) for link in page.links if reverse("outcomes:patients") in link.url}
    counted = 0
    for url, text in links:
        number = patients_behind(cohort, url)
        said = re.match(r"(\d+)(?= of \d| patients?\b| \(\d+ %| responded\b|$)", text)
        if said and "months" not in text:
            counted += 1
            assert number == int(said[1]), f"“{text}” leads to {number}: {url}"
        assert number > 0 or text.startswith("0"), f"“{text}” leads to nobody: {url}"
    assert counted > 40


def test_a_card_leads_to_its_patients_and_its_definition(cohort):
    page = opened(cohort, CUTOFF)
    card = next(link for link in page.links if link.text.startswith("Overall response"))
    behind = opened(cohort, card.url)
    assert "All patients: 89 of 107 (Responded)." in behind.words
    assert "Best response CR, CRp or CRi, over patients with a response category" in behind.words
    assert "All counted 107" in behind.words
    assert "Did not respond 18" in behind.words


def test_patients_are_listed_with_what_counts_for_the_number(cohort):
    behind = opened(cohort, f"{CUTOFF}&figure=cr_duration&group=salvage_line:S2%2B", "outcomes:patients")
    head, *rows = behind.tables["outcome-patients"].rows
    assert head == [
        *("Subject", "Site", "Arm", "Salvage", "Response", "Response on"),
        *("Last contact or loss", "Months", "End", "Lost"),
    ]
    assert len(rows) == 18
    assert {row[8] for row in rows} <= {"relapse", "died in remission", "censored"}
    assert all((row[9] == "yes") == (row[8] != "censored") for row in rows)
    first = Patient.objects.get(subject_number=int(rows[0][0]))
    assert first.get_absolute_url() in [link.url for link in behind.links]


def test_a_long_list_has_pages_and_its_file_has_everybody(cohort):
    behind = opened(cohort, CUTOFF, "outcomes:patients")
    assert len(behind.tables["outcome-patients"].rows) == 51
    assert "1–50 of 108" in behind.words
    last = opened(cohort, f"{CUTOFF}&page=3", "outcomes:patients")
    assert [row[0] for row in last.tables["outcome-patients"].rows[1:]][-1] == "108"
    assert patients_behind(cohort, f"{reverse('outcomes:patients')}?{CUTOFF}") == 108


@pytest.mark.parametrize(
    "asked",
    [
        *("figure=nothing", "figure=os&group=arm:none", "figure=os&group=arm", "figure=os&part=all"),
        *("figure=orr&group=salvage:S9", "figure=landmark&group=salvage:S2", "figure=../os", "group=:"),
    ],
)
def test_an_unknown_figure_group_or_part_is_missing(cohort, asked):
    assert cohort.get(f"{reverse('outcomes:patients')}?{asked}").status_code == 404


@pytest.mark.parametrize("name", ["nothing", "os-by-arm", "orr-curve", "values-nothing", "-curve"])
def test_an_unknown_table_is_missing(cohort, name):
    assert cohort.get(reverse("outcomes:table", args=[name])).status_code == 404


# --- the figures and the tables behind them ----------------------------------------------------
@pytest.mark.parametrize(("key", "by"), [(key, by) for key, every in OFFERED.items() for by in every])
def test_each_figure_can_be_chosen_by_a_link_and_has_its_table(cohort, key, by):
    page = opened(cohort, f"{CUTOFF}&{key}={by or 'all'}")
    name = f"{key}-by-{by}" if by not in ("", key) else key
    shown = page.tables[name].rows
    assert f"km-{name}-title" in page.ids or f"rate-{name}-title" in page.ids
    files = [file_of(cohort, link.url) for link in page.links if f"/{key}.csv" in link.url]
    assert len(files) == 1
    assert [row[0] for row in files[0][1 : len(shown)]] == [row[0] for row in shown[1:]]
    assert [float(row[1]) for row in files[0][1 : len(shown)]] == [float(row[1]) for row in shown[1:]]


def test_the_curve_of_a_figure_is_a_file_too(cohort):
    url = f"{reverse('outcomes:table', args=['os-curve'])}?{CUTOFF}&by=salvage_line"
    rows = [row for row in file_of(cohort, url)[1:] if row[0] == "S1"]
    assert sum(int(row[4]) for row in rows) == 40
    assert sum(int(row[4]) + int(row[5]) for row in rows) == 77
    at_36 = [row for row in rows if float(row[2]) <= 36][-1]
    expected = published_figures()["survival"]["os"]["salvage_line"]["groups"]["S1"]["at"]["36"]["S"]
    assert close(at_36[6], expected)


def test_links_of_a_figure_keep_what_was_asked_for(cohort):
    page = opened(cohort, "cutoff=2019-01-01&preset=published&os=arm&orr=site")
    chosen = next(link.url for link in page.links if "os=best_mrd" in link.url)
    assert {"cutoff=2019-01-01", "preset=published", "orr=site"} <= set(re.split(r"[?&#]", chosen))
    assert all("cutoff=2019-01-01" in link.url for link in page.links if "/outcomes/patients/" in link.url)


def test_figures_are_small_and_carry_no_style_of_their_own(cohort):
    for by in ("all", "salvage_line", "salvage", "arm", "best_mrd"):
        html = cohort.get(
            f"{reverse('outcomes:dashboard')}?{CUTOFF}&os={by}&cr_duration={by}"
        ).content.decode()
        drawn = re.findall(r'<svg viewBox="0 0 520.*?</svg>', html, re.DOTALL)
        assert len(drawn) == 6
        assert max(len(one.encode()) for one in drawn) < 12_000
        page = Reading(html)
        assert not {name for name in page.attributes if name == "style" or name.startswith("on")}
        assert len(page.ids) == len(set(page.ids))


# --- cut-off -----------------------------------------------------------------------------------
def test_an_earlier_cut_off_knows_less(cohort):
    words = opened(cohort, "cutoff=2017-03-14").words
    assert "67 patients enrolled by 2017-03-14." in words
    assert "Data cut-off 2017-03-14: who was enrolled later is not in the dataset" in words


@pytest.mark.parametrize("typed", ["15.06.2021", "2021-02-30", "yesterday", "<b>", "9999-12-31"])
def test_a_cut_off_that_cannot_be_is_explained_and_nothing_is_lost(cohort, typed):
    response = cohort.get(
        reverse("outcomes:dashboard"), {"cutoff": typed, "os": "arm", "preset": "published"}
    )
    page = Reading(response.content.decode())
    assert response.context["page"]["typed"] == typed
    assert f"The figures are those of {default_cutoff()}." in page.words
    assert "km-os-by-arm-title" in page.ids
    assert "Uncorrected chi-square" in page.words
    assert "<b>" not in response.content.decode().split("cutoff-fault")[-1].split("</form>")[0]


def test_the_usual_cut_off_is_today_and_in_a_demo_the_end_of_its_past_patients(cohort, settings):
    settings.DEMO = False
    with transaction.atomic(), time_machine.travel(dt.datetime(2020, 6, 15, 13, tzinfo=dt.UTC), tick=False):
        a.a_site("Auckland", zone="Pacific/Auckland")
        assert default_cutoff() == dt.date(2020, 6, 16)  # it is tomorrow in Auckland
        transaction.set_rollback(True)
    settings.DEMO = True
    assert default_cutoff() == DATA_CUTOFF


# --- who sees whom -----------------------------------------------------------------------------
def test_the_figures_are_those_of_the_sites_where_the_person_may_read(cohort):
    central, north = (Site.objects.get(name=name) for name in ("Central", "North"))
    nurse = a.a_person(Role.NURSE, central)
    with acting(by="system:test"):
        Membership.objects.create(user=nurse, site=north, role=Role.MONITOR)
        Membership.objects.create(user=nurse, site=Site.objects.get(name="South"), role=Role.ADMINISTRATOR)
    client = signed_in(nurse)
    page = opened(client, CUTOFF)
    assert "87 patients enrolled by 2021-06-15. Sites: Central, North." in page.words
    south = {f"{number:03d}" for number in numbers_at("South")}
    listed = {row[0] for row in file_of(client, f"{reverse('outcomes:patients')}?{CUTOFF}&format=csv")}
    assert not listed & south
    missing = client.get(f"{reverse('outcomes:patients')}?figure=orr&group=site:South")
    assert missing.status_code == 404
    client.post(reverse("accounts:switch-site"), {"site": central.pk})
    assert "51 patients enrolled by 2021-06-15. Site: Central." in opened(client, CUTOFF).words


def numbers_at(name: str) -> list[int]:
    return list(Patient.objects.filter(site__name=name).values_list("subject_number", flat=True))


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, None])
def test_who_reads_no_patients_reads_no_outcomes(cohort, role, name):
    client = signed_in(a.a_person(role, None))
    assert client.get(reverse(name)).status_code == 403
    assert "Outcomes" not in client.get(reverse("more")).content.decode()


@pytest.mark.parametrize("role", [Role.NURSE, Role.COORDINATOR, Role.DATA_MANAGER, Role.MONITOR])
def test_every_reader_finds_the_outcomes_by_the_navigation(cohort, role):
    client = signed_in(a.a_person(role, Site.objects.get(name="North")))
    page = opened(client, reverse("patients:list"))
    assert "Outcomes" in [
        link.text.strip() for link in page.links if link.url == reverse("outcomes:dashboard")
    ]
    assert "36 patients enrolled by 2021-06-15. Site: North." in opened(client, CUTOFF).words
