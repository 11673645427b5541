"""Sets of persons: what is the same set, what follows from nested ones, and that all of it is protected."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from schemas.protection import Suppression, load_protection
from transforms.protect.attack.attack import Attack
from transforms.protect.attack.reduction import independent, remainders
from transforms.protect.attack.system import Publication
from transforms.protect.differences import with_differences, with_left_over
from transforms.protect.primary import needs_of, unsafe_sets
from transforms.protect.structure.groups import Atoms, Group, Number, Structure
from transforms.protect.structure.joint import JointRecords, assemble
from transforms.protect.suppression import find_pattern

Persons = dict[tuple[bool, bool, bool, str], float]  # everybody, employed, foreign-born; country -> persons
EVERYBODY, EMPLOYED, FOREIGN = POPULATIONS = ("everybody", "employed", "foreign_born")
COUNTRIES = {
    "all": frozenset({"home", "x", "y"}),
    "foreign": frozenset("xy"),
    **{each: frozenset([each]) for each in ("home", "x", "y")},
}


@pytest.fixture
def profile() -> Suppression:
    declared = load_protection("suppression_of_registers")
    assert isinstance(declared, Suppression)
    return declared.model_copy(update={"minimum_frequency": 5})


def people(employed: dict[str, int], others: dict[str, int]) -> Persons:
    """How many persons of each country of birth are employed, and how many are not."""
    counts = {True: employed, False: others}
    return {
        (True, is_employed, country != "home", country): float(count)
        for is_employed, of_country in counts.items()
        for country, count in of_country.items()
        if count
    }


def published(persons: Persons, groups: Sequence[tuple[str, str]], *, parts: Sequence[str] = ()) -> Structure:
    """Counts of some populations by country of birth: (population, code of country)."""
    rows = sorted(persons)
    n = np.array([persons[row] for row in rows])
    joint = JointRecords.of(POPULATIONS, ("COUNTRY",), rows, Atoms(n, n, n, [()] * len(n)))
    numbers = []
    for row, (population, code) in enumerate([*groups, *((EVERYBODY, part) for part in parts)]):
        leaves = () if code == "all" else (("COUNTRY", COUNTRIES[code]),)
        key = (code, "", "")
        numbers.append(Number(row, population, key, Group(population, leaves), None, "count", 1.0))
    return assemble(joint, numbers, (1.0, 1.0))[0]


def of(structure: Structure, population: str, code: str) -> int:
    """The set of a number."""
    return next(
        structure.index[each.counted]
        for each in structure.numbers
        if each.indicator == population and each.key[0] == code
    )


def cases(structure: Structure, sets: frozenset[int] | set[int]) -> list[float]:
    return sorted(float(structure.sums(structure.atoms.cases)[each]) for each in sets)


EMPLOYED_BY_COUNTRY = {"home": 40, "x": 5, "y": 9}
NOT_EMPLOYED = {"home": 30, "x": 2, "y": 8}


def test_a_population_and_a_class_of_the_same_persons_are_one_set() -> None:
    """The foreign-born of one indicator are those of class "foreign" in another."""
    table = published(people(EMPLOYED_BY_COUNTRY, NOT_EMPLOYED), [(FOREIGN, "all"), (EVERYBODY, "foreign")])
    assert table.size == 1
    apart = published(people(EMPLOYED_BY_COUNTRY, NOT_EMPLOYED), [(FOREIGN, "all"), (EVERYBODY, "x")])
    assert apart.size == 2


def test_sets_are_the_same_when_their_persons_are_whatever_their_definitions() -> None:
    """Everybody from x is employed: both counts are the same five persons."""
    table = published(people(EMPLOYED_BY_COUNTRY, {**NOT_EMPLOYED, "x": 0}), [(EMPLOYED, "x"), (EVERYBODY, "x")])
    assert table.size == 1


def test_two_who_do_not_work_follow_from_seven_of_whom_five_do(profile: Suppression) -> None:
    groups = [(EVERYBODY, "x"), (EMPLOYED, "x"), (EVERYBODY, "all"), (EMPLOYED, "all")]
    table = published(people(EMPLOYED_BY_COUNTRY, NOT_EMPLOYED), groups)
    assert unsafe_sets(table, profile) == set()
    extended = with_differences(table, profile)
    assert cases(extended, extended.unpublished) == [2]
    assert unsafe_sets(extended, profile) == extended.unpublished
    nothing_withheld = Publication.without(extended, [])
    assert set(np.flatnonzero(~nothing_withheld.disclosed)) == extended.unpublished
    pattern = find_pattern(extended, profile)
    withheld = pattern.withheld - extended.unpublished
    assert withheld & {of(table, EVERYBODY, "x"), of(table, EMPLOYED, "x")}
    attack = Attack(extended, Publication.without(extended, pattern.withheld))
    assert attack.too_close(needs_of(extended, set(pattern.unsafe), set(pattern.withheld), profile)) == []


def test_a_difference_of_nobody_or_of_many_is_left_alone(profile: Suppression) -> None:
    groups = [(EVERYBODY, "y"), (EMPLOYED, "y"), (EVERYBODY, "home"), (EMPLOYED, "home")]
    table = published(people(EMPLOYED_BY_COUNTRY, NOT_EMPLOYED), groups)
    assert with_differences(table, profile) is table


def test_those_in_no_class_follow_from_the_classes(profile: Suppression) -> None:
    """Two of everybody were born in x, which has no row: everybody less home and y."""
    persons = people({"home": 40, "x": 2, "y": 9}, {"home": 30, "y": 8})
    table = published(persons, [], parts=("all", "home", "y"))
    extended = with_differences(table, profile)
    assert cases(extended, extended.unpublished) == [2]


NATIVES_AT_WORK = [(EVERYBODY, "all"), (EMPLOYED, "home"), (FOREIGN, "all"), (EVERYBODY, "x"), (EVERYBODY, "y")]
TWO_NATIVES_DO_NOT = {"home": 2, "x": 2, "y": 8}


def test_two_follow_from_a_set_less_two_that_lie_apart_in_it(profile: Suppression) -> None:
    """Everybody less the natives at work less the foreign-born: two natives who do not work, in no row."""
    table = published(people(EMPLOYED_BY_COUNTRY, TWO_NATIVES_DO_NOT), NATIVES_AT_WORK)
    assert with_differences(table, profile) is table
    everything = np.ones(table.size, dtype=np.bool_)
    extended = with_left_over(table, everything, profile)
    assert cases(extended, extended.unpublished) == [2]
    pattern = find_pattern(table, profile)
    assert pattern.structure.unpublished == extended.unpublished == pattern.unsafe
    withheld = pattern.withheld & set(range(table.size))
    assert withheld & {of(table, *each) for each in NATIVES_AT_WORK[:3]}
    attack = Attack(pattern.structure, Publication.without(pattern.structure, pattern.withheld))
    assert attack.too_close(needs_of(pattern.structure, set(pattern.unsafe), set(pattern.withheld), profile)) == []


def test_what_is_left_over_by_sets_that_are_withheld_is_not_told(profile: Suppression) -> None:
    table = published(people(EMPLOYED_BY_COUNTRY, TWO_NATIVES_DO_NOT), NATIVES_AT_WORK)
    for each in NATIVES_AT_WORK[:3]:
        disclosed = np.ones(table.size, dtype=np.bool_)
        disclosed[of(table, *each)] = False
        assert with_left_over(table, disclosed, profile) is table


def test_sets_that_overlap_leave_over_nothing_that_is_known(profile: Suppression) -> None:
    """Three more than those at work and the foreign-born together, of whom five are both."""
    groups = [(EVERYBODY, "all"), (EMPLOYED, "all"), (FOREIGN, "all")]
    table = published(people({"home": 40, "x": 5}, {"home": 8, "x": 9}), groups)
    assert with_left_over(table, np.ones(table.size, dtype=np.bool_), profile) is table


def test_a_published_set_of_the_same_persons_is_an_exposure(profile: Suppression) -> None:
    """Two foreign-born are withheld as a class, and everything else that tells it; their own indicator stays."""
    persons = people({"home": 40, "x": 1, "y": 1}, {"home": 30})
    groups = [(FOREIGN, "all"), (EVERYBODY, "all"), (EVERYBODY, "home"), (EVERYBODY, "foreign")]
    table = published(persons, groups)
    (unsafe,) = unsafe_sets(table, profile)
    assert unsafe == of(table, FOREIGN, "all") == of(table, EVERYBODY, "foreign")
    pattern = find_pattern(table, profile)
    assert unsafe in pattern.withheld


def test_what_follows_from_the_parts_of_a_set_is_no_equation_of_its_own() -> None:
    """Everybody is home, x and y; foreign is x and y."""
    groups = [(EVERYBODY, code) for code in COUNTRIES]
    table = published(people(EMPLOYED_BY_COUNTRY, {}), groups)
    rows = remainders(table, np.ones(table.size, dtype=np.bool_))
    assert rows.shape == (3, 3)
    assert np.asarray(rows.sum(axis=1)).ravel().tolist() == [1, 1, 1]


def test_as_many_equations_are_kept_as_say_everything() -> None:
    groups = [(population, code) for population in (EVERYBODY, EMPLOYED) for code in COUNTRIES]
    table = published(people(EMPLOYED_BY_COUNTRY, NOT_EMPLOYED), groups)
    kept = independent(table.sets)
    assert kept.shape[0] == np.linalg.matrix_rank(table.sets.toarray()) == 6
    both = np.vstack([kept.toarray(), table.sets.toarray()])
    assert np.linalg.matrix_rank(both) == 6
