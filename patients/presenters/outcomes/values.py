"""Every value of the report, in full: the same numbers as the command prints, as tables."""

from collections.abc import Iterable, Iterator
from typing import Any

from patients.outcomes.endpoints import GROUPING, RATE, SURVIVAL
from patients.presenters.common import sentence
from patients.presenters.outcomes.links import Links
from protocoltracker.tables import Column, Linked, Table

PLACES = 6
Json = dict[str, Any]
SHARES = ("S", "lo", "hi", "at_risk")
MEDIANS = ("value", "midpoint_convention", "lo", "hi")


def tables(report: Json, links: Links) -> list[Table]:
    """One table a part of the report, in its order."""
    incidence = next(key for key in report if key.startswith("cumulative_incidence"))
    return [
        _table("counts", "Counts", ("What", "Group"), ("Patients",), _counts(report["counts"])),
        _table("times", "Age and follow-up", ("What", "Of"), ("Value",), _described(report)),
        _table(
            "proportions",
            "Proportions",
            ("Rate", "Group"),
            ("k", "N", "%", "Wilson lower", "Wilson upper", "Clopper-Pearson lower", "Clopper-Pearson upper"),
            _proportions(report["proportions"], links),
        ),
        _table(
            "tests",
            "Tests between groups",
            ("Table", "Rows"),
            ("chi-square", "degrees of freedom", "P chi-square", "P Fisher", "P Yates"),
            _tests(report["tests"]),
        ),
        _table("survival", "Survival", ("Time", "Group"), _survival_columns(report), _survival(report)),
        _table(
            "log-rank",
            "Log-rank tests",
            ("Time", "Groups"),
            ("chi-square", "degrees of freedom", "P"),
            _log_rank(report["survival"]),
        ),
        _table(
            "incidence",
            "Cumulative incidence at 36 months",
            ("Event", "Group"),
            ("n", "Events", "Competing", "%", "lower", "upper"),
            _incidence(report[incidence]),
        ),
    ]


def _table(
    name: str, caption: str, words: Iterable[str], numbers: Iterable[str], rows: Iterable[tuple]
) -> Table:
    columns = (*map(Column, words), *(Column(label, numeric=True, places=PLACES) for label in numbers))
    return Table(f"values-{name}", caption, columns, list(rows))


def label(by: str, value: str) -> str:
    return GROUPING[by].label(value) if by in GROUPING else value


NAMED = {"ecog": "ECOG", "hct": "HCT", "vod": "VOD", "mrd": "MRD"}


def in_words(key: str) -> str:
    """best_mrd_among_responders -> Best MRD among responders."""
    return sentence(" ".join(NAMED.get(word, word) for word in key.split("_")))


def _counts(counts: Json) -> Iterator[tuple]:
    for key, found in counts.items():
        what = in_words(key)
        if isinstance(found, dict):
            yield from ((what, label(key, value), number) for value, number in found.items())
        else:
            yield what, "All patients", found


def _described(report: Json) -> Iterator[tuple]:
    yield from (("Age, years", what, value) for what, value in report["age"].items())
    for who, found in report["follow_up_months"].items():
        if isinstance(found, dict):
            yield from ((f"Follow-up, months, {who}", what, value) for what, value in found.items())
        else:
            yield "Follow-up, months", who, found


def _proportions(proportions: Json, links: Links) -> Iterator[tuple]:
    for key, found in proportions.items():
        for token, who, share in _groups(found):
            k = Linked(share["k"], links.patients(key, token, "numerator"))
            n = Linked(share["n"], links.patients(key, token))
            limits = (*(share["wilson"] or (None,) * 2), *(share["clopper_pearson"] or (None,) * 2))
            yield (RATE[key].title, who, k, n, share["pct"], *limits)


def _groups(found: Json) -> Iterator[tuple[str, str, Any]]:
    """(token, label, what is said of it), of everybody and then of each group."""
    yield "", "All patients", found["overall"]
    for by, groups in found.items():
        if by != "overall":
            for value, one in groups.get("groups", groups).items():
                yield f"{by}:{value}", label(by, value), one


def _tests(tests: Json) -> Iterator[tuple]:
    for name, found in tests.items():
        rows = ", ".join(
            f"{row} {yes}:{no}" for row, (yes, no) in zip(found["rows"], found["table"], strict=True)
        )
        numbers = (found.get(key) for key in ("chi2", "chi2_df", "chi2_p", "fisher_p", "chi2_yates_p"))
        yield (in_words(name), rows, *numbers)


def _survival_columns(report: Json) -> tuple[str, ...]:
    shape = report["survival"]["os"]["overall"]
    shares = (f"{what} at {month}" for month in shape["at"] for what in ("S", "lower", "upper", "at risk"))
    at_risk = (f"at risk at {month}" for month in shape["at_risk"] if month not in shape["at"])
    medians = ("median", "median as midpoint", "median lower", "median upper")
    return ("n", "Events", *shares, *at_risk, *medians)


def _survival(report: Json) -> Iterator[tuple]:
    found = report["survival"]
    for key, kind in SURVIVAL.items():
        for _, who, curve in _groups(found[key]):
            yield (kind.title, who, *_curve(curve))
    for who, curve in found["os_hct_landmark"]["groups"].items():
        yield ("Survival from the landmark", who, *_curve(curve))


def _curve(curve: Json) -> Iterator[object]:
    yield from (curve["n"], curve["events"])
    for point in curve["at"].values():
        yield from (point[what] for what in SHARES)
    yield from (number for month, number in curve["at_risk"].items() if month not in curve["at"])
    yield from (curve["median_months"][what] for what in MEDIANS)


def _log_rank(survival: Json) -> Iterator[tuple]:
    for key, kind in SURVIVAL.items():
        for by, found in survival[key].items():
            if by != "overall":
                yield (kind.title, GROUPING[by].title, *_test(found["logrank"]))
    landmark = survival["os_hct_landmark"]
    yield ("Survival from the landmark", "transplant", *_test(landmark["logrank"]))


def _test(found: Json) -> tuple[object, ...]:
    return tuple(found[what] for what in ("chi2", "df", "p"))


def _incidence(incidence: Json) -> Iterator[tuple]:
    for event, found in incidence.items():
        for _, who, one in _groups(found):
            yield (
                in_words(event),
                who,
                *(one[what] for what in ("n", "events", "competing", "cif36", "lo", "hi")),
            )
