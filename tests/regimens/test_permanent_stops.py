"""Drugs that a protocol stops for good after an event: read from the file, faults with their path."""

import pytest

from regimens import loading

STOP = "{event: vod, orders: [inotuzumab-ozogamicin], provenance: [B16]}"
SECTION = f"permanent_stops:\n  - {STOP}\n"


def text_of(name: str) -> str:
    return dict(loading.shipped())[name]


@pytest.mark.parametrize("name", loading.SHIPPED)
def test_vod_stops_inotuzumab_and_says_why(name: str) -> None:
    definition = loading.shipped_definition(name)
    assert definition.drugs_stopped_by("vod") == ("inotuzumab ozogamicin",)
    assert [stop.provenance for stop in definition.permanent_stops] == [("B16",)]


def test_a_file_without_the_section_stops_nothing() -> None:
    text = text_of("amended").replace(SECTION, "")
    loaded = loading.load_text(text.replace("  - tag: B16\n", "  - tag: B99\n"))
    assert loaded.definition is not None, loaded.faults
    assert loaded.definition.drugs_stopped_by("vod") == ()


@pytest.mark.parametrize(
    ("instead", "path", "message"),
    [
        (
            "{event: vdo, orders: [inotuzumab-ozogamicin], provenance: [B16]}",
            "[0].event",
            "expected one of vod",
        ),
        (
            "{event: vod, orders: [inotuzumab], provenance: [B16]}",
            "[0].orders[0]",
            "expected an order of this file",
        ),
        ("{event: vod, orders: [], provenance: [B16]}", "[0].orders", "expected at least one entry"),
        (
            "{event: vod, orders: [rituximab, rituximab], provenance: [B16]}",
            "[0].orders[1]",
            "each name once",
        ),
        ("{event: vod, orders: [rituximab], provenance: [B77]}", "[0].provenance[0]", "the sources explain"),
        ("{event: vod, orders: [rituximab]}", "[0].provenance", "expected this key; it is missing"),
        (f"{STOP}\n  - {STOP}", "[1].event", "each name once"),
    ],
)
def test_a_fault_is_named_with_its_path(instead: str, path: str, message: str) -> None:
    loaded = loading.load_text(text_of("original").replace(STOP, instead))
    assert loaded.definition is None
    found = {fault.path: fault.message for fault in loaded.faults}
    assert message in found[f"permanent_stops{path}"]
