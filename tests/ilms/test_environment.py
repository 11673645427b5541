"""The environment that `make` builds on a fresh clone, and the lock that it is built from."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

PROJECT = Path(__file__).parents[2]
FIND_PYTHON = PROJECT / ".make" / "find-python"

# A project whose build needs nothing from anywhere: its own backend writes the wheel of an editable install.
BACKEND = """
import zipfile

def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    name = "small-1-py3-none-any.whl"
    with zipfile.ZipFile(f"{wheel_directory}/{name}", "w") as wheel:
        wheel.writestr("small.pth", "")
        wheel.writestr("small-1.dist-info/METADATA", "Metadata-Version: 2.1\\nName: small\\nVersion: 1\\n")
        wheel.writestr("small-1.dist-info/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr("small-1.dist-info/RECORD", "")
    return name
"""
PYPROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
[project]
name = "small"
version = "1"
"""


def environment_module() -> ModuleType:
    """`.make/environment.py`, which is not part of any package."""
    spec = importlib.util.spec_from_file_location("environment", PROJECT / ".make" / "environment.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def locked(name: str = "requirements.lock") -> dict[str, str]:
    """Package -> version of a lock."""
    lock = (PROJECT / name).read_text(encoding="utf-8")
    return dict(re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==(\S+)", lock, flags=re.MULTILINE))


def declared() -> list[Requirement]:
    """What pyproject.toml asks for, tools for development included."""
    content = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    return [Requirement(line) for line in content["project"]["dependencies"] + content["dependency-groups"]["dev"]]


@pytest.mark.parametrize(("name", "least"), [("requirements.lock", 100), ("docs.lock", 20), ("cluster.lock", 20)])
def test_the_locks_name_no_host_and_pin_everything_by_hash(name: str, least: int) -> None:
    lock = (PROJECT / name).read_text(encoding="utf-8")
    assert not re.search(r"://|--(extra-)?index|--find-links|--trusted", lock)
    entries = [entry for entry in re.split(r"\n(?=\S)", lock) if entry.strip() and not entry.startswith("#")]
    assert len(entries) > least
    for entry in entries:
        assert re.match(r"[A-Za-z0-9._-]+(\[[^]]*\])?==", entry), entry
        assert "--hash=sha256:" in entry, entry


def test_the_lock_has_what_the_project_asks_for() -> None:
    versions = locked()
    for requirement in declared():
        name = requirement.name.lower().replace("_", "-")
        assert name in versions, f"{requirement} is not in the lock: run `make lock`"
        assert requirement.specifier.contains(versions[name]), f"{requirement}, but {versions[name]} is locked"


def test_the_resolver_has_not_fallen_back_to_versions_of_long_ago() -> None:
    versions = locked()
    least = {"apache-airflow-task-sdk": "1.3", "fastapi": "0.115", "sqlalchemy": "2.0", "numpy": "2.0"}
    for name, version in least.items():
        assert Version(versions[name]) >= Version(version), name


def test_what_a_cluster_needs_is_locked_beside_what_every_installation_has() -> None:
    """It is added to the same environment, so that no package may be in both."""
    added, versions = locked("cluster.lock"), locked()
    assert not added.keys() & versions.keys()
    content = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    for requirement in map(Requirement, content["dependency-groups"]["cluster"]):
        found = {**versions, **added}[requirement.name]
        assert requirement.specifier.contains(found), f"{requirement}, but {found} is locked"
    assert Version(added["celery"]) < Version("5.7"), "5.7.0 breaks Airflow's provider, which allows it"


def find_python(*arguments: str, path: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(FIND_PYTHON), *arguments], env={"PATH": path}, capture_output=True, text=True, check=False
    )


def test_a_broken_shim_is_passed_over(tmp_path: Path) -> None:
    shims, works = tmp_path / "shims", tmp_path / "works"
    for folder in (shims, works):
        folder.mkdir()
    for name in ("python3", "python3.13", "python3.12"):
        (shims / name).write_text("#!/bin/sh\necho 'command not found' >&2\nexit 127\n")
        (shims / name).chmod(0o755)
    base = getattr(sys, "_base_executable", sys.executable)
    (works / "python3.11").write_text(f'#!/bin/sh\nexec "{base}" "$@"\n')
    (works / "python3.11").chmod(0o755)

    found = find_python(path=f"{shims}:{works}")

    assert found.returncode == 0, found.stderr
    assert Path(found.stdout.strip()).resolve() == Path(base).resolve()


def test_a_virtual_environment_that_is_active_is_not_built_upon() -> None:
    found = find_python(sys.executable, path="/usr/bin:/bin")
    assert found.returncode == 0, found.stderr
    assert found.stdout.strip() == getattr(sys, "_base_executable", sys.executable)


def test_without_a_suitable_python_the_error_says_what_to_install(tmp_path: Path) -> None:
    found = find_python(path=str(tmp_path))
    assert found.returncode == 1
    assert "3.11, 3.12 or 3.13" in found.stderr
    assert "apt install" in found.stderr

    found = find_python("/nonexistent/python", path=str(tmp_path))
    assert found.returncode == 1
    assert "/nonexistent/python" in found.stderr


@pytest.mark.slow
def test_an_interrupted_installation_is_done_again_and_a_complete_one_updated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "requirements.lock").write_text("")
    (tmp_path / "pyproject.toml").write_text(PYPROJECT)
    (tmp_path / "backend.py").write_text(BACKEND)
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    venv = tmp_path / ".venv"
    environment = environment_module().Environment(tmp_path, None)

    # What is left of an installation that was cut: files, and no stamp.
    half = venv / "lib" / "half-a-package.py"
    half.parent.mkdir(parents=True)
    half.write_text("def f(")
    environment.ensure()
    assert not half.exists()
    (installed,) = venv.rglob("small-1.dist-info")
    assert list(venv.rglob("*.pyc")), "without compiled files every start of Airflow takes twice as long"

    installed_at = installed.stat().st_mtime_ns
    kept = venv / "lib" / "kept"
    kept.touch()
    environment.ensure()
    assert installed.stat().st_mtime_ns == installed_at

    (tmp_path / "requirements.lock").write_text("# changed\n")
    environment.ensure()
    assert kept.exists(), "a complete environment is updated in place, under the servers that may run from it"
    assert installed.stat().st_mtime_ns != installed_at
    assert not list(venv.rglob("setuptools-*.dist-info")), "what the lock does not name is removed"


def test_make_explains_itself() -> None:
    reported = subprocess.run(
        ["make", "help"], cwd=PROJECT, env=dict(os.environ), capture_output=True, text=True, check=True
    )
    for target in ("run", "up", "down", "test", "check", "lock", "source", "clean"):
        assert re.search(rf"^  make {target} +\S", reported.stdout, flags=re.MULTILINE), target
