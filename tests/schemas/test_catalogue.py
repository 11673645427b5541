"""One list of all indicators: each with the kinds of source that give it, its words, unit and classifications."""

from dataclasses import replace

import pytest

from schemas import catalogue
from schemas.catalogue import all_indicators
from schemas.corridors import load_corridor_indicators
from schemas.differences import load_differences
from schemas.indicators import load_catalogue
from schemas.kinds import KINDS
from schemas.published import published_alone
from schemas.rates import rates_of
from schemas.regional_indicators import load_regional_indicators
from schemas.register_indicators import event_indicators, load_register_catalogue


def test_every_indicator_of_every_kind_is_listed_once() -> None:
    by_kind = {
        "survey": {*load_catalogue().indicators, *load_differences()},
        "register": set(load_register_catalogue().indicators) - event_indicators(),
        "events": event_indicators() | rates_of(event_indicators()).keys(),
        "corridors": set(load_corridor_indicators()),
        "regional": set(load_regional_indicators()),
    }
    by_kind["published"] = set().union(
        *(by_kind[kind] for kind in ("survey", "register", "events", "corridors")), published_alone()
    )
    for kind, names in by_kind.items():
        assert {name for name, each in all_indicators().items() if kind in each.kinds} == names
    assert set(all_indicators()) == set().union(*by_kind.values())


def test_an_indicator_that_two_kinds_give_has_the_words_of_the_surveys() -> None:
    shared = [name for name, each in all_indicators().items() if {"survey", "register"} <= {*each.kinds}]
    assert shared
    for name in shared:
        assert all_indicators()[name].kinds[0] == "survey"
        assert all_indicators()[name].declared is load_catalogue().indicators[name]


def test_classifications_are_those_of_the_data_structure_without_sex() -> None:
    assert all_indicators()["MST_TEMP_SEX_AGE_CBR_NB"].classifications == ("AGE", "CBR")
    assert all_indicators()["MNA_OEMP_SEX_CDS_NB"].classifications == ("CDS",)


def test_a_new_kind_brings_its_indicators_by_being_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    corridors = KINDS["corridors"]
    name, published = next(iter(corridors.indicators().items()))
    complaints = replace(corridors, name="complaints", indicators=lambda: {name: published, "OF_COMPLAINTS": published})
    monkeypatch.setattr(catalogue, "KINDS", {**KINDS, "complaints": complaints})
    found = all_indicators.__wrapped__()
    assert found["OF_COMPLAINTS"].kinds == ("complaints",)
    assert found[name].kinds == ("corridors", "published", "complaints")
