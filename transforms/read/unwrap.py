"""Takes a file out of the zip and gzip around it, streamed to the work folder up to a plausible size."""

from __future__ import annotations

import errno
import gzip
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath
from typing import IO

from schemas.errors import InputError
from transforms.read import kinds
from transforms.read.files import DataFile, listed, printable

ABSOLUTE_CAP = 64 * 1024**3
ALWAYS_ALLOWED = 1024**2
NESTING = 2
_CHUNK = 1024**2
_CUT = "it was cut off while it was fetched or copied, or it is damaged"
_AGAIN = "fetch the file again and compare its size with the producer's"


@dataclass
class Budget:
    """How many bytes one received file may still unpack to, over all its layers."""

    limit: int
    received: int
    spent: int = 0

    @classmethod
    def of(cls, file: Path, maximum_expansion: int) -> Budget:
        """The budget of a received file: a multiple of its size, with a minimum for small files, never above the
        cap."""
        received = file.stat().st_size
        return cls(min(max(received * maximum_expansion, ALWAYS_ALLOWED), ABSOLUTE_CAP), received)

    def spend(self, amount: int, file: DataFile) -> None:
        """Count unpacked bytes. Raises InputError once they are more than the budget."""
        self.spent += amount
        if self.spent > self.limit:
            raise file.fault(
                f"the file of {self.received:,} bytes unpacks to more than the {self.limit:,} bytes allowed",
                why="an archive that expands like this (a zip bomb) would fill the disk and stop every other source",
                remedy="inspect it by hand; if it is genuine, raise `read.maximum_expansion` in source.yaml",
            )


def unwrap(file: DataFile, member: str | None, budget: Budget) -> DataFile:
    """The file inside an archive, or the file itself when it is none; archives are recognised by their bytes.

    `member` is the glob that selects a zip's member; an Office document is a zip too, but is not unwrapped. Raises
    InputError for archives that are cut, protected, too large, or nested more than once, and for zips without exactly
    one matching member.
    """
    inside = file
    for layer in range(NESTING + 1):
        kind = kinds.kind_of(inside.content)
        if kind not in _STEPS:
            return inside
        if layer == NESTING:
            raise inside.fault(
                "the archive holds an archive that holds an archive",
                why="only one archive inside another is unwrapped",
                remedy="unpack the outer ones into the mirror",
            )
        inside = _STEPS[kind](inside, inside.workdir / f"layer-{layer}", member, budget)
    return inside


def check_expansion(file: DataFile, budget: Budget) -> None:
    """Unpack every member of a workbook without keeping it, so that one that expands too much is found before it fills
    memory."""
    with _reading(file), zipfile.ZipFile(file.content) as archive:
        for info in archive.infolist():
            _refuse_protected(file, info)
            with archive.open(info) as stream:
                for chunk in iter(lambda: stream.read(_CHUNK), b""):
                    budget.spend(len(chunk), file)


def _from_gzip(file: DataFile, target: Path, _member: str | None, budget: Budget) -> DataFile:
    with _reading(file), gzip.open(file.content) as stream:
        _copy(stream, target, file, budget)
    return replace(file, content=target)


def _from_zip(file: DataFile, target: Path, member: str | None, budget: Budget) -> DataFile:
    with _reading(file), zipfile.ZipFile(file.content) as archive:
        info = _choose(file, archive.infolist(), member)
        _refuse_protected(file, info)
        inside = replace(file, where=f"{file.where}, member '{printable(info.filename)}'", content=target)
        if info.file_size > budget.limit:
            budget.spend(info.file_size, inside)
        with archive.open(info) as stream:
            _copy(stream, target, inside, budget)
    return inside


def _copy(stream: IO[bytes] | gzip.GzipFile, target: Path, file: DataFile, budget: Budget) -> None:
    with target.open("wb") as output:
        for chunk in iter(lambda: stream.read(_CHUNK), b""):
            budget.spend(len(chunk), file)
            output.write(chunk)


_STEPS: dict[str, Callable[[DataFile, Path, str | None, Budget], DataFile]] = {"zip": _from_zip, "gzip": _from_gzip}


def _choose(file: DataFile, infos: list[zipfile.ZipInfo], member: str | None) -> zipfile.ZipInfo:
    files = [info for info in infos if not info.is_dir() and not is_litter(info.filename)]
    fitting = [info for info in files if member is None or _fits(info.filename, member)]
    if not fitting:
        fitting = [info for info in files if info.filename.lower().endswith((".zip", ".gz"))]
    if len(fitting) == 1:
        return fitting[0]
    wanted = f"the pattern '{member}'" if member else "the one data file"
    names = listed((info.filename for info in files), 10) or "nothing"
    found = f"{len(fitting)} of them fit {wanted}" if fitting else f"none of them fits {wanted}"
    raise file.fault(
        f"the zip holds {names}: {found}",
        why="it is not known which of its files is the wave",
        remedy="set `read.member` in source.yaml to a pattern that exactly one of these names fits",
    )


def is_litter(name: str) -> bool:
    """Whether a member of a zip is a by-product of an operating system."""
    parts = PurePosixPath(name).parts
    return "__MACOSX" in parts or PurePosixPath(name).name in (".DS_Store", "Thumbs.db")


def _fits(name: str, pattern: str) -> bool:
    name, pattern = name.replace("\\", "/").lower(), pattern.lower()
    return fnmatch(name, pattern) or fnmatch(PurePosixPath(name).name, pattern)


def _refuse_protected(file: DataFile, info: zipfile.ZipInfo) -> None:
    if info.flag_bits & 0x1:
        raise file.fault(
            f"the zip is protected by a password (member '{printable(info.filename)}')",
            why="its content cannot be read without it",
            remedy="ask the producer for an open file, or unpack it into the mirror where that is allowed",
        )


@contextmanager
def _reading(file: DataFile) -> Iterator[None]:
    """Errors of the archive libraries, in words; a full disk and other faults of the machine are passed on."""
    try:
        yield
    except (zipfile.BadZipFile, gzip.BadGzipFile, EOFError, zlib.error, struct.error, ValueError) as error:
        raise _damaged(file) from error
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
        raise _damaged(file) from error
    except (NotImplementedError, RuntimeError) as error:
        raise file.fault(
            f"the archive is packed in a way that cannot be read here ({error})",
            remedy="ask for an ordinary zip (deflate) or gzip",
        ) from error


def _damaged(file: DataFile) -> InputError:
    return file.fault(
        f"the file cannot be unpacked (zip, gzip and xlsx are packed files): {_CUT}",
        why="records at its end are missing",
        remedy=_AGAIN,
    )
