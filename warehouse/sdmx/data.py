"""The observations of a dataflow in SDMX's components, for any format.

The correspondence, in both directions:

| `observation`   | SDMX                     | note                                                               |
|-----------------|--------------------------|--------------------------------------------------------------------|
| ref_area        | REF_AREA                 |                                                                    |
| indicator       | DATAFLOW, MEASURE        | DF_ and the indicator; MEASURE is its first two parts and its last |
| sex             | SEX                      |                                                                    |
| classif1        | AGE, ...                 | the dimension that the indicator names, `indicator.classif1`       |
| classif2        | CBR, CCT, ...            | the dimension that the indicator names, `indicator.classif2`       |
| time            | FREQ, TIME_PERIOD        | 2024: A, 2024; 2024Q3: Q, 2024-Q3 (S as Q); 2024M11: M, 2024-11    |
| obs_value       | OBS_VALUE                | the shortest decimal number that reads back to the same double     |
| obs_status      | OBS_STATUS               | the same code, ILOSTAT's meaning; empty in both for a normal value |
| source          | SOURCE                   |                                                                    |
| note_*          | NOTE_*                   |                                                                    |
| n, se, cv       | SAMPLE_SIZE, STANDARD_ERROR, COEFFICIENT_OF_VARIATION |                                       |
| lower_bound     | LOWER_BOUND                                           |                                       |
| upper_bound     | UPPER_BOUND                                           |                                       |
| degrees_of_freedom | DEGREES_OF_FREEDOM                                 |                                       |
| wave, vintage   | WAVE, VINTAGE            |                                                                    |

UNIT_MEASURE_TYPE, UNIT_MEASURE, UNIT_MULT and DECIMALS are the indicator's. An empty text counts as missing.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from schemas.codelists import load_codelist
from schemas.sdmx import ATTACHED, Attribute, load_shape
from schemas.sdmx import Component as Declared
from transforms.duck import quote_name, quote_text
from warehouse.sdmx.agency import Agency
from warehouse.sdmx.columns import each_once
from warehouse.sdmx.flows import Flow
from warehouse.sdmx.periods import in_sdmx
from warehouse.sdmx.rows import CodeNames, Component, FlowRows, Group

TIME = "TIME_PERIOD"
SOURCE_AND_PERIOD = Group("SOURCE_PERIOD", ATTACHED["source"])


@dataclass(frozen=True)
class Origin:
    """Where the values of a component are in table `observation`, for queries and for rows that have been read.

    sql      the value of a row
    column   the column that it is made from; None where it is the same for the whole dataflow
    written  how a text of the column is written, where it is not the value itself
    constant the value that is the same for the whole dataflow
    """

    sql: str
    column: str | None = None
    written: Callable[[str], str | None] | None = None
    constant: str | None = None

    def values(self, batch: pa.RecordBatch) -> pa.Array:
        """The values of rows that have been read: what `sql` gives for each."""
        if self.column is None:
            return pa.repeat(pa.scalar(self.constant, pa.string()), len(batch))
        stored = batch.column(self.column)
        return each_once(stored, self.written) if self.written else stored


DERIVED = {
    "FREQ": Origin(
        "case when strlen(time) = 4 then 'A' else substr(time, 5, 1) end", "time", lambda time: time[4:5] or "A"
    ),
    TIME: Origin(
        "case when strlen(time) = 4 then time else concat(left(time, 4), '-', ltrim(substr(time, 5), 'M')) end",
        "time",
        in_sdmx,
    ),
}


def flow_rows(
    connection: duckdb.DuckDBPyConnection,
    flow: Flow,
    *,
    agency: Agency,
    names: CodeNames | None = None,
    where: str = "true",
    components: Container[str] | None = None,
    most: int | None = None,
) -> FlowRows:
    """The observations of a dataflow, read from table `observation` when they are written.

    `names` are those of codes, where several dataflows share them. `where` is the SQL of which rows of the table are
    wanted, and `components` are those wanted, where not all are. With `most`, so many rows are read into memory.
    """
    shape = load_shape()
    origins = origins_of(flow)
    dimensions = tuple(dimensions_of(flow))
    (measure,) = (component_of(name, declared) for name, declared in shape.measure.items())
    attributes = tuple(component_of(name, declared) for name, declared in shape.attributes.items())
    held = {
        each.id: origins[each.id]
        for each in (*dimensions, measure, *attributes)
        if each.id in origins and (components is None or each.id in components)
    }
    source = f"from observation where indicator = {quote_text(flow.indicator)} and {where}"
    return FlowRows(
        dataflow=agency.reference(flow.id),
        title=flow.title,
        structure=agency.reference(flow.indicator),
        dimensions=dimensions,
        measure=measure,
        attributes=attributes,
        connection=connection,
        rows=_related(connection, held, source) if most is None else _read(connection, held, f"{source} limit {most}"),
        names=names or CodeNames(connection),
        groups=(SOURCE_AND_PERIOD,),
    )


def _related(connection: duckdb.DuckDBPyConnection, held: Mapping[str, Origin], source: str) -> duckdb.DuckDBPyRelation:
    columns = ", ".join(f"{origin.sql} as {quote_name(name)}" for name, origin in held.items())
    return connection.sql(f"select {columns} {source}")


def _read(connection: duckdb.DuckDBPyConnection, held: Mapping[str, Origin], source: str) -> pa.Table:
    """The rows in memory. DuckDB gives the columns as they are stored: for few rows, expressions would take longer to
    plan than to work out."""
    columns = dict.fromkeys(origin.column for origin in held.values() if origin.column)
    stored = connection.sql(f"select {', '.join(columns)} {source}").to_arrow_table().combine_chunks()
    (batch,) = stored.to_batches() or [pa.RecordBatch.from_pylist([], schema=stored.schema)]
    return pa.table({name: origin.values(batch) for name, origin in held.items()})


def dimensions_of(flow: Flow) -> Iterator[Component]:
    """The dimensions of the shape, with the indicator's classifications before the period."""
    shape = load_shape()
    yield from (component_of(name, declared) for name, declared in shape.dimensions.items() if name != TIME)
    for name, _ in flow.classifications:
        yield Component(name, load_codelist(f"CL_{name}").name, codelist=f"CL_{name}")
    yield component_of(TIME, shape.dimensions[TIME])


def keys_of(flow: Flow) -> tuple[str, ...]:
    """The ids of the dimensions of a dataflow, in the order of a series key, the period last."""
    return tuple(each.id for each in dimensions_of(flow))


def component_of(name: str, declared: Declared) -> Component:
    """A component as the shape declares it."""
    attached = ATTACHED[declared.attached] if isinstance(declared, Attribute) else ()
    return Component(name, declared.name, declared.codelist, declared.type, attached)


def expressions_of(flow: Flow) -> dict[str, str]:
    """The SQL of every component for which the flow has values."""
    return {name: origin.sql for name, origin in origins_of(flow).items()}


def origins_of(flow: Flow) -> dict[str, Origin]:
    """Where the values of every component are for which the flow has some."""
    components = load_shape().components.items()
    return (
        {name: _stored(component) for name, component in components if component.column}
        | {name: Origin(column, column) for name, column in flow.classifications}
        | {name: Origin(quote_text(value), constant=value) for name, value in flow.constants.items()}
        | DERIVED
    )


def _stored(component: Declared) -> Origin:
    column = str(component.column)
    if component.type in ("Double", "Integer"):
        return Origin(column, column)
    return Origin(f"nullif({column}, '')", column, lambda text: text or None)
