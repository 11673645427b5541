"""The attack, which leaves most programmes unsolved and moves weights with cases, misses nothing that one finds which
solves them all."""

from __future__ import annotations

import random
from itertools import product

import numpy as np
import pytest
from exhaustive_attack import Exhaustive

from transforms.protect.attack import attack
from transforms.protect.attack.attack import Attack, Need
from transforms.protect.attack.system import Publication
from transforms.protect.structure.groups import Atoms, Floats, Group, Number, Structure
from transforms.protect.structure.joint import JointRecords, assemble

SEXES = {"all": frozenset("mf"), "men": frozenset("m"), "women": frozenset("f")}
AGES = {
    "all": frozenset("abcd"),
    "young": frozenset("a"),
    "adult": frozenset("bcd"),
    "prime": frozenset("b"),
    "old": frozenset("cd"),
    "below_old": frozenset("ab"),
}
SCHOOLS = {"all": frozenset("xyz"), "none": frozenset("x"), "some": frozenset("yz"), "basic": frozenset("y")}
EVERYBODY, EMPLOYED = "everybody", "employed"


def partition(draw: random.Random, *, weighted: bool) -> Structure:
    """Everybody and the employed by sex and age, the employed by sex and schooling; a few persons of each kind."""
    persons: dict[tuple[bool, bool, str, str, str], list[float]] = {}
    for sex, age in product("fm", "abcd"):
        for _ in range(draw.choice([0, 1, 2, 3, 8, 15])):
            weight, is_employed = draw.uniform(50, 200) if weighted else 100.0, draw.random() < 0.5
            persons.setdefault((True, is_employed, sex, age, draw.choice("xyz")), []).append(weight)
    rows = sorted(persons)

    def sums(power: int) -> Floats:
        return np.array([sum(weight**power for weight in persons[row]) for row in rows], dtype=np.float64)

    atoms = Atoms(sums(0), sums(1), sums(2), [()] * len(rows))
    joint = JointRecords.of((EVERYBODY, EMPLOYED), ("SEX", "AGE", "EDU"), rows, atoms)
    numbers = [
        number("X", people, {"SEX": sex, "AGE": age})
        for people, sex, age in product((EVERYBODY, EMPLOYED), SEXES.values(), AGES.values())
    ]
    numbers += [
        number("Y", EMPLOYED, {"SEX": sex, "EDU": school}) for sex, school in product(SEXES.values(), SCHOOLS.values())
    ]
    return assemble(joint, numbers, (50.0, 200.0) if weighted else (100.0, 100.0))[0]


def number(name: str, people: str, taken: dict[str, frozenset[str]]) -> Number:
    whole = {"SEX": SEXES["all"], "AGE": AGES["all"], "EDU": SCHOOLS["all"]}
    some = tuple((dimension, part) for dimension, part in sorted(taken.items()) if part != whole[dimension])
    return Number(0, name, ("", "", ""), Group(people, some), None, "count", 1.0)


def published(draw: random.Random, structure: Structure) -> Publication:
    """Small numbers and some others are withheld, and of the employed some rates are published all the same."""
    cases = structure.sums(structure.atoms.cases)
    share = draw.choice([0.15, 0.3, 0.5])
    disclosed = np.array([count == 0 or (count >= 4 and draw.random() < share) for count in cases])
    weight = structure.sums(structure.atoms.weight)
    rates = []
    for group, at in structure.index.items():
        base = structure.index.get(Group(EVERYBODY, group.leaves))
        if group.population == EMPLOYED and base is not None and weight[base] > 0 and draw.random() < 0.1:
            rates.append((at, base, float(100 * weight[at] / weight[base])))
    return Publication(disclosed, rates=tuple(rates))


def needs(draw: random.Random, structure: Structure, publication: Publication) -> list[Need]:
    cases = structure.sums(structure.atoms.cases)
    withheld = np.flatnonzero(~publication.disclosed & (cases > 0))
    return [Need(int(each), draw.choice([0.5, 1, 2, 3])) for each in withheld]


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("weighted", [True, False])
def test_the_attack_finds_every_number_that_all_programmes_find(
    seed: int, weighted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the usual number of shots first, or with none, so that each number is solved for by itself. Where all
    weights are equal, it finds no other number."""
    draw = random.Random(seed)
    monkeypatch.setattr(attack, "SHOTS", draw.choice([0, attack.SHOTS]))
    structure = partition(draw, weighted=weighted)
    publication = published(draw, structure)
    aims = needs(draw, structure, publication)
    expected = Exhaustive(structure, publication).too_close(aims)
    found = {each.group: each.width for each in Attack(structure, publication).too_close(aims)}
    assert found.keys() >= expected.keys()
    if not weighted:
        assert found == pytest.approx(expected, abs=1e-5)


def test_the_examples_hold_numbers_that_are_disclosed_numbers_that_are_nearly_disclosed_and_numbers_that_are_safe() -> (
    None
):
    reported = nearly = safe = 0
    for seed in range(8):
        draw = random.Random(seed)
        structure = partition(draw, weighted=True)
        publication = published(draw, structure)
        aims = needs(draw, structure, publication)
        found = Attack(structure, publication).too_close(aims)
        reported += sum(each.width < 1e-5 for each in found)
        nearly += sum(each.width >= 1e-5 for each in found)
        safe += len(aims) - len(found)
    assert min(reported, nearly, safe) > 10


@pytest.mark.parametrize("seed", range(4))
def test_the_attack_may_reuse_what_it_found_with_fewer_numbers_withheld(seed: int) -> None:
    draw = random.Random(100 + seed)
    structure = partition(draw, weighted=True)
    cases = structure.sums(structure.atoms.cases)
    few = {int(each) for each in np.flatnonzero((cases > 0) & (cases < 4))}
    more = few | {int(each) for each in np.flatnonzero(cases > 0) if draw.random() < 0.3}
    first = Attack(structure, Publication.without(structure, few))
    first.shoot([Need(each, 3) for each in few])
    publication = Publication.without(structure, more)
    aims = needs(draw, structure, publication)
    expected = Attack(structure, publication).too_close(aims)
    found = Attack(structure, publication, seen=first.seen).too_close(aims)
    assert [each.group for each in found] == [each.group for each in expected]
