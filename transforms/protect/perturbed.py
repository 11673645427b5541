"""The published file of a partition whose counts are rounded or perturbed."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from schemas.protection import CellKey, Rounding
from schemas.statuses import CONFIDENTIAL
from transforms.duck import quote_text
from transforms.measures import measure_of
from transforms.observations import write_observations
from transforms.protect.notes import with_note, without_own_notes
from transforms.protect.perturbation import Perturbed
from transforms.protect.structure.groups import Number, Structure
from transforms.relation import Relation, create_view, load_table


def write_perturbed(
    cells: Relation,
    structure: Structure,
    changed: Perturbed,
    profile: Rounding | CellKey,
    status: str,
    output: Path,
) -> int:
    """Write numbers with perturbed cases and the values that follow from them; returns how many rows are withheld.

    Rates follow from their counts, and one whose denominator became zero is left out.
    Means and quantiles are not perturbed: those of few cases are withheld. Standard errors would disclose the cases
    and are not given. `status` is SQL for obs_status by column n.
    """
    rows = [_perturbed(structure, number, changed, profile.minimum_frequency) for number in structure.numbers]
    by_column = dict(zip(_Row._fields, map(list, zip(*rows, strict=True)), strict=True))
    changes = load_table(cells.connection, "changes", pa.table(by_column))
    with_notes = with_note("Confidentiality", profile.label.en)
    no_error = with_note("Standard error", "not given: it would disclose the numbers before perturbation", with_notes)
    published = create_view(
        cells.connection,
        "published",
        f"""
        with changed as (
            select * replace (
                case when not confidential then coalesce(new_value, obs_value) end as obs_value,
                case when not confidential then cast(new_n as bigint) end as n,
                cast(null as double) as se, cast(null as double) as cv,
                cast(null as double) as lower_bound, cast(null as double) as upper_bound,
                cast(null as bigint) as degrees_of_freedom,
                {no_error} as note_indicator,
                {without_own_notes()} as note_classif
            )
            from {cells} positional join {changes}
            where given
        )
        select * replace (
            case when confidential then {quote_text(CONFIDENTIAL)} else {status} end as obs_status
        )
        from changed
        """,
    )
    write_observations(published, output)
    return sum(row.confidential for row in rows)


class _Row(NamedTuple):
    """A number after perturbation: whether it is given, whether it is withheld, its cases, and its value where
    changed."""

    given: bool
    confidential: bool
    new_n: float
    new_value: float | None = None


def _perturbed(structure: Structure, number: Number, changed: Perturbed, minimum: int) -> _Row:
    counted = structure.index[number.counted]
    n, weight = float(changed.cases[counted]), float(changed.weight[counted])
    if measure_of(number).is_sum:
        return _Row(True, False, n, weight / number.unit)
    if measure_of(number).is_share and number.base is not None:
        base = float(changed.weight[structure.index[number.base]])
        return _Row(base > 0, False, n, 100 * weight / base if base > 0 else None)
    return _Row(True, n < minimum, n)
