"""Which records of a file count: one period of several, the reference person alone; and what each of them weighs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from small_source import SMALL_SOURCE

from schemas.errors import DeclarationError, InputError
from schemas.partition import Partition
from schemas.survey import Survey
from transforms.harmonise import Harmonised, harmonise
from transforms.selection import rows_that_count

Declare = Callable[..., Survey]
RawTable = Callable[..., Path]
REFERENCE = {"keep": "raw.act = '1'", "because": "only the reference person is asked where she was born"}
#          id    str  psu  w      sex years born act
RECORDS = [
    ("p1", "a", "1", "10", "2", "34", "2", "1"),
    ("p2", "a", "2", "20", "1", "60", "1", "2"),
    ("p3", "a", "2", "30", "1", "50", "1", "1"),
]


def made(source: Survey, raw: Path, tmp_path: Path, wave: str = "2024") -> tuple[Harmonised, list[tuple[str, float]]]:
    core = tmp_path / "core.parquet"
    harmonised = harmonise(source, Partition("ZZZ.small", wave), raw, core)
    return harmonised, duckdb.execute(f"select person_id, weight from '{core}'").fetchall()


def test_only_the_reference_persons_count_and_the_run_says_how_many_others_there_are(
    declare: Declare, raw_table: RawTable, tmp_path: Path
) -> None:
    source = declare(where=[REFERENCE])
    harmonised, persons = made(source, raw_table(RECORDS), tmp_path)
    assert persons == [("p1", 10), ("p3", 30)]
    assert harmonised.left_out == (
        "1 of 3 records do not count: only the reference person is asked where she was born",
    )
    assert rows_that_count(source, Partition("ZZZ.small", "2024"), tmp_path / "raw.parquet") == [1, 3]


def test_a_quarter_of_a_file_with_several_is_selected_by_the_name_of_its_wave(
    declare: Declare, raw_table: RawTable, tmp_path: Path
) -> None:
    """The column of the quarter is `str` here; the second wave needs no line of its own."""
    waves = dict.fromkeys(("2024-Q1", "2024-Q2"), SMALL_SOURCE["waves"]["2024"])
    period = {"keep": "raw.str = '{year}{quarter}'", "because": "the file holds the whole year"}
    source = declare(waves=waves, where=[period])
    raw = raw_table([(*each[:1], f"2024{1 + i % 2}", *each[2:]) for i, each in enumerate(RECORDS)])
    assert [person for person, _ in made(source, raw, tmp_path, "2024-Q1")[1]] == ["p1", "p3"]
    assert [person for person, _ in made(source, raw, tmp_path, "2024-Q2")[1]] == ["p2"]


def test_selections_follow_one_another_and_hold_in_their_waves_alone(
    declare: Declare, raw_table: RawTable, tmp_path: Path
) -> None:
    waves = dict.fromkeys(("2023", "2024"), SMALL_SOURCE["waves"]["2024"])
    older = {"keep": "raw.years::integer < 55", "because": "asked below 55 years until 2023", "waves": "to 2023"}
    source = declare(waves=waves, where=[older, REFERENCE])
    others = [("p4", "a", "1", "40", "2", "70", "2", "1"), ("p5", "a", "1", "5", "2", "20", "2", "2")]
    raw = raw_table([*RECORDS, *others])
    assert [person for person, _ in made(source, raw, tmp_path, "2023")[1]] == ["p1", "p3"]
    assert [person for person, _ in made(source, raw, tmp_path, "2024")[1]] == ["p1", "p3", "p4"]


def test_a_selection_that_keeps_nothing_or_leaves_nothing_out_stops(
    declare: Declare, raw_table: RawTable, tmp_path: Path
) -> None:
    nobody = declare(where=[REFERENCE | {"keep": "raw.act = '01'"}])
    with pytest.raises(InputError, match="none of the 3 records is selected"):
        made(nobody, raw_table(RECORDS), tmp_path)
    everybody = REFERENCE | {"keep": "raw.act <> '9'"}
    with pytest.raises(InputError, match="all 3 records are selected.*some should have been left out"):
        made(declare(where=[everybody]), raw_table(RECORDS), tmp_path)
    allowed = declare(where=[everybody | {"all_may_count": "files of single rounds hold no others"}])
    assert made(allowed, raw_table(RECORDS), tmp_path)[0].persons == 3


def test_a_record_that_the_selection_cannot_decide_on_stops(
    declare: Declare, raw_table: RawTable, tmp_path: Path
) -> None:
    records = [*RECORDS, ("p4", "a", "1", "40", "2", "70", "2", "")]
    with pytest.raises(InputError, match=r"neither yes nor no for 1 record\(s\); the first is record 4"):
        made(declare(where=[REFERENCE]), raw_table(records), tmp_path)


@pytest.mark.parametrize(
    ("selection", "fault"),
    [
        ({"keep": "raw.relation = '1'"}, "where in wave 2024: the expression names 'raw.relation'"),
        ({"keep": "raw.str = '{quarter}'"}, "where in wave 2024: `{quarter}` is nothing that the wave has"),
        ({"waves": "2023"}, "names wave '2023', which is not declared"),
        ({"keep": "raw.act"}, "where in wave 2024: it gives no yes or no"),
    ],
)
def test_faults_of_a_selection_are_found_when_loaded(declare: Declare, selection: dict[str, str], fault: str) -> None:
    with pytest.raises(DeclarationError) as error:
        declare(where=[REFERENCE | selection])
    assert fault in error.value.message


def test_a_census_file_weighs_every_record_alike(declare: Declare, raw_table: RawTable, tmp_path: Path) -> None:
    """One household in twenty was copied from the census forms."""
    design = {"kind": "persons", "weight": {"constant": 20}, "reason": "a sample of the census forms"}
    assert made(declare(design=design), raw_table(RECORDS), tmp_path)[1] == [("p1", 20), ("p2", 20), ("p3", 20)]


def test_the_factor_of_the_weight_may_change_with_the_waves(
    declare: Declare, raw_table: RawTable, tmp_path: Path
) -> None:
    """Until 2023 the file pools four quarters whose weights each sum to the population."""
    waves = dict.fromkeys(("2023", "2024"), SMALL_SOURCE["waves"]["2024"])
    design = SMALL_SOURCE["design"] | {"weight": {"column": "w", "scale": {"to 2023": 0.25, "from 2024": 1}}}
    source = declare(waves=waves, design=design)
    assert made(source, raw_table(RECORDS), tmp_path, "2023")[1] == [("p1", 2.5), ("p2", 5), ("p3", 7.5)]
    assert made(source, raw_table(RECORDS), tmp_path, "2024")[1] == [("p1", 10), ("p2", 20), ("p3", 30)]


@pytest.mark.parametrize(
    ("weight", "fault"),
    [
        ({"column": "w", "constant": 1}, "give the weight's `column`, or the `constant`"),
        ({"scale": 2}, "give the weight's `column`, or the `constant`"),
        ({"column": "w", "scale": {"to 2020": 1}}, "`weight.scale` has no factor(s) for wave 2024"),
        ({"column": "w", "scale": {"from 2020": 1, "2024": 2}}, "`weight.scale` has 2 factor(s) for wave 2024"),
        ({"column": "w", "scale": {"since 2020": 1}}, "'since 2020' is neither a wave"),
    ],
)
def test_faults_of_a_weight_are_found_when_loaded(declare: Declare, weight: dict[str, object], fault: str) -> None:
    with pytest.raises(DeclarationError) as error:
        declare(design={"kind": "clustered", "weight": weight, "stratum": "str", "psu": "psu"})
    assert fault in error.value.message
