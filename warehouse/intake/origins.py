"""Where each file of a wave comes from: the producer's address, a local path, or the mirror."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from glob import has_magic
from pathlib import Path, PurePosixPath

import httpx

from schemas.errors import DeclarationError, InputError, SourceUnavailable
from schemas.partition import Partition
from schemas.services import Query
from schemas.source import Source
from schemas.spellings import placeholders
from schemas.wave import Origin, RawFile, Wave
from warehouse.intake.access import Access
from warehouse.intake.addresses import combinations, fill, wave_values
from warehouse.intake.services import Question, question_of
from warehouse.intake.vintage import MANIFEST, REASON, Role


@dataclass(frozen=True)
class Wanted:
    """One file to fetch under `name`: copied from `path`, or downloaded from `address` when there is no path.

    link  the pattern of its name on the page at `address`, which then only links to the file
    """

    name: str
    role: Role
    address: str
    path: Path | None = None
    link: str = ""
    question: Question | None = None


@dataclass(frozen=True)
class Plan:
    """The files to fetch, and in words those that should exist and do not."""

    wanted: tuple[Wanted, ...]
    missing: tuple[str, ...]


def plan_fetch(source: Source, partition: Partition, access: Access) -> Plan:
    """Where every file of the wave comes from. Nothing is downloaded and nothing is written.

    Online, a file comes from its producer's address; otherwise from the mirror; a `local` address is a path on this
    machine and needs neither, but must be in the mirror or a folder of `access.local`: declarations have many authors,
    and the files that they name are copied and shown.

    Raises SourceUnavailable when a file has none of these, DeclarationError when a pattern cannot be filled in or leads
    out of these folders, InputError when the mirror is not a folder or a link leads out of it.
    """
    source = source.from_origin(partition.wave, origin_by(source, partition, access))
    planner = _Planner(source, partition, declared_wave(source, partition), access)
    plans = [planner.plan(file) for file in planner.wave.files]
    wanted = tuple(item for plan in plans for item in plan.wanted)
    _check_names(wanted, partition)
    return Plan(wanted, tuple(text for plan in plans for text in plan.missing))


def origin_by(source: Source, partition: Partition, access: Access) -> Origin:
    """Where the files of a wave come from. Raises DeclarationError when the source has no such wave."""
    declared_wave(source, partition)
    files = source.from_origin(partition.wave, "producer").waves[partition.wave].files
    online = access.online and source.fetch.method not in ("local", "generator")
    return "producer" if online and any(file.is_offered for file in files) else "mirror"


def declared_wave(source: Source, partition: Partition) -> Wave:
    """The declaration of a partition's wave. Raises DeclarationError when the source has no such wave."""
    if partition.wave not in source.waves:
        raise DeclarationError(
            f"{source.id} declares no wave {partition.wave}",
            where=f"{source.id}, source.yaml, waves",
            remedy=f"use one of {', '.join(sorted(source.waves))}, or declare it",
        )
    return source.waves[partition.wave]


@dataclass(frozen=True)
class _Planner:
    source: Source
    partition: Partition
    wave: Wave
    access: Access

    def plan(self, file: RawFile) -> Plan:
        """Where one declared file, or the several files it stands for, comes from."""
        local, online, mirror = self.source.fetch.method == "local", self.access.online, self.access.mirror
        if file.query and online and not local:
            return self._from_service(file, file.query)
        if file.listing and file.link and online and not local:
            return self._from_listing(file, file.listing, file.link)
        if file.address and online and not local:
            return self._from_producer(file, file.address)
        if file.mirror and mirror and not (local and online):
            return self._from_mirror(file, file.mirror, mirror)
        if file.address and local:
            return self._from_path(file, file.address)
        raise self._unavailable(file)

    def _where(self, file: RawFile) -> str:
        return f"{self.partition.key}, file {file.name}"

    def _values(self) -> dict[str, str]:
        return wave_values(self.source, self.partition, self.wave.settings)

    def _filled(self, file: RawFile, pattern: str) -> Iterator[tuple[str, dict[str, str]]]:
        """The pattern filled in for each combination of the parameters it uses, with the values used."""
        for combination in combinations(pattern, file.parameters):
            clash = combination.keys() & self._values().keys()
            if clash:
                raise DeclarationError(
                    f"the parameter '{min(clash)}' has the name of a value that every wave has",
                    where=self._where(file),
                    remedy="choose another name",
                )
            values = self._values() | combination
            yield fill(pattern, values, self._where(file)), values

    def _from_producer(self, file: RawFile, pattern: str) -> Plan:
        wanted = []
        for address, values in self._filled(file, pattern):
            self._check_address(file, address)
            name = self._name(file, values, PurePosixPath(httpx.URL(address).path).name)
            wanted.append(Wanted(name, file.role, address))
        if file.many not in (None, len(wanted)):
            raise DeclarationError(
                f"{file.many} files are declared, but the address and its parameters give {len(wanted)}",
                where=self._where(file),
                remedy="correct `many` or `parameters`",
            )
        return Plan(tuple(wanted), ())

    def _from_service(self, file: RawFile, query: Query) -> Plan:
        values, where = self._values(), self._where(file)
        question = question_of(query.filled(lambda text: fill(text, values, where)), where)
        self._check_address(file, question.address)
        name = self._name(file, values, file.name)
        return Plan((Wanted(name, file.role, question.address, question=question),), ())

    def _from_listing(self, file: RawFile, listing: str, link: str) -> Plan:
        values, where = self._values(), self._where(file)
        address = fill(listing, values, where)
        self._check_address(file, address)
        name = self._name(file, values, file.name)
        return Plan((Wanted(name, file.role, address, link=fill(link, values, where)),), ())

    def _check_address(self, file: RawFile, address: str) -> None:
        try:
            url = httpx.URL(address)
        except httpx.InvalidURL as error:
            raise DeclarationError(f"'{address}' is not an address: {error}", where=self._where(file)) from error
        if url.scheme not in ("http", "https") or not url.host:
            raise DeclarationError(
                f"'{address}' is not an http or https address",
                where=self._where(file),
                remedy="write the full address, or declare `method: local` for a path",
            )
        if url.userinfo:
            raise DeclarationError(
                "the address holds a user name or password",
                where=self._where(file),
                why="the address is kept with the data and published",
                remedy="declare an address that needs none, or use the mirror",
            )

    def _from_mirror(self, file: RawFile, pattern: str, mirror: Path) -> Plan:
        root = mirror.resolve()
        if not root.is_dir():
            raise InputError("the mirror is not a folder", where=str(mirror), remedy="correct ILMS_MIRROR, or unset it")
        wanted, missing = [], []
        for place, values in self._filled(file, pattern):
            self._check_inside(file, place)
            found, faults = _look(root, place, several=file.many is not None)
            missing += [f"{fault} in the mirror {mirror}" for fault in faults]
            for path in found:
                if not path.resolve().is_relative_to(root):
                    raise InputError(
                        f"'{path.relative_to(root)}' is a link that leads out of the mirror",
                        where=self._where(file),
                        remedy="put the file itself there",
                    )
                address = f"mirror:{path.relative_to(root).as_posix()}"
                wanted.append(Wanted(self._name(file, values, path.name), file.role, address, path.resolve()))
        return Plan(tuple(wanted), (*missing, *_count_fault(file, len(wanted))))

    def _check_inside(self, file: RawFile, place: str) -> None:
        parts = PurePosixPath(place)
        if parts.is_absolute() or ".." in parts.parts or "\0" in place:
            raise DeclarationError(
                f"'{place}' leads out of the mirror",
                where=self._where(file),
                remedy="write a path below the mirror's folder, without '..'",
            )

    def _from_path(self, file: RawFile, pattern: str) -> Plan:
        wanted, missing = [], []
        for place, values in self._filled(file, pattern):
            path = Path(place).expanduser()
            if not path.is_absolute():
                raise DeclarationError(
                    f"the local path '{place}' is relative",
                    where=self._where(file),
                    why="its meaning would depend on where the pipeline is started",
                    remedy="write the full path, or one that starts with ~/",
                )
            # Checked before anything is looked for: whether a file exists is revealed for these folders only.
            self._check_readable(file, _before_pattern(path) if file.many is not None else path)
            found, faults = _look(Path(path.anchor), str(path.relative_to(path.anchor)), file.many is not None)
            missing += [f"{fault} on this machine" for fault in faults]
            for hit in found:
                self._check_readable(file, hit)
            wanted += [
                Wanted(self._name(file, values, hit.name), file.role, f"local:{hit}", hit.resolve()) for hit in found
            ]
        return Plan(tuple(wanted), (*missing, *_count_fault(file, len(wanted))))

    def _check_readable(self, file: RawFile, path: Path) -> None:
        folders = [folder.resolve() for folder in (*filter(None, [self.access.mirror]), *self.access.local)]
        if not any(path.resolve().is_relative_to(folder) for folder in folders):
            raise DeclarationError(
                f"the local path '{path}' leads out of the folders that may be read",
                where=self._where(file),
                why="a declaration could otherwise copy any file of this machine into the data",
                remedy="put the file beside source.yaml or under ILMS_MIRROR, or name its folder in ILMS_LOCAL",
            )

    def _name(self, file: RawFile, values: dict[str, str], own_name: str) -> str:
        """The name of a file here: its declared name, or its own where the declared name is a pattern, which it must
        match."""
        if placeholders(file.name) <= values.keys():
            names = [fill(file.name, values, self._where(file))]
        else:
            names = [name for name, _ in self._filled(file, file.name)]
        if len(names) == 1 and not _is_pattern(file, names[0]):
            return names[0]
        if not any(fnmatchcase(own_name, name) for name in names):
            raise DeclarationError(
                f"the file '{own_name}' is not called {file.name}",
                where=self._where(file),
                remedy="correct `name`, or narrow `mirror` or `address` to the files that belong to the wave",
            )
        return own_name

    def _unavailable(self, file: RawFile) -> SourceUnavailable:
        mirror, online = self.access.mirror, self.access.online
        ways = []
        if file.mirror and not mirror:
            ways.append(f"set ILMS_MIRROR to a folder that holds {file.mirror}")
        address = file.address or file.listing or (file.query.place if file.query else None)
        if address and not online:
            ways.append(f"set ILMS_ONLINE=1 to download it from {address}")
        no_mirror = "no mirror is set" if file.mirror and not mirror else "no place in the mirror is declared"
        no_address = "downloads are off" if address and not online else "no public address is declared"
        return SourceUnavailable(
            f"{no_mirror}, and {no_address}",
            where=self._where(file),
            remedy=", or ".join(ways) or "declare its `address` or `mirror` in source.yaml",
        )


def _is_pattern(file: RawFile, name: str) -> bool:
    return file.many is not None and has_magic(name)


def _count_fault(file: RawFile, found: int) -> list[str]:
    """A number of files other than the declared one, in words; no files at all are reported elsewhere."""
    if file.many is None or found in (0, file.many):
        return []
    return [f"{found} files are called {file.name}, where {file.many} are declared"]


def _before_pattern(path: Path) -> Path:
    """The folder of a pattern, up to its first wildcard."""
    named = Path(path.anchor)
    for part in path.relative_to(named).parts:
        if has_magic(part):
            break
        named /= part
    return named


def _look(root: Path, place: str, several: bool) -> tuple[list[Path], list[str]]:
    """The files at a place under a folder, and in words what is missing. The place is a pattern only with `several`."""
    if several and has_magic(place):
        paths = [path for path in sorted(root.glob(place)) if path.is_file() and not path.name.startswith(".")]
        return paths, [] if paths else [f"no file matches {place}"]
    path = root / place
    return ([path], []) if path.is_file() else ([], [f"there is no file {place}"])


def _check_names(wanted: Sequence[Wanted], partition: Partition) -> None:
    """Check that the file names can be in one folder on any file system."""
    seen: set[str] = set()
    for item in wanted:
        name = item.name
        plain = name.isprintable() and not set(name) & set('/\\:*?"<>|') and 0 < len(name.encode()) <= 200
        reason = ""
        if not plain or name.startswith(".") or name in (MANIFEST, REASON):
            reason = "cannot be the name of a file here"
        elif name.casefold() in seen:
            reason = "is the name of two files of the wave"
        if reason:
            raise DeclarationError(
                f"'{name}' {reason}", where=f"{partition.key}, files", remedy="declare another `name`"
            )
        seen.add(name.casefold())
