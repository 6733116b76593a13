"""Where the data of this installation lie, and the secrets kept among them.

home/                 PROTOCOLTRACKER_HOME, or var/ in the clone; mode 0700
  pg/data  pg/run     the PostgreSQL cluster and its socket (elsewhere when home/cluster-folder says so)
  run/                the broker's socket, locks, process list
  passwords.json      of the three database roles; mode 0600
  backups/  logs/
"""

import json
import os
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
SOCKET_PATH_LIMIT = 107  # bytes, of the kernel (sockaddr_un) less the closing zero
LONGEST_SOCKET_NAME = "/.s.PGSQL.5432"
ROLES = {"superuser": "postgres", "owner": "tracker_owner", "app": "tracker_app"}


class EmbeddedError(RuntimeError):
    """A service that comes with the installation cannot run; the message says what to do."""


def home() -> Path:
    """The data folder, made on first use for its owner alone."""
    chosen = os.environ.get("PROTOCOLTRACKER_HOME")
    folder = Path(chosen).expanduser().absolute() if chosen else REPOSITORY / "var"
    return private(folder)


def private(folder: Path) -> Path:
    """`folder`, made with mode 0700 if it is not there, as is what leads to it; what is there keeps its mode."""
    if not folder.parent.exists():
        private(folder.parent)
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise EmbeddedError(
            f"Cannot make the folder {folder}: {error.strerror}. "
            "Choose another data folder: PROTOCOLTRACKER_HOME=/a/folder/of/yours"
        ) from error
    return folder


def cluster() -> Path:
    """The folder of the PostgreSQL cluster: home/pg, or the one that home/cluster-folder names."""
    return Path(noted("cluster-folder") or home() / "pg")


def run() -> Path:
    """The folder for locks and process ids."""
    return private(home() / "run")


def logs() -> Path:
    return private(home() / "logs")


def keep_short(log: Path, limit: int = 5_000_000) -> Path:
    """A log of more than `limit` bytes becomes LOG.1 and a new one begins."""
    if log.exists() and log.stat().st_size > limit:
        log.replace(log.with_name(log.name + ".1"))
    return log


def socket_folder(wanted: Path) -> Path:
    """`wanted` if a socket's path fits there, else a short private folder under /tmp, noted in the data folder."""
    if _fits(wanted):
        return private(wanted)
    noted_folder = Path(noted("short-folder") or "/nowhere")
    if not _is_ours(noted_folder):
        noted_folder = Path(tempfile.mkdtemp(prefix="pt-", dir="/tmp"))  # mkdtemp makes it with mode 0700
        note("short-folder", str(noted_folder))
    return noted_folder


def passwords() -> dict[str, str]:
    """The password of each embedded database role, made once and kept with mode 0600."""
    new = json.dumps({role: secrets.token_urlsafe(24) for role in ROLES})
    return json.loads(noted("passwords.json") or note_once("passwords.json", new))


def noted(name: str) -> str:
    """What the file `name` in the data folder says; empty if there is none."""
    try:
        return (home() / name).read_text().strip()
    except FileNotFoundError:
        return ""
    except PermissionError as error:
        raise EmbeddedError(
            f"Cannot read {home() / name}: it belongs to another user. Run as that user, "
            "or choose a data folder of your own with PROTOCOLTRACKER_HOME."
        ) from error


def note(name: str, text: str) -> str:
    """Write the file `name` in the data folder, mode 0600, all at once."""
    _draft(text).replace(home() / name)
    return text


def note_once(name: str, text: str) -> str:
    """Write it unless it is there; return what is there now, whoever of several processes came first."""
    draft = _draft(text)
    with suppress(FileExistsError):
        os.link(draft, home() / name)
    draft.unlink()
    return noted(name)


def _draft(text: str) -> Path:
    handle, path = tempfile.mkstemp(dir=home(), prefix=".note-")  # mkstemp makes it with mode 0600
    with os.fdopen(handle, "w") as file:
        file.write(text + "\n")
    return Path(path)


def _fits(folder: Path) -> bool:
    # Blanks and signs would need quoting in the broker's address; a plain short folder spares every reader that.
    plain = all(sign.isalnum() or sign in "/._-" for sign in str(folder)) and str(folder).isascii()
    return plain and len(os.fsencode(str(folder) + LONGEST_SOCKET_NAME)) <= SOCKET_PATH_LIMIT


def _is_ours(folder: Path) -> bool:
    """A folder under /tmp that somebody else could have put there since is not used."""
    try:
        facts = folder.lstat()
    except OSError:
        return False
    return facts.st_uid in {os.geteuid(), home().stat().st_uid} and facts.st_mode & 0o170777 == 0o040700
