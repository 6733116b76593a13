"""Files that people send: in memory, bounded, and said to be too large in words."""

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile
from django.test import Client, RequestFactory

from protocoltracker import uploads


def sent(*contents: bytes) -> list[UploadedFile]:
    """The files as a view gets them."""
    data = {f"file{number}": SimpleUploadedFile("a.csv", content) for number, content in enumerate(contents)}
    request = RequestFactory().post("/", {"word": "kept"} | data)
    files = [file for _, file in sorted(request.FILES.items())]
    assert request.POST["word"] == "kept"
    return files


@pytest.fixture
def small_memory(monkeypatch):
    monkeypatch.setattr(uploads, "MOST_BYTES", 100_000)


def test_a_file_is_kept_in_memory_as_it_was_sent(small_memory):
    content = bytes(range(256)) * 300
    (file,) = sent(content)
    assert file.read() == content
    assert file.size == len(content)
    assert not hasattr(file, "temporary_file_path")


@pytest.mark.parametrize("size", [100_000, 99_999])
def test_what_fits_is_kept(small_memory, size):
    assert len(sent(b"x" * size)[0].read()) == size


def test_of_a_file_that_is_too_large_only_the_size_is_known(small_memory):
    (file,) = sent(b"x" * 300_000)
    assert file.size == 300_000
    with pytest.raises(ValueError, match="closed"):
        file.read()


def test_many_files_of_one_request_have_one_limit(small_memory):
    first, second, third = sent(b"x" * 60_000, b"y" * 60_000, b"z" * 60_000)
    assert first.read() == b"x" * 60_000
    for file in (second, third):
        with pytest.raises(ValueError, match="closed"):
            file.read()


@pytest.mark.django_db
def test_a_page_that_takes_no_file_is_not_troubled_by_a_large_one(small_memory):
    large = SimpleUploadedFile("a.csv", b"x" * 300_000)
    assert Client().post("/sign-in/", {"username": "nobody", "file": large}).status_code < 500


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (1023, "1023 bytes"),
        (1024, "1 kB"),
        (14541, "14.2 kB"),
        (16 * 2**20, "16 MB"),
    ],
)
def test_a_size_in_words(size, words):
    assert uploads.in_words(size).replace("\N{NO-BREAK SPACE}", " ") == words


def fault(file: UploadedFile | None) -> str:
    with pytest.raises(ValidationError) as caught:
        uploads.UploadField(most_bytes=50_000).clean(file)
    return " ".join(caught.value.messages).replace("\N{NO-BREAK SPACE}", " ")


def test_the_field_names_the_file_its_size_and_the_limit(small_memory):
    assert fault(sent(b"x" * 300_000)[0]) == (
        "“a.csv” has 293 kB; at most 48.8 kB are taken. Split it into several files."
    )
    assert fault(sent(b"x" * 50_001)[0]).startswith("“a.csv” has 48.8 kB; at most 48.8 kB")
    assert fault(SimpleUploadedFile("a.csv", b"")) == "“a.csv” is empty. Choose another file."
    assert fault(None) == "Choose a file."


def test_the_field_gives_the_file_that_fits(small_memory):
    (file,) = sent(b"x" * 50_000)
    assert uploads.UploadField(most_bytes=50_000).clean(file).read() == b"x" * 50_000


def test_a_field_may_not_promise_more_than_a_request_keeps():
    with pytest.raises(ValueError, match="more than a request keeps"):
        uploads.UploadField(most_bytes=uploads.MOST_BYTES + 1)
