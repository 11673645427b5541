"""The published file of a partition whose numbers are rounded or perturbed."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import duckdb
import pyarrow as pa

from schemas.errors import GateError
from schemas.indicators import load_catalogue
from schemas.partition import Partition
from schemas.perturbation import Coarse
from schemas.protection import Perturbation
from schemas.statuses import CONFIDENTIAL
from transforms.duck import parquet_rows, quote_text
from transforms.measures import Basis, measure_of
from transforms.observations import write_observations
from transforms.protect.coarse import coarse_gap, coarsened, rule_for
from transforms.protect.notes import with_note, without_own_notes
from transforms.protect.perturbation import Perturbed, contributions
from transforms.protect.primary import is_dominated
from transforms.protect.structure.groups import Number, Structure
from transforms.relation import Relation, create_view, load_table

WHOLE = 100.0


def write_perturbed(
    cells: Relation,
    structure: Structure,
    changed: Perturbed,
    profile: Perturbation,
    status: str,
    output: Path,
) -> int:
    """Write numbers with perturbed cases and the values that follow from them; returns how many rows are withheld.

    Which rows are withheld follows from perturbed cases, so that it tells nothing of the cases themselves, and from the
    rules of dominance. Distinct persons, standard errors, intervals and degrees of freedom would disclose the numbers
    before perturbation and are not given. `status` is SQL for obs_status by column n.
    """
    values = cells.connection.execute(f"select obs_value from {cells}").fetchall()
    publish = _Publication(structure, changed, profile)
    rows = [publish.row(number, values[number.row][0]) for number in structure.numbers]
    by_column = dict(zip(_Row._fields, map(list, zip(*rows, strict=True)), strict=True))
    changes = load_table(cells.connection, "changes", pa.table(by_column))
    with_notes = with_note("Confidentiality", f"{profile.label.en}; {_how(changed, profile)}")
    no_error = with_note("Standard error", f"not given: {_added(profile)}", with_notes)
    published = create_view(
        cells.connection,
        "published",
        f"""
        with changed as (
            select * replace (
                new_value as obs_value,
                case when not confidential then cast(new_n as bigint) end as n,
                cast(null as bigint) as distinct_persons,
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
    return sum(row.given and row.confidential for row in rows)


def check_perturbed(
    connection: duckdb.DuckDBPyConnection, published: Path, profile: Perturbation, partition: Partition
) -> int:
    """How many numbers of a partition a file holds, all of them as the perturbation gives them.

    Raises GateError where a count is none that the profile gives, a precise measure of error is given, or a withheld
    number holds a quantity.
    """
    counts, quantities = profile.counts, ("n", "obs_value")
    never = ("distinct_persons", "se", "cv", "lower_bound", "upper_bound", "degrees_of_freedom")
    wrong = [
        f"n % {counts.multiples_of} <> 0 or (n > 0 and n < {counts.smallest})",
        *(f"{column} is not null" for column in never),
        *(f"obs_status = {quote_text(CONFIDENTIAL)} and {column} is not null" for column in quantities),
    ]
    rows, faults = connection.execute(
        f"select count(*), count(*) filter (where {' or '.join(f'({each})' for each in wrong)})"
        f" from {parquet_rows(published)}"
    ).fetchall()[0]
    if faults:
        raise GateError(
            f"{faults} number(s) are not as the protection of their source gives them",
            where=partition.key,
            why="they would tell something of persons that perturbation hides",
            remedy="report it as a fault of the pipeline; nothing of the partition is published",
        )
    return int(rows)


class _Row(NamedTuple):
    """A number after perturbation: whether it is given, whether it is withheld, its cases and its value."""

    given: bool
    confidential: bool
    new_n: float
    new_value: float | None


class _Publication:
    """What is published of each number of a partition."""

    def __init__(self, structure: Structure, changed: Perturbed, profile: Perturbation) -> None:
        self.structure, self.changed, self.profile = structure, changed, profile
        self.totals = {name: structure.sums(of) for name, of in structure.atoms.totals.items()}

    def row(self, number: Number, value: float | None) -> _Row:
        """What is published of a number with that value.

        Where empty combinations have no row, a row with zero cases would tell that there are some.
        """
        counted, measure = self.structure.index[number.counted], measure_of(number)
        n, weight = float(self.changed.cases[counted]), float(self.changed.weight[counted])
        if measure.is_sum:
            return _Row(n > 0 or not self.structure.zeros_known, False, n, weight / number.unit)
        rule = rule_for(number, self.profile)
        return self._rate(number, n, weight) if rule is None else self._coarse(number, rule, n, value)

    def _rate(self, number: Number, n: float, weight: float) -> _Row:
        base = float(self.changed.weight[self.structure.index[number.base]]) if number.base is not None else 0.0
        if base <= 0:
            return _Row(False, False, n, None)
        rate = WHOLE * weight / base
        if rate > WHOLE and self.profile.rates_above_hundred == "withheld":
            return _Row(True, True, n, None)
        return _Row(True, False, n, min(rate, WHOLE))

    def _coarse(self, number: Number, rule: Coarse, n: float, value: float | None) -> _Row:
        """A mean, ratio, quantile or gap."""
        groups = [self.structure.index[group] for group in (number.counted, number.base) if group is not None]
        variable, basis = _variable(number), measure_of(number).basis
        few = any(self.changed.cases[group] < rule.minimum for group in groups)
        if value is None or few or any(self._is_dominated(variable, group) for group in groups):
            return _Row(True, True, n, None)
        factor = float(self.changed.of[variable][groups[0]])
        if basis is Basis.DISTRIBUTION:
            return _Row(True, False, n, coarsened(value, rule))
        if basis is Basis.CLASSES:
            return _Row(True, False, n, coarse_gap(value, rule, factor))
        return _Row(True, False, n, coarsened(value * factor, rule))

    def _is_dominated(self, variable: str, group: int) -> bool:
        """Whether one or two persons contribute too much to the total of a variable."""
        largest = contributions(self.structure, self.structure.atoms.largest_of[variable], group)
        return is_dominated(largest, float(self.totals[variable][group]), self.profile)


def _variable(number: Number) -> str:
    """The variable of a mean, ratio, quantile or gap."""
    return number.variable or str(load_catalogue().indicators[number.indicator].variable)


def _how(changed: Perturbed, profile: Perturbation) -> str:
    """In words how numbers are changed."""
    counts = profile.counts
    said = [f"cases are moved by up to {counts.maximum}"]
    if counts.multiples_of > 1:
        said.append(f"to multiples of {counts.multiples_of}")
    if changed.base is not None:
        said.append(f"values of counts are moved with them and rounded to {changed.base:,.10g} persons")
    return f"{', '.join(said)}; parts need not add up to their totals"


def _added(profile: Perturbation) -> str:
    spread = profile.counts.variance**0.5
    return (
        "it would disclose the numbers before perturbation, which adds an error of its own, of a standard deviation of "
        f"{spread:.1f} cases to every count"
    )
