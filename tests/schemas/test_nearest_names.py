"""Every unknown name is reported with the known ones that it is most like."""

from __future__ import annotations

from typing import Any

import pytest
from small_source import SMALL_SOURCE, Declare

from ilms.commands.availability import indicators_named
from schemas.errors import DeclarationError, PublishError
from schemas.known_keys import known_keys
from schemas.loader import load_survey
from schemas.survey import Survey

VARIABLES = SMALL_SOURCE["variables"]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"minimun_age": 15}, "minimun_age: .*nearest: minimum_age"),
        ({"design": {"kind": "none", "reason": "x", "weigth": {"column": "w"}}}, "design.weigth: .*nearest: weight"),
        ({"waves": {"2024": {"file": []}}}, "waves.2024.file: .*nearest: files"),
        ({"waves": {"2024": {"files": [{"nam": "a"}]}}}, "files.0.nam: .*nearest: name"),
        ({"variables": {**VARIABLES, "sex": {"colum": "sexcode"}}}, "variables.sex.colum: .*nearest: column"),
        (
            {"variables": {**VARIABLES, "hours_usuall": {"column": "w"}}},
            "'hours_usuall': is not .*nearest: hours_usual",
        ),
        ({"variables": {**VARIABLES, "sex": {"column": "sexcod", "map": "sex"}}}, "'sexcod' .*nearest: sexcode"),
        ({"variables": {**VARIABLES, "sex": {"column": "sexcode", "map": "sexx"}}}, "'sexx' .*nearest: sex"),
        (
            {"variables": {**VARIABLES, "age": {"expression": "cast(raw.yeers as integer)"}}},
            r"'raw.yeers'.*nearest: raw.years",
        ),
        ({"without": {"employd": {"en": "not asked"}}}, "'employd' is not a population.*nearest: employed"),
        (
            {"notes": [{"type": "S4", "text": {"en": "x"}, "waves": "2042"}]},
            "a note names wave '2042', which is not declared .nearest: 2024",
        ),
    ],
)
def test_an_unknown_name_is_reported_with_the_nearest(declare: Declare, changes: dict[str, Any], says: str) -> None:
    with pytest.raises(DeclarationError, match=says):
        declare(**changes)


def test_unknown_sources_and_indicators_are_reported_with_the_nearest() -> None:
    with pytest.raises(DeclarationError, match="'ZZZ.synthtic' .nearest: ZZZ.synthetic"):
        load_survey("ZZZ.synthtic")
    with pytest.raises(PublishError, match="'MST_TEMP_SEX_AGE_CBR_NP' .nearest: MST_TEMP_SEX_AGE_CBR_NB"):
        indicators_named("MST_TEMP_SEX_AGE_CBR_NP")


def test_the_keys_of_a_place_are_those_of_its_model() -> None:
    assert {"column", "scale"} <= known_keys(Survey, ("design", "weight"))
    assert {"from", "to"} <= known_keys(Survey, ("variables", "age", "bands", "16"))
    assert known_keys(Survey, ("minimum_age",)) == set()
