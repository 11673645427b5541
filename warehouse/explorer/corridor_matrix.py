"""The largest corridors of an indicator in the last period of each source: their numbers, and which ends come first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb

from warehouse.explorer.corridor_codes import INTO, ONE_COUNTRY, ends_of
from warehouse.explorer.groups import BOTH
from warehouse.explorer.numbers import COLUMNS, Number

MOST = 12
"""Origins and destinations of a matrix."""
LARGEST = f"""
    with last as (
        select ref_area, source, max(time) as time
        from observation
        where indicator = $indicator and obs_value is not null and coalesce(sex, '') in ('', '{BOTH}')
        group by ref_area, source
    ),

    coded as (
        select
            {COLUMNS},
            case when regexp_matches(classif1, '{ONE_COUNTRY}') then classif1 else classif2 end as code,
            case when list_contains($into, code[:7]) then code[9:] else ref_area end as origin,
            case when list_contains($into, code[:7]) then ref_area else code[9:] end as destination
        from observation
        semi join last using (ref_area, source, time)
        where
            indicator = $indicator and obs_value is not null and coalesce(sex, '') in ('', '{BOTH}')
            and (regexp_matches(classif1, '{ONE_COUNTRY}') or regexp_matches(classif2, '{ONE_COUNTRY}'))
    ),

    corridor as (select origin, destination, max(obs_value) as largest from coded group by origin, destination),

    origins as (
        select origin, sum(largest) as all_from
        from corridor group by origin order by all_from desc, origin limit {MOST}
    ),

    destinations as (
        select destination, sum(largest) as all_to
        from corridor group by destination order by all_to desc, destination limit {MOST}
    )

    select {COLUMNS}, all_from, all_to, (select count(*) from corridor)
    from coded
    inner join origins using (origin)
    inner join destinations using (destination)
    order by {COLUMNS}
"""


@dataclass(frozen=True)
class Matrix:
    """The largest corridors: origins and destinations, those with the highest sums first, and the number of each pair.

    left_out  how many corridors of the indicator are not among them
    """

    origins: Sequence[str]
    destinations: Sequence[str]
    numbers: Mapping[tuple[str, str], Number]
    left_out: int


def read_matrix(cursor: duckdb.DuckDBPyConnection, indicator: str) -> Matrix:
    """The corridors of an indicator. What is not among the largest stays in the database."""
    rows = cursor.execute(LARGEST, {"indicator": indicator, "into": list(INTO.values())}).fetchall()
    from_: dict[str, float] = {}
    to: dict[str, float] = {}
    numbers: dict[tuple[str, str], Number] = {}
    for *columns, all_from, all_to, _ in rows:
        number = Number(*columns)
        ends = ends_of(number)
        if ends is None:
            continue
        from_[ends[0]], to[ends[1]] = all_from, all_to
        # of several that differ in another classification, the largest is their total
        if ends not in numbers or (number.value or 0.0) >= (numbers[ends].value or 0.0):
            numbers[ends] = number
    count = rows[0][-1] if rows else 0
    return Matrix(_first(from_), _first(to), numbers, count - len(numbers))


def _first(sums: Mapping[str, float]) -> list[str]:
    return sorted(sums, key=lambda code: (-sums[code], code))
