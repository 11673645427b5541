"""Waves declared as a series: which there are by a day, what they take over, and the faults of a series."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from small_register import SMALL_REGISTER, SmallRegister
from small_source import SMALL_COLUMNS, Declare

from schemas.errors import DeclarationError
from schemas.loader import load_of_kind, load_survey
from schemas.meaning import wave_meaning, whole_meaning
from schemas.register_faults import REGISTER
from schemas.series import due_on, series_of, what_comes_next

FILES = [{"name": "permits.csv", "mirror": "permits_{wave}.csv"}]
QUARTERS = {
    "from": "2023-Q3",
    "comes_out_after": 60,
    "files": [{"name": "lfs.csv", "mirror": "lfs_{quarter}_{yy}.csv"}],
}
EVERY_WAVE = "\n".join(["column,every_wave", *(f"{name},{name}" for name in SMALL_COLUMNS)])


@pytest.fixture
def register(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SmallRegister:
    return SmallRegister(tmp_path, monkeypatch)


def yearly(**changes: Any) -> dict[str, Any]:
    return {"from": "2021", "comes_out_after": 45, "files": FILES, **changes}


def waves_by(day: date) -> list[str]:
    return list(load_of_kind(REGISTER, "ZZZ.permits", day).waves)


def test_a_wave_is_there_once_its_period_has_ended(register: SmallRegister) -> None:
    register.declare(waves={}, series=[yearly(never_taken={"2022": "the office was closed"})])
    assert waves_by(date(2023, 12, 31)) == ["2021"]
    assert waves_by(date(2024, 1, 1)) == ["2021", "2023"]


def test_a_series_ends_where_it_is_declared_to_and_another_goes_on(register: SmallRegister) -> None:
    later = yearly(**{"from": "2024", "files": [{"name": "permits.csv", "mirror": "new/{yy}.csv"}]})
    found = register.declare(waves={}, series=[yearly(until="2023"), later])
    assert list(found.waves)[:5] == ["2021", "2022", "2023", "2024", "2025"]
    assert found.waves["2024"].files[0].mirror == "new/{yy}.csv"


def test_every_second_year(register: SmallRegister) -> None:
    register.declare(waves={}, series=[yearly(every=2)])
    assert waves_by(date(2026, 1, 1)) == ["2021", "2023", "2025"]


def test_the_fiscal_year_of_the_producer_decides_when_a_wave_ends(register: SmallRegister) -> None:
    fiscal = {"name": {"en": "fiscal year"}, "begins": "10-01", "named_by": "end"}
    found = register.declare(waves={}, series=[yearly()], calendar=fiscal)
    assert waves_by(date(2023, 9, 30)) == ["2021", "2022"]
    assert waves_by(date(2023, 10, 1)) == ["2021", "2022", "2023"]
    assert due_on(found, found.series[0], "2023") == date(2023, 11, 14)


def test_a_stock_that_is_reported_before_its_year_is_over_is_looked_for_when_it_is_due(register: SmallRegister) -> None:
    register.declare(waves={}, series=[yearly(comes_out_after=-100)])
    assert waves_by(date(2022, 9, 21)) == ["2021"]
    assert waves_by(date(2022, 9, 22)) == ["2021", "2022"]


def test_a_wave_declared_by_itself_takes_precedence_over_its_series(register: SmallRegister) -> None:
    note = {"type": "Quality", "text": {"en": "counted by hand"}}
    found = register.declare(waves={"2022": {"status": "P"}}, series=[yearly(notes=[note])])
    assert (found.waves["2022"].status, found.waves["2021"].status) == ("P", None)
    assert found.waves["2022"].files == found.waves["2021"].files
    assert found.waves["2022"].notes == found.waves["2021"].notes


def test_written_as_a_series_or_one_by_one_a_wave_means_the_same(register: SmallRegister) -> None:
    one_by_one = {wave: {"files": [{"name": f"permits_{wave}.csv", "mirror": "x.csv"}]} for wave in ("2021", "2022")}
    before = register.declare(waves=one_by_one, tables=_table("permits_20*.csv"))
    pattern = [{"name": "permits_{year}.csv", "mirror": "permits_{year}.csv"}]
    after = register.declare(waves={}, series=[yearly(files=pattern)], tables=_table("permits_20*.csv"))
    assert wave_meaning(before, "2022") == wave_meaning(after, "2022") != wave_meaning(after, "2021")


def test_a_declaration_stays_what_it_is_as_time_goes_by(register: SmallRegister) -> None:
    register.declare(waves={"2022": {"status": "P"}}, series=[yearly()])
    then, now = (load_of_kind(REGISTER, "ZZZ.permits", date(year, 6, 1)) for year in (2023, 2026))
    assert set(now.waves) - set(then.waves) == {"2023", "2024", "2025"}
    assert whole_meaning(then) == whole_meaning(now)


def test_column_names_of_a_wave_take_precedence_over_a_range_and_a_range_over_every_wave(declare: Declare) -> None:
    rows = ["column,every_wave,from 2024-Q1,2024-Q2", *(f"{name},{name},," for name in SMALL_COLUMNS if name != "w")]
    declare(columns="\n".join([*rows, "w,WEIGHT,PONDERA,PONDERA2"]), waves={}, series=[QUARTERS])
    source = load_survey("ZZZ.small", date(2025, 1, 1))
    named = {wave: source.wave_columns(wave)["w"] for wave in source.waves}
    assert named == {
        "2023-Q3": "WEIGHT",
        "2023-Q4": "WEIGHT",
        "2024-Q1": "PONDERA",
        "2024-Q2": "PONDERA2",
        "2024-Q3": "PONDERA",
        "2024-Q4": "PONDERA",
    }


def test_two_ranges_do_not_name_one_column_in_the_same_wave(declare: Declare) -> None:
    rows = ["column,from 2023,2024-Q1 to 2024-Q4", *(f"{name},{name}," for name in SMALL_COLUMNS if name != "w")]
    with pytest.raises(DeclarationError, match="share waves, and both name column 'w'"):
        declare(columns="\n".join([*rows, "w,WEIGHT,PONDERA"]), waves={}, series=[QUARTERS])


def test_columns_that_a_wave_to_come_would_lack_stop_the_declaration_today(declare: Declare) -> None:
    """Otherwise a declaration that is right today would be wrong, for all its waves, after the next quarter."""
    columns = EVERY_WAVE.replace("every_wave", "to 2024")
    with pytest.raises(DeclarationError, match="columns.csv has no column for any later wave"):
        declare(columns=columns, waves={}, series=[QUARTERS])
    declare(columns=columns, waves={}, series=[QUARTERS | {"until": "2024-Q4"}])


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "two series with one wave": (
        {"waves": {}, "series": [yearly(), yearly(**{"from": "2023"})]},
        "wave 2023 lies in series 1 and in series 2: end one of them with `until`",
    ),
    "a wave that was never taken": (
        {"waves": {"2022": {}}, "series": [yearly(never_taken={"2022": "census year"})]},
        "wave '2022' is declared, and a series says that it was never taken",
    ),
    "no files": ({"waves": {"2019": {}}, "series": [yearly()]}, "wave '2019' has no `files`, and lies in no series"),
    "nothing": ({"waves": {}}, "declare `waves`, or a `series` of them"),
    "an end before the beginning": ({"waves": {}, "series": [yearly(until="2019")]}, "2019, which is before the first"),
    "another rhythm": (
        {"waves": {}, "series": [yearly(never_taken={"2022-Q1": "why"})]},
        "`never_taken` names '2022-Q1', and a series from 2021 has waves such as 2021",
    ),
    "two reasons for one wave": (
        {
            "waves": {},
            "series": [
                yearly(not_expected=[{"waves": "from 2025", "because": "a"}, {"waves": "from 2026", "because": "b"}])
            ],
        },
        "two items of `not_expected` hold for the same wave",
    ),
    "a wave of another rhythm is not expected": (
        {"waves": {}, "series": [yearly(not_expected=[{"waves": "2025-Q1", "because": "a"}])]},
        "`not_expected` names '2025-Q1', and a series from 2021 has waves such as 2021",
    ),
    "a placeholder of another rhythm": (
        {"waves": {}, "series": [yearly(files=[{"name": "a.csv", "mirror": "a_{quarter}.csv"}])]},
        "nothing is known to put in the place of {quarter}",
    ),
    "a spelling that nobody knows": (
        {"waves": {}, "series": [yearly(files=[{"name": "a.csv", "mirror": "a_{last_month:name_e}.csv"}])]},
        "{last_month:name_e} (nearest: last_month:name_es, last_month:name_en",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_faults_of_series(register: SmallRegister, name: str) -> None:
    changes, said = WRONG[name]
    with pytest.raises(DeclarationError) as refused:
        register.declare(**changes)
    assert said in refused.value.message


def test_a_series_that_has_not_begun_has_no_waves_yet(register: SmallRegister) -> None:
    assert not register.declare(waves={}, series=[yearly(**{"from": "2140"})]).waves


def test_a_header_that_is_no_wave_is_a_fault_in_words(declare: Declare) -> None:
    columns = "\n".join(["column,every_wave,a-b", *(f"{name},{name}," for name in SMALL_COLUMNS)])
    with pytest.raises(DeclarationError, match="names wave 'a-b', which source.yaml does not declare"):
        declare(columns=columns, waves={}, series=[QUARTERS])


def test_a_declaration_that_is_kept_with_accepted_numbers_can_be_read_again(register: SmallRegister) -> None:
    found = register.declare(waves={"2022": {"status": "P"}}, series=[yearly()])
    again = type(found).model_validate(found.model_dump(mode="json"))
    assert (again.waves, again.series) == (found.waves, found.series)


def test_the_next_wave_of_each_series_is_named(register: SmallRegister) -> None:
    register.declare(waves={}, series=[yearly(until="2022"), yearly(**{"from": "2023"})])
    found = load_of_kind(REGISTER, "ZZZ.permits", date(2026, 6, 1))
    assert [what_comes_next(found, series) for series in found.series] == [
        "series from 2021: its last wave is 2022",
        "series from 2023: the next wave, 2026, is due on 14 February 2027",
    ]


def test_waves_lie_in_the_series_of_their_rhythm(declare: Declare) -> None:
    source = declare(columns=EVERY_WAVE, waves={}, series=[QUARTERS | {"every": 2, "until": "2024-Q3"}])
    inside = [
        wave for wave in ("2023-Q3", "2023-Q4", "2024-Q1", "2024-Q3", "2025-Q1", "2023") if series_of(source, wave)
    ]
    assert inside == ["2023-Q3", "2024-Q1", "2024-Q3"]


def test_names_of_files_in_the_spelling_of_the_producer(declare: Declare) -> None:
    own = {"quarter": {"theirs": ["ene-mar", "abr-jun", "jul-sep", "oct-dic"]}}
    source = declare(columns=EVERY_WAVE, waves={}, series=[QUARTERS], spellings=own)
    assert (
        source.filled("EPH_usu_{quarter:ordinal_es}_Trim_{year}_txt.zip", "2023-Q3") == "EPH_usu_3er_Trim_2023_txt.zip"
    )
    assert source.filled("{quarter:theirs:upper} {yy}", "2023-Q4") == "OCT-DIC 23"
    assert source.filled("{last_month:name_fr:plain:capital} {next_yy}", "2023-Q4") == "Decembre 24"
    assert source.filled("{first_month:short_pt}.{state}", "2023-Q3") == "jul.{state}"


def _table(file: str) -> dict[str, Any]:
    return {"permits": {**SMALL_REGISTER["tables"]["permits"], "file": file}}


def test_columns_of_a_register_by_range(register: SmallRegister) -> None:
    columns = "column,to 2022,from 2023\npermits.nationality,Nationality,Country\npermits.permits,Permits,Permits\n"
    found = register.declare(columns=columns, waves={}, series=[yearly()])
    assert found.table_columns("permits", "2022")["nationality"] == "Nationality"
    assert found.table_columns("permits", "2024")["nationality"] == "Country"


CODES = """map,code,value,label,waves
sex,1,male,Man,
sex,2,female,Woman,
birth,1,native,Here,
birth,2,foreign,Abroad,
birth,3,foreign,Neighbouring country,from 2024-Q1
birth,9,unknown,No answer,
birth,9,foreign,Elsewhere,from 2024-Q3
birth,9,native,A misprint of the form,2024-Q4
activity,1,employed,Works,
activity,2,unemployed,Seeks work,
activity,3,outside,Neither,
activity,,not_in_universe,Child,
"""


def test_what_a_code_means_by_range_of_waves(declare: Declare) -> None:
    declare(columns=EVERY_WAVE, codes=CODES, waves={}, series=[QUARTERS])
    source = load_survey("ZZZ.small", date(2025, 2, 1))
    birth = {wave: source.of_wave(wave).code_maps["birth"] for wave in source.waves}
    assert {wave: codes["9"].value for wave, codes in birth.items()} == {
        "2023-Q3": "unknown",
        "2023-Q4": "unknown",
        "2024-Q1": "unknown",
        "2024-Q2": "unknown",
        "2024-Q3": "foreign",
        "2024-Q4": "native",
    }
    assert [wave for wave, codes in birth.items() if "3" in codes] == ["2024-Q1", "2024-Q2", "2024-Q3", "2024-Q4"]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("birth,3,foreign,,2024-Q2 to 2024-Q3", "code '3' of map 'birth' is declared for from 2024-Q1 and for 2024-Q2"),
        ("birth,4,foreign,,2019-Q1", "code '4' of map 'birth' names wave '2019-Q1', which is not declared"),
        ("birth,4,abroad,,from 2024-Q1", "'abroad'"),
        ("birth,4,foreign,,since 2024", "'since 2024' is neither a wave"),
        ("birth,9,foreign,,", "code '9' of map 'birth' occurs twice"),
    ],
)
def test_faults_of_codes_by_waves(declare: Declare, row: str, said: str) -> None:
    with pytest.raises(DeclarationError) as refused:
        declare(columns=EVERY_WAVE, codes=f"{CODES}{row}\n", waves={}, series=[QUARTERS])
    assert said in refused.value.message


def test_a_row_of_some_waves_leaves_the_others_as_they_are(declare: Declare) -> None:
    before = declare(columns=EVERY_WAVE, codes=CODES, waves={}, series=[QUARTERS])
    after = declare(columns=EVERY_WAVE, codes=f"{CODES}birth,4,foreign,,2024-Q3\n", waves={}, series=[QUARTERS])
    changed = [wave for wave in list(after.waves)[:6] if wave_meaning(before, wave) != wave_meaning(after, wave)]
    assert changed == ["2024-Q3"]


def test_variables_of_a_new_questionnaire(declare: Declare) -> None:
    later = {"birth_status": {"expression": "case when raw.born = '1' then 'native' else 'foreign' end"}}
    in_waves = [{"waves": "from 2024-Q3", "variables": later}]
    source = declare(columns=EVERY_WAVE, waves={}, series=[QUARTERS], variables_in_waves=in_waves)
    plain = declare(columns=EVERY_WAVE, waves={}, series=[QUARTERS])
    assert source.wave_variables("2024-Q2")["birth_status"].column == "born"
    assert source.of_wave("2024-Q3").variables["birth_status"].expression == later["birth_status"]["expression"]
    assert wave_meaning(source, "2024-Q2") == wave_meaning(plain, "2024-Q2")
    assert wave_meaning(source, "2024-Q3") != wave_meaning(plain, "2024-Q3")


@pytest.mark.parametrize(
    ("in_waves", "said"),
    [
        ([{"waves": "from 2024-Q3", "variables": {"age": {"column": "anos"}}}], "column 'anos' is not in columns.csv"),
        (
            [{"waves": each, "variables": {"age": {"column": "years"}}} for each in ("from 2024-Q3", "to 2024-Q4")],
            "variable 'age' is declared for from 2024-Q3 and for to 2024-Q4, which share waves",
        ),
    ],
)
def test_faults_of_variables_by_waves(declare: Declare, in_waves: list[dict[str, Any]], said: str) -> None:
    with pytest.raises(DeclarationError) as refused:
        declare(columns=EVERY_WAVE, waves={}, series=[QUARTERS], variables_in_waves=in_waves)
    assert said in refused.value.message


SAMPLE = {"kind": "persons", "weight": {"constant": 20}, "reason": "the file is a sample of records"}


def test_the_design_of_waves_whose_file_is_a_sample(declare: Declare) -> None:
    in_waves = [{"waves": "to 2023-Q4", "design": SAMPLE}]
    source = declare(columns=EVERY_WAVE, waves={}, series=[QUARTERS], design_in_waves=in_waves)
    plain = declare(columns=EVERY_WAVE, waves={}, series=[QUARTERS])
    assert source.wave_design("2024-Q1") == source.design == source.of_wave("2024-Q1").design
    assert source.of_wave("2023-Q4").design.weight.constant == 20
    assert wave_meaning(source, "2024-Q1") == wave_meaning(plain, "2024-Q1")
    assert wave_meaning(source, "2023-Q4") != wave_meaning(plain, "2023-Q4")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"design_in_waves": [{"waves": "to 2023-Q4", "design": {**SAMPLE, "weight": {"column": "peso"}}}]},
            "design column 'peso' is not in columns.csv",
        ),
        (
            {"design_in_waves": [{"waves": each, "design": SAMPLE} for each in ("to 2023-Q4", "from 2023-Q3")]},
            "the design is declared for to 2023-Q4 and for from 2023-Q3, which share waves",
        ),
        (
            {
                "design_in_waves": [{"waves": "to 2024-Q2", "design": SAMPLE}],
                "consolidate": {"to": ["annual"], "periods": "independent"},
            },
            "the waves of 2024 have different sample designs",
        ),
        (
            {
                "design_in_waves": [{"waves": "from 2024-Q1", "design": SAMPLE}],
                "consolidate": {"to": ["annual"], "periods": "same_units"},
            },
            "need a design that identifies them",
        ),
    ],
)
def test_faults_of_designs_by_waves(declare: Declare, changes: dict[str, Any], said: str) -> None:
    with pytest.raises(DeclarationError) as refused:
        declare(columns=EVERY_WAVE, waves={}, series=[QUARTERS], **changes)
    assert said in refused.value.message


def test_files_are_laid_out_differently_in_one_series_and_in_one_wave(declare: Declare) -> None:
    sheets = {**QUARTERS, "from": "2024-Q1", "read": {"format": "excel", "sheet": "{quarter:roman} {year}"}}
    waves = {"2024-Q2": {"read": {"decimal": ","}}}
    source = declare(columns=EVERY_WAVE, waves=waves, series=[{**QUARTERS, "until": "2023-Q4"}, sheets])
    assert source.wave_read("2023-Q4").format == "delimited"
    assert (source.wave_read("2024-Q3").format, source.wave_read("2024-Q3").sheet) == ("excel", "III 2024")
    assert (source.wave_read("2024-Q2").format, source.wave_read("2024-Q2").decimal) == ("delimited", ",")


def test_a_table_of_a_register_is_a_text_one_year_and_a_workbook_the_next(register: SmallRegister) -> None:
    permits = _table("permits*")["permits"]
    otherwise = [
        {"waves": "from 2023", "format": "excel", "sheet": "{year}"},
        {"waves": "2024", "format": "delimited", "delimiter": ";"},
    ]
    found = register.declare(waves={}, series=[yearly()], tables={"permits": {**permits, "read_in_waves": otherwise}})
    read = {wave: found.wave_tables(wave)["permits"].read for wave in ("2022", "2023", "2024", "2025")}
    assert [each.format for each in read.values()] == ["delimited", "excel", "delimited", "excel"]
    assert (read["2025"].sheet, read["2024"].delimiter) == ("2025", ";")
    assert wave_meaning(found, "2022") == wave_meaning(
        register.declare(waves={}, series=[yearly()], tables={"permits": permits}), "2022"
    )
