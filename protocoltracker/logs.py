"""Log lines: one line an event, with the request it belongs to, and no value of a patient.

A message of an exception often repeats what was typed or stored (PostgreSQL quotes whole rows), so a fault is told by
its type, its place in the code and, from the database, the name of the rule that refused. Control characters are
written out, so that nothing that was typed can begin a line of its own.
"""

import datetime as dt
import json
import logging
import traceback
from types import TracebackType
from typing import Any

from protocoltracker.audit import context

# Celery puts the text of the exception into the message itself.
TELLS_ITS_FAULT = {"celery.app.trace", "celery.worker.request"}
_VISIBLE = {code: f"\\x{code:02x}" for code in [*range(32), *range(127, 160)]}
_VISIBLE |= {
    code: f"\\u{code:04x}" for code in (0x2028, 0x2029, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
}


def one_line(text: str) -> str:
    """`text` with control and direction characters written out."""
    return text.translate(_VISIBLE)


def fault_of(error: BaseException | None) -> list[dict[str, Any]]:
    """The exception and what caused it, the last one first: type, place, rule of the database. Never its message."""
    found: list[dict[str, Any]] = []
    while error is not None and len(found) < 5:
        diagnosis = getattr(error, "diag", None)
        said = {
            "type": f"{type(error).__module__}.{type(error).__qualname__}",
            "at": _places(error.__traceback__),
            "sqlstate": getattr(error, "sqlstate", None),
            "rule": getattr(diagnosis, "constraint_name", None),
        }
        found.append({name: value for name, value in said.items() if value})
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return found


def _places(trace: TracebackType | None) -> list[str]:
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(trace)]


class Parts(logging.Formatter):
    """What both looks of a line are made of."""

    def parts(self, record: logging.LogRecord) -> dict[str, Any]:
        error = record.exc_info[1] if record.exc_info else None
        tells = error is not None and record.name in TELLS_ITS_FAULT
        said = "a task failed" if tells else record.getMessage()
        parts: dict[str, Any] = {
            "at": dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": one_line(said),
            "request": context.request_id.get(),
            "process": record.process,
        }
        parts |= getattr(record, "about", {})
        return parts | ({"fault": fault_of(error)} if error is not None else {})


class Lines(Parts):
    """One JSON object a line, for a collector of logs."""

    def format(self, record: logging.LogRecord) -> str:
        return json.dumps(self.parts(record), ensure_ascii=False, default=str)


class Readable(Parts):
    """For a person at a terminal; a fault goes on below, indented."""

    def format(self, record: logging.LogRecord) -> str:
        parts = self.parts(record)
        request = f" [{parts['request'][:8]}]" if parts["request"] else ""
        line = f"{parts['at'][:19]}Z {parts['level']} {parts['logger']}{request} {parts['message']}"
        for fault in parts.get("fault", []):
            rule = " ".join(fault[name] for name in ("sqlstate", "rule") if name in fault)
            line += "\n    " + "\n      ".join([f"{fault['type']} {rule}".rstrip(), *fault.get("at", [])])
        return line
