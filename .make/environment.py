"""Make `.venv` hold exactly requirements.lock and this project; do nothing when it already does.

With `docs`, make `.venv-docs` hold what builds the site of the documents (docs.lock), without the project. With
`cluster`, `.venv` also holds what a cluster needs (cluster.lock), until requirements.lock changes.

Uses only the standard library, as nothing is installed yet. A stamp in `.venv` records its contents. It is removed
before anything changes and written last, so an interrupted installation is noticed and repeated from the start.

Usage: environment.py [docs | cluster]   (with the Python that find-python found)
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = "requirements.lock"
OF_CLUSTER = "cluster.lock"
NOT_LOCKED = {"pip", "ilms"}


class Environment:
    """The virtual environment of a project folder, filled by uv where it is installed, else by pip."""

    def __init__(self, root: Path, uv: str | None, *, of_documents: bool = False) -> None:
        self.root = root
        self.uv = uv
        self.lock = "docs.lock" if of_documents else LOCK
        self.has_project = not of_documents
        self.folder = root / (".venv-docs" if of_documents else ".venv")
        self.python = str(self.folder / "bin" / "python")
        self.stamp = self.folder / "ilms-stamp.json"

    def ensure(self) -> None:
        """Bring it up to date with its lock and pyproject.toml."""
        held = self._held()
        lock = (self.root / self.lock).read_bytes()
        wanted = {
            "libraries": digest(lock),
            "project": digest(lock, (self.root / "pyproject.toml").read_bytes(), str(self.root).encode()),
        }
        if {name: held.get(name) for name in wanted} == wanted:
            return
        self.stamp.unlink(missing_ok=True)
        if held.get("libraries") != wanted["libraries"]:
            self._install_libraries(again=not held)
        if self.has_project:
            editable = ["--no-deps", "--no-build-isolation", "--editable", "."]
            self._run([*self._installer(), "install", "--quiet", *editable])
        kept = (
            {"cluster": held["cluster"]} if held.get("libraries") == wanted["libraries"] and "cluster" in held else {}
        )
        self._stamp({**wanted, **kept, "python": self._version()})

    def ensure_cluster(self) -> None:
        """Add what a cluster needs to a complete environment."""
        held, wanted = self._held(), digest((self.root / OF_CLUSTER).read_bytes())
        if held.get("cluster") == wanted:
            return
        print(f"Adding to {self.folder.name} what a cluster needs ...", flush=True)
        compiled = ["--compile-bytecode"] if self.uv else []
        self._run(
            [*self._installer(), "install", "--quiet", "--no-deps", *compiled, "--require-hashes", "-r", OF_CLUSTER]
        )
        self._stamp({**held, "cluster": wanted})

    def _stamp(self, content: dict[str, str]) -> None:
        draft = self.stamp.with_suffix(".part")
        draft.write_text(json.dumps(content))
        draft.replace(self.stamp)

    def _held(self) -> dict[str, str]:
        """The content of the stamp; empty when there is none, or the Python that it was made with no longer exists."""
        if not self.stamp.is_file():
            return {}
        held: dict[str, str] = json.loads(self.stamp.read_text())
        return held if held.get("python") == self._version() else {}

    def _version(self) -> str:
        """The version that the environment's own Python reports; empty when it does not run."""
        if not Path(self.python).exists():
            return ""
        question = "import sys; print(sys.version, sys.prefix)"
        outcome = subprocess.run([self.python, "-c", question], capture_output=True, text=True, check=False)
        return outcome.stdout if outcome.returncode == 0 else ""

    def _install_libraries(self, *, again: bool) -> None:
        """Install the versions in the lock: from the start, or only those that have changed in a complete
        environment."""
        started = time.monotonic()
        doing = "Setting up" if again else "Updating"
        print(f"{doing} {self.folder.name} with {'uv' if self.uv else 'pip: a minute or two'} ...", flush=True)
        if again:
            shutil.rmtree(self.folder, ignore_errors=True)
            maker = (
                [self.uv, "venv", "--quiet", "--python", sys.executable] if self.uv else [sys.executable, "-m", "venv"]
            )
            self._run([*maker, str(self.folder)])
        if self.uv:
            self._run([*self._installer(), "sync", "--quiet", "--compile-bytecode", "--require-hashes", self.lock])
        else:
            self._run([*self._installer(), "install", "--quiet", "--no-deps", "--require-hashes", "-r", self.lock])
            self._remove_what_is_not_locked()
        print(f"Libraries are in place after {time.monotonic() - started:.0f} s.", flush=True)

    def _remove_what_is_not_locked(self) -> None:
        question = "from importlib import metadata; print(*(d.metadata['Name'] for d in metadata.distributions()))"
        outcome = subprocess.run([self.python, "-c", question], capture_output=True, text=True, check=True)
        locked = {
            canonical(name) for name in re.findall(r"^[\w.-]+", (self.root / self.lock).read_text(), re.MULTILINE)
        }
        surplus = sorted(name for name in outcome.stdout.split() if canonical(name) not in locked | NOT_LOCKED)
        if surplus:
            self._run([*self._installer(), "uninstall", "--quiet", "--yes", *surplus])

    def _installer(self) -> list[str]:
        return [self.uv, "pip"] if self.uv else [self.python, "-m", "pip"]

    def _run(self, command: list[str]) -> None:
        """Run an installation step; its own output serves as the error message."""
        # pip compiles nothing while this is set, and every start of Airflow would then take twice as long.
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        environment |= {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "VIRTUAL_ENV": str(self.folder)}
        outcome = subprocess.run(command, cwd=self.root, env=environment, check=False)
        if outcome.returncode:
            sys.exit(
                f"Setting up {self.folder.name} failed at: {' '.join(command)}\n"
                "Correct what it reports above, then run make again."
            )


def digest(*parts: bytes) -> str:
    """One SHA-256 over several parts."""
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def canonical(name: str) -> str:
    """A distribution's name as package indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


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


if __name__ == "__main__":
    with alone():
        environment = Environment(ROOT, shutil.which("uv"), of_documents=sys.argv[1:] == ["docs"])
        environment.ensure()
        if sys.argv[1:] == ["cluster"]:
            environment.ensure_cluster()
