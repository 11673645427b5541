"""The command `ilms` as it is called: whatever the environment is set to for other work on the machine."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest


def ilms(*arguments: str, cwd: Path, **environment: str | None) -> subprocess.CompletedProcess[str]:
    """Call the command as its script does, in an environment changed by some variables; None takes one away."""
    changed = {**os.environ, "ILMS_HOME": str(cwd / "home"), "ILMS_MIRROR": "", **environment}
    return subprocess.run(
        [sys.executable, "-c", "from ilms.__main__ import main; main()", *arguments],
        env={name: value for name, value in changed.items() if value is not None},
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        umask=0o077,
    )


@pytest.mark.parametrize("shadowed", ["schemas", "transforms", "warehouse", "duckdb"])
def test_packages_of_other_projects_do_not_take_the_place_of_ours(tmp_path: Path, shadowed: str) -> None:
    (tmp_path / "other" / shadowed).mkdir(parents=True)
    (tmp_path / "other" / shadowed / "__init__.py").write_text("raise ImportError('this is another project')\n")
    done = ilms("release", "list", cwd=tmp_path, PYTHONPATH=str(tmp_path / "other"))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "Nothing is published yet. Try: ilms run\n"


def test_a_module_of_the_working_folder_does_not_take_the_place_of_ours(tmp_path: Path) -> None:
    (tmp_path / "schemas.py").write_text("raise ImportError('this is another project')\n")
    done = ilms("release", "list", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_command_needs_no_home_and_no_git_and_ignores_proxies(tmp_path: Path) -> None:
    done = ilms("check", "ZZZ.synthetic", cwd=tmp_path, HOME=None, PATH="/nowhere", ALL_PROXY="socks5://127.0.0.1:9")
    assert done.returncode == 0, done.stderr


def test_the_command_is_called_ilms_and_its_exit_code_comes_through(tmp_path: Path) -> None:
    assert "Usage: ilms " in ilms("--help", cwd=tmp_path).stdout
    assert ilms("check", "ZZZ.nothing", cwd=tmp_path).returncode == 1
    assert ilms("no-such-command", cwd=tmp_path).returncode == 2
