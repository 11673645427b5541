"""From a producer's files to their description: roles of the files, archives, reading, labels, what columns appear to
be."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any

from schemas.errors import InputError
from schemas.read import Layout, Read
from transforms.describe import codebook
from transforms.describe.ages import ages_by_column
from transforms.describe.described import Column, Described
from transforms.describe.guess import Guess, guess_encoding, guess_read, sample_lines
from transforms.describe.keys import person_key
from transforms.describe.profile import ColumnProfile, guess_decimal, profile
from transforms.describe.recognise import is_personal, recognise
from transforms.duck import connect
from transforms.read import RawInput, RawTable, kinds, read_wave
from transforms.read.files import DataFile, listed
from transforms.read.layout_workbook import read_layout_workbook
from transforms.read.layouts import FixedLayout, read_layout
from transforms.read.unwrap import Budget, is_litter, unwrap

_TABLES = (".csv", ".tsv", ".tab", ".txt", ".dat", ".asc", ".parquet", ".xlsx", ".xls", ".json")
_DATA = (*_TABLES, ".dta", ".sav", ".zsav", ".rds", ".rda")
_SAS = re.compile(r"\binput\b[^;]*?(?:@\s*\d+\s+[A-Za-z_]\w*|[A-Za-z_]\w*\s+\$?\s*\d+\s*-\s*\d+)", re.IGNORECASE)
_EXPANSION = 200


@dataclass(frozen=True)
class Given:
    """A file as given, the file inside it, and the member of a zip that it is."""

    path: Path
    inside: DataFile
    member: str | None


@dataclass(frozen=True)
class Layouts:
    """What the other files document about the data: labels, a layout of fixed-width text, how a CSV is written."""

    labels: codebook.Codebook
    fixed: FixedLayout | None
    read: Layout | None
    dialect: Mapping[str, Any]


@dataclass(frozen=True)
class _Said:
    """What one file documents: labels, a layout of fixed-width text if it is one, how a CSV is written."""

    labels: codebook.Codebook
    layout: Layout | None = None
    dialect: Mapping[str, Any] = field(default_factory=dict)


def describe_files(
    data: Sequence[Path],
    layouts: Sequence[Path] = (),
    *,
    workdir: Path,
    member: str | None = None,
    sheet: str | None = None,
    memory_limit: str = "2GB",
) -> Described:
    """The contents of the data files of one wave, all of the same layout; `layouts` are their codebooks, layouts and
    metadata.

    Raises InputError when a file cannot be read, or its kind is not known, with what to give in addition.
    """
    workdir.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=workdir, prefix="describe-") as folder:
        scratch = Path(folder)
        first = open_given(data[0], scratch / "data", member)
        beside = _layouts([open_given(each, scratch / f"layout-{n}", None) for n, each in enumerate(layouts)], first)
        guess = guess_read(first.inside, beside.fixed, layout_read=beside.read, dialect=beside.dialect, sheet=sheet)
        if first.member:
            guess = replace(guess, read=guess.read.model_copy(update={"member": first.member}))
        return _described(data, layouts, guess, joined_labels(first, beside, sheet), scratch, memory_limit)


def open_given(path: Path, workdir: Path, member: str | None) -> Given:
    """A file taken out of the archives around it. Raises InputError when several members of a zip may be meant."""
    if not path.is_file():
        raise InputError("the file does not exist", where=str(path), remedy="check its name and folder")
    workdir.mkdir(parents=True, exist_ok=True)
    received = DataFile(path.name, path, path.name, workdir)
    chosen = (member or _member(received)) if kinds.kind_of(path) == "zip" else None
    return Given(path, unwrap(received, chosen, Budget.of(path, _EXPANSION)), chosen)


def _member(file: DataFile) -> str | None:
    """The pattern of the one member of a zip that can be the data; None where there is nothing to choose."""
    try:
        with zipfile.ZipFile(file.content) as archive:
            names = [info.filename for info in archive.infolist() if not info.is_dir() and not is_litter(info.filename)]
    except (zipfile.BadZipFile, NotImplementedError, OSError):
        return None  # the error is raised when it is unwrapped
    if len(names) < 2:
        return None
    fitting = [name for name in names if name.lower().endswith(_DATA)]
    if len(fitting) == 1:
        return f"*{PurePosixPath(fitting[0]).suffix}"
    raise file.fault(
        f"the zip holds {listed(names, 10)}",
        why="it is not known which of them to describe",
        remedy=f"name it, as in --member '{PurePosixPath((fitting or names)[0]).name}'",
    )


def is_layout(given: Given) -> bool:
    """Whether a file documents the columns of others, and is not data itself."""
    kind = _kind(given.inside)
    if kind in ("workbook", "ole"):
        return len(read_layout_workbook(given.inside)) > 1
    return _said(given, "") is not None


def _kind(file: DataFile) -> str:
    """The kind of a file; XML may lack its first line."""
    kind = kinds.kind_of(file.content)
    with file.content.open("rb") as stream:
        return "xml" if kind == "text" and stream.read(64).lstrip().startswith(b"<") else kind


def _said(given: Given, table: str) -> _Said | None:
    """What a file documents about the data; None where it is not a layout, codebook or metadata."""
    file, name = given.inside, given.member or given.path.name
    kind = _kind(file)
    if kind == "xml":
        return _Said(codebook.ddi_labels(file), Layout(format="ddi", file=name))
    if kind in ("workbook", "ole"):
        return _Said(codebook.workbook_labels(file), Layout(format="workbook", file=name))
    if kind == "json" and (csvw := codebook.read_csvw(file, table)):
        return _Said(csvw.labels, None, csvw.dialect)
    if kind == "text" and (program := _sas_program(file)):
        return _Said(codebook.sas_labels(program), Layout(format="sas", file=name, encoding=guess_encoding(file)))
    return None


def _sas_program(file: DataFile) -> str | None:
    if file.content.stat().st_size > codebook.SIZE_CAP:
        return None
    encoding = guess_encoding(file)
    if not _SAS.search("\n".join(sample_lines(file, encoding))):
        return None
    return file.content.read_text(encoding=encoding, errors="replace")


def _layouts(given: Sequence[Given], data: Given) -> Layouts:
    """What all files beside the data document together."""
    said = []
    for each in given:
        found = _said(each, data.path.name)
        if found is None:
            raise each.inside.fault(
                "the documentation in this file is not understood",
                remedy="layouts are SAS programs, DDI codebooks (XML), workbooks of variables and CSVW metadata",
            )
        said.append((each.inside, found))
    labels = codebook.joined(*(found.labels for _, found in said))
    dialect = {name: value for _, found in said for name, value in found.dialect.items()}
    for file, found in said:
        if found.layout and kinds.kind_of(data.inside.content) == "text" and (places := _fixed(file, found.layout)):
            return Layouts(labels, places, found.layout, dialect)
    return Layouts(labels, None, None, dialect)


def _fixed(file: DataFile, layout: Layout) -> FixedLayout | None:
    """The positions of variables given by a layout; None where it gives labels only."""
    try:
        return read_layout(file, layout)
    except InputError:
        if layout.format == "sas":
            raise
        return None


def joined_labels(data: Given, beside: Layouts, sheet: str | None) -> codebook.Codebook:
    """The documentation of the columns in the data file and the files beside it; the latter take precedence."""
    kind = kinds.kind_of(data.inside.content)
    own: codebook.Codebook = {}
    if kind == "stata":
        own = codebook.stata_labels(data.inside)
    elif kind == "spss":
        own = codebook.spss_labels(data.inside)
    elif kind == "r":
        own = codebook.r_labels(data.inside, sheet)
    return codebook.joined(beside.labels, own)


def _described(
    data: Sequence[Path],
    layouts: Sequence[Path],
    guess: Guess,
    labels: codebook.Codebook,
    scratch: Path,
    memory_limit: str,
) -> Described:
    left_out = {name: "its name occurs more than once" for name in guess.names if name and guess.names.count(name) > 1}
    columns = {f"c{number}": name for number, name in enumerate(guess.names, 1) if name and name not in left_out}
    files = [RawInput(path, "data") for path in data] + [RawInput(path, "layout") for path in layouts]
    table = scratch / "raw.parquet"
    read, raw = _read(guess.read, files, columns, table, data[0].name, scratch, memory_limit)
    with connect(memory_limit=memory_limit, work=scratch / "spill") as connection:
        profiles = profile(connection, table, columns, read.decimal)
        known = _known(profiles, labels, {columns[local]: codes for local, codes in raw.called_missing.items()})
        alike = recognise(list(zip(profiles, known, strict=True)))
        looks_like = {each.name: looks for each, looks in zip(profiles, alike, strict=True)}
        key = person_key(connection, table, columns, looks_like, raw.records)
        ages = ages_by_column(connection, table, columns, looks_like)
    found = tuple(
        Column(each, said, looks, is_personal(each, said), ages.get(each.name))
        for each, said, looks in zip(profiles, known, alike, strict=True)
    )
    return Described(read, raw.records, found, left_out, guess.remarks, key)


def _known(
    profiles: Sequence[ColumnProfile], labels: codebook.Codebook, called: Mapping[str, tuple[str, ...]]
) -> list[codebook.VariableLabels]:
    """The documentation of each column, whatever the case of its name, and the codes marked as missing."""
    folded = {name.casefold(): found for name, found in labels.items()}
    nothing = codebook.VariableLabels()
    return [
        codebook.with_missing(folded.get(each.name.casefold(), nothing), called.get(each.name, ())) for each in profiles
    ]


def _read(
    read: Read,
    files: Sequence[RawInput],
    columns: dict[str, str],
    table: Path,
    where: str,
    scratch: Path,
    memory_limit: str,
) -> tuple[Read, RawTable]:
    """Read the wave as a run would, and find the decimal mark in text columns."""
    raw = read_wave(read, files, columns, table, where=where, workdir=scratch, memory_limit=memory_limit)
    if read.format not in ("delimited", "fixed_width"):
        return read, raw
    with connect(memory_limit=memory_limit, work=scratch / "spill") as connection:
        mark = guess_decimal(connection, table, list(columns))
    return (read.model_copy(update={"decimal": mark}) if mark != read.decimal else read), raw
