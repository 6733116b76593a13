"""What a state, and what a provenance tag, looks like and is called on every page."""

import re
from collections.abc import Iterable

# state -> (look, icon, word); the look decides the colour, the icon and the word carry the meaning without it.
STATES = {
    "due": ("due", "clock", "Due"),
    "running": ("due", "play", "Running"),
    "open": ("due", "clock", "Open"),
    "queued": ("due", "clock", "Queued"),
    "on_treatment": ("due", "clock", "On treatment"),
    "enrolled": ("due", "clock", "Enrolled"),
    "overdue": ("overdue", "alert", "Overdue"),
    "failed": ("overdue", "alert", "Failed"),
    "missing": ("overdue", "alert", "Missing"),
    "given": ("given", "check", "Given"),
    "sent": ("given", "check", "Sent"),
    "done": ("given", "check", "Done"),
    "completed": ("given", "check", "Completed"),
    "active": ("given", "check", "Active"),
    "approved": ("given", "check", "Approved"),
    "held": ("held", "pause", "Held"),
    "paused": ("held", "pause", "Paused"),
    "warning": ("held", "alert", "Needs a reason"),
    "omitted": ("omitted", "slash", "Omitted"),
    "not_done": ("omitted", "slash", "Not done"),
    "cancelled": ("omitted", "slash", "Cancelled"),
    "withdrawn": ("omitted", "slash", "Withdrawn"),
    "closed": ("omitted", "lock", "Closed"),
    "skipped": ("omitted", "skip", "Skipped"),
    "ended": ("omitted", "stop", "Ended"),
    "off_treatment": ("omitted", "stop", "Off treatment"),
    "off_study": ("omitted", "stop", "Off study"),
    "died": ("omitted", "stop", "Died"),
    "error": ("omitted", "slash", "Enrolled in error"),
    "enrolled_in_error": ("omitted", "slash", "Enrolled in error"),
    "inactive": ("omitted", "lock", "Closed account"),
    "retired": ("omitted", "lock", "Retired"),
    "voided": ("omitted", "slash", "Entered in error"),
    "changed": ("changed", "delta", "Changed"),
    "moved": ("changed", "delta", "Moved"),
    "restored": ("changed", "undo", "Restored"),
    "deleted": ("overdue", "slash", "Removed"),
    "planned": ("plan", "ring", "Planned"),
    "created": ("plan", "plus", "Created"),
    "draft": ("plan", "pen", "Draft"),
    "follow_up": ("plan", "ring", "In follow-up"),
    "pending": ("plan", "ring", "Pending"),
    "information": ("plan", "info", "For information"),
    "provisional": ("provisional", "q", "Provisional"),
    "tbc": ("tbc", "q", "To be confirmed"),
}
# A, B#, GK, C: where a value of the protocol comes from.
SOURCES = {
    "A": "from the abstract, Blood 2021;138(S1):3363",
    "B": "from a published source",
    "GK": "general knowledge, to be confirmed by the study team",
    "C": "stated in no source found, to be confirmed by the study team",
}
UNCONFIRMED = {"GK", "C"}


def state_look(state: str) -> tuple[str, str, str]:
    """Look, icon and word of a state; an unknown state is shown plainly, in its own word."""
    key = re.sub(r"[\s-]+", "_", str(state).strip().lower())
    return STATES.get(key) or ("plan", "ring", str(state).replace("_", " ").capitalize())


def source_codes(value: str | Iterable[str] | None) -> list[str]:
    """The tags in "A GK", "A, B2" or a list, in their order."""
    text = value if isinstance(value, str) else " ".join(str(one) for one in value or ())
    return re.findall(r"[A-Z]+\d*[a-z]?", text)


def source_title(code: str) -> str:
    """What a provenance tag means, in words."""
    kind = re.sub(r"\d.*", "", code)
    suffix = f" ({code})" if kind == "B" else ""
    return SOURCES.get(kind, "source not stated") + suffix
