"""Means, quantiles and gaps of protected sources: withheld with few cases, and otherwise given coarsely.

A quantile is what one person earns, and its interval runs from one person's earnings to another's.
"""

from __future__ import annotations

import math

import pyarrow as pa

from schemas.perturbation import Coarse
from schemas.protection import Perturbation, Suppression
from transforms.measures import Basis, Measured, measure_of
from transforms.protect.notes import with_note
from transforms.protect.structure.groups import Structure
from transforms.relation import Relation, create_table, load_table

WHOLE = 100.0
SCHEMA = pa.schema(
    [("is_coarse", pa.bool_()), ("is_gap", pa.bool_()), ("coarse_value", pa.float64()), ("coarse_se", pa.float64())]
)
DECIMALS = 9  # leaves no trace of binary fractions


def rule_for(number: Measured, profile: Suppression | Perturbation) -> Coarse | None:
    """From how many cases on a number is given, and how coarsely; None for counts and rates."""
    measure = measure_of(number)
    if measure.basis is Basis.DISTRIBUTION:
        return profile.quantiles
    return None if measure.is_sum or measure.is_share else profile.means


def coarsened(value: float, rule: Coarse) -> float:
    """A value rounded to the step that the rule gives for it."""
    limit = abs(value) * rule.step_percent / WHOLE
    if limit == 0:
        return value
    exponent = math.floor(math.log10(limit))
    times = next((each for each in (5, 2) if each * 10.0**exponent <= limit), 1)
    return round(round(value / 10.0**exponent / times) * times * 10.0**exponent, DECIMALS)


def coarse_gap(gap: float, rule: Coarse, factor: float = 1.0) -> float:
    """A gap (per cent) for which the mean of its group is multiplied by a factor, rounded as that mean would be."""
    return round(WHOLE - coarsened((WHOLE - gap) * factor, rule), DECIMALS)


def few_numbers(cells: Relation, structure: Structure, profile: Suppression) -> frozenset[int]:
    """The rows of means, quantiles and gaps with too few cases.

    Of a gap, only cases in classes with both groups count.
    """
    cases = cells.connection.execute(f"select n from {cells}").fetchall()
    rules = ((number.row, rule_for(number, profile)) for number in structure.numbers)
    return frozenset(row for row, rule in rules if rule is not None and (cases[row][0] or 0) < rule.minimum)


def coarse_numbers(cells: Relation, structure: Structure, profile: Suppression) -> Relation:
    """Numbers whose means, quantiles and gaps are coarse, and their standard errors as well, without intervals.

    Of a gap, neither cases nor degrees of freedom are given: they count persons in classes with both groups, a set that
    no other number has and that is not protected.
    """
    rows = cells.connection.execute(f"select obs_value, se from {cells}").fetchall()
    changes: list[tuple[bool, bool, float | None, float | None]] = [(False, False, None, None)] * len(rows)
    for number in structure.numbers:
        rule, (value, error) = rule_for(number, profile), rows[number.row]
        if rule is not None and value is not None:
            is_gap = measure_of(number).basis is Basis.CLASSES
            given = coarse_gap(value, rule) if is_gap else coarsened(value, rule)
            changes[number.row] = (True, is_gap, given, None if error is None else coarsened(error, profile.quantiles))
    names = ("is_coarse", "is_gap", "coarse_value", "coarse_se")
    columns = dict(zip(names, map(list, zip(*changes, strict=True)), strict=True)) if changes else {}
    coarse = load_table(cells.connection, "coarse", pa.table(columns, schema=SCHEMA))
    said = with_note("Confidence interval", "not given: it would disclose what single persons report")
    of_gap = with_note("Cases", "not given: those of the classes with both groups are protected in no other number")
    return create_table(
        cells.connection,
        "coarse_cells",
        f"""
        select * exclude ({", ".join(names)}) replace (
            case when is_coarse then coarse_value else obs_value end as obs_value,
            case when is_coarse then coarse_se else se end as se,
            case when is_coarse and cv is not null then 100 * coarse_se / abs(nullif(coarse_value, 0)) else cv end
                as cv,
            case when not is_gap then n end as n,
            case when not is_gap then degrees_of_freedom end as degrees_of_freedom,
            case when not is_coarse then lower_bound end as lower_bound,
            case when not is_coarse then upper_bound end as upper_bound,
            case when is_coarse then {said} else note_indicator end as note_indicator
        )
        from (
            select * replace (case when is_gap then {of_gap} else note_indicator end as note_indicator)
            from {cells} positional join {coarse}
        )
        """,
    )
