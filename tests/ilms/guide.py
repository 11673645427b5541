"""The analyst's guide as code: its questions, with the answers of its blocks in SQL, Python and R."""

from __future__ import annotations

import csv
import math
import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

GUIDE = Path(__file__).parents[2] / "docs" / "analysts-guide.md"
_BLOCK = re.compile(r"```(sql|python|r)\n(.*?)```", flags=re.DOTALL)

Row = dict[str, Any]


@dataclass(frozen=True)
class Question:
    """One of the guide: its heading, blocks by language, and the page of the explorer that it names."""

    heading: str
    blocks: Mapping[str, str]
    page: str


def questions() -> list[Question]:
    parts = re.split(r"^## (\d+\. .*)$", GUIDE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    found = []
    for heading, text in zip(parts[1::2], parts[2::2], strict=True):
        page = re.search(r"Explorer: `(.*)`", text)
        assert page is not None, heading
        found.append(Question(heading, dict(_BLOCK.findall(text)), page[1]))
    return found


def preamble(language: str) -> str:
    """The function `series` of the introduction."""
    blocks: dict[str, str] = dict(_BLOCK.findall(GUIDE.read_text(encoding="utf-8").split("\n## 1. ")[0]))
    return blocks[language]


def in_sql(question: Question, folder: Path) -> list[Row]:
    """The answer in the folder that has `data/current`."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        with duckdb.connect("data/current/warehouse.duckdb", read_only=True) as connection:
            found = connection.execute(question.blocks["sql"])
            names = [each[0] for each in found.description or []]
            return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    finally:
        os.chdir(before)


def in_python(question: Question, folder: Path) -> list[Row]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        names: dict[str, Any] = {}
        exec(preamble("python") + question.blocks["python"], names)
        rows: list[Row] = names["answer"].to_dict("records")
        return rows
    finally:
        os.chdir(before)


def in_r(asked: Sequence[Question], folder: Path) -> list[list[Row]]:
    """The answers to all of them: R is started once. Base R alone is needed."""
    lines = [preamble("r")]
    for place, question in enumerate(asked):
        kept = f'write.csv(answer, "answer{place}.csv", row.names = FALSE)'
        lines.append(f"local({{\n{question.blocks['r']}\n{kept}\n}})")
    (folder / "guide.R").write_text("\n".join(lines), encoding="utf-8")
    done = subprocess.run(["Rscript", "guide.R"], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [_read(folder / f"answer{place}.csv") for place in range(len(asked))]


def _read(file: Path) -> list[Row]:
    with file.open(encoding="utf-8", newline="") as stream:
        return [dict(row) for row in csv.DictReader(stream)]


def same_columns(rows: Sequence[Row], columns: Sequence[str]) -> list[tuple[Any, ...]]:
    """The rows in these columns, in an order of their own: numbers to eleven digits, nothing for what is missing."""
    return sorted((tuple(_plain(row[column]) for column in columns) for row in rows), key=str)


def _plain(value: Any) -> Any:
    if value is None or value in ("", "NA"):
        return None
    try:
        number = float(value)
    except ValueError:
        return value
    return None if math.isnan(number) else float(f"{number:.11g}")
