"""What a command prints, as the terminal can show it."""

from typing import Any


def fitting(stream: Any, text: str) -> str:
    """Letters that the encoding of the stream lacks are spelt out (\\u2013): a name or a dash is no reason to fail."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)
