"""A survival figure as SVG: ours beside matplotlib's, of the same patients, with bands, ticks and numbers at risk."""

import io
import statistics
from random import Random
from typing import Any

from tests.bench import clock

ROUNDS = 9
GROUPS = ("S1", "S2 or later")
HEAD = ["figure", "ms", "matplotlib ms", "x matplotlib", "goal", "kB", "matplotlib kB", "goal kB"]
GOAL, GOAL_KB = "0.10", "12"
MONTH = 30.4375
SHOWN = range(0, 61, 12)


def run() -> list[list[str]]:
    return [row_of(number) for number in (108, 1000)]


def row_of(number: int) -> list[str]:
    curves = dict(zip(GROUPS, curves_of(number), strict=True))

    def own() -> bytes:
        return ours(curves)

    def other() -> bytes:
        return matplotlibs(curves)

    mine, reference = clock.in_turn([own, other], rounds=ROUNDS)
    return [
        f"Kaplan-Meier, n = {number}, two groups",
        f"{statistics.median(mine):.2f}",
        f"{statistics.median(reference):.1f}",
        f"{clock.ratio(mine, reference):.3f}",
        GOAL if number == 108 else "",
        f"{len(own()) / 1000:.1f}",
        f"{len(other()) / 1000:.1f}",
        GOAL_KB if number == 108 else "",
    ]


def curves_of(number: int) -> list[Any]:
    from patients.outcomes.survival import kaplan_meier

    some = Random(3)  # noqa: S311 - the same patients each time
    rows = [(some.randrange(1, 3000), some.random() < 0.6) for _ in range(number)]
    cut = round(number * 0.7)
    return [kaplan_meier([t for t, _ in part], [d for _, d in part]) for part in (rows[:cut], rows[cut:])]


def ours(curves: dict[str, Any]) -> bytes:
    from patients.charts import Line, km_figure

    lines = [Line(name, curve, f"c-{n}", n) for n, (name, curve) in enumerate(curves.items(), start=1)]
    titles = {"title": "Overall survival", "y_title": "Alive (%)", "x_title": "Months"}
    return str(km_figure(lines, key="os", month=MONTH, **titles)).encode()


def matplotlibs(curves: dict[str, Any]) -> bytes:
    import matplotlib as mpl

    mpl.use("svg")
    from matplotlib import pyplot

    drawing, axes = pyplot.subplots(figsize=(5.2, 3.5))
    for row, (name, curve) in enumerate(curves.items()):
        steps = curve.steps
        months = [step.time / MONTH for step in steps]
        axes.step([0, *months], [1, *(s.survival for s in steps)], where="post", label=name)
        limited = [(at, s) for at, s in zip(months, steps, strict=True) if s.lower is not None]
        bounds = [[s.lower for _, s in limited], [s.upper for _, s in limited]]
        axes.fill_between([at for at, _ in limited], *bounds, step="post", alpha=0.15)
        ticks = [(at, s.survival) for at, s in zip(months, steps, strict=True) if s.censored]
        axes.plot(*zip(*ticks, strict=True), "|")
        for month in SHOWN:
            axes.text(month, -0.35 - 0.1 * row, str(curve.at_risk(month * MONTH)), ha="center")
    axes.set(xlim=(0, 60), ylim=(0, 1), xlabel="Months", ylabel="Alive", xticks=list(SHOWN))
    axes.legend()
    written = io.BytesIO()
    drawing.savefig(written, format="svg", bbox_inches="tight")
    pyplot.close(drawing)
    return written.getvalue()
