"""What the catalogue refuses when it is loaded: an indicator that is not made of what its measure needs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from schemas import indicators
from schemas.errors import DeclarationError
from schemas.indicators import Indicator, load_catalogue

DECLARED: dict[str, Any] = {
    "title": {"en": "A pay gap", "fr": "Un écart salarial", "es": "Una brecha salarial"},
    "definition": {"en": "a gap", "fr": "un écart", "es": "una brecha"}, "dimensions": ["SEX"],
    "unit_measure": "PT", "unit_mult": 0, "decimals": 1,
    "reference": {"en": "made up", "fr": "inventé", "es": "inventado"},
}  # fmt: skip
GAP = {"measure": "gap", "population": "foreign_born_employees", "against": "native_born_employees"}


def test_a_gap_needs_two_populations_and_a_variable() -> None:
    whole = GAP | {"variable": "monthly_earnings"}
    assert Indicator(**DECLARED, **whole).populations == {"foreign_born_employees", "native_born_employees"}
    for part in ("population", "against", "variable"):
        with pytest.raises(ValidationError, match="a gap has against and population and variable, and nothing else"):
            Indicator(**DECLARED, **{name: value for name, value in whole.items() if name != part})


@pytest.mark.parametrize("text", ["title", "definition", "reference"])
@pytest.mark.parametrize("language", ["fr", "es"])
def test_an_indicator_speaks_the_three_languages_or_is_not_loaded(text: str, language: str) -> None:
    lacking = {name: said for name, said in DECLARED[text].items() if name != language}
    whole = GAP | {"variable": "monthly_earnings"}
    with pytest.raises(ValidationError, match=rf"{text}\.{language}\s+Field required"):
        Indicator(**DECLARED | {text: lacking}, **whole)
    with pytest.raises(ValidationError, match=rf"{text}\.{language}\s+String should have at least 1 character"):
        Indicator(**DECLARED | {text: lacking | {language: ""}}, **whole)


def test_factors_need_a_population_to_be_weighted_by() -> None:
    with pytest.raises(ValidationError, match="factors and population and shares_of"):
        Indicator(**DECLARED, **GAP, variable="monthly_earnings", factors=["SEX"])


def test_a_ratio_is_of_two_variables_over_one_population() -> None:
    with pytest.raises(ValidationError, match="a ratio has base_variable and population and variable"):
        Indicator(**DECLARED, measure="ratio", population="recruited", variable="recruitment_cost")


def changed(tmp_path: Path, change: dict[str, Any]) -> Path:
    """The real catalogue with one declaration of each section changed."""
    catalogue = yaml.safe_load(indicators.INDICATORS_FILE.read_text(encoding="utf-8"))
    for section, entries in change.items():
        for name, values in entries.items():
            catalogue[section][name] = catalogue[section].get(name, {}) | values
    file = tmp_path / "indicators.yaml"
    file.write_text(yaml.safe_dump(catalogue, allow_unicode=True, width=10_000), encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"thresholds": {"low_pay": {"population": "everybody"}}},
         "threshold 'low_pay': there is no population 'everybody'"),
        ({"thresholds": {"low_pay": {"population": "low_paid_employees"}}},
         "its population may not refer to a threshold"),
        ({"thresholds": {"low_pay": {"variable": "sex"}}}, "'sex' is not a numeric variable"),
        ({"populations": {"low_paid_employees": {"where": "monthly_earnings < threshold_of_pay"}}},
         "population 'low_paid_employees': the expression names 'threshold_of_pay'"),
        ({"populations": {"employees": {"within": "employes"}}},
         "population 'employees' is within 'employes', which is not a population"),
        ({"populations": {"employed": {"within": "employees"}}},
         "population 'employed' is within itself, by 'employees'"),
        ({"indicators": {"EAR_RGPB_SEX_RT": {"against": "natives"}}},
         "EAR_RGPB_SEX_RT: there is no population 'natives'"),
        ({"indicators": {"EAR_FGPB_AGE_RT": {"factors": ["AGE_AGGREGATE"]}}},
         "EAR_FGPB_AGE_RT: there is no version 'AGE_AGGREGATE' of a classification"),
    ],
)  # fmt: skip
def test_what_does_not_exist_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, change: dict[str, Any], message: str
) -> None:
    monkeypatch.setattr(indicators, "INDICATORS_FILE", changed(tmp_path, change))
    with pytest.raises(DeclarationError, match=message):
        load_catalogue.__wrapped__()


def test_a_population_within_another_adds_its_condition_and_needs() -> None:
    populations = load_catalogue().populations
    employed, low_paid = populations["employed"], populations["low_paid_employees"]
    residents = "working_age = 'yes' and usual_resident not in ('no', 'absent_abroad')"
    assert employed.where == f"{residents} and (labour_force_status = 'employed')"
    assert low_paid.where == (
        f"{employed.where} and (status_in_employment_icse93 = '1') and (monthly_earnings < threshold_low_pay)"
    )
    assert low_paid.needs == ["status_in_employment_icse93", "monthly_earnings"]
