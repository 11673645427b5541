"""Coverage of some waves: what holds for which, and where one wave cannot be joined with the one before it."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from schemas.indicators import load_catalogue
from schemas.loader import load_survey
from schemas.partition import Partition
from schemas.source_coverage import Coverage
from transforms.notes import indicator_note, source_note


def coverage(*items: tuple[str, str]) -> Coverage:
    said = [{"waves": waves, "geographical": {"en": text}} for waves, text in items]
    return Coverage.model_validate({"complete": True, "population": {"en": "residents"}, "in_waves": said})


def test_what_holds_for_all_waves_stands_before_what_holds_for_some() -> None:
    found = coverage(("to 2020", "urban areas"), ("from 2021", "the whole country"))
    assert [text.en for text in found.geographical_in("2020-Q4")] == ["urban areas"]
    assert [text.en for text in found.geographical_in("2023")] == ["the whole country"]
    assert [text.en for text in found.population_in("2023")] == ["residents"]


def test_a_change_is_named_with_the_wave_before_whatever_the_order_of_declaration() -> None:
    found = coverage(("to 2020", "urban areas"), ("from 2021", "the whole country"))
    waves = ["2022", "2019", "2021", "2020"]
    assert [found.changed_since(wave, waves) for wave in waves] == ["", "", "2020", ""]
    assert coverage().changed_since("2021", ["2019", "2021"]) == ""


def test_an_item_without_a_text_says_nothing() -> None:
    with pytest.raises(ValidationError, match="say in `geographical` or `population` what these waves cover"):
        Coverage.model_validate({"complete": True, "in_waves": [{"waves": "to 2020"}]})


def test_a_survey_whose_coverage_changes_is_flagged_as_a_break() -> None:
    synthetic = load_survey("ZZZ.synthetic")
    changed = coverage(("to 2023", "urban areas"), ("from 2024", "the whole country"))
    source, partition = synthetic.model_copy(update={"coverage": changed}), Partition("ZZZ.synthetic", "2024")
    assert (synthetic.wave_statuses("2024"), source.wave_statuses("2024")) == ([], ["B"])
    indicator = next(iter(load_catalogue().indicators.values()))
    assert "Break in series: other coverage than in 2023" in indicator_note(source, partition, indicator)
    assert "Geographical coverage: the whole country" in source_note(source, partition)
    assert "urban areas" not in source_note(source, partition)


def test_whom_a_source_covers_says_how_well_migrants_are_covered() -> None:
    found = Coverage.model_validate(
        {"complete": True, "population": {"en": "private households"}, "migrants": {"en": "a fifth fewer foreigners"}}
    )

    assert [text.en for text in found.population_in("2024")] == ["private households", "a fifth fewer foreigners"]


def test_what_holds_in_some_waves_is_told_with_them_in_each_language() -> None:
    found = Coverage.model_validate(
        {
            "complete": False,
            "geographical": {"en": "31 towns", "fr": "31 villes"},
            "in_waves": [
                {"waves": "to 2016-Q4", "population": {"en": "a sample", "fr": "un échantillon"}},
                {"waves": ["2019", "from 2021-Q2"], "population": {"en": "residents", "fr": "résidents"}},
            ],
        }
    )
    assert found.told("en") == "31 towns; to 2016-Q4: a sample; 2019, from 2021-Q2: residents"
    assert found.told("fr") == "31 villes ; jusqu'à 2016-Q4 : un échantillon ; 2019, à partir de 2021-Q2 : résidents"
    assert found.told("es") is None
