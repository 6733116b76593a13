"""Values of a protocol file that are right alone and wrong together."""

import pytest

from tests.regimens.spoiling import BLINA, INO_1, INO_2, MP, ORDER, REMOVED, faults, path_text

# what two values say of each other: changes, path of the fault, message
CONTRADICTIONS = [
    (
        [((*INO_2, "code"), "rituximab")],
        "phases[0].cycles[4].orders[0]",
        "expected each order once; cycle 2 has rituximab",
    ),
    (
        [((*INO_1, "drug", "value"), "vincristine"), ((*INO_1, "steps", 0, "days", "value"), [1])],
        path_text(INO_1),
        "expected vincristine IV once a day; cycle 1 day 1 has it at phases[0].cycles[0].orders[1]",
    ),
    (
        [((*INO_1, "steps", 1, "days", "value"), [2])],
        path_text((*INO_1, "steps", 1)),
        "expected days after day 2",
    ),
    (
        [((*BLINA, "steps", 1, "days", "value"), ["7-28"])],
        path_text((*BLINA, "steps", 1)),
        "expected days after day 7",
    ),
    (
        [((*BLINA, "dose"), {"value": 9, "unit": "mg", "provenance": ["A"]})],
        path_text((*BLINA, "dose")),
        "expected dose inside steps",
    ),
    (
        [((*ORDER, "dose"), REMOVED)],
        path_text(ORDER),
        "expected dose, or steps with days and dose; dose is missing",
    ),
    (
        [((*MP, "days", "value"), ["1-10", "12-28"])],
        path_text((*MP, "pattern")),
        "expected an unbroken run of days",
    ),
    (
        [((*BLINA, "times_per_day", "value"), 2)],
        path_text((*BLINA, "times_per_day")),
        "expected 1 for a continuous infusion",
    ),
    (
        [
            (("phases", 0, "cycles", 1, "numbers", "value"), [2, 6]),
            (("phases", 0, "cycles", 0, "numbers", "value"), [1, 3]),
        ],
        "phases[0].cycles",
        "expected cycles 1 to 6 without a gap; found none for 5",
    ),
    (
        [(("sequence", 1, "numbers"), ["1-3"])],
        "sequence",
        "expected every cycle of blinatumomab; found no place for 4",
    ),
    ([(("sequence", 1, "numbers"), ["1-5"])], "sequence", "expected cycles that blinatumomab has; found 5"),
    ([(("sequence", 4, "numbers"), ["3-6"])], "sequence[4].numbers", "expected cycles of pomp after cycle 3"),
    (
        [(("sequence", 1, "phase"), "induction")],
        "sequence[1].phase",
        "expected a phase of this file: mini-hcvd, blinatumomab",
    ),
    (
        [(("phases", 1, "name"), "mini-hcvd")],
        "phases[1].name",
        "expected each name once; found mini-hcvd again",
    ),
    (
        [(("cumulative_limits", 0, "value"), 2.8)],
        "cumulative_limits[0].value",
        "expected 2.8 mg/m² as the sum of the planned doses; found 2.7 mg/m²",
    ),
    (
        [(("cumulative_limits", 0, "unit"), "mg")],
        "cumulative_limits[0].value",
        "expected 2.7 mg as the sum of the planned doses; found no single sum",
    ),
    (
        [(("cumulative_limits", 0, "order"), "aspirin")],
        "cumulative_limits[0].order",
        "expected an order of this file: blinatumomab",
    ),
    (
        [(("cumulative_limits", 0, "level"), "1.8")],
        "cumulative_limits[0].level",
        "expected a dose level of this file",
    ),
    (
        [((*BLINA, "steps", 0, "dose", 0, "from_kg"), 50)],
        path_text((*BLINA, "steps", 0, "dose")),
        "expected a dose for every weight; found none from 45 to 50 kg",
    ),
    (
        [((*BLINA, "steps", 0, "dose", 0, "from_kg"), 40)],
        path_text((*BLINA, "steps", 0, "dose", 0)),
        "expected one dose for each weight",
    ),
    (
        [((*BLINA, "steps", 0, "dose", 0), REMOVED)],
        path_text((*BLINA, "steps", 0, "dose")),
        "expected a dose for every weight; found none from 45 kg",
    ),
    (
        [((*BLINA, "steps", 0, "dose", 1), REMOVED)],
        path_text((*BLINA, "steps", 0, "dose")),
        "expected a dose for every weight; found none below 45 kg",
    ),
    (
        [((*BLINA, "steps", 0, "dose", 1, "at_most", "unit"), "mg")],
        path_text((*BLINA, "steps", 0, "dose", 1, "at_most", "unit")),
        'expected ug/day; found "mg"',
    ),
    (
        [((*BLINA, "steps", 0, "dose", 0, "level"), "1.8")],
        path_text((*BLINA, "steps", 0, "dose", 0)),
        "expected a dose level of this file (none); found 1.8",
    ),
]


@pytest.mark.parametrize(("changes", "path", "message"), CONTRADICTIONS, ids=lambda v: str(v)[-50:])
def test_values_that_contradict_each_other_are_a_fault(changes, path, message):
    found = faults(*changes)
    assert found[path].startswith(message), found


def test_a_dose_level_that_no_dose_depends_on_is_a_fault():
    level = {"name": "1.8", "title": "1.8 mg/m²", "provenance": ["A"]}
    assert faults((("dose_levels",), [level])) == {
        "dose_levels": "expected doses for each dose level; found none for 1.8"
    }


def test_dose_levels_are_all_served_and_no_other():
    ino = (*INO_1, "dose")
    found = faults(((*ino, 1), REMOVED), version="original")
    assert found == {path_text(ino): "expected a dose for each dose level; found none for 1.3"}
    found = faults(((*ino, 1, "level"), "1.0"), version="original")
    assert found[path_text((*ino, 1))] == "expected a dose level of this file (1.8, 1.3); found 1.0"
    found = faults(((*ino, 1, "level"), REMOVED), version="original")
    assert found[path_text(ino)] == "expected a dose level on every dose or on none; found both"
