"""The published file of a partition: written from the estimates, and read back as an attacker would read it."""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from schemas.errors import GateError
from schemas.protection import ProtectionProfile
from schemas.statuses import CONFIDENTIAL
from schemas.tables import OBSERVATION, OBSERVATION_KEY
from transforms.duck import parquet_rows, quote_text
from transforms.measures import measure_of
from transforms.observations import write_observations
from transforms.protect.attack.system import Publication
from transforms.protect.notes import with_note, without_own_notes
from transforms.protect.structure.groups import Number, Structure
from transforms.relation import Relation, create_view, load_table

KEYS_AND_TEXTS = ("VARCHAR",)
QUANTITIES = tuple(column.name for column in OBSERVATION if column.type not in KEYS_AND_TEXTS)


def withheld_numbers(structure: Structure, withheld: frozenset[int], few: frozenset[int] = frozenset()) -> list[bool]:
    """For each row, whether it is withheld: because its group is, or the base group of its rate or gap.

    `few` marks rows withheld on their own account (`few_numbers`).
    """
    return [
        number.row in few
        or structure.index[number.counted] in withheld
        or (number.base is not None and structure.index[number.base] in withheld)
        for number in structure.numbers
    ]


def write_withheld(cells: Relation, withheld: list[bool], profile: ProtectionProfile, output: Path) -> None:
    """Write numbers with some rows withheld: status C, and all quantities empty."""
    changes = load_table(cells.connection, "changes", pa.table({"confidential": withheld}))
    empty = ", ".join(f"case when not confidential then {name} end as {name}" for name in QUANTITIES)
    said = f"status {CONFIDENTIAL} is withheld ({profile.label.en})"
    published = create_view(
        cells.connection,
        "published",
        f"""
        select * replace (
            {empty},
            case when confidential then {quote_text(CONFIDENTIAL)} else obs_status end as obs_status,
            case when confidential then {without_own_notes()} else note_classif end as note_classif,
            {with_note("Confidentiality", said)} as note_indicator
        )
        from {cells} positional join {changes}
        """,
    )
    write_observations(published, output)


def read_publication(
    connection: duckdb.DuckDBPyConnection, structure: Structure, published: Path, *, squares: bool
) -> Publication:
    """What a published file discloses about each set. `squares`: with persons as units, its standard errors disclose
    the squares of weights, and their degrees of freedom the cases of a rate's denominator.

    Raises GateError when a withheld row still holds a quantity, or a published one differs from the estimate.
    """
    quantities = ", ".join(QUANTITIES)
    rows = connection.execute(
        f"select obs_status, n, obs_value, se, degrees_of_freedom, {quantities}"
        f" from {parquet_rows(published)}"
        f" order by {', '.join(OBSERVATION_KEY)}"
    ).fetchall()
    disclosed = np.zeros(structure.size, dtype=np.bool_)
    totals = {variable: np.zeros(structure.size, dtype=np.bool_) for variable in structure.atoms.totals}
    rates = []
    confidential = set()
    for number, (status, n, obs_value, se, degrees, *rest) in zip(structure.numbers, rows, strict=True):
        if status == CONFIDENTIAL and any(quantity is not None for quantity in rest):
            raise _leak(number, "a withheld number still holds a quantity")
        counted = structure.index[number.counted]
        if status == CONFIDENTIAL and measure_of(number).is_sum:  # others are withheld for other reasons, too
            confidential.add(counted)
        disclosed[counted] |= n is not None
        if number.base is not None:
            disclosed[structure.index[number.base]] |= squares and degrees is not None
        if measure_of(number).is_sum:
            disclosed[counted] |= obs_value is not None or (squares and se is not None)
        elif number.variable is not None:
            totals[number.variable][counted] |= obs_value is not None
        elif measure_of(number).is_share and number.base is not None and obs_value is not None:
            rates.append((counted, structure.index[number.base], float(obs_value)))
    shown = tuple(rate for rate in rates if not (disclosed[rate[0]] and disclosed[rate[1]]))
    withheld = frozenset(each for each in confidential if not disclosed[each])
    return Publication(disclosed, shown, withheld, totals)


def _leak(number: Number, what: str) -> GateError:
    return GateError(
        what,
        where=f"{number.indicator}, {', '.join(part for part in number.key if part)}",
        why="it is confidential",
        remedy="report it as a fault of the pipeline; nothing of the partition is published",
    )
