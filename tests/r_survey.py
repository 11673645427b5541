"""R's package survey in tests: run where it is installed, and compared with its stored results where not.

Stored results stand in tests/stored_r, made by bench/survey.R. ILMS_STORE_R=1 writes them again where R is installed;
without it, a stored result that R no longer gives is a failure too.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pyarrow
import pytest

from bench.agreement import Answers, largest_difference
from bench.r_survey import Question, ask_r, has_r, read_answers, write_answers

STORED = Path(__file__).parent / "stored_r"
SAME = 1e-9


def answers_of_r(name: str, ask: Callable[[], Answers]) -> Answers:
    """What R gives, live by calling `ask` or as stored under a name; the same questions either way."""
    file = STORED / f"{name}.csv"
    if not has_r():
        return read_answers(file)
    live = ask()
    if os.environ.get("ILMS_STORE_R"):
        write_answers(file, list(live), list(live.values()))
    stored = read_answers(file)
    assert stored.keys() == live.keys(), f"{file.name} holds other questions; write it again with ILMS_STORE_R=1"
    if largest_difference(stored, live) > SAME:
        pytest.fail(f"R no longer gives what {file.name} holds")
    return live


def answers_about(
    name: str, persons: pyarrow.Table, design: Mapping[str, str], questions: Sequence[Question]
) -> Answers:
    """What R gives for one design of persons in a table."""
    designs = {question.design: design for question in questions}
    return answers_of_r(name, lambda: dict(zip(questions, ask_r(persons, designs, questions, {}), strict=True)))
