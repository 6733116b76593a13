"""The bytes of a file to its text: UTF-8, with or without a byte order mark."""

from patients.cohort.findings import ERROR, Finding

MOST_BYTES = 16 * 1024 * 1024
WAY_OUT = "Save the file as “CSV UTF-8” and import that."

_OTHER_ENCODINGS = ((b"\xff\xfe", "UTF-16"), (b"\xfe\xff", "UTF-16"))
_OTHER_FORMATS = (
    (b"PK\x03\x04", "a spreadsheet or an archive"),
    (b"\xd0\xcf\x11\xe0", "an old spreadsheet"),
    (b"%PDF", "a PDF document"),
    (b"\x1f\x8b", "a compressed file"),
    (b"SQLite format", "a database"),
)


def whole_file(rule: str, message: str, column: str = "") -> Finding:
    """A fault of the file as a whole."""
    return Finding(0, column, rule, ERROR, message)


def too_large(size: int) -> Finding:
    return whole_file(
        "file",
        f"The file has {size:,} bytes; at most {MOST_BYTES:,} are read. Split it into several.",
    )


def nothing_in_it() -> Finding:
    return whole_file(
        "file", "The file is empty. Choose the file with the 49 columns and a row for each patient."
    )


def text_of(content: bytes) -> str | Finding:
    """The text without byte order mark, or why there is none."""
    if len(content) > MOST_BYTES:
        return too_large(len(content))
    if not content.removeprefix(b"\xef\xbb\xbf").strip():
        return nothing_in_it()
    for start, what in _OTHER_FORMATS:
        if content.startswith(start):
            return whole_file("file", f"The file is {what}, not text. {WAY_OUT}")
    for start, what in _OTHER_ENCODINGS:
        if content.startswith(start):
            return whole_file("encoding", f"The file is written in {what}. {WAY_OUT}")
    return _decoded(content)


def _decoded(content: bytes) -> str | Finding:
    if (place := content.find(b"\0")) >= 0:
        return whole_file(
            "file", f"The file holds a NUL byte in line {_line(content, place)}: it is not text. {WAY_OUT}"
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        found = content[fault.start]
        return whole_file(
            "encoding",
            f"The byte 0x{found:02X} in line {_line(content, fault.start)} is no UTF-8; the file is probably written "
            f"in another encoding, such as Windows-1252, or damaged. {WAY_OUT}",
        )


def _line(content: bytes, place: int) -> int:
    """The line of a byte, from 1."""
    before = content[:place]
    return before.count(b"\n") + before.replace(b"\r\n", b"").count(b"\r") + 1
