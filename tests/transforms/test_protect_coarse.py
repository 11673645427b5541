"""Means, medians and gaps of protected sources: withheld with few cases, rounded, without bounds made of persons."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest
from protection_examples import crossed, group

from schemas.protection import Perturbation, Suppression, load_protection
from transforms.duck import connect
from transforms.observations import create_observations
from transforms.protect.coarse import coarse_numbers, few_numbers
from transforms.protect.perturbation import Perturbed, perturbed
from transforms.protect.perturbed import write_perturbed
from transforms.protect.structure.groups import Structure
from transforms.protect.structure.records import Joint
from transforms.relation import Relation

SEED = "a seed of the tests, long enough"
SEXES = {"T": frozenset("mf"), "M": frozenset("m"), "F": frozenset("f")}
MEASURES = {
    "EAR_4MTH_SEX_CBR_CUR_NB": "mean",
    "EAR_4MDN_SEX_CBR_CUR_NB": "quantile",
    "EAR_RGPB_SEX_RT": "gap",
}
Row = tuple[Any, ...]


def earnings(of: dict[str, Sequence[float]]) -> Structure:
    """Mean and median earnings of all, of men and of women, and how far they lie below those of all."""
    table = crossed({"SEX": SEXES}, {(sex,): len(each) for sex, each in of.items()})
    leaves = sorted(of)
    atoms = replace(
        table.atoms,
        largest=[(1.0, 1.0) for _ in leaves],
        totals={"monthly_earnings": np.array([sum(of[leaf]) for leaf in leaves])},
        largest_of={"monthly_earnings": [tuple(sorted(of[leaf], reverse=True)) for leaf in leaves]},
    )
    everybody = table.numbers[0].counted
    numbers = [
        replace(
            number,
            row=len(table.numbers) * at + number.row,
            indicator=indicator,
            measure=measure,
            base=everybody if measure == "gap" else None,
            variable="monthly_earnings" if measure == "mean" else None,
        )
        for at, (indicator, measure) in enumerate(sorted(MEASURES.items()))
        for number in table.numbers
    ]
    return replace(table, atoms=atoms, numbers=tuple(numbers))


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with connect() as made:
        yield made


def estimates(connection: duckdb.DuckDBPyConnection, structure: Structure) -> Relation:
    """A mean of 15,234, a median of 12,011 from the interval of two persons, and a gap of 14.7 per cent."""
    cells = create_observations(connection)
    cases = structure.sums(structure.atoms.cases)
    values = {"mean": (15_234.0, 311.0), "quantile": (12_011.0, 402.0), "gap": (14.7, 3.3)}
    for number in structure.numbers:
        value, error = values[number.measure]
        n = cases[structure.index[number.counted]]
        connection.execute(
            f"insert into {cells} (indicator, sex, obs_value, n, se, cv, lower_bound, upper_bound, degrees_of_freedom,"
            " obs_status, note_indicator) values (?, ?, ?, ?, ?, ?, ?, ?, ?, '', '')",
            [number.indicator, number.key[0], value, n, error, 100 * error / value, value - 10, value + 10, n - 1],
        )
    return cells


def rows(table: str, connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], Row]:
    found = connection.execute(f"select indicator, sex, obs_value, n, se, lower_bound, obs_status from {table}")
    return {
        (MEASURES[indicator], sex): (*quantities, status) for indicator, sex, *quantities, status in found.fetchall()
    }


def publish(structure: Structure, connection: duckdb.DuckDBPyConnection, folder: Path) -> dict[tuple[str, str], Row]:
    profile = load_protection("cell_key")
    assert isinstance(profile, Perturbation)
    size = len(structure.atoms.cases)
    joint = Joint(
        structure.atoms.cases, structure.atoms.weight, np.arange(1.0, size + 1), np.arange(size, dtype=np.int64)
    )
    output = folder / "published.parquet"
    changed = perturbed(structure, joint, profile, SEED)
    write_perturbed(estimates(connection, structure), structure, changed, profile, "'U'", output)
    return rows(f"'{output}'", connection)


def test_withheld_numbers_are_rounded_and_their_bounds_left_out(connection: duckdb.DuckDBPyConnection) -> None:
    profile = load_protection("suppression")
    assert isinstance(profile, Suppression)
    structure = earnings({"m": [1_000.0] * 30, "f": [900.0] * 15})
    cells = estimates(connection, structure)
    found = rows(str(coarse_numbers(cells, structure, profile)), connection)
    assert found["mean", "M"] == (15_200, 30, 310, None, "")
    assert found["quantile", "M"] == (12_000, 30, 400, None, "")
    gap, cases, error, *_ = found["gap", "M"]
    assert (gap, cases, error) == (pytest.approx(14.5), None, 3.3)
    assert {low for _, _, _, low, _ in found.values()} == {None}
    few = few_numbers(cells, structure, profile)
    assert {structure.numbers[row].measure for row in few} == {"quantile"}
    assert {structure.numbers[row].key[0] for row in few} == {"F"}


def test_a_coarse_number_keeps_no_trace_of_the_exact_one(connection: duckdb.DuckDBPyConnection) -> None:
    """The middle of an interval, or the error over its coefficient, would give it back."""
    profile = load_protection("suppression")
    assert isinstance(profile, Suppression)
    structure = earnings({"m": [1_000.0] * 30, "f": [900.0] * 15})
    coarse = coarse_numbers(estimates(connection, structure), structure, profile)
    found = connection.execute(f"select obs_value, se, cv, upper_bound, note_indicator from {coarse}").fetchall()
    for value, error, variation, high, said in found:
        assert variation == pytest.approx(100 * error / value)
        assert high is None
        assert "Confidence interval: not given" in said


def test_perturbed_means_follow_the_largest_earnings_and_few_are_withheld(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    found = publish(earnings({"m": [1_000.0] * 300, "f": [900.0] * 8}), connection, tmp_path)
    value, *_ = found["mean", "M"]
    assert found["mean", "M"][2:] == (None, None, "U")
    assert value == pytest.approx(15_234, rel=0.02)
    assert value == round(value or 0, -2)
    assert found["quantile", "M"][0] == 12_000
    assert found["gap", "M"][0] == pytest.approx(14.7, abs=2)
    assert [found[measure, "F"] for measure in ("mean", "quantile", "gap")] == [(None, None, None, None, "C")] * 3


def test_a_mean_that_one_person_dominates_is_withheld(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    found = publish(earnings({"m": [1.0] * 299 + [1e6], "f": [900.0] * 80}), connection, tmp_path)
    assert found["mean", "M"][-1] == found["gap", "M"][-1] == "C"
    assert found["mean", "F"][-1] == "U"


def test_noise_of_a_mean_grows_with_the_share_of_the_largest() -> None:
    profile = load_protection("cell_key")
    assert isinstance(profile, Perturbation)

    def spread(largest: float) -> float:
        structure = earnings({"m": [1_000.0] * 99 + [largest], "f": [900.0] * 80})
        men = group(structure, "M")
        moves = []
        for trial in range(100):
            joint = Joint(
                structure.atoms.cases,
                structure.atoms.weight,
                np.array([trial, 1e6 + trial]),
                np.arange(2, dtype=np.int64),
            )
            changed: Perturbed = perturbed(structure, joint, profile, SEED)
            moves.append(changed.of["monthly_earnings"][men] - 1)
        return float(np.std(moves))

    assert spread(1_000.0) == pytest.approx(profile.contributions.variance**0.5 / 100, rel=0.25)
    assert spread(20_000.0) > 10 * spread(1_000.0)
