"""Groups of countries that a producer gives as one: classes of their own, in surveys and in registers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from small_register import SmallRegister
from small_source import SMALL_CODES, Declare, RawTable

from schemas.codelists import load_codelist
from schemas.country_groups import load_country_groups, side_by_side
from schemas.errors import DeclarationError, InputError
from schemas.partition import Partition
from transforms.estimate import estimate
from transforms.harmonise import harmonise

SMALL = Partition("ZZZ.small", "2024")
BY_BIRTH = "MST_FORP_SEX_CBR_NB"
# Birthplaces of a budget survey: the country itself, the EU, the rest of Europe, the rest of the world.
BIRTHPLACES = {"1": "ZZZ", "2": "EU15", "3": "XEUR", "4": "abroad", "9": "unknown"}
Run = Callable[..., dict[str, float]]


@pytest.fixture
def numbers(declare: Declare, raw_table: RawTable, tmp_path: Path) -> Run:
    """The foreign-born by country of birth, of records in two sampling units for each code of a birthplace."""

    def run(meanings: dict[str, str], *codes: str) -> dict[str, float]:
        maps = SMALL_CODES + "".join(f"place,{code},{value},\n" for code, value in meanings.items())
        variables = declare().model_dump(exclude_unset=True)["variables"]
        del variables["birth_status"]
        variables |= {"country_of_birth": {"column": "born", "map": "place"}}
        source = declare(codes=maps, variables=variables)
        records = [(f"p{i}{u}", "a", u, "10", u, "30", code, "1") for i, code in enumerate(codes) for u in "12"]
        core, cells = tmp_path / "core.parquet", tmp_path / "cells.parquet"
        harmonise(source, SMALL, raw_table(records), core)
        estimate(source, SMALL, core, cells, vintage="abc", indicators={BY_BIRTH})
        query = f"select classif1, 1000 * obs_value from '{cells}' where sex = 'SEX_T'"
        with duckdb.connect() as connection:
            return dict(connection.execute(query).fetchall())

    return run


def test_groups_of_birthplaces_are_classes_and_their_persons_foreign_born(numbers: Run) -> None:
    given = numbers(BIRTHPLACES, "1", "1", "2", "2", "3", "4", "9")
    assert (given["CBR_BRT_EU15"], given["CBR_BRT_XEUR"], given["CBR_BRT_TOTAL"]) == (40, 20, 80)
    assert given["CBR_BRT_X"] == 20, "the rest of the world"


def test_a_group_and_a_country_of_it_do_not_stand_side_by_side(numbers: Run) -> None:
    with pytest.raises(InputError, match="EU15 stands beside FRA, which it includes in part or whole"):
        numbers(BIRTHPLACES | {"5": "FRA"}, "1", "2", "5")
    assert numbers(BIRTHPLACES | {"2": "XEUR", "5": "FRA"}, "1", "2", "5")["CBR_BRT_FRA"] == 20


@pytest.mark.parametrize(
    ("values", "area", "fault"),
    [
        ({"EU15", "XEUR", "ARG"}, "URY", ""),
        ({"EU15", "ESP"}, "ESP", ""),
        ({"EU15", "ESP"}, "URY", "EU15 stands beside ESP"),
        ({"EU27", "BALTIC"}, "URY", "BALTIC stands beside EU27"),
        ({"USACAN", "MEX"}, "URY", ""),
    ],
)
def test_what_a_group_holds_in_part_or_whole(values: set[str], area: str, fault: str) -> None:
    assert side_by_side(values, area).startswith(fault) and bool(side_by_side(values, area)) == bool(fault)


def test_every_group_has_a_code_in_every_list_of_countries() -> None:
    prefixes = {
        "CL_CBR": "CBR_BRT_",
        "CL_CCT": "CCT_CTZ_",
        "CL_CDS": "CDS_DES_",
        "CL_CPR": "CPR_PRV_",
        "CL_CRS": "CRS_RES_",
    }
    for codelist, prefix in prefixes.items():
        lacking = [each for each in load_country_groups() if f"{prefix}{each}" not in load_codelist(codelist).by_code]
        assert not lacking, codelist


def test_a_word_is_never_read_as_a_group_unless_a_map_says_so(numbers: Run, declare: Declare) -> None:
    with pytest.raises(DeclarationError, match="'EU16', which is not a country"):
        numbers(BIRTHPLACES | {"2": "EU16"}, "1")


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SmallRegister:
    return SmallRegister(tmp_path, monkeypatch)


CODES = "map,code,value,label\nnationality,Other European countries,XEUR,\nnationality,Middle East,MEAST,\n"
CONTENT = "Nationality,Permits\nIndia,10\nFrance,5\nOther European countries,4\nMiddle East,3\nElsewhere,1\n"


def test_groups_in_a_register_are_neither_other_countries_nor_twice_in_the_total(small: SmallRegister) -> None:
    register = small.declare(codes=f"{CODES}nationality,Elsewhere,other,\n")
    small.harmonise(register, {"permits.csv": CONTENT})
    assert small.numbers("REG_PERI_CCT_NB") == {
        "CCT_CTZ_TOTAL": 23, "CCT_CTZ_IND": 10, "CCT_CTZ_FRA": 5, "CCT_CTZ_XEUR": 4, "CCT_CTZ_MEAST": 3, "CCT_CTZ_X": 1,
    }  # fmt: skip


def test_a_row_of_the_whole_union_beside_its_members_stops(small: SmallRegister) -> None:
    register = small.declare(codes="map,code,value,label\nnationality,EU (27),EU27,\n")
    content = "Nationality,Permits\nIndia,10\nFrance,5\nEU (27),5\n"
    with pytest.raises(InputError, match="EU27 stands beside FRA.*counted twice in the total"):
        small.harmonise(register, {"permits.csv": content})


CLEARANCES: dict[str, Any] = {
    "title": "Labour approvals",
    "file": "permits.csv",
    "read": {"format": "delimited"},
    "value": {"column": "permits"},
    "variables": {
        "event": {"constant": "first"},
        "partner_country": {"column": "nationality", "country": "name", "map": "nationality"},
    },
    "feeds": {"REG_CLRI_SEX_CDS_NB": "every_wave", "REG_CLRF_SEX_CDS_NB": "every_wave"},
}
FACTS = {"concept": "departure_clearance", "direction": "out", "unit": "clearances"}


def test_labour_approvals_are_called_what_they_are(small: SmallRegister) -> None:
    """Approvals by a country of origin: neither permits of the destination nor departures."""
    register = small.declare(facts=FACTS, codes=CODES, tables={"permits": CLEARANCES})
    small.harmonise(register, {"permits.csv": "Nationality,Permits\nQatar,70\nMalaysia,20\n"})
    expected = {"SEX_T CDS_DES_TOTAL": 90, "SEX_T CDS_DES_QAT": 70, "SEX_T CDS_DES_MYS": 20}
    assert small.numbers("REG_CLRI_SEX_CDS_NB") == small.numbers("REG_CLRF_SEX_CDS_NB") == expected
    assert "Labour approvals or emigration clearances" in small.cells("note_indicator")[0][0]


@pytest.mark.parametrize(
    ("facts", "indicator"),
    [
        (FACTS, "MNA_OEMP_SEX_CDS_NB"),
        ({"concept": "placement_abroad", "direction": "out", "unit": "placements"}, "REG_CLRI_SEX_CDS_NB"),
        ({"concept": "employment_abroad", "direction": "out", "unit": "departures"}, "REG_CLRI_SEX_CDS_NB"),
    ],
)
def test_clearances_placements_and_departures_feed_no_indicator_of_one_another(
    small: SmallRegister, facts: dict[str, str], indicator: str
) -> None:
    variables = CLEARANCES["variables"] | {"event": {"constant": "registered"}}
    table = CLEARANCES | {"feeds": {indicator: "every_wave"}, "variables": variables}
    with pytest.raises(DeclarationError, match="these numbers would be published as something that they are not"):
        small.declare(facts=facts, codes=CODES, tables={"permits": table})
