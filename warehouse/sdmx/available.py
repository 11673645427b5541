"""Which codes and periods have observations, in a dataflow or a slice of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from transforms.duck import quote_name
from warehouse.sdmx.periods import span_of
from warehouse.sdmx.rows import FlowRows
from warehouse.sdmx.served import TIME


@dataclass(frozen=True)
class Available:
    """What a slice of a dataflow holds.

    codes                 of each dimension but the period
    codelists             the list that the codes of a dimension are of
    first, last           the period that begins first and the one that ends last; None where there are no observations
    series, observations  how many there are
    """

    codes: Mapping[str, tuple[str, ...]]
    codelists: Mapping[str, str]
    first: str | None
    last: str | None
    series: int
    observations: int


def available(rows: FlowRows) -> Available:
    """The codes and periods that occur in the observations of a dataflow."""
    dimensions = [quote_name(each) for each in rows.keys]
    lists = ", ".join(f"list(distinct {each})" for each in dimensions)
    series = ", ".join(dimensions[:-1])
    *values, series_count, observations = rows.rows.aggregate(
        f"{lists}, count(distinct ({series})), count(*)"
    ).fetchall()[0]
    codes = {name: tuple(sorted(found or ())) for name, found in zip(rows.keys, values, strict=True)}
    periods = codes.pop(TIME)
    return Available(
        codes,
        {each.id: each.codelist for each in rows.dimensions if each.codelist},
        min(periods, key=lambda each: span_of(each).first, default=None),
        max(periods, key=lambda each: span_of(each).end, default=None),
        int(series_count),
        int(observations),
    )


def codes_used(rows: FlowRows) -> Mapping[str, frozenset[str]]:
    """Code list -> the codes of it that occur in the observations, as attributes as well as dimensions."""
    coded = [each for each in rows.columns if each.codelist]
    found = rows.rows.aggregate(", ".join(f"list(distinct {quote_name(each.id)})" for each in coded)).fetchall()[0]
    used: dict[str, frozenset[str]] = {}
    for component, codes in zip(coded, found, strict=True):
        codelist = str(component.codelist)
        used[codelist] = used.get(codelist, frozenset()) | {code for code in codes or () if code is not None}
    return used
