"""Marks in a declaration: proposals that nobody has decided yet, and facts that are still a template's.

`?` before a key or a value is a proposal of `ilms propose`; `(!)` is a fact that a template leaves open. A declaration
with a `?` is not loaded; one with a `(!)` can be checked, and does not run.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from schemas.declaration_files import read_rows, read_table_text, read_text
from schemas.errors import DeclarationError

UNFILLED, UNDECIDED = "(!)", "?"
CODE_MAPS = "code_maps.csv"
_KEY = re.compile(r"\s*(?:- )?\?(?P<named>[a-z_]\w*)\s*:")
_MAP = re.compile(r"\bmap:\s*[\"']?([a-z]\w*)")
_VALUE = re.compile(r"[\"']\?(?P<named>\w*)[\"']")


@dataclass(frozen=True)
class Mark:
    """One proposal that is not decided: the file and line where it stands, and what it is about."""

    file: str
    line: int
    about: str


def undecided(folder: Path) -> list[Mark]:
    """The proposals that nobody has decided: in source.yaml, and in code_maps.csv of maps that source.yaml names.

    Raises DeclarationError as reading does.
    """
    file = folder / "source.yaml"
    text = read_text(file)
    found = [
        Mark(file.name, number, match["named"] or line.strip())
        for number, line in enumerate(text.splitlines(), 1)
        if not line.lstrip().startswith("#") and (match := _KEY.match(line) or _VALUE.search(line))
    ]
    return [*found, *_undecided_codes(folder / CODE_MAPS, set(_MAP.findall(text)))]


def _undecided_codes(file: Path, used: set[str]) -> Iterator[Mark]:
    if os.path.lexists(file) and UNDECIDED in read_table_text(file):
        for line, row in read_rows(file, ["map", "code", "value"]):
            if row["value"].startswith(UNDECIDED) and row["map"] in used:
                yield Mark(file.name, line, row["map"])


def unfilled(folder: Path) -> list[int]:
    """Lines of a source.yaml whose value, and not only a comment, is still the template's."""
    lines = enumerate(read_text(folder / "source.yaml").splitlines(), 1)
    return [number for number, line in lines if UNFILLED in line.split("#")[0]]


def refuse_undecided(folder: Path) -> None:
    """Raise DeclarationError that lists every mark of a declaration with its line, where proposals are not decided."""
    if error := undecided_error(folder):
        raise error


def undecided_error(folder: Path) -> DeclarationError | None:
    """The error that lists every mark of a declaration with its line; None where all proposals are decided."""
    marks = undecided(folder)
    if not marks:
        return None
    open_facts = unfilled(folder)
    facts = f"; and {UNFILLED} in source.yaml, {lines_in_words(open_facts)}" if open_facts else ""
    return DeclarationError(
        f"{len(marks)} proposal(s) are not decided, marked {UNDECIDED}: {_listed(marks)}{facts}",
        where=str(folder),
        why="a proposal may be wrong, and what it says would be published as a fact of this source",
        remedy=f"take the {UNDECIDED} away to keep a proposal, correct it, or delete its line; then run `ilms check`",
    )


def _listed(marks: Sequence[Mark]) -> str:
    """The keys of source.yaml one by one, the codes of each map together."""
    keys = [f"{each.about} (line {each.line})" for each in marks if each.file != CODE_MAPS]
    codes = [each for each in marks if each.file == CODE_MAPS]
    maps = [
        f"map {name}, {lines_in_words([each.line for each in of_map])} of {CODE_MAPS}"
        for name, of_map in groupby(codes, key=lambda each: each.about)
    ]
    return "; ".join([", ".join(keys), *maps] if keys else maps)


def lines_in_words(lines: Sequence[int]) -> str:
    """Numbers of lines, those that follow one another as a range: line 7, lines 2, 5 to 9."""
    runs: list[list[int]] = []
    for line in lines:
        if runs and line == runs[-1][-1] + 1:
            runs[-1].append(line)
        else:
            runs.append([line])
    shown = [str(run[0]) if len(run) == 1 else f"{run[0]} to {run[-1]}" for run in runs]
    return f"line{'s' if len(lines) > 1 else ''} {', '.join(shown)}"
