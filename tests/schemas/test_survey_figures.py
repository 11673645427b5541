"""What a survey may declare of figures that others publish."""

from __future__ import annotations

from typing import Any

import pytest
from small_source import Declare

from schemas.compared_figures import load_compared_figures
from schemas.errors import DeclarationError
from schemas.loader import list_benchmarks, list_surveys, load_benchmark, load_runnable, load_survey
from schemas.published import PUBLISHED
from schemas.survey_figure_faults import number_faults

RATE = {"indicator": "MST_TEAP_SEX_AGE_CBR_RT", "classif1": "AGE_YTHADULT_YGE15", "classif2": "CBR_BIR_TOTAL"}
HOURS = {"indicator": "HOW_XEES_SEX_CBR_NB", "classif1": "CBR_BIR_TOTAL"}


@pytest.mark.parametrize(
    ("figure", "fault"),
    [
        ({"numbers": [RATE]}, "give exactly one of published, beside or value"),
        ({"value": 60, "numbers": [RATE]}, "needs a `reference`"),
        ({"value": 60, "reference": "Yearbook", "numbers": [RATE, RATE | {"sex": "SEX_F"}]}, "one of `numbers`"),
        ({"published": "X01.lfs"}, "`numbers` says what is compared"),
        ({"published": "X01.lfs", "numbers": [RATE], "se": 1}, "`se` and `reference` belong to `value`"),
        ({"published": "X01.lfs", "numbers": [RATE], "beyond": "stop"}, "only a `value` can stop a wave"),
        ({"beside": ["participation_rat"]}, "'participation_rat' is not one of `numbers`.*participation_rate"),
        (
            {"published": "X01.lfs", "numbers": [RATE | {"indicator": "MST_TEAP_SEX_AGE_CBR_R"}]},
            "not an indicator of surveys.*MST_TEAP_SEX_AGE_CBR_RT",
        ),
        (
            {"published": "X01.lfs", "numbers": [RATE | {"classif2": "CCT_CIT_TOTAL"}]},
            "'CCT_CIT_TOTAL' is not a code of CL_CBR, classif2",
        ),
        ({"published": "X01.lfs", "numbers": [RATE | {"sex": "female"}]}, "'female' is not a code of CL_SEX"),
        (
            {"published": "X01.lfs", "numbers": [HOURS | {"classif2": "AGE_AGGREGATE_TOTAL"}]},
            "HOW_XEES_SEX_CBR_NB is not by 'AGE_AGGREGATE_TOTAL'",
        ),
        ({"beside": ["participation_rate"], "waves": "2023"}, "wave '2023' is not declared"),
    ],
)  # fmt: skip
def test_a_figure_that_cannot_be_compared_is_named(figure: dict[str, Any], fault: str, declare: Declare) -> None:
    with pytest.raises(DeclarationError, match=fault):
        declare(figures=[figure])


def test_figures_are_compared_in_the_waves_declared(declare: Declare) -> None:
    declared = declare(figures=[{"beside": ["participation_rate"], "waves": "from 2024"}])
    assert "2024" in declared.figures[0].waves
    assert "2023" not in declared.figures[0].waves


@pytest.mark.parametrize("name", load_compared_figures().numbers)
def test_a_figure_of_a_benchmark_is_of_a_table_and_of_a_number_that_there_are(name: str) -> None:
    compared = load_compared_figures().numbers[name]
    assert compared.source in list_benchmarks()
    assert compared.table in load_benchmark(compared.source).tables
    assert list(number_faults(compared.number)) == []


@pytest.mark.parametrize("name", list_surveys())
def test_the_figures_of_another_source_are_of_one_that_holds_published_ones(name: str) -> None:
    for figure in load_survey(name).figures:
        if figure.published:
            published = PUBLISHED.of(load_runnable(figure.published))
            assert published is not None, f"{figure.published} is not of kind `published`"
