"""Which of a wave's declared files those are that somebody gives: by their names, else by their order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath

from schemas.errors import InputError
from schemas.partition import Partition
from schemas.source import Runnable
from schemas.spellings import NAMED, filled
from schemas.wave import RawFile
from transforms.read import RawInput
from warehouse.intake.addresses import wave_values


@dataclass(frozen=True)
class GivenFiles:
    """The wave's files under their declared names, where each is, and remarks on how they were found."""

    files: tuple[RawInput, ...]
    places: tuple[Path, ...]
    remarks: tuple[str, ...]


def given_files(source: Runnable, wave: str, given: Sequence[Path], mirror: Path | None, folder: Path) -> GivenFiles:
    """The files of a wave from those given, linked into a folder under the names that the declaration knows them by.

    A file that has another name than any declared one is taken for the first that is still without, data first. What
    describes the data (a layout) may be left out where it lies in the mirror.
    Raises InputError for files that do not exist, or of which the wave has fewer.
    """
    _require_there(given)
    declared = _by_need(_files(source, wave))
    called = {each: _named(source, wave, each) for each in given}
    taken = {each: found for each in given if (found := next(iter(called[each]), None)) is not None}
    remarks = []
    for file in given:
        if file in taken:
            continue
        free = [each for each in declared if each.many is not None or each not in taken.values()]
        if not free:
            raise _too_many(source, wave, file)
        taken[file] = free[0]
        remarks.append(f"{file.name} is taken for {free[0].name}, which has another name in the declaration")
    files = [_linked(folder, file, of, rename=not called[file]) for file, of in taken.items()]
    places = list(taken)
    described = [each for each in declared if each.role == "layout" and each not in taken.values()]
    for each in described:
        there = mirror / each.mirror if mirror and each.mirror else None
        if there is not None and there.is_file():
            files.append(RawInput(there, each.role))
            places.append(there)
            remarks.append(f"{each.name}, which describes the data, is taken from the mirror")
    lacking = [each.name for each in declared if each.role == "data" and each not in taken.values()]
    remarks += [f"the wave has a further file, {name}, which was not given" for name in lacking]
    return GivenFiles(tuple(files), tuple(places), tuple(remarks))


def wave_of(source: Runnable, wave: str | None, given: Sequence[Path]) -> str:
    """The wave that files are of: the one asked for, else the last whose files are called so, else the only one.

    Raises InputError for a wave that is not declared, and where nothing shows which wave it is.
    """
    if not source.waves:
        raise InputError(
            f"{source.id} declares no wave", remedy="declare the wave of the file under `waves` or `series`"
        )
    if wave is not None and wave not in source.waves:
        raise InputError(
            f"{source.id} declares no wave {wave}", remedy=f"use one of: {', '.join(source.waves)}, or declare it"
        )
    named = [each for each in source.waves if any(_named(source, each, file) for file in given)]
    if wave is None and not named and len(source.waves) > 1:
        raise InputError(
            f"no wave of {source.id} has a file called {', '.join(file.name for file in given)}",
            why="columns and codes may be other ones in each wave",
            remedy=f"say by --wave which one it is: {', '.join(source.waves)}",
        )
    return wave or (named or list(source.waves))[-1]


def _files(source: Runnable, wave: str) -> list[RawFile]:
    """The files of a wave, their names filled in; what only several files together tell stands as a pattern."""
    declared = source.waves[wave]
    values = wave_values(source, Partition(source.id, wave), declared.settings)

    def filled_in(text: str) -> str:
        return NAMED.sub("*", filled(text, values))

    return [
        each.model_copy(update={"name": filled_in(each.name), "mirror": filled_in(each.mirror or "")})
        for each in declared.files
    ]


def _named(source: Runnable, wave: str, file: Path) -> list[RawFile]:
    """The declared files of a wave that a file is called as: what it is kept as, or what the mirror calls it."""
    return [
        each
        for each in _files(source, wave)
        if any(fnmatch(file.name, PurePosixPath(name).name) for name in (each.name, each.mirror) if name)
    ]


def _by_need(files: Sequence[RawFile]) -> list[RawFile]:
    return sorted(files, key=lambda each: ("data", "layout", "codebook").index(each.role))


def _linked(folder: Path, file: Path, of: RawFile, *, rename: bool) -> RawInput:
    """A file under the name that tables and joins know it by; one of many keeps its own."""
    name = of.name if (rename or of.many is None) and not _is_pattern(of.name) else file.name
    link = folder / name
    if link.is_symlink():
        raise InputError(
            f"two files are given for {name}",
            why="it is not known which of them is the wave's",
            remedy="give each file of the wave once",
        )
    link.symlink_to(file.resolve())
    return RawInput(link, of.role)


def _is_pattern(name: str) -> bool:
    return any(sign in name for sign in "*?[")


def _require_there(given: Sequence[Path]) -> None:
    for file in given:
        if not file.is_file():
            raise InputError(f"there is no file {file}", remedy="give the path of the file that was received")


def _too_many(source: Runnable, wave: str, file: Path) -> InputError:
    names = [each.name for each in _files(source, wave)]
    return InputError(
        f"{file.name} is one file more than wave {wave} has",
        where=source.id,
        why="it is not known how to read it",
        remedy=f"declare it among the wave's files, which are {', '.join(names)}",
    )
