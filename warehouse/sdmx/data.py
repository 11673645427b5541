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
| distinct_persons | DISTINCT_PERSONS                                     |                                       |
| lower_bound     | LOWER_BOUND                                           |                                       |
| upper_bound     | UPPER_BOUND                                           |                                       |
| degrees_of_freedom | DEGREES_OF_FREEDOM                                 |                                       |
| wave, vintage   | WAVE, VINTAGE            |                                                                    |

UNIT_MEASURE_TYPE, UNIT_MEASURE, UNIT_MULT and DECIMALS are the indicator's. An empty text counts as missing.
"""

from __future__ import annotations

from collections.abc import Container, Mapping

import duckdb
import pyarrow as pa

from transforms.duck import quote_name
from warehouse.sdmx.agency import Agency
from warehouse.sdmx.rows import CodeNames, DeclaredNames, FlowRows
from warehouse.sdmx.served import Origin, ServedFlow


def flow_rows(
    connection: duckdb.DuckDBPyConnection,
    flow: ServedFlow,
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
    parts, origins = flow.components, flow.origins
    held = {
        each.id: origins[each.id]
        for each in parts.all
        if each.id in origins and (components is None or each.id in components)
    }
    source = f"from observation where {flow.condition} and {where}"
    if flow.code_names is not None:
        names = DeclaredNames(flow.code_names)
    return FlowRows(
        dataflow=agency.reference(flow.id),
        title=flow.title,
        structure=flow.structure(agency),
        dimensions=parts.dimensions,
        measure=parts.measure,
        attributes=parts.attributes,
        connection=connection,
        rows=_related(connection, held, source) if most is None else _read(connection, held, f"{source} limit {most}"),
        names=names or CodeNames(connection),
        groups=parts.groups,
    )


def _related(connection: duckdb.DuckDBPyConnection, held: Mapping[str, Origin], source: str) -> duckdb.DuckDBPyRelation:
    columns = ", ".join(f"{origin.sql} as {quote_name(name)}" for name, origin in held.items())
    return connection.sql(f"select {columns} {source}")


def _read(connection: duckdb.DuckDBPyConnection, held: Mapping[str, Origin], source: str) -> pa.Table:
    """The rows in memory. DuckDB gives the columns as they are stored, where it can: for few rows, expressions would
    take longer to plan than to work out."""
    if not all(origin.is_of_one_column for origin in held.values()):
        return _related(connection, held, source).to_arrow_table()
    columns = dict.fromkeys(origin.column for origin in held.values() if origin.column)
    stored = connection.sql(f"select {', '.join(columns)} {source}").to_arrow_table().combine_chunks()
    (batch,) = stored.to_batches() or [pa.RecordBatch.from_pylist([], schema=stored.schema)]
    return pa.table({name: origin.values(batch) for name, origin in held.items()})
