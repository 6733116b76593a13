"""Plausibility of responses and MRD. Blasts in percent, counts in 10^9/l, MRD as a fraction.

Limits of the response categories: marrow blasts under 5 %, neutrophils of 1.0 and platelets of 100 or more in CR; CRp
is CR without the platelets; CRi has not recovered both (label of inotuzumab ozogamicin; MDACC usage for CRp).
MRD: the trial's flow cytometry reaches 10^-4; a result is negative below 0.0001, and 0.0001 itself is positive.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from patients.edit_checks.facts import REMISSION, Facts
from patients.edit_checks.findings import Finding, Values, error, warning
from regimens.units import show

BLASTS_UNDER = Decimal(5)
ANC_FROM = Decimal("1.0")
PLATELETS_FROM = Decimal(100)
PARTIAL_BLASTS = (Decimal(5), Decimal(25))
MRD_LIMIT = Decimal("0.0001")
EARLY_DEATH_DAYS = 30  # general knowledge; to be confirmed by the study team
CLEARED = REMISSION | {"MLFS"}


def response_after_first_dose(values: Values, facts: Facts) -> Iterable[Finding]:
    if not facts.doses:
        if values["category"] not in {"NE", "ED"}:
            yield warning(
                "no-dose-yet",
                "on",
                f"No dose is recorded, but a response on {values['on']}. Record the doses first, or say why.",
            )
    elif values["on"] < facts.doses[0]:
        yield error(
            "before-first-dose",
            "on",
            f"The date {values['on']} lies before the first dose on {facts.doses[0]}. A response is assessed "
            "after it: correct the date.",
        )


def response_category_fits(values: Values, facts: Facts) -> Iterable[Finding]:
    category = values["category"]
    if category in CLEARED:
        yield from _blasts_cleared(values)
        yield from _no_extramedullary_disease(values)
    if category == "CR":
        yield from _recovered(values, "anc_10e9_l", "Neutrophils", ANC_FROM, "CRi")
        yield from _recovered(values, "platelets_10e9_l", "Platelets", PLATELETS_FROM, "CRp or CRi")
    if category == "CRp":
        yield from _recovered(values, "anc_10e9_l", "Neutrophils", ANC_FROM, "CRi")
        yield from _platelets_not_recovered(values)
    if category == "CRi":
        yield from _not_both_recovered(values)
    if category == "PR":
        yield from _partial_blasts(values)


def _blasts_cleared(values: Values) -> Iterable[Finding]:
    blasts = values["bm_blasts_pct"]
    if blasts is not None and blasts >= BLASTS_UNDER:
        yield error(
            "blasts-not-cleared",
            "bm_blasts_pct",
            f"Marrow blasts {show(blasts)} % with {values['category']}, which needs less than 5 %. Correct "
            "the value or the category.",
        )


def _no_extramedullary_disease(values: Values) -> Iterable[Finding]:
    if values["extramedullary"]:
        yield error(
            "extramedullary-disease",
            "extramedullary",
            f"Extramedullary disease “yes” with {values['category']}, which excludes it. Correct one of the two.",
        )


def _recovered(values: Values, field: str, label: str, limit: Decimal, instead: str) -> Iterable[Finding]:
    count = values[field]
    if count is not None and count < limit:
        yield error(
            "counts-not-recovered",
            field,
            f"{label} {show(count)} ×10⁹/l with {values['category']}, which needs {limit} or more. Correct "
            f"the value, or choose {instead}.",
        )


def _platelets_not_recovered(values: Values) -> Iterable[Finding]:
    platelets = values["platelets_10e9_l"]
    if platelets is not None and platelets >= PLATELETS_FROM:
        yield error(
            "platelets-recovered",
            "platelets_10e9_l",
            f"Platelets {show(platelets)} ×10⁹/l with CRp, which means under 100. Correct the value, or choose CR.",
        )


def _not_both_recovered(values: Values) -> Iterable[Finding]:
    anc, platelets = values["anc_10e9_l"], values["platelets_10e9_l"]
    if anc is not None and platelets is not None and anc >= ANC_FROM and platelets >= PLATELETS_FROM:
        yield error(
            "counts-recovered",
            "category",
            f"Neutrophils {show(anc)} and platelets {show(platelets)} ×10⁹/l have both recovered, which CRi "
            "excludes. Choose CR, or correct a value.",
        )


def _partial_blasts(values: Values) -> Iterable[Finding]:
    blasts = values["bm_blasts_pct"]
    low, high = PARTIAL_BLASTS
    if blasts is not None and not low <= blasts <= high:
        yield warning(
            "partial-remission-blasts",
            "bm_blasts_pct",
            f"Marrow blasts {show(blasts)} % with PR, which usually means 5 to 25 %. Correct the value or the "
            "category, or say why.",
        )


def early_death_fits(values: Values, facts: Facts) -> Iterable[Finding]:
    """ED is death before the response was assessed; the window is to be confirmed, so it only warns."""
    if values["category"] != "ED":
        return
    death = facts.the("death")
    if death is None:
        yield warning(
            "early-death-alive",
            "category",
            "ED, early death, but no death is recorded. Record the death, or say why.",
        )
    elif facts.doses and (death.on - facts.doses[0]).days > EARLY_DEATH_DAYS:
        days = (death.on - facts.doses[0]).days
        yield warning(
            "early-death-late",
            "category",
            f"ED, early death, but the patient died {days} days after the first dose; early means up to "
            f"{EARLY_DEATH_DAYS} days (to be confirmed). Choose another category, or say why.",
        )


def mrd_result_fits(values: Values, facts: Facts) -> Iterable[Finding]:
    check = {"negative": _negative, "positive": _positive, "not evaluable": _not_evaluable}[values["result"]]
    yield from check(values["value"], values["sensitivity"])


def _negative(value: Any, sensitivity: Any) -> Iterable[Finding]:
    if value is not None and value >= MRD_LIMIT:
        yield error(
            "mrd-value-positive",
            "value",
            f"The value {show(value)} is positive: negative means below 0.0001 (0.01 %). Correct the value or "
            "the result.",
        )
    if sensitivity is None and value is None:
        yield error(
            "mrd-sensitivity-missing",
            "sensitivity",
            "Sensitivity reached is missing. A negative result counts only at 0.0001 or better: enter it, or choose "
            "“not evaluable”.",
        )
    if sensitivity is not None and sensitivity > MRD_LIMIT:
        yield error(
            "mrd-not-sensitive",
            "sensitivity",
            f"Sensitivity reached {show(sensitivity)} is worse than 0.0001 (0.01 %), so the result cannot "
            "count as negative. Correct it, or choose “not evaluable”.",
        )


def _positive(value: Any, sensitivity: Any) -> Iterable[Finding]:
    if value is not None and value < MRD_LIMIT:
        yield error(
            "mrd-value-negative",
            "value",
            f"The value {show(value)} is below 0.0001 (0.01 %), which counts as negative; 0.0001 itself is "
            "positive. Correct the value or the result.",
        )


def _not_evaluable(value: Any, sensitivity: Any) -> Iterable[Finding]:
    if value is not None:
        yield error(
            "mrd-value-not-evaluable",
            "value",
            f"The value {show(value)} is given, but the result is “not evaluable”. Leave the value blank, or "
            "choose the result it shows.",
        )


def mrd_in_remission(values: Values, facts: Facts) -> Iterable[Finding]:
    """MRD is meant for patients in remission; where the last response says otherwise, a person looks again."""
    before = [known for known in facts.of("response") if known.on <= values["on"]]
    if before and before[-1].values["category"] not in CLEARED and values["result"] != "not evaluable":
        last = before[-1]
        yield warning(
            "mrd-without-remission",
            "on",
            f"The last response before {values['on']} is {last.values['category']} of {last.on}: no "
            "remission. Correct the date or the response, or say why MRD is recorded.",
        )
