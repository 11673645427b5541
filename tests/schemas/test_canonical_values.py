"""Every value that a declaration gives is one that its variable can have; another is refused, with the nearest."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from small_register import CODES, PERMITS, SmallRegister
from small_source import SMALL_CODES, Declare

from schemas.canonical_values import CanonicalValues
from schemas.countries import country_values, nearest_countries
from schemas.errors import DeclarationError
from schemas.expressions import result_literals
from schemas.source import CodeValue


def given(declare: Declare) -> dict[str, Any]:
    declared: dict[str, Any] = declare().model_dump(exclude_none=True, exclude_defaults=True)["variables"]
    return declared


@pytest.mark.parametrize(
    ("wrong", "nearest"),
    [("ROM", "ROU"), ("GER", "DEU"), ("SUI", "CHE"), ("250", "FRA"), ("FR", "FRA"), ("TMP", "TLS")],
)
def test_a_country_of_a_map_is_one_of_iso_3166(declare: Declare, wrong: str, nearest: str) -> None:
    variables = {**given(declare), "country_of_citizenship": {"column": "born", "map": "place"}}
    codes = SMALL_CODES + f"place,1,ESP,\nplace,2,{wrong},\nplace,3,KOS,\nplace,4,XKX,\nplace,5,abroad,\n"
    with pytest.raises(
        DeclarationError, match=rf"1 fault.*code '2' means '{wrong}', which is not a country.*"
    ) as refused:
        declare(variables=variables, codes=codes)
    assert nearest in nearest_countries(wrong)
    assert nearest_countries(wrong) in refused.value.what


@pytest.mark.parametrize(
    ("variable", "value", "nearest"),
    [
        ("occupation_isco08", "11", "1"),
        ("occupation_isco08_submajor", "1", "11"),
        ("industry_isic4", "Z", ""),
        ("industry_isic4_division", "1", "01"),
        ("education_isced11", "10", "1"),
        ("status_in_employment_icse93", "7", ""),
    ],
)
def test_a_code_of_a_classification_is_in_its_list(declare: Declare, variable: str, value: str, nearest: str) -> None:
    variables = {**given(declare), variable: {"column": "born", "map": "coded"}}
    with pytest.raises(
        DeclarationError, match=rf"map 'coded': code '1' means '{value}', which is not one of.*{nearest}"
    ):
        declare(variables=variables, codes=SMALL_CODES + f"coded,1,{value},\n")


def test_constants_and_results_of_expressions_are_checked_too(declare: Declare) -> None:
    wrong = {
        "country_of_birth": {"expression": "case when raw.born = '1' then 'ESP' else coalesce(raw.str, 'GER') end"},
        "sex": {"constant": "woman"},
    }
    with pytest.raises(DeclarationError, match="2 fault") as refused:
        declare(variables={**given(declare), **wrong})
    assert (
        "its expression gives 'GER', which is not a country of ISO 3166-1 alpha-3 (nearest: DEU)" in refused.value.what
    )
    assert "the constant is 'woman', which is not one of male, female" in refused.value.what


def test_a_constant_country_is_a_country(declare: Declare) -> None:
    assert declare(variables={**given(declare), "country_of_citizenship": {"constant": "ESP"}})


def test_what_only_the_condition_of_an_expression_holds_is_no_result() -> None:
    assert result_literals("case when raw.a in ('1', '2') then 'x' when raw.b = 'y' then raw.c else 3 end") == {
        "x",
        "3",
    }


@pytest.mark.parametrize(
    ("variable", "fault"),
    [
        ({"age": {"column": "years", "map": "sex"}}, "code '1' means 'male', which is no band of years"),
        ({"hours_usual": {"column": "years", "map": "sex"}}, "a number is not translated by a map"),
        (
            {"sex": {"column": "sexcode", "map": "sex", "country": "iso2"}},
            "`country` is for variables that are countries",
        ),
        ({"sex": {"column": "sexcode", "map": "sex", "blank": "not_asked"}}, "`blank` or `codes` say 'not_asked'"),
        ({"age": {"column": "years", "codes": {"999": "not_asked"}}}, "`blank` or `codes` say 'not_asked'"),
    ],
)
def test_what_a_variable_cannot_use_is_no_part_of_it(declare: Declare, variable: dict[str, object], fault: str) -> None:
    with pytest.raises(DeclarationError, match=fault):
        declare(variables={**given(declare), **variable})


def test_a_register_is_held_to_the_same_lists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small = SmallRegister(tmp_path, monkeypatch)
    with pytest.raises(DeclarationError, match=r"map 'nationality': code 'Alemania' means 'GER'.*nearest: DEU"):
        small.declare(codes=CODES + "nationality,Alemania,GER,\n")
    figure = {"wave": "2024", "table": "permits", "where": {"citizenship": "GER"}, "value": 1, "reference": "r"}
    with pytest.raises(DeclarationError, match="a figure is where citizenship is 'GER'"):
        small.declare(figures=[figure])
    permits = {**PERMITS, "variables": {**PERMITS["variables"], "country_of_birth": {"constant": "GER"}}}
    with pytest.raises(DeclarationError, match="it can be 'GER'"):
        small.declare(tables={"permits": permits})


def test_former_countries_are_values_where_the_code_list_publishes_them() -> None:
    assert {"ANT", "SCG", "KOS", "CHA", "XKX", "FRA", "ZZZ"} <= country_values("CL_CCT")
    assert "YU1" in country_values("CL_CDS")
    assert not {"YU1", "CSK", "X01", "CTZ", "BRT"} & country_values("CL_CCT")


def test_of_very_many_wrong_values_the_first_are_named_and_the_others_counted() -> None:
    codes = {str(number): CodeValue(value="Q") for number in range(60)}
    faults = list(CanonicalValues(("A",)).map_faults("m", codes))
    assert (len(faults), faults[-1]) == (51, "map 'm': 10 more codes mean something that is not a value")


@pytest.mark.parametrize(
    ("codes", "fold", "fault"),
    [
        ("1..50,native,\nplace,40..90,foreign", False, "ranges '1..50' and '40..90' share codes"),
        ("50..1,native", False, "range '50..1' ends before it begins"),
        ("here,native,\nplace,HERE,foreign", True, "'here' and 'HERE' are one code with `fold`"),
    ],
)
def test_codes_of_a_map_do_not_contradict_one_another(declare: Declare, codes: str, fold: bool, fault: str) -> None:
    variables = {**given(declare), "birth_status": {"column": "born", "map": "place", "fold": fold}}
    with pytest.raises(DeclarationError, match=f"map 'place': {fault}"):
        declare(variables=variables, codes=SMALL_CODES + f"place,{codes},\n")


def test_ranges_that_differ_only_in_leading_zeros_do_not_contradict_one_another(declare: Declare) -> None:
    variables = {**given(declare), "birth_status": {"column": "born", "map": "place"}}
    assert declare(variables=variables, codes=SMALL_CODES + "place,010..020,native,\nplace,10..20,foreign,\n")
