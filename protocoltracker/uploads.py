"""Files that people send. They stay in memory, never in a temporary folder, and no request can fill the memory."""

import io
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import InMemoryUploadedFile, UploadedFile
from django.core.files.uploadhandler import FileUploadHandler

NO_BREAK = "\N{NO-BREAK SPACE}"
MOST_BYTES = 20 * 1024 * 1024
"""Kept of all files of one request."""


class KeptInMemory(FileUploadHandler):
    """Keeps the files of a request up to MOST_BYTES. Of a file beyond it only the size is known: reading it fails.

    The whole request is taken from the wire all the same, so that the person gets a page that says what is wrong.
    """

    def __init__(self, request: Any = None) -> None:
        super().__init__(request)
        self.left = MOST_BYTES

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.content: io.BytesIO | None = io.BytesIO()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self.left -= len(raw_data)
        if self.left < 0:
            self.content = None
        if self.content is not None:
            self.content.write(raw_data)

    def file_complete(self, file_size: int) -> UploadedFile:
        content = self.content or _closed()
        if not content.closed:
            content.seek(0)
        return InMemoryUploadedFile(
            content, self.field_name, self.file_name or "", self.content_type or "", file_size, self.charset
        )


def _closed() -> io.BytesIO:
    nothing = io.BytesIO()
    nothing.close()
    return nothing


def in_words(size: int) -> str:
    """Bytes as people say them: 812 bytes, 14.2 kB, 16 MB."""
    for unit, of in (("MB", 1024 * 1024), ("kB", 1024)):
        if size >= of:
            return f"{size / of:.1f}".removesuffix(".0") + f"{NO_BREAK}{unit}"
    return "1 byte" if size == 1 else f"{size} bytes"


class UploadField(forms.FileField):
    """One file of at most `most_bytes`; the message names the file, its size and the limit."""

    widget = forms.FileInput

    def __init__(self, *, most_bytes: int, **kwargs: Any) -> None:
        if most_bytes > MOST_BYTES:
            raise ValueError(f"most_bytes {most_bytes} is more than a request keeps, {MOST_BYTES}")
        self.most_bytes = most_bytes
        kwargs.setdefault("error_messages", {}).setdefault("required", "Choose a file.")
        super().__init__(**kwargs)

    def to_python(self, data: Any) -> Any:
        if data in self.empty_values:
            return None
        if not data.size:
            raise ValidationError(f"“{data.name}” is empty. Choose another file.", code="empty")
        if data.size > self.most_bytes:
            raise ValidationError(
                f"“{data.name}” has {in_words(data.size)}; at most {in_words(self.most_bytes)} are taken. "
                "Split it into several files.",
                code="too_large",
            )
        return data
