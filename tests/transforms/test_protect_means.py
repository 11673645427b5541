"""Protection of means, on tables small enough to be solved by hand: earnings of men and women."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from protection_examples import crossed, group, groups

from schemas.protection import Suppression, load_protection
from transforms.duck import connect
from transforms.observations import create_observations
from transforms.protect.attack.attack import Need
from transforms.protect.attack.system import Publication
from transforms.protect.magnitudes import attack_totals
from transforms.protect.primary import unsafe_sets
from transforms.protect.publication import read_publication
from transforms.protect.structure.groups import Structure

SEXES = {"T": frozenset("mf"), "M": frozenset("m"), "F": frozenset("f")}
EVEN = [100.0] * 10


def earnings(of: Mapping[str, Sequence[float]]) -> Structure:
    """Mean earnings of all, of men and of women, from what each person earns; every case weighs one."""
    table = crossed({"SEX": SEXES}, {(sex,): len(each) for sex, each in of.items()})
    leaves = sorted(of)  # one atom each
    atoms = replace(
        table.atoms,
        largest=[(1.0, 1.0) for _ in leaves],
        totals={"earnings": np.array([sum(of[leaf]) for leaf in leaves])},
        largest_of={"earnings": [tuple(sorted(of[leaf], reverse=True)) for leaf in leaves]},
    )
    numbers = tuple(replace(each, measure="mean", variable="earnings") for each in table.numbers)
    return replace(table, atoms=atoms, numbers=numbers)


def rules() -> Suppression:
    profile = load_protection("suppression")
    assert isinstance(profile, Suppression)
    return profile


def test_a_mean_that_one_person_nearly_makes_is_unsafe_whatever_the_cases() -> None:
    one_earns_nearly_all = earnings({"m": EVEN, "f": [10_000.0, *[10.0] * 9]})
    assert unsafe_sets(one_earns_nearly_all, rules()) == groups(one_earns_nearly_all, ("F",), ("T",))
    assert unsafe_sets(earnings({"m": EVEN, "f": EVEN}), rules()) == set()


def test_p_percent_is_about_what_the_second_largest_could_infer_of_the_largest() -> None:
    profile = rules()
    only_p = profile.model_copy(update={"dominance": None})
    rest_is_a_twentieth = earnings({"m": EVEN, "f": [1000.0, 900.0, 20.0, 10.0, 10.0, 10.0]})
    rest_is_a_fifth = earnings({"m": EVEN, "f": [1000.0, 900.0, 50.0, 50.0, 50.0, 50.0]})
    assert group(rest_is_a_twentieth, "F") in unsafe_sets(rest_is_a_twentieth, only_p)
    assert group(rest_is_a_fifth, "F") not in unsafe_sets(rest_is_a_fifth, only_p)


def test_a_withheld_mean_follows_from_those_of_all_and_of_the_others() -> None:
    table = earnings({"m": EVEN, "f": [10_000.0, *[10.0] * 9]})
    women = group(table, "F")
    need = [Need(women, 1)]
    alone = Publication.without(table, [women])
    assert [each.group for each in attack_totals(table, alone, need, 20)] == [women]
    both = Publication.without(table, groups(table, ("F",), ("M",)))
    assert attack_totals(table, both, need, 20) == []  # women may earn all of it, or nothing


def test_a_mean_withheld_with_few_cases_does_not_make_its_count_confidential(tmp_path: Path) -> None:
    """Six women: enough to be counted, too few for a mean."""
    table = earnings({"m": EVEN, "f": [100.0] * 6})
    counts = replace(table, numbers=tuple(replace(each, measure="count", variable=None) for each in table.numbers))
    file = tmp_path / "published.parquet"
    with connect() as connection:
        cells = create_observations(connection)
        for number in table.numbers:
            connection.execute(
                f"insert into {cells} (indicator, sex, obs_status, n) values ('X', ?, ?, ?)",
                [number.key[0], "C" if number.key[0] == "F" else "", None if number.key[0] == "F" else 10],
            )
        connection.execute(f"copy (from {cells}) to '{file}' (format parquet)")
        in_order = tuple(sorted(table.numbers, key=lambda number: number.key))
        of_means = read_publication(connection, replace(table, numbers=in_order), file, squares=False)
        counted = tuple(sorted(counts.numbers, key=lambda number: number.key))
        of_counts = read_publication(connection, replace(counts, numbers=counted), file, squares=False)
    assert of_means.withheld == frozenset()
    assert of_counts.withheld == {group(table, "F")}
