"""Harmonising: one record in, one canonical person out, and a clear stop for whatever is not declared."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from small_source import SMALL_CODES, SMALL_SOURCE, Declare, RawTable

from schemas.errors import DeclarationError, InputError
from schemas.partition import Partition
from schemas.survey import Survey
from transforms.harmonise import harmonise

SMALL = Partition("ZZZ.small", "2024")
#          id    str  psu  w      sex years born act
MARIA = ("p1", "a", "1", "100.5", "2", "34", "2", "1")
JOHN = ("p2", "a", "2", "99.5", "1", "60", "1", "3")
CHILD = ("p3", "a", "2", "80", "1", "7", "1", "")


def core(source: Survey, raw: Path, tmp_path: Path) -> list[dict[str, object]]:
    harmonise(source, SMALL, raw, tmp_path / "core.parquet")
    relation = duckdb.default_connection().sql(f"select * from read_parquet('{tmp_path / 'core.parquet'}')")
    return [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]


def test_a_foreign_born_worker_is_an_international_migrant_worker_by_birth(
    declare: Declare, raw_table: RawTable, tmp_path: Path
) -> None:
    (maria,) = core(declare(), raw_table([MARIA]), tmp_path)
    assert (maria["sex"], maria["age"], maria["working_age"]) == ("female", 34, "yes")
    assert (maria["birth_status"], maria["country_of_birth"]) == ("foreign", "abroad")
    assert (maria["labour_force_status"], maria["imw_a_birth"], maria["imw_b_birth"]) == ("employed", "yes", "no")
    assert maria["imw_a_citizenship"] == "not_asked"
    assert maria["weight"] == 100.5


def test_a_native_outside_the_labour_force_is_no_migrant_worker(
    declare: Declare, raw_table: RawTable, tmp_path: Path
) -> None:
    (john,) = core(declare(), raw_table([JOHN]), tmp_path)
    assert (john["country_of_birth"], john["imw_a_birth"], john["imw_a_citizenship"]) == ("ZZZ", "no", "no")


def test_below_the_minimum_age_a_person_is_not_in_universe(
    declare: Declare, raw_table: RawTable, tmp_path: Path
) -> None:
    (child,) = core(declare(), raw_table([CHILD]), tmp_path)
    assert (child["working_age"], child["labour_force_status"]) == ("no", "not_in_universe")
    assert child["imw_a_birth"] == "not_in_universe"


def test_the_sources_own_minimum_age_moves_the_universe(declare: Declare, raw_table: RawTable, tmp_path: Path) -> None:
    fifteen = ("p4", "a", "1", "1", "1", "15", "1", "3")
    (young,) = core(declare(minimum_age=16), raw_table([fifteen]), tmp_path)
    assert (young["working_age"], young["labour_force_status"]) == ("yes", "not_in_universe")


def test_a_child_declared_employed_is_kept_for_the_gate_to_stop(
    declare: Declare, raw_table: RawTable, tmp_path: Path
) -> None:
    (child,) = core(declare(), raw_table([("p5", "a", "1", "1", "1", "9", "1", "1")]), tmp_path)
    assert child["labour_force_status"] == "employed"


def test_rows_keep_their_order_and_a_rerun_gives_the_same_bytes(
    declare: Declare, raw_table: RawTable, tmp_path: Path
) -> None:
    source, raw = declare(), raw_table([JOHN, MARIA, CHILD])
    assert [person["person_id"] for person in core(source, raw, tmp_path)] == ["p2", "p1", "p3"]
    first = (tmp_path / "core.parquet").read_bytes()
    core(source, raw, tmp_path)
    assert (tmp_path / "core.parquet").read_bytes() == first


def test_an_unknown_code_stops_the_partition_and_is_named_with_its_count(
    declare: Declare, raw_table: RawTable, tmp_path: Path
) -> None:
    strange = [("p6", "a", "1", "1", "1", "40", "7", "1"), ("p7", "a", "1", "1", "1", "41", "7", "1")]
    with pytest.raises(InputError) as raised:
        core(declare(), raw_table([MARIA, *strange]), tmp_path)
    assert "'7' (2 record(s))" in raised.value.what
    assert "birth_status" in raised.value.what
    assert "born" in raised.value.where
    assert "code_maps.csv" in raised.value.remedy


def test_the_faults_of_all_variables_and_of_the_weight_are_reported_together(
    declare: Declare, raw_table: RawTable, tmp_path: Path
) -> None:
    strange = [("p6", "a", "1", "heavy", "8", "forty", "7", "1"), ("p7", "a", "1", "1", "8", "41", "7", "1")]
    with pytest.raises(InputError) as raised:
        core(declare(), raw_table([MARIA, *strange]), tmp_path)
    assert raised.value.what.startswith("4 faults: (1) ")
    for told in ("'8' (2 record(s))", "'7' (2 record(s))", "birth_status", "age", "weight", "code_maps.csv"):
        assert told in raised.value.what
    assert "heavy" not in raised.value.message
    assert "forty" not in raised.value.message


def test_an_empty_field_is_unknown_unless_declared(declare: Declare, raw_table: RawTable, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"empty \(1 record"):
        core(declare(), raw_table([("p8", "a", "1", "1", "1", "40", "", "1")]), tmp_path)


def test_text_where_a_number_is_expected_stops_the_partition_without_quoting_it(
    declare: Declare, raw_table: RawTable, tmp_path: Path
) -> None:
    with pytest.raises(InputError) as raised:
        core(declare(), raw_table([MARIA, ("p9", "a", "1", "1", "1", "thirty", "1", "1")]), tmp_path)
    assert "record 2" in raised.value.what
    assert "thirty" not in raised.value.message


@pytest.mark.parametrize("absent", ["", " ", ".", "NA", "NaN"])
@pytest.mark.parametrize(("place", "called"), [(1, "stratum"), (2, "primary sampling unit")])
def test_records_without_a_stratum_or_sampling_unit_stop_the_partition(
    declare: Declare, raw_table: RawTable, tmp_path: Path, absent: str, place: int, called: str
) -> None:
    """A stratum made of such records would give indefensible standard errors; R stops as well."""
    records = [MARIA, (*JOHN[:place], absent, *JOHN[place + 1 :]), (*CHILD[:place], absent, *CHILD[place + 1 :])]
    with pytest.raises(InputError, match=rf"2 record\(s\) have no {called}; the first is record 2") as caught:
        core(declare(), raw_table(records), tmp_path)
    assert "`corrections`" in caught.value.remedy


def test_a_sampling_unit_is_the_beginning_of_the_number_of_a_household(
    declare: Declare, raw_table: RawTable, tmp_path: Path
) -> None:
    source = declare(design=SMALL_SOURCE["design"] | {"psu_digits": 3})
    neighbours = [(*MARIA[:2], "01702", *MARIA[3:]), (*JOHN[:2], "01709", *JOHN[3:]), (*CHILD[:2], "10170", *CHILD[3:])]
    assert [person["psu"] for person in core(source, raw_table(neighbours), tmp_path)] == ["017", "017", "101"]
    lost = (*JOHN[:2], "1709", *JOHN[3:])
    with pytest.raises(InputError, match="the numbers have 4, 5 characters"):
        core(source, raw_table([neighbours[0], lost]), tmp_path)


def test_a_correction_says_which_stratum_they_belong_to(declare: Declare, raw_table: RawTable, tmp_path: Path) -> None:
    correction = {"wave": "2024", "where": "raw.str is null", "set": {"str": "'z'"}, "rows": 1, "because": "island"}
    maria, john = core(declare(corrections=[correction]), raw_table([MARIA, (JOHN[0], "", *JOHN[2:])]), tmp_path)
    assert (maria["stratum"], john["stratum"]) == ("a", "z")


def test_strata_are_not_needed_where_the_variance_does_not_follow_them(
    declare: Declare, raw_table: RawTable, tmp_path: Path
) -> None:
    design = {"kind": "persons", "weight": {"column": "w"}, "stratum": "str", "reason": "PSUs are not in the file"}
    (john,) = core(declare(design=design), raw_table([(JOHN[0], "", *JOHN[2:])]), tmp_path)
    assert john["stratum"] is None


@pytest.mark.parametrize("weight", ["", "heavy", "-1", "nan"])
def test_a_record_without_a_usable_weight_stops_the_partition(
    declare: Declare, raw_table: RawTable, tmp_path: Path, weight: str
) -> None:
    with pytest.raises(InputError, match="no usable weight"):
        core(declare(), raw_table([("p1", "a", "1", weight, "1", "40", "1", "1")]), tmp_path)


def test_codes_match_as_text_as_numbers_and_in_ranges(declare: Declare, raw_table: RawTable, tmp_path: Path) -> None:
    codes = "map,code,value,label\nsex,1,male,\nsex,2,female,\nbirth,1..8,native,\nbirth,9,unknown,\n" + (
        "activity,1,employed,\nactivity,3,outside,\n"
    )
    records = [("a", "a", "1", "1", "1", "40", "5.0", "1"), ("b", "a", "1", "1", "2.0", "40", "9.", "3")]
    first, second = core(declare(codes=codes), raw_table(records), tmp_path)
    assert (first["sex"], first["birth_status"]) == ("male", "native")
    assert (second["sex"], second["birth_status"]) == ("female", "unknown")


def test_a_declared_expression_sees_raw_columns_and_mapped_variables(
    declare: Declare, raw_table: RawTable, tmp_path: Path
) -> None:
    variables = {
        **declare().model_dump(exclude_none=True, exclude_defaults=True)["variables"],
        "informality": {
            "expression": "case when birth_status = 'foreign' and raw.act = '1' then 'informal' else 'formal' end"
        },
    }
    maria, john = core(declare(variables=variables), raw_table([MARIA, JOHN]), tmp_path)
    assert maria["informality"] == "informal"
    assert john["informality"] == "not_in_universe"  # he has no job that could be informal


OF_TWO_COLUMNS = "case when raw.born = '2' then raw.psu when raw.born = '1' then 'here' end"
"""The number of the country, here in `psu`, of who was born abroad; of others it means nothing."""


@pytest.fixture
def with_country(declare: Declare, raw_table: RawTable, tmp_path: Path) -> Callable[..., list[object]]:
    """Countries of birth of records (where they were born, number of the country), by an expression and a map."""

    def countries(*records: tuple[str, str], **variable: object) -> list[object]:
        variables = {**declare().model_dump(exclude_none=True, exclude_defaults=True)["variables"]}
        variables["country_of_birth"] = {"expression": OF_TWO_COLUMNS, "map": "country", **variable}
        codes = f"{SMALL_CODES}country,here,ZZZ,\ncountry,221,PRY,\ncountry,999,abroad,\n"
        design = {"kind": "persons", "weight": {"column": "w"}, "reason": "none in the file"}
        source = declare(variables=variables, codes=codes, design=design)
        rows = [(str(at), "a", code, "1", "1", "40", born, "1") for at, (born, code) in enumerate(records)]
        return [record["country_of_birth"] for record in core(source, raw_table(rows), tmp_path)]

    return countries


def test_an_expression_gives_codes_that_a_map_translates(with_country: Callable[..., list[object]]) -> None:
    assert with_country(("2", "221"), ("1", "221"), ("2", "999")) == ["PRY", "ZZZ", "abroad"]


def test_a_code_of_an_expression_that_no_map_knows_stops_the_partition(
    with_country: Callable[..., list[object]],
) -> None:
    with pytest.raises(InputError, match=r"code\(s\) of country_of_birth that are in no map: '202' \(2 ") as stopped:
        with_country(("2", "202"), ("2", "202"), ("2", "221"))
    assert stopped.value.where == "ZZZ.small|2024, expression of country_of_birth"


def test_an_expression_that_gives_no_code_is_as_declared(with_country: Callable[..., list[object]]) -> None:
    with pytest.raises(InputError, match=r"that are in no map: empty \(1 record"):
        with_country(("9", "221"))
    assert with_country(("9", "221"), blank="unknown") == ["unknown"]


def test_an_expression_of_codes_names_columns_alone(with_country: Callable[..., list[object]]) -> None:
    with pytest.raises(DeclarationError, match="birth_status"):
        with_country(("1", ""), expression="case when birth_status = 'native' then 'here' end")


def test_an_expression_that_gives_something_else_stops_the_partition(
    declare: Declare, raw_table: RawTable, tmp_path: Path
) -> None:
    variables = {
        **declare().model_dump(exclude_none=True, exclude_defaults=True)["variables"],
        "informality": {"expression": "case when raw.act = '1' then raw.str else 'formal' end"},
    }
    with pytest.raises(InputError, match=r"the expression of informality gives a \(1 record"):
        core(declare(variables=variables), raw_table([MARIA, JOHN]), tmp_path)


def test_an_expression_of_a_number_that_gives_none_stops_the_partition_unless_that_is_declared(
    declare: Declare, raw_table: RawTable, tmp_path: Path
) -> None:
    given = declare().model_dump(exclude_none=True, exclude_defaults=True)["variables"]
    text = raw_table([MARIA, ("p9", "a", "1", "1", "1", "thirty", "1", "1")])
    years = {"expression": "try_cast(raw.years as integer)"}
    with pytest.raises(InputError, match=r"expression of age gives no number for 1 record\(s\); the first is record 2"):
        core(declare(variables={**given, "age": years}), text, tmp_path)
    reported = core(declare(variables={**given, "age": {**years, "blank": "unknown"}}), text, tmp_path)
    assert [each["age_missing"] for each in reported] == [None, "unknown"]


CORRECTION = {
    "wave": "2024",
    "where": "raw.id = 'p1'",
    "set": {"years": "'43'"},
    "rows": 1,
    "because": "digits swapped",
}


def test_a_known_correction_is_applied(declare: Declare, raw_table: RawTable, tmp_path: Path) -> None:
    (maria, _) = core(declare(corrections=[CORRECTION]), raw_table([MARIA, JOHN]), tmp_path)
    assert maria["age"] == 43


def test_a_correction_that_no_longer_fits_stops_the_partition(
    declare: Declare, raw_table: RawTable, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="should touch 1 record"):
        core(declare(corrections=[CORRECTION]), raw_table([JOHN]), tmp_path)


def test_a_column_that_a_wave_lacks_was_not_asked_in_it(declare: Declare, raw_table: RawTable, tmp_path: Path) -> None:
    columns = "column,2024\n" + "".join(
        f"{name},{name if name != 'born' else ''}\n"
        for name in ("id", "str", "psu", "w", "sexcode", "years", "born", "act")
    )
    (maria,) = core(declare(columns=columns), raw_table([MARIA]), tmp_path)
    assert (maria["birth_status"], maria["country_of_birth"]) == ("not_asked", "not_asked")


def test_a_decimal_comma_is_read_as_declared(declare: Declare, raw_table: RawTable, tmp_path: Path) -> None:
    source = declare(read={"format": "delimited", "delimiter": ";", "decimal": ","})
    (maria,) = core(source, raw_table([("p1", "a", "1", "100,25", "2", "34", "2", "1")]), tmp_path)
    assert maria["weight"] == 100.25


def test_country_of_birth_gives_the_place_of_birth(declare: Declare, raw_table: RawTable, tmp_path: Path) -> None:
    variables = {**declare().model_dump(exclude_none=True, exclude_defaults=True)["variables"]}
    del variables["birth_status"]
    variables["country_of_birth"] = {"column": "born", "country": "m49", "map": "country"}
    codes = (
        "map,code,value,label\nsex,1,male,\nsex,2,female,\n"
        "activity,1,employed,\nactivity,3,outside,\ncountry,0,ZZZ,here\n"
    )
    records = [("a", "a", "1", "1", "1", "40", "516", "1"), ("b", "a", "1", "1", "2", "40", "0", "3")]
    first, second = core(declare(variables=variables, codes=codes), raw_table(records), tmp_path)
    assert (first["country_of_birth"], first["birth_status"]) == ("NAM", "foreign")
    assert (second["country_of_birth"], second["birth_status"]) == ("ZZZ", "native")


@pytest.mark.parametrize(
    ("weight", "years", "says"),
    [
        ("1e300", "30", "1 record.s. have no usable weight; the first is record 2"),
        ("10000000000", "30", "1 record.s. have no usable weight; the first is record 2"),
        ("100", "1e300", "1 record.s. have a age beyond 1,000,000,000; the first is record 2"),
        ("100", "inf", "1 record.s. hold no number where age is expected"),
    ],
)
def test_numbers_beyond_any_person_stop_with_the_row_and_without_the_value(
    declare: Declare, raw_table: RawTable, tmp_path: Path, weight: str, years: str, says: str
) -> None:
    raw = raw_table([("p1", "s", "u1", 100, 1, 30, 1, 1), ("p2", "s", "u2", weight, 1, years, 1, 1)])
    with pytest.raises(InputError, match=says) as raised:
        harmonise(declare(), SMALL, raw, tmp_path / "core.parquet")
    assert weight not in raised.value.message or weight == "100"


@pytest.mark.parametrize("expression", ["cast(raw.years as double) / 0", "cast(raw.years as double) * 999999999999999"])
def test_an_expression_beyond_any_number_names_itself(
    declare: Declare, raw_table: RawTable, tmp_path: Path, expression: str
) -> None:
    variables = {**SMALL_SOURCE["variables"], "hours_actual": {"expression": expression}}
    source = declare(variables=variables)
    raw = raw_table([("p1", "s", "u1", 100, 1, 30, 1, 1)])
    with pytest.raises(InputError, match="have a hours_actual beyond .*, variable 'hours_actual'"):
        harmonise(source, SMALL, raw, tmp_path / "core.parquet")
