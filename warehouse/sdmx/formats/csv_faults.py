"""What is wrong with a file of SDMX-CSV, which has no official schema: by its specification and the data structure.

A file is right when its columns are those of the format and of the structure, every dimension has a code of its list or
a period, every number is one, and no key comes twice.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from transforms.duck import connect, csv_rows, quote_name, quote_text
from warehouse.files import opened
from warehouse.sdmx.artefacts import DataStructure, Described
from warehouse.sdmx.formats.schema_faults import Fault
from warehouse.sdmx.periods import span_of
from warehouse.sdmx.rows import Component

RECORD = "record of the file"
NUMBER_TYPES = {"Double": "double", "Integer": "bigint"}


def csv_faults(file: Path, front: Mapping[str, frozenset[str]], described: Described) -> Iterator[Fault]:
    """Each fault of a file. `front` are the first columns, which name the dataflow, with the values that they may have.

    Records are counted from 1, without the line of names.
    """
    structure = described.structure
    with opened(file) as stream:
        titles = next(csv.reader(line.decode(errors="replace") for line in stream), [])
    wrong = list(_wrong_titles(titles, list(front), structure))
    if wrong:
        yield from wrong
        return
    with TemporaryDirectory(prefix="ilms-csv-") as work, connect(work=Path(work)) as connection:
        try:
            _read(connection, file, titles)
        except duckdb.Error as error:
            yield Fault("", f"this is no CSV: {str(error).splitlines()[0]}")
            return
        yield from _broken_lines(connection)
        for title, allowed in front.items():
            yield from _other_values(connection, title, allowed)
        codes = described.codes
        for component in structure.components:
            if component.id in titles:
                yield from _wrong_values(connection, component, structure, codes)
        yield from _double_keys(connection, [each.id for each in structure.dimensions])


def _wrong_titles(titles: Sequence[str], front: Sequence[str], structure: DataStructure) -> Iterator[Fault]:
    """What is wrong with the line of names."""
    known = {each.id for each in structure.components}
    needed = [each.id for each in (*structure.dimensions, *filter(None, [structure.measure]))]
    if list(titles[: len(front)]) != list(front):
        yield Fault("header", f"the first columns are not {', '.join(front)}")
    yield from (Fault("header", f"there is no column {name}") for name in needed if name not in titles)
    more = [name for name in titles if name not in front]
    yield from (Fault("header", f"the structure has no component {name!r}") for name in more if name not in known)
    yield from (Fault("header", f"column {name!r} comes twice") for name, n in Counter(titles).items() if n > 1)


def _read(connection: duckdb.DuckDBPyConnection, file: Path, titles: Sequence[str]) -> None:
    """The records as table `records`, all as texts; what cannot be read is in DuckDB's table `reject_errors`."""
    # In parallel, DuckDB 2.0 loses its position at line ends within quoted fields.
    columns = ", ".join(f"{quote_text(title)}: 'VARCHAR'" for title in titles)
    options = (
        "auto_detect = false, header = true, delim = ',', quote = '\"', escape = '\"', new_line = '\\n', "
        f"parallel = false, store_rejects = true, columns = {{{columns}}}"
    )
    connection.execute(
        f"create table records as select row_number() over () as {quote_name(RECORD)}, * from {csv_rows(file, options)}"
    )


def _broken_lines(connection: duckdb.DuckDBPyConnection) -> Iterator[Fault]:
    query = "select distinct line, lower(replace(error_type::varchar, '_', ' ')) from reject_errors order by all"
    for line, error in connection.execute(query).fetchall():
        yield Fault(f"line {line}", f"it is not read: {error}")


def _other_values(connection: duckdb.DuckDBPyConnection, title: str, allowed: frozenset[str]) -> Iterator[Fault]:
    for value, first in _values(connection, title):
        if value not in allowed:
            yield Fault(f"record {first}", f"{title} is {value!r}, not {' or '.join(sorted(allowed))}")


def _wrong_values(
    connection: duckdb.DuckDBPyConnection,
    component: Component,
    structure: DataStructure,
    codes: Mapping[str, frozenset[str]],
) -> Iterator[Fault]:
    """The values of a component that it cannot have, each with the first record that has it."""
    name = quote_name(component.id)
    is_dimension = component in structure.dimensions
    number = NUMBER_TYPES.get(component.type or "")
    if not (is_dimension or number or component.codelist in codes):
        return
    condition = f"{name} is not null and try_cast({name} as {number}) is null" if number else "true"
    for value, first in _values(connection, component.id, condition):
        fault = ""
        if value is None:
            fault = "is empty" if is_dimension else ""
        elif number:
            fault = "is no number"
        elif component.type == "ObservationalTimePeriod":
            fault = "" if _is_period(value) else "is no period"
        elif component.codelist in codes and value not in codes[str(component.codelist)]:
            fault = f"is not in {component.codelist}"
        if fault:
            yield Fault(f"record {first}", f"{component.id}{'' if value is None else f' {value!r}'} {fault}")


def _values(connection: duckdb.DuckDBPyConnection, title: str, condition: str = "true") -> list[tuple[str | None, int]]:
    """The values of a column, each once, with the first record that has it."""
    name = quote_name(title)
    query = f"select {name}, min({quote_name(RECORD)}) from records where {condition} group by {name} order by 2"
    return connection.execute(query).fetchall()


def _is_period(text: str) -> bool:
    try:
        span_of(text)
    except ValueError:
        return False
    return True


def _double_keys(connection: duckdb.DuckDBPyConnection, keys: Sequence[str]) -> Iterator[Fault]:
    names = ", ".join(quote_name(key) for key in keys)
    query = f"select {names}, max({quote_name(RECORD)}) from records group by {names} having count(*) > 1 order by all"
    for *key, last in connection.execute(query).fetchall():
        yield Fault(f"record {last}", f"its key was there before: {'.'.join(map(str, key))}")
