"""The example that one learns with: the same files every time, and none that is overwritten."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from ilms.authoring.example import write_example
from schemas.errors import InputError


def test_the_files_of_a_year_are_the_same_every_time(tmp_path: Path) -> None:
    first, again = (write_example(tmp_path / name, 2024) for name in ("first", "again"))
    assert [file.name for file in first] == ["lfs_2024.csv", "lfs_2024_codebook.xml", "permits_2024.csv"]
    assert [file.read_bytes() for file in first] == [file.read_bytes() for file in again]


def test_only_those_who_are_old_enough_are_asked_about_work_and_weights_are_in_hundredths(tmp_path: Path) -> None:
    survey, _, permits = write_example(tmp_path)
    with survey.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream, delimiter=";"))
    assert all((row["C1"] == "") == (int(row["B5"]) < 15) for row in rows)
    assert all((row["D5"] != "") == (row["C1"] == "1") for row in rows)
    assert sum(int(row["WGT"]) for row in rows) / 100 == pytest.approx(1_500_000, rel=0.02)
    assert permits.read_text(encoding="latin-1").splitlines()[-1] == "Total;2.361;1.830;4.191"


def test_an_existing_file_stays_and_a_year_without_an_example_is_refused(tmp_path: Path) -> None:
    write_example(tmp_path)
    with pytest.raises(InputError, match="exists already"):
        write_example(tmp_path)
    with pytest.raises(InputError, match=r"no example of 1999.*2023, 2024"):
        write_example(tmp_path, 1999)
