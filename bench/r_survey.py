"""R's package survey, asked from Python: a design, persons and questions in, its answers out."""

from __future__ import annotations

import csv
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from functools import cache
from pathlib import Path

import pyarrow
import pyarrow.csv

QUESTION = ("design", "rule", "statistic", "y", "x", "domain")
ANSWER = ("estimate", "standard_error", "degrees_of_freedom", "low", "high")
R_SCRIPT = Path(__file__).parent / "survey.R"


@dataclass(frozen=True)
class Question:
    """One number: a total, ratio, mean, median or share of columns y and x among persons whose column `domain` is 1.

    `rule` is the treatment of a stratum with a single PSU (survey.lonely.psu of R).
    """

    design: str
    rule: str
    statistic: str
    y: str
    x: str
    domain: str


@dataclass(frozen=True)
class Answer:
    """An estimate with its standard error, degrees of freedom and 95 % interval; NaN where none is given."""

    estimate: float
    standard_error: float
    degrees_of_freedom: float
    low: float
    high: float


@cache
def has_r() -> bool:
    """Whether R and its package survey are on this machine."""
    program = shutil.which("Rscript")
    if program is None:
        return False
    check = subprocess.run([program, "--vanilla", "-e", "library(survey)"], capture_output=True, check=False)
    return check.returncode == 0


def ask_r(
    persons: pyarrow.Table,
    designs: Mapping[str, Mapping[str, str]],
    questions: Sequence[Question],
    factors: Mapping[str, Iterable[float]],
) -> list[Answer]:
    """The answers of R, in the order of the questions. `designs` and `factors`, by design, are as described in
    survey.R."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pyarrow.csv.write_csv(persons, folder / "persons.csv")
        settings = ((design, *each) for design, given in designs.items() for each in given.items())
        _write(folder / "designs.csv", ("design", "name", "value"), settings)
        listed = ((design, repr(factor)) for design, given in factors.items() for factor in given)
        _write(folder / "factors.csv", ("design", "factor"), listed)
        _write(folder / "questions.csv", QUESTION, map(astuple, questions))
        done = subprocess.run(
            ["Rscript", "--vanilla", str(R_SCRIPT), str(folder)], capture_output=True, check=False, text=True
        )
    if done.returncode:
        raise RuntimeError(f"R could not answer: {done.stderr.strip()}")
    return [read_answer(line.split(",")) for line in done.stdout.splitlines()]


def read_answer(texts: Iterable[str]) -> Answer:
    """An answer from its five numbers as text."""
    return Answer(*(float("nan") if text == "NA" else float(text) for text in texts))


def write_answers(file: Path, questions: Sequence[Question], answers: Sequence[Answer]) -> None:
    """Write answers beside their questions."""
    rows = (
        (*astuple(question), *(f"{number:.17g}" for number in astuple(answer)))
        for question, answer in zip(questions, answers, strict=True)
    )
    _write(file, (*QUESTION, *ANSWER), rows)


def read_answers(file: Path) -> dict[Question, Answer]:
    """Answers written earlier."""
    with file.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    return {
        Question(**{name: row[name] for name in QUESTION}): read_answer(row[name] for name in ANSWER) for row in rows
    }


def _write(file: Path, header: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
