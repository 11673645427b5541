"""The tutorials, word for word: files are written, commands run, and what they show as printed is printed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from ilms.authoring.imports import PROJECT

BLOCK = re.compile(r"(?:`(?P<file>tutorial/[^`\n]+)`:\n\n)?```(?P<language>\w+)\n(?P<content>.*?)```", re.DOTALL)
LEFT_OUT = "..."
FAULTS = re.compile(r"Faults: \d")


@dataclass
class Step:
    """One command, and the lines that it is said to print."""

    command: str
    printed: list[str]

    @property
    def fails(self) -> bool:
        """Whether an error is shown, or faults of a file."""
        return any(line.startswith("declaration error") or FAULTS.match(line) for line in self.printed)


def blocks(page: Path) -> Iterator[Path | Step]:
    """The files of a page, written as they come, and its commands, in order."""
    for found in BLOCK.finditer(page.read_text(encoding="utf-8")):
        if found["language"] != "console":
            assert found["file"], f"which file is this? {found['content'][:60]}"
            file = Path(found["file"])
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(found["content"], encoding="utf-8")
            yield file
            continue
        for command in re.split(r"^\$ ", found["content"], flags=re.MULTILINE)[1:]:
            line, *printed = command.splitlines()
            yield Step(line, printed)


def pattern(line: str) -> str:
    """What a printed line looks like: as shown, with anything for what is left out."""
    return ".*".join(map(re.escape, line.split(LEFT_OUT)))


def check_printed(step: Step, printed: str) -> None:
    """The lines shown are those printed, in order; others only where dots say so."""
    shown = "".join(r"(?:.*\n)*?" if line == LEFT_OUT else rf"{pattern(line.rstrip())}[ ]*\n" for line in step.printed)
    said = printed if printed.endswith("\n") or not printed else f"{printed}\n"
    assert re.fullmatch(shown, said), f"$ {step.command}\nprints\n{said}"


def follow(page: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    """Do in a folder what a page says, and give how many commands were run."""
    monkeypatch.chdir(folder)
    if not (folder / ".venv").exists():
        (folder / ".venv").symlink_to(sys.prefix)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ILMS_")}
    done = 0
    for step in blocks(page):
        if isinstance(step, Path):
            continue
        if step.command.startswith("export "):
            environment |= dict(each.split("=", 1) for each in step.command.split()[1:])
            continue
        ran = subprocess.run(
            ["bash", "-c", step.command],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        check_printed(step, ran.stdout)
        assert (ran.returncode != 0) == step.fails, ran.stdout
        done += 1
    return done


@pytest.mark.slow
@pytest.mark.parametrize(("page", "commands"), [("tutorial.md", 14), ("tutorial-register.md", 8)])
def test_who_follows_the_tutorial_to_the_letter_ends_with_published_tables(
    page: str, commands: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert follow(PROJECT / "docs" / page, tmp_path, monkeypatch) == commands
    assert (tmp_path / "tutorial" / "home" / "current" / "observation.parquet").exists()


@pytest.mark.slow
def test_who_makes_the_first_run_to_the_letter_reads_its_release(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert follow(PROJECT / "docs" / "tutorial-first-run.md", tmp_path, monkeypatch) == 6
    assert follow(PROJECT / "docs" / "tutorial-read.md", tmp_path, monkeypatch) == 7
    for language in ("fr", "es"):
        assert follow(PROJECT / "docs" / language / "tutorial.md", tmp_path, monkeypatch) == 7


@pytest.mark.parametrize(
    ("shown", "printed", "is_so"),
    [
        (["one", "two"], "one\ntwo\n", True),
        (["one", "three"], "one\ntwo\nthree\n", False),
        (["one", "...", "three"], "one\ntwo\nthree\n", True),
        (["vintage ... kept"], "vintage 3f2a kept\n", True),
        (["one"], "one more\n", False),
    ],
)
def test_what_is_shown_must_be_printed(shown: list[str], printed: str, *, is_so: bool) -> None:
    if is_so:
        check_printed(Step("a command", shown), printed)
        return
    with pytest.raises(AssertionError, match="a command"):
        check_printed(Step("a command", shown), printed)
