"""The figures of the published cohort, and how a report differs from what is expected."""

import json
from pathlib import Path
from typing import Any

REFERENCE = Path(__file__).resolve().parents[2] / "reference"
TOLERANCE = 1e-6


def published_figures() -> dict[str, Any]:
    found = json.loads((REFERENCE / "published_expected.json").read_text())
    del found["meta"]
    return found


def differences(expected: Any, found: Any, path: str = "") -> list[str]:
    """Each value that differs by more than 1e-6, each key that one of them lacks (not so groups without anybody)."""
    if isinstance(expected, dict) and isinstance(found, dict):
        return [
            line
            for key in sorted({*expected, *found})
            for line in _at_key(expected, found, key, f"{path}/{key}")
        ]
    if isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        pairs = zip(expected, found, strict=True)
        return [line for place, pair in enumerate(pairs) for line in differences(*pair, f"{path}[{place}]")]
    return [] if _same(expected, found) else [f"{path}: {expected!r} expected, {found!r} found"]


def _at_key(expected: dict, found: dict, key: str, path: str) -> list[str]:
    if key not in found:
        return [f"{path}: missing"]
    if key not in expected:
        return [] if _empty_group(found[key]) else [f"{path}: not expected"]
    return differences(expected[key], found[key], path)


def _empty_group(value: Any) -> bool:
    return value == 0 or (isinstance(value, dict) and value.get("n") == 0)


def _same(expected: Any, found: Any) -> bool:
    if type(expected) in (int, float) and type(found) in (int, float):
        return abs(expected - found) <= TOLERANCE
    return type(expected) is type(found) and expected == found
