"""The protocol as people read it: the schedule as matrices, every value with its source."""

import html
import re

import pytest
from django.urls import reverse

from protocoltracker.accounts.models import Role
from regimens import matrices, presenters, wording
from regimens.loading import shipped_definition
from regimens.models import ProtocolVersion
from tests.factories import a_person, a_site, the_protocol

pytestmark = pytest.mark.django_db


def words(response) -> str:
    body = re.sub(r"<(svg|script)\b.*?</\1>|<[^>]+>", " ", response.content.decode(), flags=re.S)
    return re.sub(r"\s+", " ", html.unescape(body).replace("\xa0", " "))


@pytest.fixture
def site(client):
    site = a_site("Central")
    client.force_login(a_person(Role.NURSE, site))
    return site


def page_of(name: str = "amended") -> str:
    return reverse("regimens:version", args=[the_protocol(name).pk])


def matrix(version: str, phase: str, number: int) -> matrices.Matrix:
    found = shipped_definition(version).phase(phase)
    return next(m for m in matrices.matrices(found) if number in numbers_of(m))


def numbers_of(one: matrices.Matrix) -> set[int]:
    numbers: set[int] = set()
    for part in one.short.split(", "):
        first, _, last = part.partition("–")
        numbers |= set(range(int(first), int(last or first) + 1))
    return numbers


def row(one: matrices.Matrix, drug: str) -> matrices.Row:
    return next(r for r in one.rows if r.name[0].text.startswith(drug))


def days(of: matrices.Row) -> dict[int, str]:
    return {day: cell.text for day, cell in enumerate(of.cells, 1) if cell}


class TestMatrices:
    @pytest.mark.parametrize("version", ["original", "amended"])
    def test_every_cycle_of_every_phase_stands_in_exactly_one_matrix(self, version):
        for phase in shipped_definition(version).phases:
            numbers = [n for one in matrices.matrices(phase) for n in sorted(numbers_of(one))]
            assert sorted(numbers) == list(phase.numbers)

    @pytest.mark.parametrize("version", ["original", "amended"])
    def test_a_matrix_holds_the_doses_that_the_definition_gives_its_cycles(self, version):
        """Counted from the definition itself, cycle by cycle: drug, day and number of doses."""
        for phase in shipped_definition(version).phases:
            for one in matrices.matrices(phase):
                shown = sorted(
                    (r.name[0].text, day, cell.tbc)
                    for r in one.rows
                    for day, cell in enumerate(r.cells, 1)
                    if cell
                )
                for number in numbers_of(one):
                    expected = sorted(
                        (
                            wording.name(order)[0].text,
                            day,
                            step.days.to_be_confirmed or order.times_per_day.to_be_confirmed,
                        )
                        for order in phase.orders(number)
                        for step in order.steps
                        for day in step.days.value
                    )
                    assert shown == expected, (phase.name, number)

    def test_the_first_cycle_of_the_original_version(self):
        first = matrix("original", "mini-hcvd", 1)
        assert days(row(first, "Cyclophosphamide")) == {1: "2", 2: "2", 3: "2"}
        assert days(row(first, "Vincristine")) == {1: "1", 8: "1"}
        assert days(row(first, "Dexamethasone")) == dict.fromkeys([1, 2, 3, 4, 11, 12, 13, 14], "1")
        assert days(row(first, "Inotuzumab")) == {3: "1"}
        assert [line[0].text for line in row(first, "Inotuzumab").doses] == [
            "once a day",
            "level 1.8: 1.8 mg/m²",
            "level 1.3: 1.3 mg/m²",
        ]

    def test_inotuzumab_is_split_in_the_amended_version(self):
        first = row(matrix("amended", "mini-hcvd", 1), "Inotuzumab")
        assert days(first) == {2: "1", 8: "1"}
        assert [line[0].text for line in first.doses] == [
            "once a day",
            "day 2: 0.6 mg/m²",
            "day 8: 0.3 mg/m²",
        ]

    def test_rituximab_says_its_condition_and_that_its_days_are_not_confirmed(self):
        rituximab = row(matrix("amended", "mini-hcvd", 3), "Rituximab")
        assert rituximab.condition.text == "only if CD20 ≥ 20 %"
        assert all(cell.tbc for cell in rituximab.cells if cell)

    def test_blinatumomab_runs_28_of_42_days_with_a_step_and_by_weight(self):
        first = row(matrix("amended", "blinatumomab", 1), "Blinatumomab")
        assert list(days(first)) == list(range(1, 29))
        assert len(first.cells) == 42
        assert [day for day, cell in enumerate(first.cells, 1) if cell and cell.kind == "step"] == [8]
        assert first.cells[7].said == "infusion all day, now 28 µg/day or 15 µg/m²/day"
        said = [phrase.text for line in first.doses for phrase in line]
        assert "from 45 kg: 9 µg/day" in said
        assert "below 45 kg: 5 µg/m²/day at most 9 µg/day" in said

    def test_a_daily_drug_goes_on_through_the_whole_cycle(self):
        daily = row(matrix("original", "pomp", 36), "Mercaptopurine")
        assert days(daily) == dict.fromkeys(range(1, 29), "2")
        assert {cell.kind for cell in daily.cells} == {"run"}

    @pytest.mark.parametrize(
        ("numbers", "text"),
        [
            ([1], "1"),
            ([1, 2], "1, 2"),
            ([1, 2, 3], "1–3"),
            ([5, 1, 7, 3], "1, 3, 5, 7"),
            ([1, 2, 3, 8], "1–3, 8"),
        ],
    )
    def test_numbers_are_said_in_short(self, numbers, text):
        assert wording.spans(numbers) == text


@pytest.mark.parametrize("version", ["original", "amended"])
def test_every_value_of_the_file_stands_on_the_page_with_its_sources(client, site, version):
    page = words(client.get(page_of(version)))
    read = shipped_definition(version)
    for phase in read.phases:
        for order in (order for template in phase.templates for order in template.orders):
            for line in (wording.name(order), *wording.doses(order)):
                for phrase in line:
                    tags = "".join(f" {tag} ?(, [^,]*?)*" for tag in phrase.provenance)
                    assert re.search(re.escape(phrase.text) + tags, page), phrase
    for criterion in read.criteria:
        assert criterion.text in page
        assert not criterion.limit or str(criterion.limit) in page
    for note in read.notes:
        assert note.text in page
    for source in read.sources:
        assert source.text in page


def test_what_is_not_confirmed_says_so_in_words(client, site):
    response = client.get(page_of())
    page = words(response)
    assert "C , stated in no source found, to be confirmed by the study team" in page.replace("C,", "C ,")
    assert "1 dose of 375 mg/m², to be confirmed" in page
    assert f"{presenters.unconfirmed(shipped_definition('amended'))} values to be confirmed" in page


def test_unconfirmed_values_are_counted_by_an_independent_look_at_the_file():
    """Each provenance list with GK or C counts once; remarks are no values."""
    import yaml

    from regimens.loading import shipped

    def count(node) -> int:
        if isinstance(node, dict):
            own = {"GK", "C"} & set(node.get("provenance", ()))
            return bool(own) + sum(count(value) for key, value in node.items() if key != "provenance")
        return sum(map(count, node)) if isinstance(node, list) else 0

    for name, text in shipped():
        tree = {key: value for key, value in yaml.safe_load(text).items() if key not in {"notes", "sources"}}
        assert presenters.unconfirmed(shipped_definition(name)) == count(tree)


def test_the_sequence_says_how_long_the_treatment_takes(client, site):
    original = words(client.get(page_of("original")))
    assert "8 × 28 = 224 days" in original
    assert "36 × 28 = 1,008 days" in original
    assert "225 to 1,232" in original
    amended = words(client.get(page_of("amended")))
    assert "784 days if every cycle is on time" in amended
    assert "743 to 784" in amended


def test_a_page_with_doses_says_that_it_is_no_order(client, site):
    assert "Not an order: the hospital’s system is authoritative." in words(client.get(page_of()))


def test_the_file_is_given_out_byte_for_byte(client, site):
    version = the_protocol("amended")
    response = client.get(reverse("regimens:text", args=[version.pk]))
    assert response.content.decode() == version.text
    assert response["Content-Disposition"] == 'attachment; filename="NCT01371630-amended-revision-1.yaml"'
    assert version.sha256 in words(client.get(page_of()))


def test_the_list_shows_versions_and_from_when_the_own_sites_use_them(client, site):
    the_protocol()
    a_site("Elsewhere")
    page = words(client.get(reverse("regimens:list")))
    for text in (
        "Original version",
        "Amended version",
        "2011-08-26",
        "2017-03-15",
        "Inotuzumab ozogamicin plus blinatumomab",
    ):
        assert text in page
    assert "Central" in page
    assert "Elsewhere" not in page
    assert "Enter approval" not in page, "a nurse reads only"


def test_without_a_version_the_list_says_how_to_store_one(client, site):
    assert "manage.py load_protocol --shipped" in words(client.get(reverse("regimens:list")))


def test_an_unknown_version_answers_like_a_missing_page(client, site):
    assert client.get("/protocol/5f0e7b9a-0000-0000-0000-000000000000/").status_code == 404


class TestApproval:
    @pytest.fixture
    def admin(self, client, site):
        person = a_person(Role.ADMINISTRATOR, site, name="ada")
        client.force_login(person)
        return person

    def address(self, site) -> str:
        return reverse("regimens:approve", args=[the_protocol("amended").pk, site.pk])

    def test_the_date_is_entered_shown_and_changed_with_a_reason(self, client, admin, site):
        form = {"approved_on": "2017-06-01"}
        assert client.post(self.address(site), form).url == page_of()
        assert "Central: from 2017-06-01" in words(client.get(page_of()))
        assert "own approval" in words(client.get(reverse("regimens:list")))
        late = {"approved_on": "2017-07-01", "row_version": 1}
        assert "Say why it changes" in words(client.post(self.address(site), late))
        assert (
            client.post(self.address(site), late | {"reason": "letter dated 2017-07-01"}).status_code == 302
        )
        shown = words(client.get(self.address(site)))
        assert "Approved on was 2017-06-01 became 2017-07-01" in shown
        assert "ada" in shown
        assert "letter dated 2017-07-01" in shown

    @pytest.mark.parametrize("typed", ["", "01.06.2017", "2017-02-30", "1017-06-01"])
    def test_a_slip_is_said_at_the_field(self, client, admin, site, typed):
        response = client.post(self.address(site), {"approved_on": typed})
        assert response.status_code == 422
        assert 'aria-invalid="true"' in response.content.decode()

    def test_a_site_of_somebody_else_answers_like_a_missing_one(self, client, admin):
        assert client.get(self.address(a_site("Elsewhere"))).status_code == 404

    def test_others_are_told_whom_to_ask(self, client, site):
        response = client.get(self.address(site))
        assert response.status_code == 403
        assert "administrator of the site" in words(response)


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.NURSE])
@pytest.mark.parametrize("sites", [1, 12])
def test_the_pages_take_few_queries_however_many_sites_and_versions_there_are(
    client, sites, role, django_assert_max_num_queries
):
    for number in range(sites):
        a_site(f"Site {number:02d}")
    client.force_login(a_person(role))
    version = page_of()
    client.get(version)
    with django_assert_max_num_queries(8):
        client.get(version)
    with django_assert_max_num_queries(8):
        client.get(reverse("regimens:list"))
    assert ProtocolVersion.objects.count() == 2
