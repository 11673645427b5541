"""The period of a number is the one counted: parts of a year, months of another, and breaks between waves."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_register import COLUMNS, SmallRegister, table

from schemas.errors import DeclarationError, InputError

WAVE = {"files": [{"name": "permits.csv", "mirror": "permits.csv"}]}
MONTHS = [
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
]


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SmallRegister:
    return SmallRegister(tmp_path, monkeypatch)


def by_month(labels: list[str], header: str = "Month") -> str:
    return "\n".join([f"{header},Nationality,Permits", *(f"{label},India,10" for label in labels)]) + "\n"


@pytest.mark.parametrize(
    ("header", "labels", "part"),
    [
        ("Month", MONTHS[:6], "January 2024 to June 2024 only.*declare the wave as '2024-S1'"),
        ("mois", ["janvier", "février", "mars"], "January 2024 to March 2024 only.*declare the wave as '2024-Q1'"),
        ("Quarter", ["2024 Q1", "2024 Q2"], "January 2024 to June 2024 only"),
        ("Quarter", ["1", "2", "3"], "January 2024 to September 2024 only"),
        ("year_month", [f"2024-{month:02d}" for month in range(1, 12)], "January 2024 to November 2024 only"),
        ("month", [str(month) for month in range(1, 13) if month != 3], "January 2024, February 2024, April 2024"),
    ],
)
def test_a_part_of_the_year_never_comes_out_as_the_year(
    small: SmallRegister, header: str, labels: list[str], part: str
) -> None:
    with pytest.raises(InputError, match=part):
        small.harmonise(small.declare(), {"permits.csv": by_month(labels, header)})


@pytest.mark.parametrize(
    ("header", "labels"),
    [
        ("Month", MONTHS),
        ("month", [str(month) for month in range(1, 13)]),
        ("Quarter", [f"2024 Q{number}" for number in range(1, 5)]),
        ("Quarter", ["1", "2", "3", "4"]),
        ("Trimestre", ["1er trimestre", "2e trimestre", "3e trimestre", "4e trimestre"]),
        ("Half", ["1", "2"]),
        ("Month", ["all"]),
        ("Nationality of", ["March"]),
    ],
)
def test_a_whole_year_passes_and_so_do_rows_that_name_no_month(
    small: SmallRegister, header: str, labels: list[str]
) -> None:
    small.harmonise(small.declare(), {"permits.csv": by_month(labels, header)})
    assert small.numbers("REG_PERI_CCT_NB")["CCT_CTZ_TOTAL"] == 10 * len(labels)


def test_the_first_quarter_is_a_wave_of_its_own(small: SmallRegister) -> None:
    waves = {"2023": WAVE, "2024-Q1": WAVE}
    tables = table(where="starts_with(left(raw.quarter, 4) || '-' || right(raw.quarter, 2), '{wave}')")
    register = small.declare(waves=waves, tables=tables, columns=COLUMNS + "permits.quarter,Quarter\n")
    content = by_month([f"2023 Q{number}" for number in range(1, 5)] + ["2024 Q1"], "Quarter")
    small.harmonise(register, {"permits.csv": content}, wave="2024-Q1")
    assert small.cells("distinct time, obs_status, obs_value") == [("2024Q1", "", 10.0)]
    small.harmonise(register, {"permits.csv": content}, wave="2023")
    assert small.cells("distinct time, obs_value") == [("2023", 40.0)]


def test_rows_of_another_period_stop_the_partition(small: SmallRegister) -> None:
    register = small.declare(waves={"2024-Q1": WAVE})
    with pytest.raises(InputError, match="has counts of April 2024, which is not part of 2024-Q1"):
        small.harmonise(register, {"permits.csv": by_month(MONTHS[:4])}, wave="2024-Q1")


def test_months_of_a_fiscal_year_lie_in_two_years(small: SmallRegister) -> None:
    calendar = {"name": {"en": "fiscal year"}, "begins": "10-01", "named_by": "end"}
    register = small.declare(calendar=calendar)
    reported = [f"2023-{month}" for month in (10, 11, 12)] + [f"2024-{month:02d}" for month in range(1, 10)]
    small.harmonise(register, {"permits.csv": by_month(reported, "year_month")})
    with pytest.raises(InputError, match="October 2024, which is not part of 2024"):
        small.harmonise(register, {"permits.csv": by_month([*reported, "2024-10"], "year_month")})


def test_months_that_stand_in_headers_are_those_with_counts(small: SmallRegister) -> None:
    tables = table(melt={}, value={"melted": True})
    register = small.declare(tables=tables, columns="column,every_wave\npermits.nationality,Nationality\n")
    year = f"Nationality,{','.join(MONTHS)}\nIndia,{','.join('1' * 12)}\n"
    small.harmonise(register, {"permits.csv": year})
    with pytest.raises(InputError, match="January 2024 to June 2024 only"):
        small.harmonise(register, {"permits.csv": f"Nationality,{','.join(MONTHS)}\nIndia,1,1,1,1,1,1,,,,,,\n"})


def test_months_without_any_count_are_declared_with_the_reason(small: SmallRegister) -> None:
    register = small.declare(tables=table(period={"gaps": "none was issued in the summer"}))
    made = small.harmonise(register, {"permits.csv": by_month(MONTHS[:6])})
    assert made.warnings[0].endswith("none was issued in the summer")
    assert "none was issued in the summer" in small.cells("note_source")[0][0]


def test_a_declared_column_of_dates_gives_the_months(small: SmallRegister) -> None:
    register = small.declare(tables=table(period={"column": "issued"}), columns=COLUMNS + "permits.issued,Issued on\n")
    year = [f"2024-{month:02d}-{day}" for month in range(1, 13) for day in ("05", "28")]
    small.harmonise(register, {"permits.csv": by_month(year, "Issued on")})
    with pytest.raises(InputError, match="January 2024 to June 2024 only"):
        small.harmonise(register, {"permits.csv": by_month(year[:12], "Issued on")})
    with pytest.raises(InputError, match="column 'issued' does not give months, quarters or halves"):
        small.harmonise(register, {"permits.csv": by_month(["soon", "later"], "Issued on")})
    with pytest.raises(InputError, match="column 'issued' does not give months, quarters or halves"):
        small.harmonise(register, {"permits.csv": by_month(["02/03/2024", "05/04/2024"], "Issued on")})


def test_a_part_without_a_name_is_declared_partial_and_the_wave_after_it_is_a_break(small: SmallRegister) -> None:
    statuses = {"2023": {"status": "partial", "note": {"en": "January to May only"}}}
    register = small.declare(waves={"2023": WAVE, "2024": WAVE}, statuses=statuses)
    small.harmonise(register, {"permits.csv": by_month(MONTHS[:5])}, wave="2023")
    assert {row[0] for row in small.cells("obs_status")} == {"P"}
    small.harmonise(register, {"permits.csv": by_month(MONTHS)}, wave="2024")
    assert {row[0] for row in small.cells("obs_status")} == {"B"}
    assert "Break in series: 2023 is a part of its period" in small.cells("note_indicator")[0][0]


def test_another_coverage_than_the_wave_before_is_a_break_in_series(small: SmallRegister) -> None:
    """Two programmes that take turns in one register: a line from one to the other would mean nothing."""
    coverage = {
        "complete": False,
        "in_waves": [
            {"waves": ["2021"], "population": {"en": "programme A only"}},
            {"waves": "2022 to 2023", "population": {"en": "programme B only"}},
        ],
    }
    register = small.declare(waves=dict.fromkeys(["2021", "2022", "2023"], WAVE), coverage=coverage)
    found = {}
    for wave in register.waves:
        small.harmonise(register, {"permits.csv": "Nationality,Permits\nIndia,10\n"}, wave=wave)
        ((status, population, note),) = small.cells("distinct obs_status, note_source, note_indicator")
        found[wave] = (status, population, "Break in series: other coverage than in" in note)
    assert found == {
        "2021": ("", "Population coverage: programme A only", False),
        "2022": ("B", "Population coverage: programme B only", True),
        "2023": ("", "Population coverage: programme B only", False),
    }


def test_the_coverage_of_earlier_waves_is_not_assumed_for_a_new_one(small: SmallRegister) -> None:
    coverage = {
        "complete": True,
        "in_waves": [{"waves": "2021 to 2023", "population": {"en": "without seasonal work"}}],
    }
    with pytest.raises(
        DeclarationError, match="no item of `in_waves` holds for wave 2024: say whom or where it covers"
    ):
        small.declare(coverage=coverage)
    notes = [{"type": "Quality", "text": {"en": "one office did not report"}, "waves": "to 2023"}]
    register = small.declare(notes=notes, waves={"2023": WAVE, "2024": WAVE})
    said = {}
    for wave in register.waves:
        small.harmonise(register, {"permits.csv": "Nationality,Permits\nIndia,10\n"}, wave=wave)
        said[wave] = "one office did not report" in small.cells("note_source")[0][0]
    assert said == {"2023": True, "2024": False}
