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

from collections.abc import Container, Iterator

import duckdb

from schemas.codelists import load_codelist
from schemas.sdmx import ATTACHED, Attribute, load_shape
from schemas.sdmx import Component as Declared
from transforms.duck import quote_name, quote_text
from warehouse.sdmx.agency import Agency
from warehouse.sdmx.flows import Flow
from warehouse.sdmx.rows import CodeNames, Component, FlowRows, Group

TIME = "TIME_PERIOD"
SOURCE_AND_PERIOD = Group("SOURCE_PERIOD", ATTACHED["source"])
DERIVED = {
    "FREQ": "case when strlen(time) = 4 then 'A' else substr(time, 5, 1) end",
    TIME: "case when strlen(time) = 4 then time else concat(left(time, 4), '-', ltrim(substr(time, 5), 'M')) end",
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
    wanted, `components` are those wanted, where not all are, and `most` is how many rows, where there is a limit.
    """
    shape = load_shape()
    expressions = expressions_of(flow)
    dimensions = tuple(dimensions_of(flow))
    (measure,) = (component_of(name, declared) for name, declared in shape.measure.items())
    attributes = tuple(component_of(name, declared) for name, declared in shape.attributes.items())
    held = [each.id for each in (*dimensions, measure, *attributes) if each.id in expressions]
    if components is not None:
        held = [each for each in held if each in components]
    limit = "" if most is None else f" limit {most}"
    columns = ", ".join(f"{expressions[name]} as {quote_name(name)}" for name in held)
    return FlowRows(
        dataflow=agency.reference(flow.id),
        title=flow.title,
        structure=agency.reference(flow.indicator),
        dimensions=dimensions,
        measure=measure,
        attributes=attributes,
        connection=connection,
        rows=connection.sql(
            f"select {columns} from observation where indicator = {quote_text(flow.indicator)} and {where}{limit}"
        ),
        names=names or CodeNames(connection),
        groups=(SOURCE_AND_PERIOD,),
    )


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
    components = load_shape().components.items()
    return (
        {name: _stored(component) for name, component in components if component.column}
        | dict(flow.classifications)
        | {name: quote_text(value) for name, value in flow.constants.items()}
        | DERIVED
    )


def _stored(component: Declared) -> str:
    is_number = component.type in ("Double", "Integer")
    return str(component.column) if is_number else f"nullif({component.column}, '')"
