"""A declaration whose proposals are not decided, taken as if all of them were kept: to look at a file, never to run it.

Where nothing is proposed, nothing is taken: a code without a value stays unknown, a column without a name is lacking.
"""

from __future__ import annotations

import csv
import io
import os
import re
from pathlib import Path

from schemas.declaration_files import read_rows, read_text
from schemas.loader import load_folder
from schemas.marks import CODE_MAPS, UNDECIDED
from schemas.source import Runnable

_MARKED_KEY = re.compile(r"^(\s*(?:- )?)\?([a-z_]\w*\s*:)")
_CODE_OF_NOTHING = re.compile(r"""("[^"]*"|'[^']*')(\s*:\s*)["']\?["']""")
_MARKED_VALUE = re.compile(r"""(["'])\?(\w+["'])""")


def load_as_proposed(folder: Path, work: Path) -> Runnable:
    """The source of a folder as proposed; its files are written below `work` without their marks.

    Raises DeclarationError as loading a source does, where that cannot be loaded either.
    """
    taken = work / folder.parent.name / folder.name
    taken.mkdir(parents=True)
    lines = read_text(folder / "source.yaml").splitlines()
    (taken / "source.yaml").write_text("\n".join(map(_taken, lines)) + "\n", encoding="utf-8")
    for name in ("columns.csv", CODE_MAPS):
        if os.path.lexists(folder / name):
            (taken / name).write_text(_table(folder / name), encoding="utf-8")
    return load_folder(taken)


def _taken(line: str) -> str:
    """A line of source.yaml without its marks. Comments stay, and so do their lines."""
    if line.lstrip().startswith("#"):
        return line
    kept = _MARKED_KEY.sub(r"\1\2", line)
    return _MARKED_VALUE.sub(r"\1\2", _CODE_OF_NOTHING.sub(r"\1\2unknown", kept))


def _table(file: Path) -> str:
    """A table without the marks of its values, and without the rows that propose none."""
    written = io.StringIO()
    rows = [row for _, row in read_rows(file, [])]
    writer = csv.DictWriter(written, list(rows[0]) if rows else ["column"], lineterminator="\n")
    writer.writeheader()
    kept = [row for row in rows if row.get("value") != UNDECIDED]
    writer.writerows({name: field.removeprefix(UNDECIDED) for name, field in row.items()} for row in kept)
    return written.getvalue()
