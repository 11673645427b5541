"""One or two records with a code that no codebook has: unknown with a note where that is declared, else a stop."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from small_source import SMALL_CODES, SMALL_SOURCE, Declare, RawTable

from schemas.errors import DeclarationError, InputError
from schemas.partition import Partition
from transforms.estimate import estimate
from transforms.harmonise import Harmonised, harmonise

SMALL = Partition("ZZZ.small", "2024")
BORN = {"column": "born", "map": "birth"}
DECLARED = {"records": 2, "share": 0.005, "because": "the codebook does not list 0"}
Run = Callable[..., tuple[Harmonised, list[str]]]


def records(*born: str, known: int) -> list[tuple[str, ...]]:
    """Persons of 30 years at work: `known` who were born here, and one with each other code."""
    codes = ["1"] * known + list(born)
    return [(f"p{number}", "a", str(number), "1", "1", "30", code, "1") for number, code in enumerate(codes)]


@pytest.fixture
def run(declare: Declare, raw_table: RawTable, tmp_path: Path) -> Run:
    """What harmonising says, and where persons were born, with the declared tolerance."""

    def harmonised(rows: list[tuple[str, ...]]) -> tuple[Harmonised, list[str]]:
        source = declare(variables=SMALL_SOURCE["variables"] | {"birth_status": BORN | {"stray_codes": DECLARED}})
        made = harmonise(source, SMALL, raw_table(rows), tmp_path / "core.parquet")
        found = duckdb.execute(f"select birth_status from read_parquet('{tmp_path / 'core.parquet'}')").fetchall()
        return made, [value for (value,) in found]

    return harmonised


def test_as_many_as_are_declared_count_as_unknown_with_a_warning(run: Run) -> None:
    made, born = run(records("0", "8", known=398))
    assert (born.count("native"), born.count("unknown")) == (398, 2)
    assert made.warnings == (
        "Place of birth: 2 record(s) with a code that no map has ('0', '8') count as unknown; the codebook does not"
        " list 0",
    )


def test_nothing_is_said_where_every_code_is_known(run: Run) -> None:
    made, born = run(records("2", known=9))
    assert made.warnings == ()
    assert "unknown" not in born


@pytest.mark.parametrize(
    "rows",
    [records("0", "0", "8", known=997), records("0", "0", known=397)],
    ids=["more records", "a larger share"],
)
def test_more_than_is_declared_stops_as_before(run: Run, rows: list[tuple[str, ...]]) -> None:
    with pytest.raises(InputError, match=r"code\(s\) of birth_status that are in no map: '0' \(2 record"):
        run(rows)


def test_the_codes_of_an_expression_may_be_stray_too(declare: Declare, raw_table: RawTable, tmp_path: Path) -> None:
    country = {
        "expression": "case raw.born when '1' then 'here' when '2' then 'there' else 'born is ' || raw.born end",
        "map": "country",
        "stray_codes": DECLARED,
    }
    variables = {name: each for name, each in SMALL_SOURCE["variables"].items() if name != "birth_status"}
    codes = SMALL_CODES + "country,here,ZZZ,Here\ncountry,there,PER,Peru\n"
    source = declare(variables=variables | {"country_of_birth": country}, codes=codes)
    made = harmonise(source, SMALL, raw_table(records("0", "2", known=398)), tmp_path / "core.parquet")
    found = duckdb.execute(
        f"select country_of_birth, birth_status, count(*) from read_parquet('{tmp_path / 'core.parquet'}')"
        " group by all order by 1"
    ).fetchall()
    assert found == [("PER", "foreign", 1), ("ZZZ", "native", 398), ("unknown", "unknown", 1)]
    assert "('born is 0')" in made.warnings[0]


def test_the_warning_travels_with_the_numbers(declare: Declare, raw_table: RawTable, tmp_path: Path) -> None:
    source = declare(variables=SMALL_SOURCE["variables"] | {"birth_status": BORN | {"stray_codes": DECLARED}})
    core, cells = tmp_path / "core.parquet", tmp_path / "cells.parquet"
    made = harmonise(source, SMALL, raw_table(records("0", known=399)), core)
    estimate(source, SMALL, core, cells, vintage="abc", warnings=made.warnings, indicators=["MST_TEMP_SEX_AGE_CBR_NB"])
    notes = duckdb.execute(f"select distinct note_source from read_parquet('{cells}')").fetchall()
    assert len(notes) == 1
    assert "Quality: Place of birth: 1 record(s) with a code that no map has ('0')" in notes[0][0]


@pytest.mark.parametrize("variable", ["age", "labour_force_status"])
def test_a_number_and_a_constant_have_no_stray_codes(declare: Declare, variable: str) -> None:
    origin = {"age": {"column": "years"}, "labour_force_status": {"constant": "employed"}}[variable]
    with pytest.raises(DeclarationError, match="`stray_codes` are codes that"):
        declare(variables=SMALL_SOURCE["variables"] | {variable: origin | {"stray_codes": DECLARED}})


def test_a_tolerance_says_why(declare: Declare) -> None:
    unexplained = {"records": 1, "share": 0.001}
    with pytest.raises(DeclarationError, match="because"):
        declare(variables=SMALL_SOURCE["variables"] | {"birth_status": BORN | {"stray_codes": unexplained}})
