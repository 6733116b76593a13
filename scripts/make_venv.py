"""Make .venv and install pinned, hashed requirements into it: python3 scripts/make_venv.py requirements.txt ...

Needs nothing but Python 3.11's own library: Debian splits pip and ensurepip off, so the environment is made without
them and pip runs from the wheel beside this file. The second run finds its note and does nothing. A run that was
killed leaves a mark, and the next one begins afresh.
"""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
VENV = HERE.parent / ".venv"
PYTHON = VENV / "bin" / "python"
NOTE = VENV / "installed.json"  # requirements file -> what it was when it was installed
MARK = VENV / "being-made"  # there while the environment is incomplete
PIP = HERE / "pip-26.3-py3-none-any.whl"
PIP_SHA256 = "f3b60b20ffaadd4415ed7957212a38ac63fa4c5fa375bd0f4a797777940fad13"


def main(names: list[str]) -> None:
    wanted = {name: fingerprint(HERE.parent / name) for name in names}
    if is_installed(wanted):
        return
    turn = os.open(HERE.parent, os.O_RDONLY)  # two at once: the second waits, then finds it done
    os.set_inheritable(turn, True)  # a pip that outlives its killed parent still has the turn
    fcntl.flock(turn, fcntl.LOCK_EX)
    if not is_installed(wanted):
        make(wanted)


def is_installed(wanted: dict[str, str]) -> bool:
    return PYTHON.exists() and not MARK.exists() and wanted.items() <= noted().items()


def make(wanted: dict[str, str]) -> None:
    before = noted()
    if MARK.exists() or not works():
        remove()
        before = {}
        VENV.mkdir()
        MARK.touch()
        print("Making .venv", file=sys.stderr)
        run([sys.executable, "-m", "venv", "--without-pip", str(VENV)])
    MARK.touch()
    print(f"Installing {', '.join(wanted)} into .venv", file=sys.stderr)
    install([*(part for name in wanted for part in ("-r", str(HERE.parent / name)))])
    NOTE.write_text(json.dumps({**before, **wanted}))
    MARK.unlink()


def install(what: list[str]) -> None:
    if hashlib.sha256(PIP.read_bytes()).hexdigest() != PIP_SHA256:
        sys.exit(f"{PIP} is not the file that belongs there. Restore it: git checkout scripts/")
    options = ["--require-hashes", "--no-input", "--quiet", "--disable-pip-version-check"]
    run([str(PYTHON), str(PIP / "pip"), "install", *options, *what])


def works() -> bool:
    """Whether .venv is a usable environment at this very place, made by whomever."""
    question = "import sys; print(sys.version_info >= (3, 11), sys.prefix)"
    try:
        answer = subprocess.run([str(PYTHON), "-c", question], capture_output=True, text=True).stdout
    except OSError:
        return False
    return answer.strip() == f"True {VENV}" and (VENV / "pyvenv.cfg").exists()


def noted() -> dict[str, str]:
    try:
        return json.loads(NOTE.read_text())
    except (OSError, ValueError):
        return {}


def fingerprint(path: Path) -> str:
    """Of the requirements, the Python that runs, and the place (an environment cannot be moved)."""
    python = f"{sys.version_info.major}.{sys.version_info.minor} {VENV}"
    return hashlib.sha256(python.encode() + path.read_bytes()).hexdigest()


def remove() -> None:
    if VENV.is_symlink() or VENV.is_file():
        VENV.unlink()
    elif VENV.exists():
        shutil.rmtree(VENV)


def run(command: list[str]) -> None:
    if subprocess.run(command, stdin=subprocess.DEVNULL, close_fds=False).returncode:
        sys.exit(
            "protocoltracker: the Python environment could not be made (see above). Behind a proxy or with a package "
            "index of your own, set https_proxy or PIP_INDEX_URL as pip knows them; then run `make setup` again."
        )


if __name__ == "__main__":
    if sys.version_info < (3, 11):  # noqa: UP036 - said to whoever starts it with an older one
        sys.exit("protocoltracker: Python 3.11 or newer is needed.")
    main(sys.argv[1:] or ["requirements.txt"])
