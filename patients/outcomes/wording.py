"""How the numbers of the outcomes are written: percentages, intervals, months, P values. Missing stays a dash. Pure."""

from __future__ import annotations

import math

MISSING = "–"
NOT_REACHED = "not reached"
Limits = tuple[float | None, float | None] | None


def whole(percent: float | None) -> str:
    """83: without decimals, halves up, as a paper prints it."""
    return MISSING if percent is None else str(math.floor(percent + 0.5))


def percent(value: float | None) -> str:
    return MISSING if value is None else f"{whole(value)} %"


def interval(limits: Limits) -> str:
    """75–89, in the unit of the value beside it; "" where there is none."""
    if limits is None or limits == (None, None):
        return ""
    return f"{whole(limits[0])}–{whole(limits[1])}"


def tenth(value: float | None, missing: str = MISSING) -> str:
    """14.0: months and years with one decimal, halves up."""
    return missing if value is None else f"{math.floor(value * 10 + 0.5) / 10:.1f}"


def p_value(p: float | None) -> str:
    """P = 0.056, as many decimals as the first significant one needs; P < 0.0001 below that; "" without one."""
    if p is None:
        return ""
    if p < 0.0001:
        return "P < 0.0001"
    decimals = 2 if p >= 0.1 else 3 if p >= 0.001 else 4
    return f"P = {p:.{decimals}f}"


def patients(number: int) -> str:
    return {0: "no patient", 1: "1 patient"}.get(number, f"{number} patients")
