"""The bytes of a file on this machine, or a finding that says why there are none."""

import stat
from pathlib import Path

from patients.cohort.decoding import MOST_BYTES, too_large, whole_file
from patients.cohort.findings import Finding
from regimens.reading.faults import quoted


def content_of(path: Path) -> bytes | Finding:
    """At most MOST_BYTES are read. Never raises, whatever the name is."""
    name = quoted(_printable(str(path)))
    try:
        about = path.stat()
        if stat.S_ISDIR(about.st_mode):
            return whole_file("file", f"{name} is a folder. Name the file in it.")
        if not stat.S_ISREG(about.st_mode):
            return whole_file("file", f"{name} is a device or a pipe, not a file. Name a file.")
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except FileNotFoundError:
        return whole_file("file", f"{name} does not exist. Look at the name and the folder.")
    except PermissionError:
        return whole_file("file", f"{name} may not be read by this user. Give it the right to read the file.")
    except (OSError, ValueError) as fault:
        why = getattr(fault, "strerror", None) or str(fault)
        return whole_file("file", f"{name} cannot be read: {why}. Look at the name and the disk.")
    return too_large(max(about.st_size, len(content))) if len(content) > MOST_BYTES else content


def name_of(path: Path) -> str:
    """The name of the file as it can be stored and shown."""
    return _printable(path.name)[:200]


def _printable(text: str) -> str:
    """Without the bytes of a name that are no text."""
    return text.encode("utf-8", "replace").decode()
