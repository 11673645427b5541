"""What is kept beside a table holds for the table as it was made, and for no other."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ilms.pipeline.fingerprints import KeptFacts, facts_of, keep_facts


@pytest.fixture
def table(tmp_path: Path) -> Path:
    file = tmp_path / "2024.parquet"
    file.write_bytes(b"PAR1 made")
    keep_facts(file, KeptFacts("mark", persons=7))
    return file


def test_a_table_as_it_was_made_has_its_facts(table: Path) -> None:
    facts = facts_of(table, "mark")
    assert facts is not None
    assert facts.persons == 7
    assert facts_of(table, "another mark") is None


def test_a_table_that_was_changed_counts_as_not_made(table: Path) -> None:
    table.write_bytes(b"PAR1 MADE")
    assert facts_of(table, "mark") is None
    assert facts_of(table) is None


def test_the_same_bytes_at_another_time_are_the_same_table(table: Path) -> None:
    os.utime(table, ns=(1, 1))
    assert facts_of(table, "mark") is not None
