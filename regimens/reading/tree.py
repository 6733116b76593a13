"""The text of a protocol file to a plain tree of YAML nodes. Nothing in the file is executed or constructed.

The YAML read here is a small part of YAML 1.2: mappings, lists, text, whole and decimal numbers, true, false.
Aliases, anchors, tags and several documents in one file are faults, and so are files too large or too deep to
be a protocol: a definition must be readable as it stands, line by line, by the person who signs it.
"""

from __future__ import annotations

import hashlib
import re

import yaml

from regimens.reading.faults import Fault

MAX_CHARACTERS = 256_000
MAX_DEPTH = 20

INTEGER, DECIMAL, TRUTH, NULL, TEXT = (
    f"tag:yaml.org,2002:{t}" for t in ("int", "float", "bool", "null", "str")
)


class _RefusedError(Exception):
    """A part of YAML that a protocol file may not use."""

    def __init__(self, message: str, event: yaml.Event) -> None:
        super().__init__(message)
        self.fault = Fault("", message, event.start_mark.line + 1 if event.start_mark else None)


class _Loader(yaml.SafeLoader):
    """Composes nodes only. Its own scalar rules: no dates, no octal, no "yes" and "no", no nan."""

    yaml_implicit_resolvers = {}

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.depth = 0

    def compose_node(self, parent: yaml.Node | None, index: object) -> yaml.Node | None:
        event = self.peek_event()
        self._refuse(event)
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise _RefusedError(f"expected at most {MAX_DEPTH} levels; found more", event)
        node = super().compose_node(parent, index)  # type: ignore[arg-type]
        self.depth -= 1
        return node

    def _refuse(self, event: yaml.Event) -> None:
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise _RefusedError("expected every value written out; found an anchor or alias", event)
        if getattr(event, "tag", None):
            raise _RefusedError("expected plain values; found a tag (!)", event)


for _tag, _pattern, _first in (
    (INTEGER, r"-?(0|[1-9][0-9]{0,8})", "-0123456789"),
    (DECIMAL, r"-?(0|[1-9][0-9]{0,8})\.[0-9]{1,8}", "-0123456789"),
    (TRUTH, r"true|false", "tf"),
    (NULL, r"null|~|", "n~"),
):
    _Loader.add_implicit_resolver(
        _tag, re.compile(rf"(?:{_pattern})\Z"), [*_first] + ([""] if _tag == NULL else [])
    )


def canonical(text: str) -> str:
    """The text that is hashed: no byte order mark, line ends LF, exactly one at the end."""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    return lines.rstrip("\n") + "\n"


def sha256(text: str) -> str:
    """Hash of the canonical text in UTF-8, so that a copy through another system keeps its identity."""
    return hashlib.sha256(canonical(text).encode("utf-8", "surrogatepass")).hexdigest()


def compose(text: str) -> tuple[yaml.Node | None, tuple[Fault, ...]]:
    """(root node, no fault) or (None, the fault that makes the text unreadable)."""
    if len(text) > MAX_CHARACTERS:
        return None, (Fault("", f"expected at most {MAX_CHARACTERS} characters; found {len(text)}"),)
    try:
        node = _Loader(canonical(text)).get_single_node()
    except _RefusedError as refused:
        return None, (refused.fault,)
    except yaml.reader.ReaderError as error:
        message = (
            f"expected text; found the character U+{_code(error.character):04X}, which no text file holds"
        )
        return None, (Fault("", message, text.count("\n", 0, error.position) + 1),)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        message = f"expected YAML; {error.problem or error.context}"
        return None, (Fault("", message, mark.line + 1 if mark else None),)
    except (ValueError, OverflowError):
        # PyYAML passes on what chr() and int() say of an impossible escape or directive.
        return None, (Fault("", "expected YAML; found an escape or directive that does not exist"),)
    if node is None:
        return None, (Fault("", "expected a protocol; found an empty file"),)
    return node, ()


def _code(character: object) -> int:
    return character if isinstance(character, int) else ord(str(character)[:1] or "?")
