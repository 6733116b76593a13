"""The protocol files are the only place that knows the drugs, arms and days of this trial."""

import ast
import re
from pathlib import Path

from regimens.loading import shipped_definition

ROOM = Path(__file__).parents[2] / "regimens"
# The fact CD20 is measured in the engine's own words; the help of `plan` explains options with this trial's names.
ENGINE = [p for p in [*ROOM.glob("*.py"), *ROOM.glob("reading/*.py")] if p.name != "plan.py"]


def words_of_the_trial() -> set[str]:
    found = set()
    for version in ("original", "amended"):
        definition = shipped_definition(version)
        found |= {arm.name for arm in definition.arms} | {phase.name for phase in definition.phases}
        for phase in definition.phases:
            orders = [order for template in phase.templates for order in template.orders]
            found |= {order.code for order in orders} | {order.drug.value for order in orders}
    return found


def code_of(path: Path) -> str:
    """The source without comments and docstrings, which may give examples."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [
                n for n in body if not (isinstance(n, ast.Expr) and isinstance(n.value, ast.Constant))
            ]
    return ast.unparse(tree)


def test_the_engine_names_no_drug_arm_or_phase():
    assert len(ENGINE) > 15
    words = re.compile("|".join(map(re.escape, sorted(words_of_the_trial()))), re.IGNORECASE)
    found = {path.name: words.findall(code_of(path)) for path in ENGINE}
    assert {name: hits for name, hits in found.items() if hits} == {}
