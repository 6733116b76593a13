"""Plausibility of events. What really happened is always recordable: where a rule may be wrong, it only warns."""

from collections.abc import Iterable
from decimal import Decimal

from patients.edit_checks.assessments import EARLY_DEATH_DAYS
from patients.edit_checks.facts import REMISSION, Facts
from patients.edit_checks.findings import Finding, Rule, Values, error, warning
from regimens.units import show

RELAPSE_BLASTS_FROM = Decimal(5)  # percent; general knowledge, to be confirmed by the study team
DAYS_BEFORE_HCT = 30


def relapse_after_remission(values: Values, facts: Facts) -> Iterable[Finding]:
    if not facts.remissions_before(values["on"]):
        yield warning(
            "relapse-without-remission",
            "on",
            f"No CR, CRp or CRi is recorded before {values['on']}. Record the response first, correct the "
            "date, or say why this is a relapse.",
        )


def relapse_blasts(values: Values, facts: Facts) -> Iterable[Finding]:
    blasts = values["bm_blasts_pct"]
    if values["kind"] == "marrow" and blasts is not None and blasts < RELAPSE_BLASTS_FROM:
        yield warning(
            "relapse-few-blasts",
            "bm_blasts_pct",
            f"Marrow blasts {show(blasts)} % with a relapse in the marrow, which usually means 5 % or more "
            "(to be confirmed). Correct the value or the site of relapse, or say why.",
        )


def hct_after_stop_drugs(values: Values, facts: Facts) -> Iterable[Finding]:
    """Day 0 lies after the last dose of the drugs that VOD would stop, and better not within 30 days of it."""
    if not facts.stop_drug_doses:
        return
    last, drugs = facts.stop_drug_doses[-1], " or ".join(facts.stop_drugs)
    days = (values["on"] - last).days
    if days < 0:
        yield error(
            "hct-before-last-dose",
            "on",
            f"The date {values['on']} lies before the last dose of {drugs} on {last}. Correct the date, or "
            "correct that dose.",
        )
    elif days < DAYS_BEFORE_HCT:
        yield warning(
            "hct-soon-after-dose",
            "on",
            f"Day 0 on {values['on']} is {days} days after the last dose of {drugs} ({last}); under "
            f"{DAYS_BEFORE_HCT} days raises the risk of VOD. Check both dates, then say why.",
        )


def vod_has_a_cause(values: Values, facts: Facts) -> Iterable[Finding]:
    """VOD follows the drugs that cause it, or a transplant."""
    causes = [*facts.stop_drug_doses, *(known.on for known in facts.of("hct"))]
    if not any(day <= values["on"] for day in causes):
        drugs = " or ".join(facts.stop_drugs)
        yield warning(
            "vod-without-cause",
            "on",
            f"Neither a dose{' of ' + drugs if drugs else ''} nor a transplant is recorded up to "
            f"{values['on']}. Record it, correct the date, or say what caused the VOD.",
        )


def nothing_recorded_after(what: str) -> Rule:
    """No record and no dose lies after this event. A warning only: the plan must close and its reminders stop."""

    def rule(values: Values, facts: Facts) -> Iterable[Finding]:
        later = [(known.on, str(known)) for known in facts.records if known.on > values["on"]]
        later += [(day, f"a dose given on {day}") for day in facts.doses[-1:] if day > values["on"]]
        if later:
            _, words = max(later)
            yield warning(
                "recorded-after",
                "on",
                f"{what} on {values['on']}, but {words} lies after it. Correct this date; if the other one is "
                "wrong, say so here and correct it next.",
            )

    return rule


def no_dose_after(what: str) -> Rule:
    def rule(values: Values, facts: Facts) -> Iterable[Finding]:
        if facts.doses and facts.doses[-1] > values["on"]:
            yield warning(
                "dose-after",
                "on",
                f"{what} on {values['on']}, but a dose was given on {facts.doses[-1]}. Correct one of the "
                "two, or say why.",
            )

    return rule


def death_soon_in_remission(values: Values, facts: Facts) -> Iterable[Finding]:
    if not facts.doses or (values["on"] - facts.doses[0]).days > EARLY_DEATH_DAYS:
        return
    for known in facts.of("response"):
        if known.values["category"] in REMISSION:
            days = (values["on"] - facts.doses[0]).days
            yield warning(
                "early-death-in-remission",
                "on",
                f"Death {days} days after the first dose, with {known.values['category']} on {known.on}. "
                "Check both dates, then say that they are right.",
            )
            return


def vod_resolved_fits(values: Values, facts: Facts) -> Iterable[Finding]:
    if values["resolved_on"] is not None and not values["resolved"]:
        yield error(
            "vod-resolved-day",
            "resolved_on",
            f"Resolved on {values['resolved_on']}, but “resolved” is not “yes”. Answer yes, or leave the day blank.",
        )


def past_mrd_fits(values: Values, facts: Facts) -> Iterable[Finding]:
    negative_on = values["mrd_negative_on"]
    if negative_on is None:
        return
    if values["best_mrd"] != "negative":
        yield error(
            "past-mrd",
            "mrd_negative_on",
            f"MRD first negative on {negative_on}, but the best MRD is “{values['best_mrd'] or 'blank'}”. Correct "
            "one of the two.",
        )
    elif negative_on < values["on"]:
        yield error(
            "past-mrd",
            "mrd_negative_on",
            f"MRD first negative on {negative_on}, before treatment started on {values['on']}. Correct one of the two.",
        )
