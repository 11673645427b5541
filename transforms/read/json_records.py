"""JSON: an array of records, or an object with such an array at a declared path."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import duckdb

from schemas.read import Read
from transforms.read.assemble import Part
from transforms.read.files import DataFile, listed, plural
from transforms.read.header import find_columns
from transforms.read.parts import in_batches, no_records, write_part
from transforms.read.text import clean_text

SIZE_CAP = 256 * 1024**2


def read_json(file: DataFile, read: Read, wanted: Mapping[str, str], _connection: duckdb.DuckDBPyConnection) -> Part:
    """The records of a JSON file as a part; a record may omit columns for which it has no value.

    Raises InputError when the file is not complete JSON, when the path leads to no array of records, and when a wanted
    column is in no record or holds a list.
    """
    content = load_json(file, read.encoding)
    records = records_at(file, content, read.records)
    if not records:
        raise no_records(file)
    if read.header is not None:
        records = _named(file, records, records_at(file, content, read.header))
    names: dict[str, None] = {}
    for number, record in enumerate(records, 1):
        if not isinstance(record, dict):
            raise file.fault(
                "the array holds something that is not a record (an object with named values)",
                at=f"record {number}",
                remedy="correct `read.records` in source.yaml: it must lead to an array of objects",
            )
        names.update(dict.fromkeys(record))
    keys = list(names)
    columns = {local: keys[position] for local, position in find_columns(keys, wanted, file, at="its records").items()}
    return write_part(file, list(columns), in_batches(_rows(file, records, columns), list(columns)), read.decimal)


def _named(file: DataFile, records: list[Any], names: list[Any]) -> list[Any]:
    """Records that are lists of values, as objects with the declared names."""
    for number, record in enumerate(records, 1):
        if not isinstance(record, list) or len(record) != len(names):
            raise file.fault(
                f"the array holds something that is not a list of {plural(len(names), 'value')}",
                at=f"record {number}",
                remedy="correct `read.records` and `read.header` in source.yaml",
            )
    return [dict(zip(map(str, names), record, strict=True)) for record in records]


def load_json(file: DataFile, encoding: str) -> Any:
    size = file.content.stat().st_size
    if size > SIZE_CAP:
        raise file.fault(
            f"the JSON file has {size:,} bytes, more than the {SIZE_CAP:,} that are read at once",
            why="JSON must be held whole in memory",
            remedy="ask the producer for the same records as text or Parquet",
        )
    source = clean_text(file, encoding)
    try:
        return json.loads(source.path.read_text(encoding="utf-8"), object_pairs_hook=partial(_object, file))
    except json.JSONDecodeError as error:
        raise file.fault(
            f"this is not complete, valid JSON: {error.msg}",
            at=f"line {error.lineno}, character {error.colno}",
            why="a file that was cut off loses its last records",
            remedy="fetch the file again and compare its size with the producer's",
        ) from error
    except RecursionError as error:
        raise file.fault(
            "the JSON is nested too deeply to be records", remedy="check that this is the right file"
        ) from error


def _object(file: DataFile, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = sorted({name for name in names if names.count(name) > 1})
        raise file.fault(
            "a name occurs twice in an object" + (f": {listed(twice, 5)}" if _lists_keys(found) else ""),
            why="one of its values would be lost",
            remedy="ask the producer which of them is right",
        )
    return found


def records_at(file: DataFile, content: Any, path: str | None) -> list[Any]:
    at = content
    walked: list[str] = []
    for key in path.split(".") if path else []:
        if not isinstance(at, dict) or key not in at:
            keys = f"; the keys there are {listed(at)}" if _lists_keys(at) else ""
            place = f"'{'.'.join(walked)}'" if walked else "the top"
            raise file.fault(
                f"the declared path '{path}' is not in the file: there is no '{key}' at {place}{keys}",
                remedy="correct `read.records` in source.yaml",
            )
        at = at[key]
        walked.append(key)
    if isinstance(at, list):
        return at
    keys = f"; its keys are {listed(at)}" if _lists_keys(at) else ""
    raise file.fault(
        f"there is no array of records at {f'the declared path {path!r}' if path else 'the top of the file'}{keys}",
        remedy="write the path to the array as `records` under `read` in source.yaml, such as `records: data.items`",
    )


def _lists_keys(at: Any) -> bool:
    """Whether an error may list the keys of an object: not when they hold numbers, which may identify persons."""
    return isinstance(at, dict) and not any(re.search(r"\d{3}", key) for key in at)


def _rows(file: DataFile, records: list[dict[str, Any]], columns: Mapping[str, str]) -> Iterator[list[object]]:
    for number, record in enumerate(records, 1):
        row = [record.get(name) for name in columns.values()]
        if any(isinstance(value, dict | list) for value in row):
            lists = [name for name in columns.values() if isinstance(record.get(name), dict | list)]
            raise file.fault(
                f"{plural(len(lists), 'declared column')} holding a list or an object: {listed(lists)}",
                at=f"record {number}",
                why="a list has no single value to harmonise",
                remedy="declare another column, or ask the producer for one value per record",
            )
        yield row
