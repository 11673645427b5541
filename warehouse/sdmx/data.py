"""The observations of a dataflow in SDMX's components, whatever the format they are written in.

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

UNIT_MEASURE_TYPE, UNIT_MEASURE, UNIT_MULT and DECIMALS are the indicator's. An empty text is none.
"""

from __future__ import annotations

import duckdb

from schemas.sdmx import Component, load_shape
from transforms.duck import quote_name, quote_text
from warehouse.sdmx.agency import Agency
from warehouse.sdmx.flows import Flow
from warehouse.sdmx.formats.base import FlowRows

TIME = "TIME_PERIOD"
DERIVED = {
    "FREQ": "case when length(time) = 4 then 'A' else time[5] end",
    TIME: "case when length(time) = 4 then time else time[:4] || '-' || ltrim(time[5:], 'M') end",
}


def flow_rows(connection: duckdb.DuckDBPyConnection, flow: Flow, *, agency: Agency) -> FlowRows:
    """The observations of a dataflow, read from table `observation` when they are written."""
    shape = load_shape()
    expressions = _expressions(flow)
    keys = (*(name for name in shape.dimensions if name != TIME), *(name for name, _ in flow.classifications), TIME)
    values = [name for name in [*shape.measure, *shape.attributes] if name in expressions]
    columns = [f"{expressions[name]} as {quote_name(name)}" for name in [*keys, *values]]
    rows = connection.sql(
        f"select {', '.join(columns)} from observation where indicator = {quote_text(flow.indicator)}"
    )
    return FlowRows(flow, agency.dataflow_reference(flow.id), rows, keys)


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
