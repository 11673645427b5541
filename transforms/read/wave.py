"""One wave: its files unwrapped, read by format, and combined in order of file name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from schemas.errors import DeclarationError, InputError
from schemas.read import Layout, Read
from transforms.duck import connect
from transforms.read import kinds
from transforms.read.assemble import Implied, Part, assemble, prepare
from transforms.read.delimited import read_delimited
from transforms.read.excel import read_excel
from transforms.read.files import DataFile, listed
from transforms.read.fixed_width import read_fixed_width
from transforms.read.json_records import read_json
from transforms.read.json_stat import read_json_stat
from transforms.read.layouts import FixedLayout, read_layout
from transforms.read.parquet import read_parquet
from transforms.read.questionnaire import read_questionnaire
from transforms.read.r_data import read_r
from transforms.read.sdmx_csv import read_sdmx_csv
from transforms.read.sdmx_ml import read_sdmx_ml
from transforms.read.statistical import read_spss, read_stata
from transforms.read.unwrap import Budget, unwrap

Reader = Callable[[DataFile, Read, Mapping[str, str], duckdb.DuckDBPyConnection], Part]

_READERS: dict[str, Reader] = {
    "delimited": read_delimited,
    "stata": read_stata,
    "spss": read_spss,
    "parquet": read_parquet,
    "excel": read_excel,
    "json": read_json,
    "r": read_r,
    "sdmx_csv": read_sdmx_csv,
    "sdmx_ml": read_sdmx_ml,
    "json_stat": read_json_stat,
    "questionnaire": read_questionnaire,
}


@dataclass(frozen=True)
class RawInput:
    """A file of a wave as received, and its role: data, layout or codebook."""

    path: Path
    role: str


@dataclass(frozen=True)
class RawTable:
    """The result of reading a wave, besides the table: its number of records, and codes that the files themselves mark
    as missing.

    `called_missing`: our column name -> codes and ranges as declarations write them, such as 99, 97..99 or .a
    `implied`: our column name -> how its layout implies decimals
    `names`: the producer's names of all columns that every file has, declared or not
    """

    records: int
    called_missing: Mapping[str, tuple[str, ...]]
    names: tuple[str, ...] = ()
    implied: Mapping[str, Implied] = field(default_factory=dict)


def read_wave(
    read: Read,
    files: Sequence[RawInput],
    columns: Mapping[str, str],
    output: Path,
    *,
    where: str,
    workdir: Path,
    memory_limit: str = "2GB",
) -> RawTable:
    """Write the raw table of a wave to `output` (Parquet).

    One row per record, files in order of their names, records in file order. Columns: those of `columns` (our name ->
    the producer's name), every value as stripped text and empty ones NULL; `_file`, the name of the file; `_row`, the
    record's number in it, from 1. Numbers of binary formats are written with the declared decimal mark, and without
    decimals when they are whole.
    `where` names the partition in errors; `workdir` is scratch space, left unchanged.

    Raises InputError when a file is not as declared under `read`, and DeclarationError when the declaration itself is
    wrong.
    """
    if not columns:
        raise DeclarationError(
            "no column is declared for this wave", where=where, remedy="name the wave's columns in columns.csv"
        )
    data = sorted((each for each in files if each.role == "data"), key=lambda each: (each.path.name, each.path))
    _check_names(data, where)
    workdir.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=workdir, prefix="read-") as folder:
        scratch = Path(folder)
        with connect(memory_limit=memory_limit, work=scratch / "spill") as connection:
            prepare(connection, read.decimal)
            reader = _reader(read, files, where, scratch)
            parts = [
                reader(_open(each, read, where, scratch / f"{number:05}"), read, columns, connection)
                for number, each in enumerate(data)
            ]
            every = set.intersection(*(set(part.file.names) for part in parts))
            names = tuple(name for name in parts[0].file.names if name in every)
            return RawTable(assemble(connection, parts, output), _called_missing(parts), names, parts[0].implied)


def _called_missing(parts: Sequence[Part]) -> dict[str, tuple[str, ...]]:
    """What any of the files marks as missing: a code cannot be a value in one file of a wave and missing in another."""
    called: dict[str, dict[str, None]] = {}
    for part in parts:
        for column, codes in part.called_missing.items():
            called.setdefault(column, {}).update(dict.fromkeys(codes))
    return {column: tuple(codes) for column, codes in called.items()}


def _check_names(data: Sequence[RawInput], where: str) -> None:
    if not data:
        raise InputError("the wave has no data file", where=where, remedy="check the wave's files in source.yaml")
    names = [each.path.name for each in data]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError(
            f"several files of the wave have the same name: {listed(twice)}",
            where=where,
            why="a record is identified by its file and its number in it",
            remedy="give each file of the wave a name of its own in source.yaml",
        )


def _open(each: RawInput, read: Read, where: str, folder: Path) -> DataFile:
    file = unwrap(_received(each, where, folder), read.member, Budget.of(each.path, read.maximum_expansion))
    kinds.require(file, read.format, kinds.kind_of(file.content))
    return file


def _received(each: RawInput, where: str, folder: Path) -> DataFile:
    at = f"{where}, {each.path.name}"
    if not each.path.is_file():
        raise InputError("the file is not there", where=at, remedy="fetch the wave again")
    folder.mkdir()
    return DataFile(each.path.name, each.path, at, folder)


def _reader(read: Read, files: Sequence[RawInput], where: str, scratch: Path) -> Reader:
    if read.layout is None:
        return _READERS[read.format]
    return partial(read_fixed_width, layout=_layout(read.layout, read, files, where, scratch))


def _layout(layout: Layout, read: Read, files: Sequence[RawInput], where: str, scratch: Path) -> FixedLayout:
    """The declared layout among the wave's other files: by its name, or inside the only archive that may contain it."""
    others = [each for each in files if each.role != "data"]
    named = [each for each in others if fnmatch(each.path.name, layout.file)]
    chosen = named or [each for each in others if kinds.kind_of(each.path) in ("zip", "gzip")]
    if len(chosen) != 1:
        names = listed(each.path.name for each in others) or "none"
        raise InputError(
            f"the layout '{layout.file}' is not exactly one of the wave's layout files: {names}",
            where=where,
            why="without the layout a line of digits has no meaning",
            remedy="list it among the wave's files with `role: layout`, and write its name under `read.layout.file`",
        )
    received = _received(chosen[0], where, scratch / "layout")
    file = unwrap(received, None if named else layout.file, Budget.of(received.content, read.maximum_expansion))
    return read_layout(file, layout)
