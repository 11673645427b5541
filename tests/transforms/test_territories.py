"""Territories of the reporting country count as other countries with a warning, until the declaration says more."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from small_register import CODES, SmallRegister
from small_source import Declare, RawTable

from schemas.countries import same_state
from schemas.loader import _load, load_of_kind
from schemas.partition import Partition
from schemas.register_faults import REGISTER
from transforms.harmonise import Harmonised, harmonise

CODED = """map,code,value,label
sex,1,male,
sex,2,female,
activity,1,employed,
"""
Born = Callable[..., tuple[Harmonised, list[str]]]
PERSON = ("a", "1", "1", "1", "40")
WARNING = (
    "Country of birth: GLP, REU of the same state as FRA count as other countries; "
    "the declaration does not state what they count as"
)


@pytest.fixture
def survey(declare: Declare, raw_table: RawTable, tmp_path: Path) -> Born:
    """Harmonise persons by where they were born; gives what was made, and their places of birth."""

    def run(born: list[str], *, area: str = "FRA", codes: str = CODED, **birth: str) -> tuple[Harmonised, list[str]]:
        variables = declare().model_dump(exclude_none=True, exclude_defaults=True)["variables"]
        del variables["birth_status"]
        variables["country_of_birth"] = birth if "expression" in birth else {"column": "born", **birth}
        source = declare(f"{area}.small", variables=variables, codes=codes)
        raw: Path = raw_table([(f"p{number}", *PERSON, place, "1") for number, place in enumerate(born)])
        made = harmonise(source, Partition(source.id, "2024"), raw, tmp_path / "core.parquet")
        places = duckdb.execute(f"select country_of_birth || ' ' || birth_status from '{tmp_path / 'core.parquet'}'")
        return made, [place for (place,) in places.fetchall()]

    return run


@pytest.mark.parametrize(
    ("scheme", "born"),
    [
        ("iso2", ["FR", "RE", "GP", "MA"]),
        ("iso3", ["FRA", "REU", "GLP", "MAR"]),
        ("m49", ["250", "638", "312", "504"]),
        ("name", ["France", "La Réunion", "Guadeloupe", "Maroc"]),
    ],
)
def test_territories_count_as_other_countries_with_a_warning(survey: Born, scheme: str, born: list[str]) -> None:
    made, places = survey(born, country=scheme)
    assert places == ["FRA native", "REU foreign", "GLP foreign", "MAR foreign"]
    assert made.warnings == (WARNING,)


def test_a_map_beside_the_scheme_says_what_each_counts_as(survey: Born) -> None:
    codes = CODED + "birth,RE,FRA,\nbirth,GP,GLP,\n"
    made, places = survey(["RE", "GP"], country="iso2", map="birth", codes=codes)
    assert places == ["FRA native", "GLP foreign"]
    assert made.warnings == ()


def test_a_map_of_all_codes_is_no_decision(survey: Born) -> None:
    codes = CODED + "birth,1,FRA,\nbirth,2,REU,\nbirth,3,GLP,\n"
    made, places = survey(["1", "2", "3"], map="birth", codes=codes)
    assert (places[1], made.warnings) == ("REU foreign", (WARNING,))


def test_an_expression_is_no_decision_either(survey: Born) -> None:
    expression = "case when raw.born = '1' then 'FRA' when raw.born = '2' then 'REU' else 'GLP' end"
    made, places = survey(["1", "2", "3"], expression=expression)
    assert (places[1], made.warnings) == ("REU foreign", (WARNING,))
    made, places = survey(["1", "2", "3"], expression=expression, territories="home")
    assert (places, made.warnings) == (["FRA native"] * 3, ())


@pytest.mark.parametrize(("territories", "counted"), [("home", "FRA native"), ("abroad", "REU foreign")])
def test_all_of_them_can_be_declared_at_once(survey: Born, territories: str, counted: str) -> None:
    made, places = survey(["FR", "RE", "MA"], country="iso2", territories=territories)
    assert (places[1:], made.warnings) == ([counted, "MAR foreign"], ())


def test_no_territory_no_warning(survey: Born) -> None:
    assert survey(["FR", "MA"], country="iso2")[0].warnings == ()


def test_where_the_survey_asks_who_is_native_the_code_decides_nothing(
    declare: Declare, raw_table: RawTable, tmp_path: Path
) -> None:
    variables = declare().model_dump(exclude_none=True, exclude_defaults=True)["variables"]
    variables["country_of_birth"] = {"column": "born", "map": "place"}
    codes = CODED + "birth,1,native,\nbirth,2,native,\nplace,1,USA,\nplace,2,PRI,\n"
    source = declare("USA.small", variables=variables, codes=codes)
    raw = raw_table([("p1", *PERSON, "2", "1")])
    assert harmonise(source, Partition(source.id, "2024"), raw, tmp_path / "core.parquet").warnings == ()


@pytest.mark.parametrize(
    ("area", "related"),
    [("USA", "PRI"), ("USA", "GUM"), ("CHN", "HKG"), ("FIN", "ALA"), ("DNK", "GRL"), ("NLD", "CUW"), ("GBR", "JEY"),
     ("PRI", "USA"), ("ABW", "CUW"), ("AUS", "NFK"), ("NZL", "TKL"), ("NOR", "SJM")],
)  # fmt: skip
def test_a_state_and_its_territories_belong_together(area: str, related: str) -> None:
    assert related in same_state(area)


def test_countries_without_territories_have_none() -> None:
    assert same_state("MAR") == same_state("ZZZ") == frozenset()


def test_a_register_warns_of_territories_until_its_map_says_what_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = SmallRegister(tmp_path, monkeypatch)
    small.declare()
    (tmp_path / "sources" / "ZZZ").rename(tmp_path / "sources" / "FRA")
    files = {"permits.csv": "Nationality,Permits\nIndia,10\nRéunion,5\n"}
    (warning,) = small.harmonise(load_of_kind(REGISTER, "FRA.permits"), files).warnings
    assert warning.startswith("Country of citizenship: REU of the same state as FRA")
    assert all(f"Quality: {warning}" in note for (note,) in small.cells("note_source"))
    codes = tmp_path / "sources" / "FRA" / "permits" / "code_maps.csv"
    codes.write_text(CODES + "nationality,Réunion,REU,\n", encoding="utf-8")
    _load.cache_clear()
    assert small.harmonise(load_of_kind(REGISTER, "FRA.permits"), files).warnings == ()
