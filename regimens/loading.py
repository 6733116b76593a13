"""A protocol file to its definition: text in, a definition or every fault out, never a traceback.

The shipped protocol lies in regimens/protocols/, one file a version. The identity of a file is the SHA-256 of
its text in UTF-8 without byte order mark, with LF line ends and one of them at the end (`canonical`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from regimens.definition import ProtocolDefinition
from regimens.reading.assembling import assemble
from regimens.reading.consistency import check_cumulative
from regimens.reading.faults import Fault
from regimens.reading.tree import canonical, compose, sha256

FOLDER = Path(__file__).parent / "protocols"
SHIPPED = ("original", "amended")


@dataclass(frozen=True, slots=True)
class Loaded:
    """A definition and no fault, or no definition and every fault. `text` is what was hashed."""

    definition: ProtocolDefinition | None
    faults: tuple[Fault, ...]
    sha256: str
    text: str


class DefinitionError(ValueError):
    """The text is no protocol; `faults` says why."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = faults


@lru_cache(maxsize=16)  # the result is frozen; reading a file takes a tenth of a second
def load_text(text: str) -> Loaded:
    """The definition in `text`, or all its faults in the order of the file."""
    node, faults = compose(text)
    definition = None
    if node is not None:
        definition, faults = assemble(node)
    if definition is not None:
        faults = check_cumulative(definition)
    in_order = tuple(sorted(faults, key=lambda fault: fault.line or 0))
    return Loaded(None if faults else definition, in_order, sha256(text), canonical(text))


def load_bytes(data: bytes) -> Loaded:
    """The same for the bytes of a file, which must be UTF-8."""
    try:
        return load_text(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        fault = Fault("", f"expected UTF-8 text; found the byte 0x{data[error.start]:02x}", line)
        text = data.decode("utf-8", "replace")
        return Loaded(None, (fault,), sha256(text), canonical(text))


@lru_cache(maxsize=32)
def definition_of(text: str) -> ProtocolDefinition:
    """The definition of a text known to be good, such as a stored one; kept in memory. DefinitionError."""
    loaded = load_text(text)
    if loaded.definition is None:
        raise DefinitionError(loaded.faults)
    return loaded.definition


def shipped() -> tuple[tuple[str, str], ...]:
    """(name, text) of each shipped version, the earliest first."""
    return tuple((name, (FOLDER / f"{name}.yaml").read_text(encoding="utf-8")) for name in SHIPPED)


@lru_cache(maxsize=len(SHIPPED))
def shipped_definition(name: str) -> ProtocolDefinition:
    """The shipped version of this name; KeyError for another name."""
    return definition_of(dict(shipped())[name])
