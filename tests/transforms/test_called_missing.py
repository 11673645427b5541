"""What an SPSS or Stata file itself calls missing: of the declared kind, and a stop where nothing is declared."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyreadstat
import pytest
from small_source import SMALL_CODES, Declare

from schemas.errors import InputError
from schemas.partition import Partition
from transforms.harmonise import harmonise
from transforms.read import RawInput, read_wave

SMALL = Partition("ZZZ.small", "2024")
PEOPLE = pd.DataFrame(
    {
        "id": ["p1", "p2", "p3", "p4"],
        "str": ["a"] * 4,
        "psu": ["1", "1", "2", "2"],
        "w": [100.0] * 4,
        "sexcode": [1.0, 2.0, 1.0, 2.0],
        "years": [34.0, 35.0, 36.0, 37.0],
        "born": [1.0, 1.0, 2.0, 9.0],
        "act": [1.0] * 4,
        "hours": [40.0, 97.0, 99.0, None],
    }
)
FROM_COLUMN = {"column": "hours", "blank": "not_in_universe"}
FROM_EXPRESSION = {"expression": "try_cast(raw.hours as double)", "blank": "not_in_universe"}

Core = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture
def core(declare: Declare, tmp_path: Path) -> Core:
    """Read and harmonise a file of a statistical package; gives hours, their kind of missing and the place of birth."""

    def make(file: str, hours: dict[str, Any], codes: str = SMALL_CODES, **changes: Any) -> list[tuple[Any, ...]]:
        own = declare().model_dump(exclude_none=True, exclude_defaults=True)["variables"]
        columns = "column,2024\n" + "".join(f"{name},{name}\n" for name in PEOPLE.columns)
        read = {"format": "spss" if file.endswith(".sav") else "stata"}
        changes = {"variables": {**own, "hours_actual": hours}, "read": read, **changes}
        source = declare(columns=columns, codes=codes, **changes)
        raw, output = tmp_path / "raw.parquet", tmp_path / "core.parquet"
        files = [RawInput(tmp_path / file, "data")]
        table = read_wave(
            source.read, files, source.wave_columns("2024"), raw, where=SMALL.key, workdir=tmp_path / "work"
        )
        harmonise(source, SMALL, raw, output, called_missing=table.called_missing)
        return duckdb.execute(
            f"select hours_actual, hours_actual_missing, birth_status from read_parquet('{output}')"
        ).fetchall()

    return make


def spss(tmp_path: Path, **missing: list[Any]) -> str:
    pyreadstat.write_sav(PEOPLE, tmp_path / "lfs.sav", missing_ranges=missing)
    return "lfs.sav"


def stata(tmp_path: Path) -> str:
    people = PEOPLE.assign(hours=pd.Series([40.0, "a", "b", None], dtype=object))
    pyreadstat.write_dta(people, tmp_path / "lfs.dta", missing_user_values={"hours": ["a", "b"]})
    return "lfs.dta"


@pytest.mark.parametrize("hours", [FROM_COLUMN, FROM_EXPRESSION])
def test_user_missing_values_of_spss_are_of_the_declared_kind(
    core: Core, tmp_path: Path, hours: dict[str, str]
) -> None:
    file = spss(tmp_path, hours=[{"lo": 97, "hi": 98}, 99])
    given = core(file, {**hours, "codes": {"97..98": "refused", "99": "unknown"}})
    assert [row[:2] for row in given] == [(40, None), (None, "refused"), (None, "unknown"), (None, "not_in_universe")]


@pytest.mark.parametrize("hours", [FROM_COLUMN, FROM_EXPRESSION])
def test_user_missing_values_of_spss_stop_where_nothing_is_declared(
    core: Core, tmp_path: Path, hours: dict[str, str]
) -> None:
    file = spss(tmp_path, hours=[{"lo": 97, "hi": 98}, 99])
    with pytest.raises(InputError, match=r"97\.\.98, 99 of hours .*; 2 record") as raised:
        core(file, hours)
    assert '`codes: {"97..98": unknown, "99": unknown}` under \'hours_actual\'' in raised.value.remedy
    with pytest.raises(InputError, match=r"; 1 record"):
        core(file, {**hours, "codes": {"97": "refused"}})


def test_an_open_range_and_a_text_are_missing_too(core: Core, tmp_path: Path) -> None:
    file = spss(tmp_path, hours=[{"lo": 90, "hi": float("inf")}])
    with pytest.raises(InputError, match=r"90\.\. of hours"):
        core(file, FROM_COLUMN)
    assert core(file, {**FROM_COLUMN, "codes": {"90..": "unknown"}})[2][:2] == (None, "unknown")
    with pytest.raises(InputError, match="a of str .design"):
        core(spss(tmp_path, str=["a"]), {"missing": "not_asked"})


def test_values_that_no_record_holds_need_no_declaration(core: Core, tmp_path: Path) -> None:
    given = core(spss(tmp_path, hours=[-1]), FROM_COLUMN)
    assert [row[0] for row in given] == [40, 97, 99, None]


def test_an_expression_that_writes_the_code_out_has_spoken_of_it(core: Core, tmp_path: Path) -> None:
    hours = {**FROM_EXPRESSION, "expression": "try_cast(nullif(nullif(raw.hours, '97'), '99') as double)"}
    given = core(spss(tmp_path, hours=[97, 99]), hours)
    assert [row[1] for row in given] == [None, *["not_in_universe"] * 3]


@pytest.mark.parametrize("hours", [FROM_COLUMN, FROM_EXPRESSION])
def test_extended_missing_values_of_stata_are_of_the_declared_kind_or_stop(
    core: Core, tmp_path: Path, hours: dict[str, str]
) -> None:
    given = core(stata(tmp_path), {**hours, "codes": {".a": "refused", ".b": "unknown"}})
    assert [row[1] for row in given] == [None, "refused", "unknown", "not_in_universe"]
    with pytest.raises(InputError, match=r"\.a, \.b of hours .*; 1 record"):
        core(stata(tmp_path), {**hours, "codes": {".b": "unknown"}})


def test_a_category_needs_a_row_of_its_own_for_what_the_file_calls_missing(core: Core, tmp_path: Path) -> None:
    file = spss(tmp_path, born=[9])
    assert [row[2] for row in core(file, {"missing": "not_asked"})] == ["native", "native", "foreign", "unknown"]
    swallowed = SMALL_CODES.replace("birth,2,foreign", "birth,2..9,foreign").replace("birth,9,unknown,No answer\n", "")
    with pytest.raises(InputError, match=r"9 of born .*birth_status.*map 'birth'"):
        core(file, {"missing": "not_asked"}, swallowed)


def test_a_country_by_its_number_needs_a_map_for_what_the_file_calls_missing(
    core: Core, declare: Declare, tmp_path: Path
) -> None:
    own = declare().model_dump(exclude_none=True, exclude_defaults=True)["variables"]
    del own["birth_status"]
    variables = {**own, "country_of_birth": {"column": "years", "country": "m49"}}
    with pytest.raises(InputError, match=r"36 of years .*country_of_birth.*a map, and name it as `map`"):
        core(spss(tmp_path, years=[36]), {"missing": "not_asked"}, variables=variables)


def test_no_weight_is_made_of_what_the_file_calls_missing(core: Core, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="100 of w .design; 4 record"):
        core(spss(tmp_path, w=[100]), {"missing": "not_asked"})
