"""A fault in a protocol file is reported with its path and what was expected, all at once, never as a traceback."""

import copy
import hashlib

import pytest

from regimens.loading import DefinitionError, definition_of, load_bytes, load_text, shipped
from tests.regimens.builders import load_tree, tree
from tests.regimens.spoiling import ORDER, REMOVED, at, every_path, faults, load_spoilt, path_text

TEXTS = dict(shipped())


# path of the change, the new value, path of the fault below it, start of the message
WRONG_VALUES = [
    ((*ORDER, "dose", "unit"), "mgm2", "", 'expected one of mg, mg/m2, ug/day, ug/m2/day; found "mgm2"'),
    ((*ORDER, "dose", "value"), "much", "", 'expected a number from 0.001 to 100000; found "much"'),
    ((*ORDER, "dose", "value"), "150", "", 'expected a number from 0.001 to 100000; found "150"'),
    ((*ORDER, "dose", "value"), -150, "", "expected a number from 0.001 to 100000; found -150"),
    ((*ORDER, "dose", "value"), 0, "", "expected a number from 0.001 to 100000; found 0"),
    ((*ORDER, "dose", "value"), float("nan"), "", 'expected a number from 0.001 to 100000; found ".nan"'),
    ((*ORDER, "dose", "value"), 1e308, "", 'expected a number from 0.001 to 100000; found "1.0e+308"'),
    ((*ORDER, "dose", "value"), True, "", "expected a number from 0.001 to 100000; found true"),
    ((*ORDER, "dose", "value"), None, "", "expected a number from 0.001 to 100000; found nothing"),
    ((*ORDER, "dose", "value"), [150], "", "expected a number from 0.001 to 100000; found a list"),
    ((*ORDER, "dose"), 150, "", "expected a mapping with value, unit, provenance; found 150"),
    ((*ORDER, "code"), "Cyclo phosphamide", "", "expected a name in small letters"),
    ((*ORDER, "drug", "value"), "", "", 'expected text; found ""'),
    ((*ORDER, "drug", "value"), " cyclophosphamide", "", "expected text; found"),
    ((*ORDER, "drug", "value"), "x" * 601, "", "expected one line of at most 600 characters"),
    ((*ORDER, "drug", "value"), "line\none", "", "expected one line of at most 600 characters"),
    ((*ORDER, "route", "value"), "IM", "", 'expected one of IV, CIV, IV/PO, PO, IT, SC; found "IM"'),
    ((*ORDER, "times_per_day", "value"), 25, "", "expected a whole number from 1 to 24; found 25"),
    ((*ORDER, "times_per_day", "value"), 2.5, "", "expected a whole number from 1 to 24; found 2.5"),
    ((*ORDER, "second_person"), "yes", "", 'expected true or false; found "yes"'),
    ((*ORDER, "pattern"), "weekly", "", "expected one of listed-days, every-day, continuous-infusion"),
    ((*ORDER, "infusion_hours", "value"), 25, "", "expected a number from 0.1 to 24; found 25"),
    (
        (*ORDER, "days", "value"),
        [1, 29],
        "[1]",
        "expected a day of the cycle from 1 to 28, or a range such as 1-4; found 29",
    ),
    ((*ORDER, "days", "value"), [0], "[0]", "expected a day of the cycle from 1 to 28"),
    ((*ORDER, "days", "value"), ["5-3"], "[0]", "expected a day of the cycle from 1 to 28"),
    ((*ORDER, "days", "value"), ["20-9999"], "[0]", "expected a day of the cycle from 1 to 28"),
    ((*ORDER, "days", "value"), [8, 1], "", "expected rising numbers, each once; found 8, 1"),
    ((*ORDER, "days", "value"), ["1-4", 4], "", "expected rising numbers, each once; found 1, 2, 3, 4, 4"),
    ((*ORDER, "days", "value"), [], "", "expected at least one entry; found an empty list"),
    ((*ORDER, "days", "value"), 3, "", "expected a list; found 3"),
    ((*ORDER, "dose", "provenance"), [], "", "expected at least one entry"),
    ((*ORDER, "dose", "provenance"), ["X1"], "[0]", "expected a tag A, B1, B2, ..., GK or C"),
    ((*ORDER, "dose", "provenance"), ["B77"], "[0]", 'expected a tag that the sources explain; found "B77"'),
    ((*ORDER, "dose", "provenance"), ["A", "A"], "[1]", "expected each tag once"),
    ((*ORDER, "dose", "provenance"), "A", "", 'expected a list; found "A"'),
    (("version", "effective_on", "value"), "2017-02-30", "", "expected a date that exists"),
    (("version", "effective_on", "value"), "15 March 2017", "", "expected a date, YYYY-MM-DD"),
    (("body_surface_area", "value"), "boyd", "", "expected one of mosteller, du-bois, haycock, gehan-george"),
    (("format",), 2, "", "expected 1; found 2"),
    (("phases", 0, "cycle_length", "value"), 400, "", "expected a whole number from 1 to 366"),
    (
        ("phases", 0, "cycles", 0, "numbers", "value"),
        [1, 300],
        "[1]",
        "expected a cycle number from 1 to 120",
    ),
    (("eligibility", 4, "limit"), {"at_most": 3}, ".unit", "expected this key; it is missing"),
    (
        ("eligibility", 4, "limit"),
        {"at_most": 3, "below": 4, "unit": "ECOG"},
        "",
        "expected exactly one of at_least",
    ),
    (
        ("eligibility", 4, "limit"),
        "unknown",
        "",
        "expected a mapping with unit and one of at_least, above, at_most, below",
    ),
    (("eligibility", 1, "code"), "relapsed-refractory-b-all", "", "expected each name once"),
    (("notes", 0, "about"), "weather", "", "expected one of version, eligibility, mini-hcvd"),
    (("sources", 1, "tag"), "A", "", "expected each tag once"),
]


@pytest.mark.parametrize(("path", "value", "below", "message"), WRONG_VALUES, ids=lambda v: str(v)[:40])
def test_a_wrong_value_is_the_one_fault_reported_at_its_path(path, value, below, message):
    found = faults((path, value))
    place = path_text(path) + below
    assert found[place].startswith(message)
    unrelated = {p for p in found if not p.startswith(path_text(path))}
    assert {
        p for p in unrelated if "B1" not in found[p]
    } == set()  # a lost source tag may be missed elsewhere


def test_every_fault_is_reported_at_once_in_the_order_of_the_file():
    loaded = load_spoilt(
        ((*ORDER, "dose", "unit"), "mgm2"),
        ((*ORDER, "days", "value"), [1, 99]),
        ((*ORDER, "colour"), "red"),
        (("phases", 1, "cycle_length", "provenance"), REMOVED),
        (("arms", 0, "title"), REMOVED),
        (("notes", 2, "provenance"), ["Z"]),
    )
    assert [fault.path for fault in loaded.faults] == [
        "arms[0].title",
        "phases[0].cycles[0].orders[0].dose.unit",
        "phases[0].cycles[0].orders[0].days.value[1]",
        "phases[0].cycles[0].orders[0].colour",
        "phases[1].cycle_length.provenance",
        "notes[2].provenance[0]",
    ]
    assert all(fault.line for fault in loaded.faults)


def test_an_unknown_key_is_a_fault_with_the_key_that_was_meant():
    found = faults(((*ORDER, "does"), {"value": 1}))
    message = found[path_text((*ORDER, "does"))]
    assert message.startswith("expected one of code, drug, route,")
    assert message.endswith("found an unknown key (did you mean dose?)")


OPTIONAL = {
    "condition", "infusion_hours", "second_person", "note", "pattern", "first_course", "limit", "level", "at_most",
    "permanent_stops", "short",
}  # fmt: skip


def one_of_each_key(version):
    """The first path of each shape, list positions not counted: phases[*].cycles[*].orders[*].dose.unit, ..."""
    shapes = {}
    for path in every_path(tree(version)):
        if path and isinstance(path[-1], str):
            shapes.setdefault(tuple("*" if isinstance(key, int) else key for key in path), path)
    return shapes


def test_every_key_is_missed_where_it_belongs():
    """Each kind of key taken away in turn; without one that may be absent the file says something else."""
    amended, original = one_of_each_key("amended"), one_of_each_key("original")
    paths = [("amended", path) for path in amended.values()]
    paths += [("original", path) for shape, path in original.items() if shape not in amended]
    assert len(paths) > 80
    for version, path in paths:
        whole = tree(version)
        changed = copy.deepcopy(whole)
        container, key = at(changed, path)
        del container[key]
        loaded = load_tree(changed)
        if key in OPTIONAL and loaded.definition is not None:
            assert loaded.definition != load_text(TEXTS[version]).definition
        else:
            parent = path_text(path[:-1])
            entry = (
                parent.rpartition("[")[0] or parent or path_text(path)
            )  # the gap may show at the neighbour
            assert any(fault.path.startswith(entry) for fault in loaded.faults), (path, loaded.faults)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected a protocol; found an empty file"),
        ("\n# only a comment\n", "expected a protocol; found an empty file"),
        ("just words", "expected a mapping with format, protocol, version"),
        ("- a\n- b\n", "expected a mapping with format, protocol, version"),
        ("a: [1, 2", "expected YAML; "),
        ("a: b: c", "expected YAML; mapping values are not allowed here"),
        ("a:\n\tb: 1", "expected YAML; "),
        ("a: 1\n--- \nb: 2\n", "expected YAML; but found another document"),
        ("a: &x 1\nb: *x\n", "expected every value written out; found an anchor or alias"),
        ("a: *nowhere\n", "expected every value written out; found an anchor or alias"),
        ("a: !!python/object/apply:os.system ['true']\n", "expected plain values; found a tag (!)"),
        ("a: !secret 1\n", "expected plain values; found a tag (!)"),
        ("[" * 30 + "]" * 30, "expected at most 20 levels; found more"),
        ("[" * 100_000, "expected at most 20 levels; found more"),
        ("a: \x00", "expected text; found the character U+0000"),
        ("a: \x1b[31m", "expected text; found the character U+001B"),
        ("a: \ud800", "expected text; found the character U+D800"),
        ('a: "\\UFFFFFFFF"', "expected YAML; found an escape or directive that does not exist"),
        ("x" * 300_000, "expected at most 256000 characters; found 300000"),
    ],
    ids=lambda v: repr(v)[:30],
)
def test_text_that_is_no_protocol_is_one_clear_fault(text, message):
    loaded = load_text(text)
    assert loaded.definition is None
    assert loaded.faults[0].path == ""
    assert loaded.faults[0].message.startswith(message)
    assert len(loaded.faults) == 1


def test_a_bomb_of_aliases_is_refused_before_it_grows():
    bomb = "a0: &a0 [x]\n" + "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 30))
    (fault,) = load_text(bomb).faults
    assert "anchor or alias" in fault.message
    assert fault.line == 1


def test_a_doubled_key_is_a_fault_with_its_line():
    text = TEXTS["amended"].replace("  code: NCT01371630\n", "  code: NCT01371630\n  code: NCT00000000\n", 1)
    (fault,) = load_text(text).faults
    assert str(fault) == "protocol.code: expected each key once; found code again (line 8)"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"a: \xff\xfe", "expected UTF-8 text; found the byte 0xff"),
        (TEXTS["amended"].encode("utf-16"), "expected UTF-8 text; found the byte 0xff"),
        (TEXTS["amended"].encode("latin-1", "replace"), "expected UTF-8 text; found the byte 0xb2"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "expected UTF-8 text; found the byte 0x89"),
        (b"PK\x03\x04" + bytes(64), "expected text; found the character U+0003"),
        (TEXTS["amended"].encode()[:4000], ""),
    ],
)
def test_bytes_that_are_no_protocol_are_faults(data, message):
    loaded = load_bytes(data)
    assert loaded.definition is None
    assert loaded.faults[0].message.startswith(message)


def test_the_hash_does_not_depend_on_line_ends_byte_order_mark_or_blank_lines_at_the_end():
    text = TEXTS["amended"]
    expected = hashlib.sha256(text.encode()).hexdigest()
    variants = [
        text.encode(),
        text.replace("\n", "\r\n").encode(),
        b"\xef\xbb\xbf" + text.encode(),
        text.encode() + b"\n\n",
    ]
    for variant in variants:
        loaded = load_bytes(variant)
        assert (loaded.sha256, loaded.text) == (expected, text)
        assert loaded.definition == load_text(text).definition
    assert load_text(text.replace("150", "151", 1)).sha256 != expected


def test_a_text_with_faults_has_no_definition():
    with pytest.raises(DefinitionError, match="file: expected a protocol; found an empty file") as raised:
        definition_of("")
    assert len(raised.value.faults) == 1
