"""JSON-stat, 2.0 and 1.x: a cube of numbers, dense or sparse, as one row for each cell with content.

A row holds the code of each dimension under the dimension's id, `value` and `status`. A cell with neither gives no row,
whether it is left out (sparse) or null (dense).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import duckdb

from schemas.read import Read
from transforms.read.assemble import Part
from transforms.read.files import DataFile, listed
from transforms.read.header import find_columns
from transforms.read.json_records import load_json
from transforms.read.parts import in_batches, write_part
from transforms.read.series_keys import Components

VALUE, STATUS = "value", "status"


@dataclass(frozen=True)
class _Cube:
    """Dimensions, each with its codes in order, and the content of each cell, identified by its position."""

    dimensions: Mapping[str, Sequence[str]]
    values: Mapping[int, Any]
    statuses: Mapping[int, Any]

    def rows(self) -> Iterator[list[object]]:
        for at in sorted({*self.values, *self.statuses}):
            yield [*self._codes(at), self.values.get(at), self.statuses.get(at)]

    def _codes(self, at: int) -> list[str]:
        codes: list[str] = []
        for of_dimension in reversed(list(self.dimensions.values())):
            at, place = divmod(at, len(of_dimension))
            codes.append(of_dimension[place])
        return codes[::-1]


def read_json_stat(
    file: DataFile, read: Read, wanted: Mapping[str, str], _connection: duckdb.DuckDBPyConnection
) -> Part:
    """The wanted dimensions, `value` and `status` of a JSON-stat data set as a part.

    Raises InputError when the file is no such data set, when its values do not fit its dimensions, and when a declared
    column is missing or there is no value.
    """
    cube = _read_cube(file, read)
    names = [*cube.dimensions, VALUE, STATUS]
    places = find_columns(names, wanted, file, at="its dimensions")
    rows = ([row[place] for place in places.values()] for row in cube.rows())
    return write_part(file, list(places), in_batches(rows, list(places)), read.decimal)


def json_stat_components(file: DataFile, read: Read) -> Components:
    """The dimensions of a JSON-stat data set, `value` and `status`. Raises InputError when the file is none."""
    dimensions = tuple(_read_cube(file, read).dimensions)
    return Components((*dimensions, VALUE, STATUS), dimensions, VALUE)


def _read_cube(file: DataFile, read: Read) -> _Cube:
    return _cube(file, _data_set(file, load_json(file, read.encoding)))


def _data_set(file: DataFile, content: Any) -> dict[str, Any]:
    """The data set of a response: the response itself, or the only one of a bundle (JSON-stat 1.x)."""
    bundled = [each for each in content.values() if _is_data_set(each)] if isinstance(content, dict) else []
    found = [content] if _is_data_set(content) else bundled
    if len(found) != 1:
        raise file.fault(
            f"the JSON holds {len(found) or 'no'} data sets of JSON-stat",
            why="one table is read from one data set",
            remedy="ask the service for one data set as JSON-stat, or correct `read.format`",
        )
    data: dict[str, Any] = found[0]
    return data


def _is_data_set(content: Any) -> bool:
    return isinstance(content, dict) and isinstance(content.get("dimension"), dict) and VALUE in content


def _cube(file: DataFile, data: Mapping[str, Any]) -> _Cube:
    declared = data["dimension"]
    # In 1.x, ids and sizes are among the dimensions.
    ids, sizes = data.get("id", declared.get("id")), data.get("size", declared.get("size"))
    if not isinstance(ids, list) or not isinstance(sizes, list) or any(name not in declared for name in ids):
        raise _unfit(file, "`id`, `size` and `dimension` do not name the same dimensions")
    dimensions = {str(name): _codes(file, str(name), declared[name]) for name in ids}
    if clash := {VALUE, STATUS} & dimensions.keys():
        raise _unfit(file, f"a dimension is called {listed(clash)}, which is the name of a column of every cell")
    if [len(codes) for codes in dimensions.values()] != sizes:
        raise _unfit(file, "a dimension has another number of categories than `size` says")
    cells = prod(sizes)
    values = _by_position(file, data[VALUE], cells, VALUE)
    status = data.get(STATUS)
    # A single status applies to every value.
    same = isinstance(status, str)
    statuses = dict.fromkeys(values, status) if same else _by_position(file, status or {}, cells, STATUS)
    return _Cube(dimensions, values, statuses)


def _codes(file: DataFile, name: str, dimension: Any) -> list[str]:
    """The codes of a dimension in their order: by `index`, or by `label` where there is only one category."""
    category = dimension.get("category") if isinstance(dimension, dict) else None
    if not isinstance(category, dict):
        raise _unfit(file, f"dimension '{name}' has no categories")
    index: Any = category.get("index", category.get("label", {}))
    if isinstance(index, list):
        return [str(code) for code in index]
    if "index" not in category:
        return list(index) if len(index) == 1 else []
    ordered = sorted(index, key=index.__getitem__)
    if [index[code] for code in ordered] != list(range(len(ordered))):
        raise _unfit(file, f"the categories of dimension '{name}' are not numbered one after another")
    return ordered


def _by_position(file: DataFile, content: Any, cells: int, what: str) -> dict[int, Any]:
    """The content of cells in an array (dense) or in an object by position (sparse); null and empty text are no
    content."""
    if isinstance(content, list):
        if len(content) != cells:
            raise _unfit(file, f"`{what}` has {len(content):,} entries, and the dimensions have {cells:,} cells")
        found = dict(enumerate(content))
    elif isinstance(content, dict) and all(position.isdecimal() for position in content):
        found = {int(position): each for position, each in content.items()}
    else:
        raise _unfit(file, f"`{what}` is neither a list nor an object by position")
    if outside := [position for position in found if position >= cells]:
        raise _unfit(file, f"`{what}` names position {outside[0]:,}, and the dimensions have {cells:,} cells")
    return {position: each for position, each in found.items() if each is not None and each != ""}


def _unfit(file: DataFile, what: str) -> Exception:
    return file.fault(
        f"this is not valid JSON-stat: {what}",
        why="values would be in the wrong cells of the cube",
        remedy="fetch it again; if the producer's own answer is so, ask the producer",
    )
