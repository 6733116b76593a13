"""manage.py load_protocol: what it stores, and what it says when it cannot."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from protocoltracker.audit.context import acting
from protocoltracker.audit.models import Change
from regimens import actions, loading
from regimens.models import ProtocolVersion
from tests.racing import at_the_same_time

db = pytest.mark.django_db
SHIPPED = dict(loading.shipped())


def load(*files, **options) -> str:
    from io import StringIO

    out = StringIO()
    call_command("load_protocol", *map(str, files), stdout=out, **options)
    return out.getvalue()


def fault_of(*files) -> str:
    with pytest.raises(CommandError) as fault:
        load(*files)
    return str(fault.value)


def a_file(folder: Path, text: str | bytes, name: str = "protocol.yaml") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@db
def test_the_shipped_protocol_is_stored_once_and_never_again():
    first = load(shipped=True)
    assert first.count("stored as") == 2
    kept = list(ProtocolVersion.objects.values())
    again = load(shipped=True)
    assert again.count("no change") == 2
    assert list(ProtocolVersion.objects.values()) == kept
    assert [v["name"] for v in kept] == ["original", "amended"]


@db
def test_a_stored_version_is_the_text_with_its_hash():
    load(shipped=True)
    version = ProtocolVersion.objects.get(name="amended")
    loaded = loading.load_text(SHIPPED["amended"])
    assert version.text == SHIPPED["amended"]
    assert version.sha256 == loaded.sha256
    assert version.definition == loaded.definition
    assert version.effective_on.isoformat() == "2017-03-15"
    assert Change.objects.get(row_id=str(version.pk)).actor == "system:load_protocol"


@db
def test_another_text_of_the_same_version_is_the_next_revision(tmp_path):
    load(shipped=True)
    changed = SHIPPED["amended"].replace("POMP maintenance", "POMP, maintenance")
    assert "revision 2" in load(a_file(tmp_path, changed))
    assert "no change, stored before as NCT01371630 amended, revision 1" in load(shipped=True)
    assert [(v.name, v.revision) for v in ProtocolVersion.objects.order_by("name", "revision")] == [
        ("amended", 1),
        ("amended", 2),
        ("original", 1),
    ]


@db
def test_a_copy_with_other_line_ends_is_the_same_version(tmp_path):
    load(shipped=True)
    windows = b"\xef\xbb\xbf" + SHIPPED["amended"].replace("\n", "\r\n").encode()
    assert "no change" in load(a_file(tmp_path, windows))


@db
def test_a_stored_version_is_never_changed_or_removed():
    load(shipped=True)
    for write in ("UPDATE regimens_protocolversion SET title = 'x'", "DELETE FROM regimens_protocolversion"):
        with (
            pytest.raises(DatabaseError, match="never changed or removed"),
            acting(by="system:test", reason="try"),
        ):
            connection.cursor().execute(write)


@db
def test_all_faults_of_all_files_are_listed_and_nothing_is_stored(tmp_path):
    good = a_file(tmp_path, SHIPPED["original"], "good.yaml")
    bad = a_file(
        tmp_path,
        SHIPPED["amended"]
        .replace("unit: mg/m2", "unit: mg/m3", 1)
        .replace("route: {value: IV,", "route: {value: IX,", 1),
        "bad.yaml",
    )
    missing = tmp_path / "missing.yaml"
    said = fault_of(good, bad, missing)
    lines = said.splitlines()
    assert lines[0].endswith("nothing was stored.")
    assert any(
        line.startswith(f"{bad}: phases[0].cycles[0].orders[0].dose.unit: expected one of") for line in lines
    )
    assert any(
        line.startswith(f"{bad}: phases[0].cycles[0].orders[0].route.value: expected one of")
        for line in lines
    )
    assert any(line.startswith(f"{missing}: cannot be read: No such file") for line in lines)
    assert not any(line.startswith(str(good)) for line in lines)
    assert not ProtocolVersion.objects.exists()


UNREADABLE = {
    "empty": (b"", "expected a protocol; found an empty file"),
    "binary": (bytes(range(256)), "expected UTF-8 text"),
    "a NUL": (b"format: 1\x00", "U+0000"),
    "another encoding": (
        "title: Überblick".encode("latin-1"),
        "expected UTF-8 text; found the byte 0xdc (line 1)",
    ),
    "UTF-16": ("format: 1".encode("utf-16"), "expected UTF-8 text"),
    "no YAML": (b"{[", "expected YAML"),
    "a list": (b"- 1\n- 2\n", "expected a mapping"),
    "huge": (b"#" * 2_000_000, "expected at most"),
    "a bomb": (b"a: &a [x, x]\nb: [*a, *a]\n", "found an anchor or alias"),
    "code": (b"a: !!python/object/apply:os.system ['true']\n", "found a tag"),
}


@db
@pytest.mark.parametrize("kind", UNREADABLE)
def test_whatever_the_file_holds_the_answer_is_a_sentence(tmp_path, kind):
    text, fault = UNREADABLE[kind]
    assert fault in fault_of(a_file(tmp_path, text))


@db
def test_a_directory_a_device_and_a_pipe_are_no_files(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path in (tmp_path, Path("/dev/zero"), pipe):
        assert "expected a file; found a directory or a device" in fault_of(path)


@db
@pytest.mark.parametrize("name", ["a\x00b", "a" * 300, "\udcff.yaml"])
def test_an_impossible_file_name_is_a_sentence_too(name):
    assert "cannot be read" in fault_of(name)


@db
def test_names_that_no_page_has_room_for_are_refused(tmp_path):
    long = (
        SHIPPED["amended"]
        .replace("name: amended", f"name: {'a' * 41}")
        .replace("code: NCT01371630", f"code: {'N' * 50}")
    )
    said = fault_of(a_file(tmp_path, long))
    assert "version.name: expected at most 40 characters; found 41" in said
    assert "protocol.code: expected at most 40 characters; found 50" in said
    with pytest.raises(loading.DefinitionError), transaction.atomic():
        actions.load_version(text=long, by="system:test")


@db
def test_either_files_or_the_shipped_ones(tmp_path):
    for arguments, options in (((), {}), ((a_file(tmp_path, ""),), {"shipped": True})):
        with pytest.raises(CommandError, match="Give either"):
            load(*arguments, **options)


def test_as_a_command_it_ends_with_1_on_stderr_without_a_traceback(tmp_path):
    bad = a_file(tmp_path, "format: 2\n")
    done = subprocess.run(
        [sys.executable, "-m", "django", "load_protocol", str(bad), "--settings=protocoltracker.settings"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert f"{bad}: protocol: expected this key; it is missing" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.django_db(transaction=True)
def test_the_same_file_loaded_many_times_at_once_is_stored_once():
    outcomes = at_the_same_time(
        *(lambda: actions.load_version(text=SHIPPED["amended"], by="system:test") for _ in range(6))
    )
    assert sorted(one.is_new for one in outcomes) == [False] * 5 + [True]
    assert ProtocolVersion.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_different_files_of_one_version_at_once_are_revisions_without_gap_or_repeat():
    texts = [SHIPPED["amended"].replace("POMP maintenance", f"POMP maintenance {n}") for n in range(6)]
    at_the_same_time(*(lambda t=text: actions.load_version(text=t, by="system:test") for text in texts))
    assert sorted(ProtocolVersion.objects.values_list("revision", flat=True)) == [1, 2, 3, 4, 5, 6]
