"""A file whose header gives the number of records must hold that many."""

from __future__ import annotations

import struct
from pathlib import Path

import pandas as pd
import pyreadstat
import pytest
from read_waves import Refused, Wave

PEOPLE = pd.DataFrame({"id": [float(number) for number in range(1, 41)], "sex": [1.0, 2.0] * 20})
RECORDS_AT = 80
OLD_STATA_RECORDS_AT = 6


def telling(content: bytes, at: int, records: int) -> bytes:
    """The same file with another number of records in its header."""
    return content[:at] + struct.pack("<i", records) + content[at + 4 :]


@pytest.mark.parametrize("how", [{}, {"row_compress": True}, {"compress": True}])
def test_an_spss_file_whose_header_gives_fewer_records_is_refused(
    wave: Wave, refused: Refused, tmp_path: Path, how: dict[str, bool]
) -> None:
    pyreadstat.write_sav(PEOPLE, tmp_path / "made.sav", **how)
    content = (tmp_path / "made.sav").read_bytes()

    assert len(wave({"lfs.sav": content}, ["id"], format="spss")) == 40

    error = refused({"lfs.sav": telling(content, RECORDS_AT, 15)}, ["id"], format="spss")

    assert "its header gives 15 records, and it holds 40" in error.message
    assert "lfs.sav" in error.message


def test_an_spss_file_whose_header_gives_no_number_of_records_is_read_to_its_end(wave: Wave, tmp_path: Path) -> None:
    pyreadstat.write_sav(PEOPLE, tmp_path / "made.sav")
    unreported = telling((tmp_path / "made.sav").read_bytes(), RECORDS_AT, -1)

    assert len(wave({"lfs.sav": unreported}, ["id"], format="spss")) == 40


@pytest.mark.parametrize("version", [8, 10, 12])
@pytest.mark.parametrize("records", [15, 39])
def test_an_old_stata_file_whose_header_gives_fewer_records_is_refused(
    wave: Wave, refused: Refused, tmp_path: Path, version: int, records: int
) -> None:
    people = PEOPLE.astype("int32")
    labels = {"sex": {1: "man", 2: "woman"}}
    pyreadstat.write_dta(people, tmp_path / "made.dta", version=version, variable_value_labels=labels)
    content = (tmp_path / "made.dta").read_bytes()

    assert len(wave({"lfs.dta": content}, ["id"], format="stata")) == 40

    error = refused({"lfs.dta": telling(content, OLD_STATA_RECORDS_AT, records)}, ["id"], format="stata")

    assert f"its header gives {records} records, and the records do not end there" in error.message
