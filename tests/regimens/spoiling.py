"""Spoiling a protocol file in one place, to see what is said of it."""

from enum import Enum
from typing import Any

from regimens.loading import Loaded
from tests.regimens.builders import load_tree, tree


class Removed(Enum):
    """Stands for a key that is taken away; an enumeration, so that a test named after it has the same name always."""

    REMOVED = "removed"


REMOVED = Removed.REMOVED
ORDER = ("phases", 0, "cycles", 0, "orders", 0)  # cyclophosphamide
INO_1, INO_2 = ("phases", 0, "cycles", 2, "orders", 0), ("phases", 0, "cycles", 3, "orders", 0)
BLINA = ("phases", 1, "cycles", 0, "orders", 0)
MP = ("phases", 2, "cycles", 0, "orders", 2)  # mercaptopurine


def at(node: Any, path: tuple) -> tuple[Any, Any]:
    """The container and the last key of ("phases", 0, "name")."""
    for key in path[:-1]:
        node = node[key]
    return node, path[-1]


def path_text(path: tuple) -> str:
    """phases[0].name"""
    return "".join(f"[{k}]" if isinstance(k, int) else f".{k}" for k in path).lstrip(".")


def load_spoilt(*changes: tuple[tuple, Any], version: str = "amended") -> Loaded:
    """After setting each (path, value); the value REMOVED takes the key away."""
    found = tree(version)
    for path, value in changes:
        container, key = at(found, path)
        if value is REMOVED:
            del container[key]
        else:
            container[key] = value
    return load_tree(found)


def faults(*changes: tuple[tuple, Any], version: str = "amended") -> dict[str, str]:
    """Path -> message of every fault after these changes."""
    loaded = load_spoilt(*changes, version=version)
    assert loaded.definition is None
    return {fault.path: fault.message for fault in loaded.faults}


def every_path(node: Any, path: tuple = ()) -> Any:
    yield path
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, child in children:
        yield from every_path(child, (*path, key))
