"""The part of a dataflow's observations that a query asks for.

What a query names reaches DuckDB as a parameter: as the elements of one list, a variable of the connection. The text of
SQL holds nothing but places in that list, and columns that schemas/sdmx.yaml declares.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import uuid4

import duckdb

from schemas.periods import MONTHS_OF
from transforms.duck import quote_name
from warehouse.sdmx.agency import Agency
from warehouse.sdmx.data import flow_rows
from warehouse.sdmx.periods import first_period, in_sdmx, last_period, span_of
from warehouse.sdmx.rows import CodeNames, FlowRows
from warehouse.sdmx.served import TIME, ServedFlow

FREQUENCY = "FREQ"
COMPARED = {"eq": "=", "ne": "<>", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}
SEARCHED = {"co": "contains", "nc": "not contains", "sw": "starts_with", "ew": "ends_with"}
OPERATORS = (*COMPARED, *SEARCHED)
FEW = 100
"""Codes up to this number are compared one by one, by which DuckDB leaves out whole parts of a column."""

Key = Mapping[str, frozenset[str]]
"""Codes of some dimensions; a dimension that it does not name may have any."""


@dataclass(frozen=True)
class Comparison:
    """One comparison of a component with a value; `operator` is one of OPERATORS."""

    operator: str
    value: str


@dataclass(frozen=True)
class Condition:
    """What a component must be: any of the alternatives, each of which is met when all of its comparisons are."""

    component: str
    alternatives: tuple[tuple[Comparison, ...], ...]


@dataclass(frozen=True)
class Slice:
    """Which observations are asked for.

    keys        a series has to have the codes of one of them; every series where there is none
    start, end  periods such as 2024-Q3: an observation counts when its whole period lies from the begin of the one to
                the end of the other, whatever its frequency
    conditions  on single components, all of which hold
    first, last how many observations of a series, from its first period or back from its last one
    """

    keys: tuple[Key, ...] = ()
    start: str | None = None
    end: str | None = None
    conditions: tuple[Condition, ...] = ()
    first: int | None = None
    last: int | None = None


class _Values:
    """The values of a query, as the elements of a list passed to DuckDB separately from the SQL."""

    def __init__(self) -> None:
        self._name = f"asked_{uuid4().hex}"
        self._values: list[str] = []

    def place(self, value: str) -> str:
        """The SQL for a value."""
        self._values.append(value)
        return f"getvariable('{self._name}')[{len(self._values)}]"

    def places(self, values: Sequence[str]) -> str:
        """The SQL for a list of values."""
        first = len(self._values) + 1
        self._values += values
        return f"getvariable('{self._name}')[{first}:{len(self._values)}]"

    def one_of(self, column: str, values: Iterable[str]) -> str:
        """The SQL for whether a column has one of the values."""
        asked = sorted(values)
        if len(asked) > FEW:
            return f"list_contains({self.places(asked)}, {column})"
        return f"{column} in ({', '.join(self.place(each) for each in asked)})" if asked else "false"

    def give(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Give the values to a connection, on which rows that were selected by them can then be read."""
        connection.execute(f"set variable {self._name} = ?", [self._values])


def select_rows(
    connection: duckdb.DuckDBPyConnection,
    flow: ServedFlow,
    wanted: Slice,
    *,
    agency: Agency | None = None,
    components: Container[str] | None = None,
    names: CodeNames | None = None,
    most: int | None = None,
) -> FlowRows:
    """The observations of a dataflow that a slice asks for, read from table `observation` when they are written.

    `components` are those wanted, where not all are, and `names` those of codes where they are shared. With `most`, so
    many rows are read at once into memory. Raises ValueError for a period, number or component that cannot be compared.
    """
    values = _Values()
    where = _among(flow, wanted, values)
    values.give(connection)
    return flow_rows(
        connection, flow, agency=agency or Agency(), names=names, where=where, components=components, most=most
    )


def _among(flow: ServedFlow, wanted: Slice, values: _Values) -> str:
    """Which rows of table `observation` are wanted; keys and periods as stored, so that few rows are read."""
    conditions = []
    if wanted.start is not None:
        conditions.append(_from_month(span_of(wanted.start).first))
    if wanted.end is not None:
        conditions.append(_before_month(span_of(wanted.end).end))
    if wanted.keys:
        conditions.append(_any(_of_key(flow, key, values) for key in wanted.keys))
    conditions += [_met(each, flow, values) for each in wanted.conditions]
    return _all(conditions) + _ends(flow, wanted)


def _of_key(flow: ServedFlow, key: Key, values: _Values) -> str:
    conditions = []
    for dimension, codes in key.items():
        if dimension in flow.stored:
            conditions.append(values.one_of(flow.stored[dimension], codes))
        elif dimension == FREQUENCY:
            conditions.append(_any(_of_frequency(each) for each in MONTHS_OF if each in codes))
        elif dimension not in flow.constants:
            conditions.append(values.one_of(f"({flow.expressions[dimension]})", codes))
        elif flow.constants[dimension] not in codes:
            return "false"
    return _all(conditions)


def _of_frequency(frequency: str) -> str:
    """Whether column `time` is a period of the frequency."""
    return "length(time) = 4" if frequency == "A" else f"time[5] = '{frequency}'"


def _from_month(month: int) -> str:
    return _of_periods(">=", {each: first_period(each, month) for each in MONTHS_OF})


def _before_month(month: int) -> str:
    return _of_periods("<=", {each: last_period(each, month) for each in MONTHS_OF})


def _of_periods(sign: str, bounds: Mapping[str, str | None]) -> str:
    """For each frequency, whether column `time` compares so with a period of it; never where that period is None."""
    return _any(
        f"({_of_frequency(frequency)} and time {sign} '{period}')"
        for frequency, period in bounds.items()
        if period is not None
    )


def _met(condition: Condition, flow: ServedFlow, values: _Values) -> str:
    if condition.component not in flow.expressions:
        raise ValueError(f"the dataflow has no component '{condition.component}'")
    return _any(
        _all(_comparison(condition.component, each, flow, values) for each in alternative)
        for alternative in condition.alternatives
    )


def _comparison(component: str, compared: Comparison, flow: ServedFlow, values: _Values) -> str:
    column = f"({flow.expressions[component]})"
    if component == TIME:
        return _period_comparison(column, flow.expressions[FREQUENCY], compared)
    is_number = any(each.is_number for each in flow.components.all if each.id == component)
    if compared.operator in SEARCHED:
        text = f"cast({column} as varchar)" if is_number else column
        return f"{SEARCHED[compared.operator]}({text}, {values.place(compared.value)})"
    value = values.place(str(float(compared.value)) if is_number else compared.value)
    return f"{column} {COMPARED[compared.operator]} {f'cast({value} as double)' if is_number else value}"


def _period_comparison(column: str, frequency: str, compared: Comparison) -> str:
    """A comparison of periods of the same frequency by their text, since years have four digits."""
    span = span_of(compared.value)
    if compared.operator in ("eq", "ne"):
        lengths = {each for each, length in MONTHS_OF.items() if span.end - span.first == length}
        names = [f"'{in_sdmx(first_period(each, span.first) or '')}'" for each in lengths]
        same = f"{column} in ({', '.join(names)})" if names else "false"
        return same if compared.operator == "eq" else f"not ({same})"
    bounds = {
        "ge": (">=", first_period, span.first),
        "gt": (">=", first_period, span.end),
        "le": ("<=", last_period, span.end),
        "lt": ("<=", last_period, span.first),
    }
    if compared.operator not in bounds:
        raise ValueError(f"periods are not compared by '{compared.operator}'")
    sign, nearest, month = bounds[compared.operator]
    return _any(
        f"(({frequency}) = '{each}' and {column} {sign} '{in_sdmx(period)}')"
        for each in MONTHS_OF
        if (period := nearest(each, month)) is not None
    )


def _ends(flow: ServedFlow, wanted: Slice) -> str:
    """The SQL of the first and the last observations of each series, where they are asked for."""
    series = ", ".join(flow.expressions[key] for key in flow.components.keys if key != TIME)
    places = [
        f"row_number() over (partition by {series} order by time {order}) <= {int(count)}"
        for count, order in ((wanted.first, "asc"), (wanted.last, "desc"))
        if count is not None
    ]
    return f" qualify {_any(places)}" if places else ""


def changed_rows(rows: FlowRows, before: FlowRows) -> FlowRows:
    """The rows that were not there before in exactly this form; `before` may be of another database."""
    shared = ", ".join(quote_name(name) for name in rows.rows.columns if name in before.rows.columns)
    then = rows.connection.from_arrow(before.rows.project(shared).to_arrow_table())
    unchanged = rows.rows.project(shared).intersect(then).set_alias("unchanged")
    return replace(
        rows,
        rows=rows.rows.set_alias("now").join(unchanged, ", ".join(quote_name(key) for key in rows.keys), how="anti"),
    )


def gone_rows(rows: FlowRows, before: FlowRows) -> FlowRows:
    """The keys that were there before and are no more; `before` may be of another database."""
    keys = ", ".join(quote_name(key) for key in rows.keys)
    then = rows.connection.from_arrow(before.rows.project(keys).to_arrow_table()).set_alias("then")
    now = rows.rows.project(keys).set_alias("now")
    return replace(rows, rows=then.join(now, keys, how="anti"), action="Delete")


def _all(conditions: Iterable[str]) -> str:
    found = list(conditions)
    return f"({' and '.join(found)})" if found else "true"


def _any(conditions: Iterable[str]) -> str:
    found = list(conditions)
    return f"({' or '.join(found)})" if found else "false"
