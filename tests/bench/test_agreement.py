"""The engine compared with R's package survey and svy on a real sample: designs with PSUs, and replicate weights."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from r_survey import answers_of_r

from bench.agreement import (
    RULES,
    SINGLE_PSUS,
    Answers,
    Case,
    by_r,
    by_svy,
    clustered_cases,
    largest_difference,
    ours,
    replicate_cases,
)
from bench.r_survey import Answer, Question
from bench.replicate_weights import paley

METHODS = ("jackknife_n", "jackknife_1", "brr", "fay", "bootstrap", "sdr")
AGREED = 1e-8


@pytest.fixture(scope="module")
def clustered(mirror: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Case], Answers]:
    """A part of Chile's survey with two single-PSU strata, under each rule, and what R gives."""
    cases = clustered_cases(mirror, tmp_path_factory.mktemp("clustered"), where=SINGLE_PSUS)
    return {case.rule: case for case in cases}, answers_of_r("clustered", lambda: by_r(cases))


@pytest.fixture(scope="module")
def replicated(mirror: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Case], Answers]:
    """One region of it with replicate weights by every method, and what R gives."""
    cases = replicate_cases(mirror, tmp_path_factory.mktemp("replicated"))
    return {case.name: case for case in cases}, answers_of_r("replicated", lambda: by_r(cases))


@pytest.fixture(scope="module")
def given() -> Callable[[Case], Answers]:
    """What the engine gives for a case, estimated once."""
    kept: dict[str, Answers] = {}
    return lambda case: kept[case.name] if case.name in kept else kept.setdefault(case.name, ours(case))


def of(answers: Answers, case: Case) -> Answers:
    return {question: answer for question, answer in answers.items() if question.design == case.name}


@pytest.mark.parametrize(
    ("estimate", "error", "expected"),
    [(3e-16, 2.0, 0.0), (1e-6, 2.0, 5e-7), (0.0, 2.002, 1e-3)],
    ids=["zero to the last digit", "another estimate", "another error"],
)
def test_an_estimate_of_zero_is_compared_by_its_standard_error(estimate: float, error: float, expected: float) -> None:
    change = Question("all", "certainty", "total", "change", "", "one")
    theirs = {change: Answer(-1e-16, 2.0, 10, -4.0, 4.0)}
    mine = {change: Answer(estimate, error, 10, -4.0, 4.0)}
    assert largest_difference(mine, theirs) == pytest.approx(expected, rel=1e-6, abs=1e-15)


@pytest.mark.mirror
@pytest.mark.parametrize("rule", RULES)
def test_totals_rates_means_and_medians_of_a_clustered_sample_are_those_of_r(
    clustered: tuple[dict[str, Case], Answers], given: Callable[[Case], Answers], rule: str
) -> None:
    """Estimates, standard errors, degrees of freedom by domain and intervals, those of rates on the logit scale."""
    cases, answers = clustered
    theirs = of(answers, cases[rule])
    assert {question.statistic for question in theirs} == {"total", "share", "ratio", "mean", "median"}
    assert largest_difference(given(cases[rule]), theirs) <= AGREED


@pytest.mark.mirror
@pytest.mark.parametrize("method", METHODS)
def test_replicate_weights_give_what_r_gives(
    replicated: tuple[dict[str, Case], Answers], given: Callable[[Case], Answers], method: str
) -> None:
    """Centred on the full estimate or on the mean, as each case declares; medians by Woodruff's interval."""
    cases, answers = replicated
    theirs = of(answers, cases[method])
    assert len(theirs) == 15
    assert largest_difference(given(cases[method]), theirs) <= AGREED


@pytest.mark.mirror
@pytest.mark.parametrize("method", METHODS)
def test_replicate_weights_give_what_svy_gives(
    replicated: tuple[dict[str, Case], Answers], given: Callable[[Case], Answers], method: str
) -> None:
    cases, _ = replicated
    assert largest_difference(given(cases[method]), by_svy(cases[method])) <= AGREED


@pytest.mark.mirror
def test_the_jackknife_of_psus_is_the_linearised_variance_of_a_total(
    clustered: tuple[dict[str, Case], Answers],
    replicated: tuple[dict[str, Case], Answers],
    given: Callable[[Case], Answers],
) -> None:
    """Without single-PSU strata, both are the same sum of squares: two ways through the engine that must agree."""
    by_method, _ = replicated
    jackknife = by_method["jackknife_n"]
    linearised = Case("linearised", clustered[0]["remove"].design, {}, jackknife.core)
    total = [answer for question, answer in given(jackknife).items() if question.statistic == "total"]
    other = [answer for question, answer in given(linearised).items() if question.statistic == "total"]
    assert [a.standard_error for a in total] == pytest.approx([b.standard_error for b in other], rel=1e-9)


def test_a_hadamard_matrix_of_order_80_is_one() -> None:
    matrix = paley(79)
    assert (matrix @ matrix.T == 80 * np.eye(80)).all()
    assert set(matrix.flat) == {1, -1}
