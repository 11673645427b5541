"""Source declarations, read from their folders and checked against the concepts.

The `kind` in a source.yaml says what kind of source the folder declares; schemas.kinds lists them all.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from datetime import date
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any, TypeVar

from schemas.benchmark import BENCHMARK, Benchmark
from schemas.declaration_files import listed_faults, read_bytes
from schemas.errors import DeclarationError
from schemas.kinds import KINDS
from schemas.known_keys import KEYS_PAGE
from schemas.marks import refuse_undecided
from schemas.nearest import nearest
from schemas.partition import SOURCE_ID
from schemas.periods import today
from schemas.protection import load_protection
from schemas.release_profiles import UNPROTECTED
from schemas.reliability import load_reliability
from schemas.series import in_words, series_faults, with_later, with_series
from schemas.source import Runnable, Source
from schemas.source_kind import SourceKind
from schemas.source_tables import read_code_maps, read_codes_in_waves, read_columns
from schemas.survey import Survey
from schemas.survey_faults import SURVEY
from schemas.wave import FromOrigin
from schemas.wave_faults import wave_faults
from schemas.yaml_lines import Location, line_of, load_model

SOURCES_FOLDER = Path(__file__).parent / "sources"
EXTRA_SOURCES = "ILMS_SOURCES"
KIND_LINE = re.compile(rb"^kind:[ \t]*[\"']?([a-z]+)", re.MULTILINE)
OVERRIDE_LINE = re.compile(rb"^override:[ \t]*true", re.MULTILINE)

Declared = TypeVar("Declared", bound=Source)


def source_folders() -> list[Path]:
    """Folders that hold sources: the project's own and those that ILMS_SOURCES adds, separated as in PATH."""
    extra = os.environ.get(EXTRA_SOURCES, "")
    return [SOURCES_FOLDER, *(Path(part) for part in extra.split(os.pathsep) if part)]


def source_folder(source_id: str) -> Path:
    """The folder of one source. Raises DeclarationError for none, and for two of which neither has `override`."""
    if SOURCE_ID.fullmatch(source_id):
        area, _, name = source_id.partition(".")
        places = dict.fromkeys(folder / area / name for folder in source_folders())
        found = [place for place in places if os.path.lexists(place / "source.yaml")]
        if found:
            return _the_one(source_id, found)
    raise DeclarationError(
        f"no source is called '{source_id}'{nearest(source_id, list_sources())}",
        where=", ".join(str(folder) for folder in source_folders()),
        remedy=f"use one of: {', '.join(list_sources())}; or add the folder <ISO3>/<name>/ with a source.yaml",
    )


def _the_one(source_id: str, found: list[Path]) -> Path:
    """Of several folders with the same id, the one that is declared to override the others."""
    overriding = [folder for folder in found if OVERRIDE_LINE.search(_bytes(folder / "source.yaml"))]
    if len(found) == 1 or len(overriding) == 1:
        return (overriding or found)[0]
    raise DeclarationError(
        f"'{source_id}' is declared in {len(found)} folders, {len(overriding) or 'none'} of them with `override: true`",
        where=", ".join(map(str, found)),
        why="one of them would be left out silently",
        remedy="give one another name, or write `override: true` in the source.yaml of the one that is to be used",
    )


def list_sources() -> list[str]:
    """The ids of all declared sources of every kind, sorted."""
    return list_of_kind(*KINDS.values())


def list_surveys() -> list[str]:
    """The ids of all declared surveys, sorted. One whose kind is not known counts: loading it says what is wrong."""
    return list_of_kind(SURVEY)


def list_benchmarks() -> list[str]:
    """The ids of all declared benchmarks, sorted."""
    return list_of_kind(BENCHMARK)


def list_runnable() -> list[str]:
    """The ids of all sources that run as partitions, sorted."""
    return list_of_kind(*(kind for kind in KINDS.values() if kind.runs))


def list_of_kind(*kinds: SourceKind[Source]) -> list[str]:
    """The ids of all declared sources of these kinds, sorted."""
    places = (place / "source.yaml" for folder in source_folders() for place in folder.glob("[!.]*/[!.]*"))
    files = (file for file in places if os.path.lexists(file))
    return sorted({f"{file.parent.parent.name}.{file.parent.name}" for file in files if _kind(file) in kinds})


def _kind(file: Path) -> SourceKind[Source]:
    """The kind that a declaration gives, read without loading it; survey when it gives none that is known."""
    found = KIND_LINE.search(_bytes(file))
    return KINDS.get(found[1].decode() if found else "", SURVEY)


def _refuse_unknown_kind(file: Path) -> None:
    found = KIND_LINE.search(_bytes(file))
    if found and found[1].decode() not in KINDS:
        kind = found[1].decode()
        raise DeclarationError(
            f"there is no kind of source '{kind}'{nearest(kind, KINDS)}",
            where=str(file),
            remedy=f"write `kind:` and one of {', '.join(KINDS)}",
        )


def _bytes(file: Path) -> bytes:
    """A declaration's bytes; none where it cannot be read, which loading it reports."""
    try:
        return read_bytes(file)
    except DeclarationError:
        return b""


def load_runnable(source_id: str, day: date | None = None) -> Runnable:
    """A declared source that runs as partitions, with the waves that its series have by a day; by today if none is
    given. Raises DeclarationError as load_of_kind does."""
    return load_folder(source_folder(source_id), day)


def load_folder(folder: Path, day: date | None = None) -> Runnable:
    """The source of a folder, wherever it lies, as `load_runnable` gives it."""
    found = _load(folder, day or today())
    if not isinstance(found, Runnable):
        *others, last = (kind.called for kind in KINDS.values() if kind.runs)
        raise _other_kind(found, f"{', '.join(others)} or {last}", list_runnable())
    return found


def load_survey(source_id: str, day: date | None = None) -> Survey:
    """A declared survey. Raises DeclarationError that names file and line of everything that is wrong."""
    return load_of_kind(SURVEY, source_id, day)


def load_benchmark(source_id: str, day: date | None = None) -> Benchmark:
    """A declared benchmark. Raises DeclarationError as load_of_kind does."""
    return load_of_kind(BENCHMARK, source_id, day)


def load_of_kind(kind: SourceKind[Declared], source_id: str, day: date | None = None) -> Declared:
    """A declared source of a kind. Raises DeclarationError that names file and line of everything that is wrong."""
    loaded = _load(source_folder(source_id), day or today())
    found = kind.of(loaded)
    if found is None:
        raise _other_kind(loaded, kind.called, list_of_kind(kind))
    return found


def _other_kind(found: Source, wanted: str, known: list[str]) -> DeclarationError:
    return DeclarationError(f"{found.id} is not a {wanted}", remedy=f"use one of: {', '.join(known)}")


@cache
def _load(folder: Path, day: date) -> Source:
    """The source of a folder by a day. Whatever goes wrong is a DeclarationError of this source alone."""
    try:
        return _checked(folder, day)
    except DeclarationError:
        raise
    except Exception as error:
        raise DeclarationError(
            f"the declaration could not be checked: {type(error).__name__}: {str(error)[:200]}",
            where=str(folder),
            why="this is a fault of ILMS, which should have said what is wrong",
            remedy="report it with the declaration, and undo what was changed last",
        ) from error


def _checked(folder: Path, day: date) -> Source:
    file = folder / "source.yaml"
    _refuse_unknown_kind(file)
    refuse_undecided(folder)
    kind = _kind(file)
    columns = folder / "columns.csv"
    extra: dict[str, Any] = {
        "id": f"{folder.parent.name}.{folder.name}",
        "columns": read_columns(columns) if kind.has_columns or os.path.lexists(columns) else {},
        "code_maps": read_code_maps(folder / "code_maps.csv"),
        "codes_in_waves": read_codes_in_waves(folder / "code_maps.csv"),
    }
    remedy = f"correct the lines named, then run `ilms check`; {KEYS_PAGE} has every key, with an example"
    written, lines = load_model(kind.model, file, extra, remedy=remedy)
    _refuse(written, folder, series_faults(written, lines))
    source = with_series(written, day)
    for each in _by_origin(with_later(source)):
        found = (_profile_faults(each, lines), wave_faults(each, lines), kind.find_faults(each, file, lines))
        _refuse(source, folder, map(in_words, chain(*found)))
    return source


def _by_origin(source: Source) -> Iterator[Source]:
    """The source as declared for all origins, and as it is for each origin for which something differs."""
    yield source
    seen: list[FromOrigin] = []
    for wave, declared in source.waves.items():
        for origin, there in declared.by_origin.items():
            if there not in seen:
                seen.append(there)
                yield source.from_origin(wave, origin)


def _refuse(source: Source, folder: Path, faults: Iterable[str]) -> None:
    """Raise DeclarationError where there is any fault."""
    count, listed = listed_faults(faults)
    if listed:
        raise DeclarationError(
            f"{count} fault(s) in the declaration of {source.id}: {listed}",
            where=str(folder),
            remedy="correct the lines named, then run `ilms check`",
        )


def _profile_faults(source: Source, lines: dict[Location, int]) -> Iterator[str]:
    """Profiles that do not exist, or that need records."""
    for name, load in (("protection", load_protection), ("reliability", load_reliability)):
        try:
            load(getattr(source, name))
        except DeclarationError as error:
            yield f"line {line_of(lines, (name,))}: {error.what}; {error.remedy}"
            return
    if source.protection != UNPROTECTED and not KINDS[source.kind].has_records:
        at = f"line {line_of(lines, ('protection',))}"
        yield f"{at}: protection '{source.protection}' needs records to protect, and published tables hold none"
