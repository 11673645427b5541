"""Numbers of a survey: read by the declared marks alone, special codes by their kind, completed years and months."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pyarrow
import pyarrow.parquet
import pytest
from small_source import SMALL_COLUMNS, Declare

from schemas.errors import DeclarationError, InputError
from schemas.partition import Partition
from schemas.survey import Survey
from transforms.harmonise import harmonise
from transforms.numbers import code_sql, teach_numbers

SMALL = Partition("ZZZ.small", "2024")
MARIA = {"id": "p1", "str": "a", "psu": "1", "w": "100", "sexcode": "2", "years": "34", "born": "2", "act": "1"}
JOHN = {**MARIA, "id": "p2", "psu": "2", "sexcode": "1", "born": "1"}


@pytest.mark.parametrize(
    ("decimal", "thousands", "text", "number"),
    [
        (".", None, "1100", 1100),
        (".", None, "-3.50", -3.5),
        (".", None, "1e+05", 100000),
        (".", None, "1,100", None),
        (",", None, "1,100", 1.1),
        (",", None, "1.100", None),
        (",", ".", "1.100", 1100),
        (",", ".", "1.100.200,5", 1100200.5),
        (",", ".", "1.10", None),
        (",", ".", "0.100", None),
        (",", ".", "11.00.200", None),
        (".", ",", "1,100.25", 1100.25),
        (".", ",", "1,10", None),
        (",", " ", "1\u202f100,5", 1100.5),
        (".", "'", "1'100", 1100),
        # What Python or DuckDB would take, and nobody wrote as a number.
        (".", None, "1_189", None),
        (".", None, "inf", None),
        (".", None, "-Infinity", None),
        (".", None, "nan", None),
        (".", None, "1e400", None),
        (".", None, "0x1F", None),
        (".", None, "\uff11\uff12", None),
        (".", None, "12 hours", None),
        (".", None, "$12", None),
        (".", None, "", None),
    ],
)
def test_a_text_is_a_number_by_the_declared_marks_alone(
    decimal: str, thousands: str | None, text: str, number: float | None
) -> None:
    with duckdb.connect() as connection:
        teach_numbers(connection, decimal, thousands)
        assert connection.execute("select as_number(?::varchar)", [text]).fetchall() == [(number,)]


@pytest.mark.parametrize(
    ("code", "held"),
    [
        (".a", [".a"]),
        ("NA", ["NA"]),
        ("85+", ["85+"]),
        ("99", ["99", "99,0"]),
        ("9999,99", ["9999,99"]),
        ("9999.99", ["9999,99"]),
        ("97..98", ["98"]),
        ("99..", ["99", "99,0", "9999,99"]),
        ("..-1", ["-1", "-2,5"]),
    ],
)
def test_a_declared_code_is_a_text_a_number_or_a_range(code: str, held: list[str]) -> None:
    fields = [".a", "NA", "85+", "85", "98", "99", "99,0", "9999,99", "-1", "-2,5", None]
    with duckdb.connect() as connection:
        teach_numbers(connection, ",")
        found = [
            field
            for field in fields
            if connection.execute(f"select {code_sql('$1::varchar', code)}", [field]).fetchall() == [(True,)]
        ]
    assert found == held


@pytest.mark.parametrize(
    ("code", "field", "held"),
    [
        ("99.9", "99.9000015258789", True),
        ("97.7..99.9", "99.9000015258789", True),
        ("99.1..", "99.0999984741211", True),
        ("99.9", "99.91", False),
        ("999999.99", "1000000", False),
        ("999999.97..999999.99", "1000000", False),
        ("1e-40", "0", False),
        ("1e300", "99", False),
    ],
)
def test_a_code_of_a_file_in_single_precision_is_met_and_its_neighbours_are_not(
    code: str, field: str, held: bool
) -> None:
    with duckdb.connect() as connection:
        teach_numbers(connection)
        found = connection.execute(f"select {code_sql('$1::varchar', code)}", [field]).fetchall()
    assert found == [(held,)]


# In a survey

Core = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def core(declare: Declare, tmp_path: Path) -> Core:
    """The core records of some raw ones, with some variables declared beside those of the small survey."""

    def make(*records: dict[str, str | None], variables: dict[str, Any], **changes: Any) -> list[dict[str, Any]]:
        names = list(dict.fromkeys([*SMALL_COLUMNS, *(name for record in records for name in record)]))
        source = declared(declare, names, variables, **changes)
        table = {name: pyarrow.array([record.get(name) for record in records], pyarrow.string()) for name in names}
        table["_file"] = pyarrow.array(["lfs.csv"] * len(records), pyarrow.string())
        table["_row"] = pyarrow.array(range(1, len(records) + 1), pyarrow.int64())
        pyarrow.parquet.write_table(pyarrow.table(table), tmp_path / "raw.parquet")
        harmonise(source, SMALL, tmp_path / "raw.parquet", tmp_path / "core.parquet")
        relation = duckdb.default_connection().sql(f"select * from read_parquet('{tmp_path / 'core.parquet'}')")
        return [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]

    return make


def declared(declare: Declare, names: list[str], variables: dict[str, Any], **changes: Any) -> Survey:
    own = declare().model_dump(exclude_none=True, exclude_defaults=True)["variables"]
    columns = "column,2024\n" + "".join(f"{name},{name}\n" for name in names)
    return declare(variables={**own, **variables}, columns=columns, **changes)


HOURS = {"hours_actual": {"column": "hours", "codes": {".a": "refused", "NA": "unknown", "97..99": "unknown"}}}
POINT = {"format": "delimited", "delimiter": ";"}
COMMA = {"format": "delimited", "delimiter": ";", "decimal": ","}


def test_codes_of_a_number_may_be_texts_and_ranges(core: Core) -> None:
    given = core(*({**MARIA, "hours": hours} for hours in ("40.5", ".a", "NA", "98")), variables=HOURS)
    assert [(each["hours_actual"], each["hours_actual_missing"]) for each in given] == [
        (40.5, None),
        (None, "refused"),
        (None, "unknown"),
        (None, "unknown"),
    ]


def test_a_point_under_a_decimal_comma_stops_and_its_remedy_works(core: Core) -> None:
    earnings = {"monthly_earnings": {"column": "income"}}
    records = [{**MARIA, "income": "1.500"}, {**JOHN, "income": "900"}]
    with pytest.raises(InputError, match=r"1 record\(s\) hold no number .*1 with '\.'.*thousands: '\.'"):
        core(*records, variables=earnings, read=COMMA)
    given = core(*records, variables=earnings, read={**COMMA, "thousands": "."})
    assert [each["monthly_earnings"] for each in given] == [1500, 900]


def test_words_for_missing_numbers_are_named_and_other_words_are_not(core: Core) -> None:
    with pytest.raises(InputError, match="name 'NA' in `codes`") as raised:
        core({**MARIA, "hours": "NA"}, {**JOHN, "hours": "forty"}, variables={"hours_actual": {"column": "hours"}})
    assert "forty" not in str(raised.value)


def test_marks_for_missing_numbers_are_named(core: Core) -> None:
    records = [{**MARIA, "hours": "-"}, {**JOHN, "hours": "***"}]
    with pytest.raises(InputError, match=r"name '\*\*\*', '-' in `codes`"):
        core(*records, variables={"hours_actual": {"column": "hours"}})
    codes = {"-": "refused", "***": "unknown"}
    given = core(*records, variables={"hours_actual": {"column": "hours", "codes": codes}})
    assert [each["hours_actual_missing"] for each in given] == ["refused", "unknown"]


def test_blanks_between_thousands_stop_and_the_remedy_works(core: Core) -> None:
    earnings = {"monthly_earnings": {"column": "income"}}
    records = [{**MARIA, "income": "1 500"}, {**JOHN, "income": "12\u00a0000,5"}]
    with pytest.raises(InputError, match=r"2 record\(s\) hold no number .*thousands: ' '"):
        core(*records, variables=earnings, read=COMMA)
    given = core(*records, variables=earnings, read={**COMMA, "thousands": " "})
    assert [each["monthly_earnings"] for each in given] == [1500, 12000.5]


@pytest.mark.parametrize(("written", "age"), [("24.6", 24), ("64.6", 64), ("14.9", 14), ("30", 30), ("0.4", 0)])
def test_years_are_completed_ones(core: Core, written: str, age: int) -> None:
    (maria,) = core({**MARIA, "years": written, "act": ""}, variables={})
    assert maria["age"] == age
    (maria,) = core({**MARIA, "years": written, "act": ""}, variables={"age": {"expression": "raw.years"}})
    assert maria["age"] == age


def test_a_constant_of_years_is_completed_too(core: Core) -> None:
    (maria,) = core(MARIA, variables={"age": {"constant": "34.9"}})
    assert maria["age"] == 34


def test_months_as_years_are_completed_years(core: Core) -> None:
    stay = {"years_since_arrival": {"column": "months", "multiply": 0.0833}}
    given = core(*({**MARIA, "months": months} for months in ("24", "23", "0", "300")), variables=stay)
    assert [each["years_since_arrival"] for each in given] == [2, 1, 0, 25]


@pytest.mark.parametrize("age", [{"column": "years"}, {"expression": "try_cast(raw.years as double)"}])
def test_a_negative_age_stops(core: Core, age: dict[str, str]) -> None:
    with pytest.raises(InputError, match=r"1 record\(s\) have a negative age; the first is record 2"):
        core(MARIA, {**JOHN, "years": "-0.5"}, variables={"age": age})


def test_the_declared_mark_holds_in_expressions(core: Core) -> None:
    both = {"expression": "try_cast(raw.main as double) + cast(raw.second as decimal(10, 2))", "blank": "unknown"}
    record = {**MARIA, "main": "1000,50", "second": "200,25"}
    (maria,) = core(record, variables={"monthly_earnings": both}, read=COMMA)
    assert maria["monthly_earnings"] == 1200.75
    (maria,) = core({**record, "main": "many"}, variables={"monthly_earnings": both}, read=COMMA)
    assert maria["monthly_earnings_missing"] == "unknown"


def test_a_cast_to_whole_numbers_leaves_the_fraction_out(core: Core) -> None:
    whole = {"hours_actual": {"expression": "cast(raw.hours as integer)"}}
    assert [each["hours_actual"] for each in core({**MARIA, "hours": "39.9"}, variables=whole)] == [39]


def test_a_cast_that_fails_names_the_column_and_the_record_and_no_value(core: Core) -> None:
    hours = {"hours_actual": {"expression": "case when raw.act = '1' then cast(raw.hours as double) end"}}
    with pytest.raises(InputError, match=r"expression of hours_actual fails for 1 .*raw\.hours.*record 2") as raised:
        core({**MARIA, "hours": "40"}, {**JOHN, "hours": "forty"}, {**JOHN, "act": "3"}, variables=hours)
    assert "forty" not in str(raised.value) and raised.value.__cause__ is None


@pytest.mark.parametrize(
    ("read", "written", "thousands", "earnings"),
    [(COMMA, "2.750", ".", 2750), (COMMA, "2 750,5", " ", 2750.5), (POINT, "2,750", ",", 2750)],
)
def test_a_number_with_other_marks_is_never_lost_by_a_try(
    core: Core, read: dict[str, str], written: str, thousands: str, earnings: float
) -> None:
    tried = {"expression": "try_cast(nullif(raw.income, '-9') as double)", "blank": "not_available"}
    records = [{**MARIA, "income": written}, {**JOHN, "income": "refused"}]
    with pytest.raises(InputError, match=r"monthly_earnings reads raw\.income as numbers, and 1 record") as raised:
        core(*records, variables={"monthly_earnings": tried}, read=read)
    assert written not in str(raised.value)
    given = core(*records, variables={"monthly_earnings": tried}, read={**read, "thousands": thousands})
    assert [each["monthly_earnings"] for each in given] == [earnings, None]


def test_a_number_tried_twice_is_a_number(core: Core) -> None:
    twice = {"expression": "try_cast(try_cast(raw.income as double) as integer)", "blank": "unknown"}
    given = core({**MARIA, "income": "900.7"}, {**JOHN, "income": "many"}, variables={"monthly_earnings": twice})
    assert [each["monthly_earnings"] for each in given] == [900, None]


def test_a_text_in_arithmetic_is_an_error_of_the_expression(core: Core) -> None:
    with pytest.raises(InputError, match=r"expression of hours_actual cannot be computed.*cast the columns"):
        core({**MARIA, "hours": "40"}, variables={"hours_actual": {"expression": "raw.hours + 1"}})


def test_texts_are_not_looked_for_among_numbers(core: Core) -> None:
    with pytest.raises(DeclarationError, match="looks for numbers in a column of texts"):
        core(MARIA, variables={"age": {"expression": "case when raw.years in (38, 39) then 1 else 2 end"}})


def test_a_correction_writes_numbers_as_the_file_does(core: Core) -> None:
    correction = {
        "wave": "2024",
        "where": "cast(raw.hours as double) > 100",
        "set": {"hours": "cast(raw.hours as double) / 10"},
        "rows": 1,
        "because": "tenths of hours",
    }
    hours = {"hours_actual": {"column": "hours"}}
    (maria,) = core({**MARIA, "hours": "375"}, variables=hours, read=COMMA, corrections=[correction])
    assert maria["hours_actual"] == 37.5
    with pytest.raises(InputError, match=r"correction 'tenths of hours', where fails for 1 .*raw\.hours.*record 1"):
        core({**MARIA, "hours": "many"}, variables=hours, read=COMMA, corrections=[correction])


@pytest.mark.parametrize(
    ("variables", "fault"),
    [
        ({"hours_actual": {"constant": "forty"}}, "constant 'forty' is not a number"),
        ({"hours_actual": {"constant": "4_0"}}, "constant '4_0' is not a number"),
        ({"hours_actual": {"column": "hours", "codes": {"99..97": "unknown"}}}, "'99..97' .* ends before it begins"),
        ({"hours_actual": {"expression": "cast(raw.hours as double)", "codes": {"99": "unknown"}}}, "nullif"),
        ({"sex": {"column": "sexcode", "map": "sex", "codes": {"9": "unknown"}}}, "rows of its map"),
    ],
)
def test_a_declaration_of_numbers_that_nothing_follows_is_refused(
    declare: Declare, variables: dict[str, object], fault: str
) -> None:
    with pytest.raises(DeclarationError, match=fault):
        declared(declare, [*SMALL_COLUMNS, "hours"], variables)
