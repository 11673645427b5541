"""Where parents were born, and disability: drawn from a stream of its own, so that other answers do not change."""

from __future__ import annotations

from itertools import groupby

from transforms.synthetic.draw import Draw
from transforms.synthetic.labour import NO, UNKNOWN, YES
from transforms.synthetic.people import RESIDENT
from transforms.synthetic.person import Person

BOTH_HERE, ONE_ABROAD, BOTH_ABROAD = "1", "2", "3"
YOUNGEST_PARENT, YOUNGEST_ASKED = 16, 5
DISABLED = ((40, 0.02), (60, 0.06), (75, 0.15), (200, 0.34))
"""Up to which age, and the share with a lot of difficulty in some activity."""


def answer_background(people: list[Person], draw: Draw) -> None:
    """Put these questions to all persons, who come household by household."""
    for _, members in groupby(people, key=lambda person: person.household):
        household = list(members)
        for person in household:
            person.parents_born = _parents(person, household, draw)
            if person.age >= YOUNGEST_ASKED:
                share = next(share for age, share in DISABLED if person.age < age)
                person.disability = YES if draw.chance(share) else NO


def _parents(person: Person, household: list[Person], draw: Draw) -> str:
    """Most migrants have parents born abroad, and so have children of migrants whom they live with."""
    if draw.chance(0.01):
        return UNKNOWN
    came = [each for each in household if each.origin and each.usual_resident == RESIDENT]
    with_parents = any(each.age >= person.age + YOUNGEST_PARENT for each in came)
    both, one = (0.94, 0.04) if person.origin else (0.6, 0.3) if with_parents else (0.02, 0.03)
    position = draw.uniform()
    return BOTH_ABROAD if position < both else ONE_ABROAD if position < both + one else BOTH_HERE
