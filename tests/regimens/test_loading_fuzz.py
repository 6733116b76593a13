"""Whatever the file is: a definition, or faults that say where. Never anything else."""

from hypothesis import example, given, settings
from hypothesis import strategies as st

from regimens.loading import load_bytes, load_text, shipped
from tests.regimens.builders import load_tree, tree
from tests.regimens.spoiling import at, every_path

TEXT = dict(shipped())["amended"]
PATHS = [path for path in every_path(tree()) if path]
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(10**12), 10**12)
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(["A", "mg", "1-4", "IV", "28", "2020-01-01", "pomp", "1.8", "to be confirmed"])
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
)


def check(loaded):
    assert (loaded.definition is None) == bool(loaded.faults)
    for fault in loaded.faults:
        assert fault.message.startswith("expected")
        assert str(fault).isprintable()
        assert len(str(fault)) < 1000


@settings(max_examples=20)
@given(st.sampled_from(PATHS), values)
def test_any_value_anywhere(path, value):
    changed = tree()
    container, key = at(changed, path)
    container[key] = value
    check(load_tree(changed))


@settings(max_examples=20)
@given(st.integers(0, len(TEXT)), st.integers(0, 40), st.text(max_size=8))
def test_any_slip_of_the_keyboard(place, cut, typed):
    check(load_text(TEXT[:place] + typed + TEXT[place + cut :]))


@given(st.binary(max_size=300))
@example(b"")
@example(b"%YAML 9999999999.1\n---\na: 1\n")
@example(b"%TAG ! tag:x\n--- a\n")
@example(b"? [a]\n: b\n")
@example(b"{? {a: 1}: 2, [1]: 3}")
@example(b"a: |\n  block\nb: >-\n  folded\n")
def test_any_bytes(data):
    check(load_bytes(data))


@given(st.text(max_size=200))
def test_any_text(text):
    check(load_text(text))
