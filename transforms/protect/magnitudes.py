"""The attack on means: how closely can an attacker work out the total behind a withheld mean?

The attacker is assumed to know the weights of all sets, so every published mean discloses a total, and totals add up
as counts do. Totals are not negative; nothing else is assumed to be known of them.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from transforms.protect.attack.attack import Attack, Exposed, Need
from transforms.protect.attack.deadline import NEVER, Deadline
from transforms.protect.attack.system import Publication
from transforms.protect.primary import mean_sets
from transforms.protect.structure.groups import Structure


def attack_totals(
    structure: Structure,
    publication: Publication,
    needs: Iterable[Need],
    percent: float,
    *,
    deadline: Deadline = NEVER,
) -> list[Exposed]:
    """The sets among `needs` whose total of some variable can be worked out to within `percent` of it."""
    wanted = {need.group for need in needs}
    found = []
    for variable, groups in mean_sets(structure).items():
        with_mean = np.zeros(structure.size, dtype=np.bool_)
        with_mean[groups] = True
        disclosed = publication.totals.get(variable, publication.disclosed & with_mean)
        in_totals = structure.in_totals_of(variable)
        totals = in_totals.sums(in_totals.atoms.cases)
        aims = [Need(each, percent / 100 * totals[each]) for each in groups if each in wanted and totals[each] > 0]
        if aims:
            found += Attack(in_totals, Publication(disclosed), least=0, deadline=deadline).too_close(aims)
    return found
