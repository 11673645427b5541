"""Several periods in one file: the error names the column of the period, and never asks to add them up."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from quick_release import leave_out_structures
from small_source import SMALL_COLUMNS, SMALL_SOURCE, Declare

from ilms.run import run_all
from ilms.settings import Settings
from schemas.errors import InputError
from schemas.partition import Partition
from schemas.survey import Survey
from transforms.harmonise import harmonise
from transforms.read import RawInput, read_wave
from transforms.repeated_persons import PERIOD, check_persons_once

PARTITION = Partition("ZZZ.small", "2024")
ADULTS = [[f"p{number}", "s1", f"u{number % 4}", "100", "12"[number % 2], "40", "1", "1"] for number in range(12)]


def lay(folder: Path, header: Sequence[str], rows: Sequence[Sequence[str]]) -> Path:
    file = folder / "lfs.csv"
    file.write_text("\n".join([",".join(header), *map(",".join, rows)]) + "\n")
    return file


def check(source: Survey, file: Path, work: Path) -> None:
    """What the harmonise stage asks of a file."""
    files, raw, core = [RawInput(file, "data")], work / "raw.parquet", work / "core.parquet"
    named = source.wave_columns(PARTITION.wave)
    table = read_wave(source.read, files, named, raw, where=PARTITION.key, workdir=work)
    harmonise(source, PARTITION, raw, core)

    def read_columns(columns):  # type: ignore[no-untyped-def]
        read_wave(source.read, files, columns, raw, where=PARTITION.key, workdir=work)
        return raw

    check_persons_once(source, PARTITION, core, table.names, read_columns)


@pytest.mark.parametrize("name", ["TRIMESTRE", "Quarter", "survey_month", "ANO4", "fecha"])
def test_the_column_of_the_period_is_found_although_it_is_not_declared(
    declare: Declare, tmp_path: Path, name: str
) -> None:
    rows = [[*adult, period] for period in ("3", "4") for adult in ADULTS]

    with pytest.raises(InputError) as error:
        check(declare(), lay(tmp_path, [*SMALL_COLUMNS, name], rows), tmp_path)

    assert f"12 persons occur more than once, and their records differ in '{name}'" in error.value.message
    assert "select the wave's own records" in error.value.message


def test_a_record_that_comes_twice_is_left_to_the_gate(declare: Declare, tmp_path: Path) -> None:
    rows = [[*adult, "3"] for adult in (*ADULTS, *ADULTS)]

    check(declare(), lay(tmp_path, [*SMALL_COLUMNS, "TRIMESTRE"], rows), tmp_path)


@pytest.mark.parametrize("name", ["manager", "immigrant", "wavelength", "anonymous", "candidate"])
def test_a_name_that_only_contains_the_word_of_a_period_is_not_taken_for_one(name: str) -> None:
    assert PERIOD.search(name) is None


def test_the_declared_quarter_is_read_and_the_others_are_left(
    declare: Declare, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave_out_structures(monkeypatch)
    rows = [[*adult, period] for period in ("3", "4") for adult in ADULTS]
    (tmp_path / "mirror").mkdir()
    lay(tmp_path / "mirror", [*SMALL_COLUMNS, "TRIMESTRE"], rows)
    wave = SMALL_SOURCE["waves"]["2024"] | {"files": [{"name": "lfs.csv", "mirror": "lfs.csv"}], "records": 12}
    columns = "\n".join(["column,2024-Q3", *(f"{name},{name}" for name in SMALL_COLUMNS), "quarter,TRIMESTRE"])
    reported = {"quarter": "raw.quarter", "select": True}
    declare("ZZZ.small", waves={"2024-Q3": wave}, columns=columns, wave_in_file=reported)

    outcome = run_all(Settings(home=tmp_path / "home", mirror=tmp_path / "mirror"), sources=["ZZZ.small"], say=print)

    assert outcome.failed == {}
    (published,) = [each for each in outcome.publication.partitions if each.source == "ZZZ.small"]
    assert published.persons == 12
