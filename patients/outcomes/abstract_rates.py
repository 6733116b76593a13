"""Of the abstract: who the patients were, response, MRD, transplant and VOD. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from patients.outcomes.abstract_parts import Number, Sentence, listed, of, rest, share, tested, was
from patients.outcomes.figures import NUMERATOR, Figures, Group, Rate
from patients.outcomes.wording import interval, patients, percent, whole

BEFORE, AFTER = "original", "amended"  # the versions before and after the amendment
MRD_NEGATIVE = "mrd_negative_of_evaluable_responders"


def enrolled(figures: Figures) -> Iterable[Sentence]:
    n = len(figures.subjects)
    arms = [(_size(figures, "arm", group), f" assigned to {group.label}") for group in figures.groups("arm")]
    everybody = Number(patients(n), "patients")
    yield (everybody, f" {was(n)} enrolled, ", *_versions(figures), ": ", *listed(arms), ".")


def _versions(figures: Figures) -> Sentence:
    """67 before and 41 after the amendment; versions of other names by their names."""
    groups = sorted(figures.groups("version"), key=lambda group: group.value != BEFORE)
    known = {BEFORE: " before", AFTER: " after"}
    if all(group.value in known for group in groups):
        sizes = [(_size(figures, "version", group), known[group.value]) for group in groups]
        return (*listed(sizes), " the amendment")
    return listed([(_size(figures, "version", group), f" under version {group.label}") for group in groups])


def _size(figures: Figures, key: str, group: Group) -> Number:
    found = figures.selection(key, group.token)
    return Number(str(found.n if found else 0), key, group.token)


def baseline(figures: Figures) -> Iterable[Sentence]:
    age = figures.age
    first, prior = figures.rate("salvage_1"), figures.rate("prior_hct")
    yield (
        "Median age was ",
        Number(f"{whole(age.median)} years ({age.minimum}–{age.maximum})", "age"),
        "; ",
        share(first),
        f" {was(first.k)} in first salvage and ",
        rest(first),
        " in later salvage",
        *((", and ", share(prior), " had a transplant before") if prior.n else ()),
        ".",
    )


def response(figures: Figures) -> Iterable[Sentence]:
    rate = figures.rate("orr")
    if rate.n:
        responded = f"{rate.k} responded ({percent(rate.percent)}, 95 % interval {interval(rate.interval)})"
        yield (
            "Of ",
            Number(patients(rate.n), "orr"),
            " evaluable for response, ",
            Number(responded, "orr", part=NUMERATOR),
            ": CR ",
            share(figures.rate("cr")),
            ", CRp or CRi ",
            share(figures.rate("crp_cri")),
            ".",
        )


def by_salvage(figures: Figures) -> Iterable[Sentence]:
    """First salvage with its classes, then the later ones."""
    first = figures.rate("orr", "salvage_line:S1")
    classes = [rate for rate in figures.table("orr", "salvage").rates if rate.n]
    if first.n:
        inside = [_class(rate) for rate in classes if _is_first(rate)]
        yield ("In first salvage ", of(first), " responded: ", *listed(inside), ".")
    later = [_class(rate) for rate in classes if not _is_first(rate)]
    if later:
        yield ("In later salvage: ", *listed(later), ".")


def _is_first(rate: Rate) -> bool:
    return rate.group.value.startswith("S1")


def _class(rate: Rate) -> Sentence:
    return (f"{rate.group.label.removeprefix('S1, ')} ", of(rate))


def not_assessed(figures: Figures) -> Iterable[Sentence]:
    missing = figures.rate("not_assessed")
    if missing.k:
        whom = Number(patients(missing.k), missing.key, part=NUMERATOR)
        yield (whom, f" {was(missing.k)} not assessed for response and {was(missing.k)} left out of it.")


def mrd(figures: Figures) -> Iterable[Sentence]:
    rate, first = figures.rate(MRD_NEGATIVE), figures.rate(MRD_NEGATIVE, "salvage_line:S1")
    if rate.n:
        inside = (", in first salvage in ", of(first)) if first.n else ()
        yield ("MRD became negative in ", of(rate, limits=True), " evaluable responders", *inside, ".")


def transplant(figures: Figures) -> Iterable[Sentence]:
    rate = figures.rate("hct")
    if rate.n and not rate.k:
        yield (Number("No patient", "hct", part=NUMERATOR), " went on to transplant.")
    elif rate.n:
        yield (share(rate), " went on to transplant: ", *_by_arm(figures, "hct"), ".")


def _by_arm(figures: Figures, key: str) -> Sentence:
    rates = [rate for rate in figures.table(key, "arm").rates if rate.n]
    return listed([(of(rate), f" assigned to {rate.group.label}") for rate in rates])


def vod(figures: Figures) -> Iterable[Sentence]:
    rate = figures.rate("vod")
    if rate.n and not rate.k:
        yield (Number("No patient", "vod", part=NUMERATOR), " had VOD.")
    elif rate.n:
        test = figures.table("vod", "arm").test.chosen
        yield ("VOD occurred in ", of(rate), ": ", *_by_arm(figures, "vod"), *tested(test), ".")
        if figures.rate("vod_of_transplanted").n:
            yield ("Among the transplanted it occurred in ", *_by_arm(figures, "vod_of_transplanted"), ".")
