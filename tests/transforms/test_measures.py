"""Every measure and every sample design that can be declared has its object; the standard error is made by it."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest

from schemas.indicators import Indicator, load_catalogue
from schemas.sample_design import DESIGNS, Design
from transforms.estimate.estimates import Estimates
from transforms.estimate.samples import SAMPLES
from transforms.measures import MEASURES, measure_of
from transforms.observations import key_columns


def test_every_measure_that_can_be_declared_has_an_object() -> None:
    assert set(get_args(Indicator.model_fields["measure"].annotation)) == MEASURES.keys()


def test_every_design_that_can_be_declared_has_an_object_and_its_units_a_variance() -> None:
    assert set(get_args(Design.model_fields["kind"].annotation)) == DESIGNS.keys()
    assert {each.units for each in DESIGNS.values()} == SAMPLES.keys()


@pytest.mark.parametrize(("measure", "expected"), [("count", 0.02), ("rate", 5.0), ("mean", 0.05)])
def test_a_standard_error_is_in_the_unit_of_its_number(measure: str, expected: float) -> None:
    """Of a total of 200 with variance 400: 20 persons, in thousands 0.02; over 400 persons 5 per cent, or 0.05."""
    indicator = next(each for each in load_catalogue().indicators.values() if each.measure == measure)
    found = Estimates(*(np.array([float(each)]) for each in (9, 200, 400, 8, 400)))

    assert found.standard_error(measure_of(indicator).scale(indicator)) == pytest.approx(expected)


def test_an_unknown_variance_gives_no_standard_error() -> None:
    indicator = next(each for each in load_catalogue().indicators.values() if each.measure == "rate")
    found = Estimates(*(np.array([each]) for each in (9.0, 200.0, 400.0, 0.0, np.nan)))

    assert np.isnan(found.standard_error(measure_of(indicator).scale(indicator))).all()


def test_dimensions_stand_in_sex_and_the_two_classifications_in_their_order() -> None:
    assert key_columns(["AGE", "SEX", "CBR"]) == ["classif1", "sex", "classif2"]
