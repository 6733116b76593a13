"""The shipped files: complete, sourced, and saying what they do not know."""

import dataclasses
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from regimens.loading import load_text, shipped, shipped_definition
from regimens.provenance import TAG, Sourced, is_to_be_confirmed, merge

VERSIONS = ("original", "amended")
DEFINITIONS = {name: shipped_definition(name) for name in VERSIONS}


def everything(value: Any) -> Iterator[Any]:
    """Every object of a definition."""
    if dataclasses.is_dataclass(value):
        yield value
        for field in dataclasses.fields(value):
            yield from everything(getattr(value, field.name))
    elif isinstance(value, tuple):
        for item in value:
            yield from everything(item)


@pytest.mark.parametrize("name", VERSIONS)
def test_a_shipped_file_is_without_fault_and_carries_its_own_name(name):
    loaded = load_text(dict(shipped())[name])
    assert loaded.faults == ()
    assert loaded.definition.name == name
    assert loaded.definition.protocol_code == "NCT01371630"


@pytest.mark.parametrize("name", VERSIONS)
def test_every_value_has_a_source_that_the_legend_explains(name):
    definition = DEFINITIONS[name]
    legend = {source.tag: source.text for source in definition.sources}
    values = [found for found in everything(definition) if hasattr(found, "provenance")]
    assert len(values) > 100
    for value in values:
        assert value.provenance, value
        assert all(TAG.fullmatch(tag) and legend[tag] for tag in value.provenance), value
    used = set(merge(*(value.provenance for value in values)))
    assert used == set(legend), "a legend explains the tags of its file, no more and no less"
    assert definition.source_text("A").startswith("Blood 2021;138")
    assert definition.source_text("B99") is None


def test_every_part_of_an_order_is_sourced():
    """Drug, route, times a day and days are each a Sourced value; every dose rule has tags of its own."""
    for definition in DEFINITIONS.values():
        for order in (o for p in definition.phases for t in p.templates for o in t.orders):
            for value in (order.drug, order.route, order.times_per_day, *(step.days for step in order.steps)):
                assert isinstance(value, Sourced)
            assert all(rule.provenance for step in order.steps for rule in step.rules)


def test_effective_dates_and_arms():
    """The start of the trial in its registry, and an invented date for the demonstration."""
    original, amended = DEFINITIONS["original"], DEFINITIONS["amended"]
    assert (original.effective_on.value, original.effective_on.provenance) == (date(2011, 8, 26), ("B8",))
    assert (amended.effective_on.value, amended.effective_on.provenance) == (date(2017, 3, 15), ("C",))
    assert [arm.name for arm in original.arms] == ["inotuzumab"]
    assert [arm.name for arm in amended.arms] == ["inotuzumab-plus-blinatumomab"]
    assert [level.name for level in original.dose_levels] == ["1.8", "1.3"]
    assert amended.dose_levels == ()


def test_what_is_general_knowledge_or_unknown_is_marked():
    amended = DEFINITIONS["amended"]
    orders = {o.code: o for p in amended.phases for t in p.templates for o in t.orders}
    assert orders["rituximab"].steps[0].days.to_be_confirmed
    assert is_to_be_confirmed(orders["rituximab"].steps[0].rules[0].provenance)
    assert orders["rituximab"].condition.provenance == ("A",)
    assert orders["dexamethasone"].times_per_day.provenance == ("C",)
    assert not orders["cyclophosphamide"].steps[0].days.to_be_confirmed
    lengths = {p.name: (p.cycle_length.value, p.cycle_length.to_be_confirmed) for p in amended.phases}
    assert lengths == {
        "mini-hcvd": (28, True),
        "blinatumomab": (42, False),
        "pomp": (28, True),
        "blinatumomab-maintenance": (42, True),
    }


def test_the_contradictions_between_sources_are_told():
    """Maintenance blinatumomab 4 or 3 cycles; 36 x 28 = 1,008 days for 3 years."""
    (first, _) = DEFINITIONS["amended"].notes_about("blinatumomab-maintenance")
    assert "4 further cycles" in first.text
    assert "says 3" in first.text
    assert first.provenance == ("A", "B1")
    (pomp,) = DEFINITIONS["original"].notes_about("pomp")
    assert "1,008 days, 87 short of 3 years" in pomp.text
    assert 36 * 28 == 1008 == 3 * 365 - 87


def test_eligibility_states_published_limits_and_says_which_are_not_known():
    criteria = {criterion.code: criterion for criterion in DEFINITIONS["amended"].criteria}
    limits = {code: str(c.limit) for code, c in criteria.items() if c.limit}
    assert limits == {
        "age": "≥ 18 years",
        "cd22-positive": "≥ 20 %",
        "performance-status": "≤ 3 ECOG",
        "bilirubin": "≤ 1.5 mg/dl",
        "ast-alt": "≤ 3 × ULN",
        "creatinine": "≤ 2 mg/dl",
        "prior-hct": "≥ 4 months",
        "washout": "≥ 2 weeks",
    }
    assert {code for code, c in criteria.items() if c.limit_unknown} == {
        "ejection-fraction",
        "prior-antibody-car-t",
    }
    assert all(
        criteria[code].to_be_confirmed
        for code in ("cd22-positive", "prior-hct", "washout", "ejection-fraction")
    )
    assert not criteria["bilirubin"].to_be_confirmed
    assert "cd19-positive" not in {criterion.code for criterion in DEFINITIONS["original"].criteria}


def test_a_definition_cannot_be_written_to():
    phase = DEFINITIONS["amended"].phases[0]
    with pytest.raises(dataclasses.FrozenInstanceError):
        phase.name = "other"
    for found in everything(DEFINITIONS["amended"]):
        assert not hasattr(found, "__dict__")
        hash(found)


def test_a_shipped_version_is_parsed_once():
    assert shipped_definition("amended") is shipped_definition("amended")
    with pytest.raises(KeyError):
        shipped_definition("third")


def test_below_45_kg_blinatumomab_is_capped_at_the_flat_dose_of_its_step():
    """Label: 5 then 15 µg/m² a day, at most 9 and 28. No patient of up to 220 cm and below 45 kg reaches the cap."""
    caps = [
        (phase.name, step.days.value[0], rule.value, rule.at_most.value.value, rule.at_most.value.unit)
        for phase in DEFINITIONS["amended"].phases
        for template in phase.templates
        for order in template.orders
        for step in order.steps
        for rule in step.rules
        if rule.below_kg is not None
    ]
    assert caps == [
        ("blinatumomab", 1, 5, 9, "ug/day"),
        ("blinatumomab", 8, 15, 28, "ug/day"),
        ("blinatumomab", 1, 15, 28, "ug/day"),
        ("blinatumomab-maintenance", 1, 15, 28, "ug/day"),
    ]
