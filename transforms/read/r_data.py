"""R's own files (.rds, .rda): one data frame, its factors as their levels; files that hold code are refused.

R's `readRDS` and `load` restore whatever was saved, including functions, which may run. Here the file is only parsed,
by rdata, and only a data frame is taken from it.
"""

from __future__ import annotations

import bz2
import lzma
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Literal

import duckdb

from schemas.nearest import nearest
from schemas.read import Read
from transforms.read.assemble import Part
from transforms.read.files import DataFile, listed
from transforms.read.header import find_columns
from transforms.read.parts import text, write_part
from transforms.read.unwrap import Budget

if TYPE_CHECKING:
    from rdata.parser import RObject

CHUNK = 100_000
_PACKED: Mapping[bytes, Callable[[Path, Literal["rb"]], IO[bytes]]] = {b"BZh": bz2.open, b"\xfd7z": lzma.open}
_CODE = frozenset(
    ["CLO", "ENV", "PROM", "LANG", "SPECIAL", "BUILTIN", "DOT", "EXPR", "BCODE", "WEAKREF", "ATTRLANG", "NAMESPACE",
     "GLOBALENV"]
)  # fmt: skip
_EPOCH, _FIRST_MOMENT = date(1970, 1, 1), datetime(1970, 1, 1, tzinfo=UTC)
_UTF8, _LATIN1 = 1 << 3, 1 << 2
"""Flags of a text that say how it is encoded (R Internals, section 1.1)."""


def read_r(file: DataFile, read: Read, wanted: Mapping[str, str], _connection: duckdb.DuckDBPyConnection) -> Part:
    """The data frame of an R file as a part: `sheet` names it where the file holds several.

    Factors are given by their levels as text, labelled numbers (haven) by the numbers, with `na_values` and `na_range`
    reported as missing; dates and times are in ISO 8601. Raises InputError when the file holds functions, calls or
    environments, no data frame or several, is damaged, lacks a wanted column or has no record.
    """
    tree, encoding = _parsed(file, read)
    _refuse_code(file, tree)
    frame = _frame(file, tree, read.sheet)
    names = _texts(_attributes(frame)["names"], encoding)
    positions = find_columns([name or "" for name in names], wanted, file, at="its columns")
    columns = {local: frame.value[position] for local, position in positions.items()}
    values = {local: _values(file, wanted[local], column, encoding) for local, column in columns.items()}

    def batches() -> Iterator[dict[str, list[object]]]:
        for start in range(0, len(next(iter(values.values()))), CHUNK):
            yield {local: column[start : start + CHUNK] for local, column in values.items()}

    part = write_part(file, list(columns), batches(), read.decimal)
    called = {local: _called_missing(column) for local, column in columns.items()}
    return replace(part, called_missing={local: codes for local, codes in called.items() if codes})


@dataclass(frozen=True)
class RColumn:
    """A column of a data frame: its name, its label, and what its codes mean, as haven keeps them."""

    name: str
    label: str
    values: Mapping[str, str]


def r_columns(file: DataFile, read: Read) -> list[RColumn]:
    """The columns of the data frame of an R file, in order. Raises InputError as `read_r` does."""
    tree, encoding = _parsed(file, read)
    _refuse_code(file, tree)
    frame = _frame(file, tree, read.sheet)
    names = _texts(_attributes(frame)["names"], encoding)
    return [_described(name or "", column, encoding) for name, column in zip(names, frame.value, strict=True)]


def _described(name: str, column: RObject, encoding: str) -> RColumn:
    attributes = _attributes(column)
    label = _texts(attributes["label"], encoding)[0] if "label" in attributes else ""
    values: dict[str, str] = {}
    if "labels" in attributes and "names" in (of_codes := _attributes(attributes["labels"])):
        codes = _values_of_labels(attributes["labels"], encoding)
        values = {
            text(code) or "": words or ""
            for code, words in zip(codes, _texts(of_codes["names"], encoding), strict=True)
        }
    return RColumn(name, label or "", values)


def _values_of_labels(labels: RObject, encoding: str) -> list[object]:
    return list(_texts(labels, encoding)) if labels.info.type.name == "STR" else list(labels.value.tolist())


def _parsed(file: DataFile, read: Read) -> tuple[RObject, str]:
    """The content of the file, and the encoding of texts that do not state theirs."""
    from rdata.parser import parse_data

    content = _content(file, read)
    try:
        found = parse_data(content, extension=".rda" if content.startswith(b"RD") else ".rds")
    except Exception as error:  # a damaged file may cause any error in the parser
        raise file.fault(
            f"the R file cannot be read to its end ({type(error).__name__}): it is cut or damaged, or of an unknown"
            " version",
            why="its last records would be missing",
            remedy="fetch the file again; if it opens in R, save the data frame with saveRDS and ask the producer",
        ) from error
    stated = found.extra.encoding if found.extra is not None else None
    return found.object, read.encoding if "encoding" in read.model_fields_set else stated or read.encoding


def _content(file: DataFile, read: Read) -> bytes:
    """The bytes of the file; R's own compression (bzip2, xz) is unpacked, up to the allowed size."""
    with file.content.open("rb") as stream:
        opened = _PACKED.get(stream.read(3))
    if opened is None:
        return file.content.read_bytes()
    budget = Budget.of(file.content, read.maximum_expansion)
    with opened(file.content, "rb") as stream:
        content = bytes(stream.read(budget.limit + 1))
    budget.spend(len(content), file)
    return content


def _refuse_code(file: DataFile, tree: RObject) -> None:
    """Stop at functions, calls and environments, wherever they are attached."""
    waiting: list[Any] = [tree]
    while waiting:
        each = waiting.pop()
        if each is None or not hasattr(each, "info"):
            continue
        if each.info.type.name in _CODE:
            raise file.fault(
                "the R file holds code (a function, a formula or an environment) besides its data",
                why="code in a data file may run wherever the file is opened, and has not been checked",
                remedy="save the table alone in R: d <- as.data.frame(d), remove its attributes of that kind"
                " (attributes(d) names them), saveRDS(d, 'file.rds'); or ask the producer for text, Stata or SPSS",
            )
        if each.info.type.name != "STR":
            waiting += each.value if isinstance(each.value, list | tuple) else []
        waiting += [each.attributes, each.tag]


def _frame(file: DataFile, tree: RObject, name: str | None) -> RObject:
    """The only data frame of a file, or the one with the given name."""
    kind = tree.info.type.name
    found = dict(_pairs(tree)) if kind == "LIST" else {"": tree}
    frames = {each: held for each, held in found.items() if "data.frame" in _classes(held)}
    if kind == "LIST" and name is not None and name not in frames:
        raise file.fault(
            f"there is no data frame '{name}'{nearest(name, frames)}",
            why="the records cannot be found",
            remedy=f"correct `read.sheet` in source.yaml: the file has {listed(frames) or 'none'}",
        )
    chosen = [frames[name]] if kind == "LIST" and name is not None else list(frames.values())
    if len(chosen) == 1:
        return chosen[0]
    raise file.fault(
        f"the R file holds {len(chosen) or 'no'} data frame(s): {listed(frames)}"
        if frames
        else "the R file holds no data frame",
        why="it is not known which of them holds the records" if frames else "only tables of records are read",
        remedy="name it as `sheet` under `read` in source.yaml" if frames else "save the records as a data frame in R",
    )


def _pairs(pairs: RObject | None) -> Iterator[tuple[str, RObject]]:
    """The names and values of a list of pairs, such as attributes or what `save` wrote."""
    at = pairs
    while at is not None and at.info.type.name in ("LIST", "ATTRLIST"):
        tag = at.tag.referenced_object if at.tag is not None and at.tag.info.type.name == "REF" else at.tag
        name = tag.value.value if tag is not None and tag.value is not None else b""
        yield (name or b"").decode("utf-8", "replace"), at.value[0]
        at = at.value[1]


def _attributes(held: RObject) -> dict[str, RObject]:
    return dict(_pairs(held.attributes))


def _classes(held: RObject) -> list[str | None]:
    found = _attributes(held).get("class")
    return _texts(found, "utf-8") if found is not None else []


def _texts(held: RObject, encoding: str) -> list[str | None]:
    """Texts, each in the encoding that it states, or else in that of the file."""
    return [_text(each, encoding) for each in held.value]


def _text(held: RObject, encoding: str) -> str | None:
    if held.value is None:
        return None
    stated = "utf-8" if held.info.gp & _UTF8 else "latin-1" if held.info.gp & _LATIN1 else encoding
    return str(held.value.decode(stated, "replace"))


def _values(file: DataFile, name: str, column: RObject, encoding: str) -> list[object]:
    """The values of one column; NA is None."""
    kind = column.info.type.name
    if kind == "STR":
        return list(_texts(column, encoding))
    if kind not in ("INT", "REAL", "LGL"):
        raise file.fault(
            f"the column '{name}' holds {'a list' if kind == 'VEC' else kind}, not one value per record",
            why="a list has no single value to harmonise",
            remedy="declare another column, or ask the producer for one value per record",
        )
    numbers: list[Any] = column.value.tolist()
    attributes = _attributes(column)
    if "levels" in attributes:
        levels = [None, *_texts(attributes["levels"], encoding)]
        return [levels[number] if number is not None else None for number in numbers]
    known = [None if number is None or number != number else number for number in numbers]  # noqa: PLR0124 - NaN
    classes = _classes(column)
    if "Date" in classes:
        return [None if number is None else _EPOCH + timedelta(days=int(number // 1)) for number in known]
    if "POSIXct" in classes:
        moments = [None if number is None else _FIRST_MOMENT + timedelta(seconds=number) for number in known]
        return [None if moment is None else moment.replace(tzinfo=None) for moment in moments]
    return list(known)


def _called_missing(column: RObject) -> tuple[str, ...]:
    """What labelled numbers (haven's `labelled_spss`) mark as missing, as declarations write it."""
    attributes = _attributes(column)
    single = attributes["na_values"].value.tolist() if "na_values" in attributes else []
    ends = attributes["na_range"].value.tolist() if "na_range" in attributes else []
    codes = [f"{number:g}" for number in single]
    if len(ends) == 2:
        low, high = ("" if abs(end) == float("inf") else f"{end:g}" for end in ends)
        codes.append(f"{low}..{high}")
    return tuple(codes)
