"""Finding the declared columns among the names that a file has."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from difflib import get_close_matches

from schemas.errors import InputError
from schemas.periods import WAVE
from transforms.read.files import DataFile, listed, plural, printable

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar", ":": "colon"}
"""Characters that may stand between fields, in words."""
_NUMBER = re.compile(r"[-+]?[\d.,]*\d[\d.,]*")
_PLACE = re.compile(r"#([1-9][0-9]{0,5})")
REPEATED = re.compile(r".#[1-9][0-9]*$")
"""The ending of a name that occurs several times in a file, as written by `numbered`."""
OR = " | "
"""Separates alternative names, of which each file of a wave has one."""
_LOST = "\ufffd"
_WAVE = re.compile(rf"\|({WAVE.pattern})")
"""The wave in the key of a partition."""


def tidy(name: str) -> str:
    """A column name without surrounding blanks; a non-breaking space within it becomes a space."""
    return " ".join(name.replace("\ufeff", "").split())


def numbered(names: Sequence[str]) -> list[str]:
    """Column names, tidied; those that occur several times are numbered: Total#1, Total#2."""
    found = [tidy(name) for name in names]
    counts = Counter(found)
    met: Counter[str] = Counter()
    result = []
    for name in found:
        met[name] += 1
        result.append(f"{name}#{met[name]}" if name and counts[name] > 1 else name)
    return result


def find_columns(names: Sequence[str], wanted: Mapping[str, str], file: DataFile, *, at: str) -> dict[str, int]:
    """Our column names -> the position of each in the file. `at` says where in the file the names are.

    A declared column is given by its name; by `Total#2`, the second of several with that name; by `#7`, its position,
    where it has no name or shares it; or by alternative names, `Country | Destination`, of which each file has one.
    Raises InputError when a declared column is missing or occurs twice, when a column with a unique name is given by
    its position, when the names are not names but a record, or when their letters are garbled.
    """
    found = numbered(names)
    file.names[:] = found
    wanted = {local: _chosen(tidy(name), found, file, at) for local, name in wanted.items()}
    raw = list(dict.fromkeys(wanted.values()))
    if twice := [name for name in raw if name not in found and f"{name}#1" in found]:
        fault = file.fault(
            f"the column names {listed(twice)} occur more than once",
            at=at,
            why="it is not known which of the columns is meant",
            remedy=f"write in columns.csv which is meant: '{twice[0]}#1' for the first, '{twice[0]}#2' for the second;"
            " joined files often repeat their columns",
        )
        raise _about(fault, wanted, twice)
    places = {name: place for name in raw if (place := _place(name, found)) is not None}
    missing = [name for name in raw if name not in places]
    if missing:
        _refuse_record(found, raw, file, at)
        _refuse_one_column(found, raw, file, at)
        raise _about(_missing(missing, found, raw, file, at), wanted, missing)
    _refuse_needless_places(places, found, file, at)
    _refuse_garbled(found, raw, file, at)
    return {local: places[name] for local, name in wanted.items()}


def _about(fault: InputError, wanted: Mapping[str, str], names: Sequence[str]) -> InputError:
    """A fault that is about the declared columns that have some names in the file."""
    fault.parts = tuple(("columns", local) for local, name in wanted.items() if name in names)
    return fault


def _chosen(name: str, found: Sequence[str], file: DataFile, at: str) -> str:
    """The one of several names (`Country | Destination`) that a file has; the name itself where it has none of them."""
    if name in found or OR not in name:
        return name
    there = [each for each in map(tidy, name.split(OR)) if _place(each, found) is not None]
    if len(there) > 1:
        raise file.fault(
            f"the file has {listed(there)}, of which columns.csv expects one",
            at=at,
            why="it is not known which of the columns is meant",
            remedy="name in columns.csv the one that is meant",
        )
    return there[0] if there else name


def _place(name: str, found: Sequence[str]) -> int | None:
    """The position of a column given by its name, or by its position where no column has that name; None without
    one."""
    if name in found:
        return found.index(name)
    place = _PLACE.fullmatch(name)
    return int(place[1]) - 1 if place and int(place[1]) <= len(found) else None


def _refuse_needless_places(places: Mapping[str, int], found: Sequence[str], file: DataFile, at: str) -> None:
    """Stop where a column with a unique name is given by its position: a column added before it would be read
    instead."""
    named = [
        f"'{printable(found[position])}' ({name})"
        for name, position in places.items()
        if name not in found and found[position] and not REPEATED.search(found[position])
    ]
    if named:
        raise file.fault(
            f"columns are given by their position and have a unique name: {', '.join(named[:10])}",
            at=at,
            why="if the producer adds a column, the wrong one would be read",
            remedy="write the name in columns.csv; `#7` is for columns without a name, or with one that repeats",
        )


def _refuse_record(found: list[str], raw: list[str], file: DataFile, at: str) -> None:
    """Names that are numbers are the values of a record, which must not be listed in an error."""
    numbers = sum(_NUMBER.fullmatch(name) is not None for name in found)
    if numbers == 0 or any(name in found for name in raw):
        return
    raise file.fault(
        f"there are no column names where they are expected: none of the {len(raw)} declared columns is there, and "
        f"{numbers} of {plural(len(found), 'field')} are numbers",
        at=at,
        why="without its header a file cannot be read by column name",
        remedy="check `read.header_row` and `read.delimiter` in source.yaml, and whether the file lost its header",
    )


def _refuse_one_column(found: list[str], raw: Sequence[str], file: DataFile, at: str) -> None:
    """A header of one field, in which another delimiter finds declared columns."""
    if len(found) != 1:
        return
    for delimiter, called in DELIMITERS.items():
        there = {tidy(name) for name in found[0].split(delimiter)}
        if len(there) > 1 and not there.isdisjoint(raw):
            raise file.fault(
                f"the header is one field, and the {called} ({delimiter!r}) in it separates declared columns",
                at=at,
                why="with the wrong delimiter fields run together",
                remedy=f"write `delimiter: {delimiter!r}` under `read` in source.yaml",
            )


def _missing(missing: list[str], found: list[str], raw: Sequence[str], file: DataFile, at: str) -> InputError:
    undeclared = [name for name in found if name not in raw]
    hints = [f"'{printable(name)}' ({_nearest(name, undeclared)})" for name in missing[:10]]
    more = f" and {len(missing) - 10} more" if len(missing) > 10 else ""
    wave = _WAVE.search(file.where)
    return file.fault(
        f"{plural(len(missing), 'declared column')} not in the file: {', '.join(hints)}{more}. "
        f"It has {plural(len(found), 'column')}; not declared are {listed(undeclared) or 'none'}",
        at=at,
        why="a variable without its column would be missing for everyone",
        remedy="if the producer has renamed a column, write its new name in columns.csv under this wave, or under "
        f"`from {wave[1] if wave else '2024'}` if it stays so (names of a benchmark are in source.yaml); if the wave "
        "lacks the column, leave its field empty",
    )


def _nearest(name: str, found: list[str]) -> str:
    """The name that a column may have now: one that goes on after the old one, else the most alike."""
    folded = {other.casefold(): other for other in reversed(found)}
    close = [other for other in folded if other.startswith(name.casefold())]
    close = close or get_close_matches(name.casefold(), list(folded), n=1, cutoff=0.6)
    return f"the nearest is '{printable(folded[close[0]])}'" if close else "no name resembles it"


def _refuse_garbled(found: list[str], raw: list[str], file: DataFile, at: str) -> None:
    garbled = [name for name in found if name not in raw and is_garbled(name)]
    if garbled:
        raise file.fault(
            f"the letters of column names are garbled: {listed(garbled, 5)}",
            at=at,
            why="the values are garbled in the same way, and would not be recognised",
            remedy="correct `read.encoding` in source.yaml; if the producer's own file is so, ask for a corrected one",
        )


def is_garbled(name: str) -> bool:
    """Whether letters were lost (U+FFFD), or were UTF-8 once and read as something else, so that ñ became Ã±."""
    if _LOST in name:
        return True
    for codec in ("latin-1", "windows-1252"):
        try:
            return name.encode(codec).decode("utf-8") != name
        except UnicodeError:
            continue
    return False
