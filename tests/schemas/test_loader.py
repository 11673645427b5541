"""Declarations are checked when loaded: every fault is named with its file and line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from small_source import SMALL_CODES, Declare

from schemas.errors import DeclarationError
from schemas.loader import SOURCES_FOLDER, list_runnable, list_sources, list_surveys, load_runnable, load_survey

JOIN: dict[str, Any] = {"file": "hh.csv", "keys": {"psu": "id"}, "columns": ["w"], "records": "many"}


def variables(declare: Declare, **changes: object) -> dict[str, Any]:
    return {**declare().model_dump(exclude_none=True, exclude_defaults=True)["variables"], **changes}


def test_a_sound_declaration_loads(declare: Declare) -> None:
    source = declare()
    assert (source.id, source.ref_area) == ("ZZZ.small", "ZZZ")
    assert source.wave_columns("2024")["years"] == "years"


def test_an_unknown_key_is_named_with_its_line(declare: Declare) -> None:
    with pytest.raises(DeclarationError, match=r"line \d+: weights: there is no such key here"):
        declare(weights="w")


def test_a_missing_key_is_named(declare: Declare) -> None:
    with pytest.raises(DeclarationError, match="producer"):
        declare(producer=None)


def test_a_key_that_occurs_twice_is_refused(declare: Declare, tmp_path: Path) -> None:
    declare()
    file = tmp_path / "sources" / "ZZZ" / "small" / "source.yaml"
    file.write_text(file.read_text() + "producer: Somebody else\n")
    with pytest.raises(DeclarationError, match="'producer' occurs twice"):
        _reload()


def test_invalid_yaml_names_its_line(declare: Declare, tmp_path: Path) -> None:
    declare()
    (tmp_path / "sources" / "ZZZ" / "small" / "source.yaml").write_text("kind: survey\n  title: [\n")
    with pytest.raises(DeclarationError, match="line 2"):
        _reload()


def test_a_variable_that_is_no_concept_is_refused_with_the_list(declare: Declare) -> None:
    with pytest.raises(DeclarationError, match="'nationality': is not a variable to declare.*country_of_citizenship"):
        declare(variables=variables(declare, nationality={"missing": "not_asked"}))


def test_a_required_variable_must_be_declared(declare: Declare) -> None:
    chosen = variables(declare)
    del chosen["labour_force_status"]
    with pytest.raises(DeclarationError, match="'labour_force_status' is required"):
        declare(variables=chosen)


def test_age_or_working_age_must_be_declared(declare: Declare) -> None:
    chosen = variables(declare)
    del chosen["age"]
    with pytest.raises(DeclarationError, match="declare `age`, or `working_age`"):
        declare(variables=chosen)


def test_a_column_that_columns_csv_lacks_is_named(declare: Declare) -> None:
    with pytest.raises(DeclarationError, match="column 'income' is not in columns.csv"):
        declare(variables=variables(declare, monthly_earnings={"column": "income"}))


def test_a_code_that_means_no_canonical_value_is_named(declare: Declare) -> None:
    with pytest.raises(DeclarationError, match="map 'sex': code '3' means 'other', which is not one of male, female"):
        declare(codes=SMALL_CODES + "sex,3,other,Other\n")


def test_a_code_that_occurs_twice_names_its_line(declare: Declare) -> None:
    with pytest.raises(DeclarationError, match="code '1' of map 'sex' occurs twice") as raised:
        declare(codes=SMALL_CODES + "sex,1,female,\n")
    assert "code_maps.csv, line 11" in raised.value.where


def test_a_wave_that_source_yaml_lacks_is_named(declare: Declare) -> None:
    columns = "column,2024,2025\n" + "".join(f"{name},{name},{name}\n" for name in
                                             ("id", "str", "psu", "w", "sexcode", "years", "born", "act"))  # fmt: skip
    with pytest.raises(DeclarationError, match="names wave '2025', which source.yaml does not declare"):
        declare(columns=columns)


WAVES = {year: {"files": [{"name": f"{year}.txt", "mirror": f"{year}.txt"}]} for year in ("2023", "2024")}


def test_a_wave_may_differ_in_how_it_is_read(declare: Declare) -> None:
    read = {"format": "delimited", "encoding": "latin-1", "decimal": ","}
    waves = {**WAVES, "2024": {**WAVES["2024"], "read": {"delimiter": ";", "decimal": "."}}}
    source = declare(read=read, waves=waves)
    assert source.wave_read("2023").model_dump(exclude_unset=True) == read
    assert source.wave_read("2024").model_dump(exclude_unset=True) == {**read, "delimiter": ";", "decimal": "."}


def test_a_wave_of_another_format_takes_nothing_over(declare: Declare) -> None:
    read = {"format": "fixed_width", "encoding": "latin-1", "layout": {"format": "sas", "file": "l.sas"}}
    source = declare(read=read, waves={**WAVES, "2024": {**WAVES["2024"], "read": {"format": "spss"}}})
    assert source.wave_read("2024").model_dump(exclude_unset=True) == {"format": "spss"}


@pytest.mark.parametrize(
    ("read", "fault"),
    [
        ({"format": "fixed_width"}, "line 32: `read` of wave '2024': a fixed_width file.* needs a `layout`"),
        ({"line_length": 9}, "only a fixed_width file has a `line_length`"),
        ({"thousands": "."}, "'.' cannot be both `decimal` and `thousands`"),
        ({"delimeter": ";"}, r"line 33: waves.2024.read.delimeter: there is no such key here \(nearest: delimiter"),
    ],
)
def test_a_wave_that_cannot_be_read_as_it_says_is_refused_with_its_line(
    declare: Declare, read: dict[str, object], fault: str
) -> None:
    with pytest.raises(DeclarationError, match=fault):
        declare(waves={**WAVES, "2024": {**WAVES["2024"], "read": read}})


def test_two_origins_of_one_variable_are_refused(declare: Declare) -> None:
    with pytest.raises(DeclarationError, match="exactly one of column"):
        declare(variables=variables(declare, age={"column": "years", "constant": "30"}))


def test_a_design_effect_needs_its_reference(declare: Declare) -> None:
    design = {"kind": "persons", "weight": {"column": "w"}, "reason": "none in the file", "design_effect": 2}
    with pytest.raises(DeclarationError, match="design_effect_reference"):
        declare(design=design)


@pytest.mark.parametrize(
    "expression",
    [
        "(select max(age) from core)",
        "read_csv('/etc/passwd')",
        "raw.act); drop table raw; --",
        "getenv('HOME')",
        "raw.password",
        "case when",
    ],
)
def test_an_expression_outside_the_allow_list_is_refused(declare: Declare, expression: str) -> None:
    with pytest.raises(DeclarationError, match="informality"):
        declare(variables=variables(declare, informality={"expression": expression}))


def test_an_unknown_source_lists_those_there_are() -> None:
    with pytest.raises(DeclarationError, match="no source is called 'XXX.none'") as raised:
        load_survey("XXX.none")
    assert "ZZZ.synthetic" in raised.value.remedy


@pytest.mark.parametrize("source_id", list_surveys())
def test_every_declared_source_is_sound_and_says_what_it_covers(source_id: str) -> None:
    source = load_survey(source_id)
    assert source.coverage.complete or source.coverage.geographical or source.coverage.population
    assert source.synthetic == any("synthe" in text.casefold() for text in (source.title.en, source.producer))


def _reload() -> None:
    from schemas import loader

    loader._load.cache_clear()
    load_survey("ZZZ.small")


def test_an_unknown_source_is_answered_with_every_source_of_every_kind() -> None:
    folders = {f"{file.parts[-3]}.{file.parts[-2]}" for file in SOURCES_FOLDER.glob("*/*/source.yaml")}
    assert folders == set(list_sources())
    assert {load_runnable(each).kind for each in list_runnable()} == {
        "survey",
        "register",
        "events",
        "corridors",
        "published",
    }

    with pytest.raises(DeclarationError) as error:
        load_runnable("ABC.nothing")

    assert "no source is called 'ABC.nothing'" in error.value.message
    assert [each for each in folders if each not in error.value.message] == []


def test_the_published_figure_of_a_wave_may_still_be_declared_as_its_benchmark(declare: Declare) -> None:
    figure = {"population": 1000, "tolerance": 0.1, "reference": "Statistical yearbook"}
    older, newer = (
        declare(waves={"2024": {"files": [{"name": "persons.csv"}], key: figure}})
        for key in ("benchmark", "population_figure")
    )
    assert older == newer
    read = newer.waves["2024"].population_figure
    assert read is not None and read.population == 1000


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"kind": "survy"}, r"there is no kind of source 'survy' \(nearest: survey\).*one of .*register"),
        ({"protection": "supression"}, r"no protection profile 'supression' \(nearest: suppression"),
        ({"reliability": "ilos"}, r"no reliability profile 'ilos' \(nearest: ilo\)"),
        ({"title": "Survey"}, "line 2: title: `key: value` lines are needed here, with keys among en, es, fr"),
        ({"where": [{"keep": "raw.w = '1'", "because": "x", "waves": "2042"}]}, r"wave '2042'.*\(nearest: 2024\)"),
        ({"joins": {"hh": JOIN | {"keys": {"psuu": "id"}}}}, r"column 'psuu' is not in columns.csv \(nearest: psu\)"),
        ({"joins": {"hh": JOIN | {"waves": ["2042"]}}}, r"join 'hh': names wave '2042'.*\(nearest: 2024\)"),
        (
            {"waves": {"2024": {"files": [{"name": "lfs.csv", "mirror": "{yaer}.csv"}]}}},
            r"line \d+: nothing is known to put in the place of \{yaer\} \(nearest: year",
        ),
    ],
)
def test_a_name_that_is_not_known_is_reported_with_the_nearest(
    declare: Declare, changes: dict[str, object], fault: str
) -> None:
    with pytest.raises(DeclarationError, match=fault):
        declare(**changes)


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("raw.years +", r"something is missing at 'raw\.years \+'"),
        ("raw.years in ('1', '2'", r"Expecting \) at 'raw\.years in \('1', '2''"),
    ],
)
def test_an_expression_that_cannot_be_parsed_is_reported_with_where_it_breaks(
    declare: Declare, expression: str, said: str
) -> None:
    with pytest.raises(DeclarationError, match=said):
        declare(variables=variables(declare, age={"expression": expression}))
