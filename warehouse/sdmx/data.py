"""Observations as SDMX-CSV 1.0, one file a dataflow.

What stands where, both ways:

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

UNIT_MEASURE_TYPE, UNIT_MEASURE, UNIT_MULT and DECIMALS are the indicator's. An empty text and none are one thing: CSV
cannot tell them apart. Lines within a note end with a line feed alone: readers drop carriage returns.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from schemas.sdmx import Component, load_shape
from transforms.duck import quote_name, quote_text
from warehouse.files import replacing
from warehouse.sdmx.agency import Agency
from warehouse.sdmx.flows import Flow

TIME = "TIME_PERIOD"
DERIVED = {
    "FREQ": "case when length(time) = 4 then 'A' else time[5] end",
    TIME: "case when length(time) = 4 then time else time[:4] || '-' || ltrim(time[5:], 'M') end",
}


def write_data(connection: duckdb.DuckDBPyConnection, flow: Flow, file: Path, *, agency: Agency) -> None:
    """Write the observations of a dataflow, ordered by their SDMX key.

    The same observations give the same bytes, whatever their order in the table.
    """
    rows = connection.sql(data_query(flow, agency=agency), params=[flow.indicator])
    with replacing(file) as draft:
        rows.write_csv(str(draft), header=True, sep=",", quotechar='"', escapechar='"', encoding="UTF-8")


def data_query(flow: Flow, *, agency: Agency) -> str:
    """The query that gives a dataflow's SDMX-CSV rows; its one parameter is the indicator."""
    shape = load_shape()
    expressions = _expressions(flow)
    keys = [*(name for name in shape.dimensions if name != TIME), *(name for name, _ in flow.classifications), TIME]
    values = [name for name in [*shape.measure, *shape.attributes] if name in expressions]
    columns = [f"{quote_text(agency.dataflow_reference(flow.id))} as DATAFLOW"]
    columns += [f"{expressions[name]} as {quote_name(name)}" for name in [*keys, *values]]
    return f"""
        select
            {", ".join(columns)}
        from observation
        where indicator = ?
        order by {", ".join(quote_name(name) for name in keys)}
    """


def _expressions(flow: Flow) -> dict[str, str]:
    """The SQL of every component that the flow has values for; bounds, for one, it has not."""
    components = load_shape().components.items()
    return (
        {name: _stored(component) for name, component in components if component.column}
        | dict(flow.classifications)
        | {name: quote_text(value) for name, value in flow.constants.items()}
        | DERIVED
    )


def _stored(component: Component) -> str:
    is_number = component.type in ("Double", "Integer")
    return str(component.column) if is_number else f"nullif({component.column}, '')"
