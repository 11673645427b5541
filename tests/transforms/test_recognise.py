"""What columns look like: misleading names and labels, of which no proposal may be sure."""

from __future__ import annotations

from typing import Any

import pyreadstat
import pytest
from pandas import DataFrame

from transforms.describe.described import Described
from transforms.describe.files import describe_files
from transforms.describe.translate import translate

STATUS = {1: "Employed", 2: "Unemployed", 3: "Inactive"}
YES_NO = {1: "Yes", 2: "No"}
SEXES = {1: "Male", 2: "Female"}
PERSONS = 300


def column(number: int) -> dict[str, Any]:
    """The values of one person in every column below."""
    three, two = 1 + number % 3, 1 + number % 2
    return {
        "peso": 40 + number % 60 + 0.5,
        "estrato": 1 + number % 6,
        "hhweight": 200.5 + number % 90,
        "st_before": three,
        "st_father": three,
        "st_wider": three,
        "sex_head": two,
        "sexo": two,
        "first_age": 10 + number % 60,
        "age_grp": 1 + number % 9,
        "mother_born": 1 + number % 4,
        "neet": two,
        "studied": two,
        "occ_last": 1 + number % 5,
        "origin": ("AL", "CA", "GA", "IN")[number % 4],
        "year_born": 1940 + number % 60,
    }


LABELS = {
    "hhweight": "Household weight",
    "st_before": "Employment status 12 months ago",
    "st_father": "Employment status of father",
    "st_wider": "Employment status expanded",
    "sex_head": "Sex of head of household",
    "first_age": "Age at first marriage",
    "age_grp": "Age group",
    "mother_born": "Country of birth of mother",
    "neet": "Not in employment, education or training",
    "studied": "Attended school last year",
    "occ_last": "Last occupation",
    "origin": "Place of birth",
    "year_born": "Year of birth",
}
VALUES = {
    **dict.fromkeys(("st_before", "st_father", "st_wider"), STATUS),
    "sex_head": SEXES,
    "mother_born": {1: "Fiji", 2: "Nauru", 3: "Tonga", 4: "Samoa"},
    "neet": YES_NO,
    "studied": YES_NO,
}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Described:
    folder = tmp_path_factory.mktemp("traps")
    frame = DataFrame([column(number) for number in range(PERSONS)])
    labels = [LABELS.get(name, "") for name in frame.columns]
    pyreadstat.write_dta(frame, folder / "traps.dta", column_labels=labels, variable_value_labels=VALUES)
    return describe_files([folder / "traps.dta"], workdir=folder)


@pytest.mark.parametrize("name", column(0))
def test_nothing_is_sure_by_half_a_name(found: Described, name: str) -> None:
    assert [each.name for each in found.column(name).looks_like if each.sure] == []


def test_a_doubt_gives_its_reason(found: Described) -> None:
    doubts = {name: found.column(name).looks_like[0].doubt for name in ("peso", "estrato", "sexo", "origin")}
    assert "body weight" in doubts["peso"]
    assert "classes of another kind" in doubts["estrato"]
    assert doubts["sexo"] == "what its codes mean is not documented"
    assert doubts["origin"] == "two letters may be codes of provinces"


@pytest.mark.parametrize(
    ("variable", "label", "value", "sure"),
    [
        ("sex", "Varón", "male", True),
        ("sex", "2. Femme", "female", True),
        ("labour_force_status", "Pessoas desocupadas", "unemployed", True),
        ("labour_force_status", "Jubilado", "outside", False),
        ("labour_force_status", "Menor de 10 años", "not_in_universe", False),
        ("country_of_birth", "Côte d'Ivoire", "CIV", True),
        ("status_in_employment_icse93", "Trabajadores por cuenta propia (sin empleados)", "3", True),
        ("status_in_employment_icse93", "Empregado no setor privado com carteira", "1", False),
        ("union_member", "Ns./Nr.", "unknown", True),
    ],
)
def test_labels_in_four_languages_mean_canonical_values(variable: str, label: str, value: str, sure: bool) -> None:
    meaning = translate(variable, label)
    assert meaning is not None and (meaning.value, meaning.sure) == (value, sure)


@pytest.mark.parametrize(
    ("variable", "label"),
    [
        ("labour_force_status", "Not employed"),
        ("country_of_birth", "Rest of Europe"),
        ("sex", "Sí"),
        ("labour_force_status", ""),
    ],
)
def test_a_label_that_says_something_else_means_nothing(variable: str, label: str) -> None:
    assert translate(variable, label) is None
