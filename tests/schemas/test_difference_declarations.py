"""Differences as they are declared: their words come from the indicator and the kind, and wrong ones are refused."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from schemas import differences
from schemas.catalogue import all_indicators
from schemas.comparison import load_comparison
from schemas.differences import load_differences
from schemas.errors import DeclarationError
from schemas.kinds import KINDS
from schemas.loader import load_runnable
from schemas.standards import definitions_of_indicators

CHANGE, OF = "CHP_TUNE_SEX_AGE_CBR_RT", "MST_TUNE_SEX_AGE_CBR_RT"


def test_a_difference_has_the_words_and_the_definitions_of_its_indicator() -> None:
    title = load_differences()[CHANGE].title
    assert (
        title.en
        == "Unemployment rate by sex, age and place of birth: change from the period before (percentage points)"
    )
    assert title.fr is not None and title.fr.startswith(
        "Taux de chômage par sexe, âge et lieu de naissance : variation"
    )
    assert definitions_of_indicators()[CHANGE] == definitions_of_indicators()[OF]
    assert all_indicators()[CHANGE].classifications == all_indicators()[OF].classifications


def test_all_headline_numbers_change_and_all_rates_have_a_gap() -> None:
    found = load_differences().values()
    for kind, numbers in (
        ("previous", set(load_comparison().compared.numbers)),
        ("year_before", set(load_comparison().compared.numbers)),
        ("others", {each for each in load_comparison().compared.numbers if each.endswith("_RT")}),
    ):
        assert {each.of for each in found if each.compared_with == kind} == numbers


def test_a_survey_that_gives_a_rate_gives_its_changes() -> None:
    eph = load_runnable("ARG.eph")
    assert {OF, CHANGE, "GAP_TUNE_SEX_AGE_CBR_RT"} <= KINDS["survey"].may_give(eph)


@pytest.mark.parametrize(
    ("name", "entry", "fault"),
    [
        (CHANGE, {"of": OF, "kind": "change_from_previos"}, "there is no kind 'change_from_previos'"),
        (CHANGE, {"of": "MST_TUNE_SEX_EDU_CBR_RT", "kind": "gap"}, "is not among the numbers that comparison.yaml"),
        (CHANGE, {"of": OF, "kind": "growth_from_previous"}, "a difference in per_cent is one of a count"),
        ("CHP_TUNE_SEX_AGE_CCT_RT", {"of": OF, "kind": "gap"}, "the id names the dimensions of 'MST_TUNE"),
        ("CHX_TUNE_SEX_AGE_CBR_RT", {"of": OF, "kind": "gap"}, "CL_MEASURE has no code for it"),
    ],
)
def test_a_wrong_difference_is_refused(
    name: str, entry: dict[str, str], fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    declared = yaml.safe_load(differences.DIFFERENCES_FILE.read_text(encoding="utf-8"))
    file = tmp_path / "differences.yaml"
    file.write_text(yaml.safe_dump(declared | {"indicators": {name: entry}}), encoding="utf-8")
    monkeypatch.setattr(differences, "DIFFERENCES_FILE", file)
    with pytest.raises(DeclarationError, match=fault):
        load_differences.__wrapped__()
