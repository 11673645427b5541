"""Make `.venv` hold exactly requirements.lock and this project; do nothing when it already does.

Uses only the standard library, as nothing is installed yet. Two stamps in `.venv` say what was installed; they are
written last, so an interrupted installation is seen and done again from the start.

Usage: environment.py   (with the Python that find-python found)
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LIBRARIES_STAMP = "ilms-libraries"
PROJECT_STAMP = "ilms-project"


def digest(*parts: bytes) -> str:
    """One SHA-256 over several parts."""
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def run(command: list[str]) -> None:
    """Run an installation step; its own words are its error message."""
    # pip compiles nothing while this is set, and every start of Airflow would then take twice as long.
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    environment["PIP_DISABLE_PIP_VERSION_CHECK"] = "1"
    outcome = subprocess.run(command, cwd=ROOT, env=environment, check=False)
    if outcome.returncode:
        sys.exit(f"Setting up .venv failed at: {' '.join(command)}\nMend what it says above, then run make again.")


@contextmanager
def alone() -> Iterator[None]:
    """Keep a second `make` waiting while the first one installs; the lock ends with its process."""
    with Path(__file__).open("rb") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Waiting for another make to finish setting up .venv ...", flush=True)
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def base_python(venv: Path) -> str:
    """What the environment's own Python says of itself; empty when it does not run (its base was removed, say)."""
    python = venv / "bin" / "python"
    if not python.exists():
        return ""
    question = "import sys; print(sys.version, sys.prefix)"
    outcome = subprocess.run([str(python), "-c", question], capture_output=True, text=True, check=False)
    return outcome.stdout if outcome.returncode == 0 else ""


def stamped(venv: Path, name: str, content: str) -> bool:
    """True when the stamp says that exactly this was installed."""
    stamp = venv / name
    return stamp.is_file() and stamp.read_text() == content


def install_libraries(venv: Path, uv: str | None) -> None:
    """Build the environment anew from requirements.lock."""
    started = time.monotonic()
    print(f"Setting up .venv with {'uv' if uv else 'pip: a minute or two'} ...", flush=True)
    if venv.exists():
        shutil.rmtree(venv)
    python = str(venv / "bin" / "python")
    lock = "requirements.lock"
    if uv:
        run([uv, "venv", "--quiet", "--python", sys.executable, str(venv)])
        run([uv, "pip", "sync", "--quiet", "--compile-bytecode", "--require-hashes", "--python", python, lock])
    else:
        run([sys.executable, "-m", "venv", str(venv)])
        run([python, "-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes", "-r", lock])
    print(f"Libraries installed in {time.monotonic() - started:.0f} s.", flush=True)


def install_project(venv: Path, uv: str | None) -> None:
    """Install the project itself, editable, without asking an index for anything."""
    python = str(venv / "bin" / "python")
    installer = [uv, "pip", "install", "--python", python] if uv else [python, "-m", "pip", "install"]
    run([*installer, "--quiet", "--no-deps", "--no-build-isolation", "--editable", "."])


def ensure(root: Path, uv: str | None) -> None:
    """Bring `.venv` up to date with requirements.lock and pyproject.toml."""
    venv = root / ".venv"
    lock = (root / "requirements.lock").read_bytes()
    project = digest(lock, (root / "pyproject.toml").read_bytes(), str(root).encode())
    with alone():
        if not stamped(venv, LIBRARIES_STAMP, digest(lock, base_python(venv).encode())):
            install_libraries(venv, uv)
            (venv / LIBRARIES_STAMP).write_text(digest(lock, base_python(venv).encode()))
        if not stamped(venv, PROJECT_STAMP, project):
            install_project(venv, uv)
            (venv / PROJECT_STAMP).write_text(project)


if __name__ == "__main__":
    ensure(ROOT, shutil.which("uv"))
