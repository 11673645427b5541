"""Source declarations, read from their folders and checked against the concepts.

What kind of source a folder declares, its `kind` says; KINDS is the one place that knows the model of each.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

from schemas.benchmark import Benchmark, LongTables, benchmark_faults
from schemas.canonical_values import CanonicalValues
from schemas.code_maps import contradictions
from schemas.codelists import load_codelist
from schemas.concepts import COUNTRY_VALUES, Concept, load_concepts
from schemas.consolidation import consolidation_faults
from schemas.corridors import Corridors, corridor_faults
from schemas.countries import country_values
from schemas.declaration_files import listed_faults, read_bytes
from schemas.errors import DeclarationError
from schemas.expressions import check_expression, result_literals
from schemas.guard_faults import guard_faults
from schemas.indicators import load_catalogue
from schemas.origin_faults import band_faults, code_faults, origin_faults
from schemas.partition import SOURCE_ID, Partition
from schemas.protection import load_protection
from schemas.register import Register
from schemas.register_faults import register_faults
from schemas.release_profiles import UNPROTECTED
from schemas.reliability import load_reliability
from schemas.source import DERIVED_FROM, MISSING_KINDS, Rule, Source, SourceBase, Variable
from schemas.source_tables import read_code_maps, read_columns
from schemas.wave_faults import survey_column_faults, wave_faults
from schemas.yaml_lines import Location, line_of, load_model

SOURCES_FOLDER = Path(__file__).parent / "sources"
EXTRA_SOURCES = "ILMS_SOURCES"
KIND_LINE = re.compile(rb"^kind:[ \t]*[\"']?([a-z]+)", re.MULTILINE)
OVERRIDE_LINE = re.compile(rb"^override:[ \t]*true", re.MULTILINE)
Lines = dict[Location, int]
Runnable = Source | Register | Corridors
"""What runs as partitions."""


def source_folders() -> list[Path]:
    """Folders that hold sources: the project's own and those that ILMS_SOURCES adds, separated as in PATH."""
    extra = os.environ.get(EXTRA_SOURCES, "")
    return [SOURCES_FOLDER, *(Path(part) for part in extra.split(os.pathsep) if part)]


def source_folder(source_id: str) -> Path:
    """The folder of one source. Raises DeclarationError when none declares it, or two and neither `override`."""
    if SOURCE_ID.fullmatch(source_id):
        area, _, name = source_id.partition(".")
        places = dict.fromkeys(folder / area / name for folder in source_folders())
        found = [place for place in places if os.path.lexists(place / "source.yaml")]
        if found:
            return _the_one(source_id, found)
    raise DeclarationError(
        f"no source is called '{source_id}'",
        where=", ".join(str(folder) for folder in source_folders()),
        remedy=f"use one of: {', '.join(list_runnable())}; or, of benchmarks, one of: {', '.join(list_benchmarks())}; "
        "or add the folder <ISO3>/<name>/ with a source.yaml",
    )


def _the_one(source_id: str, found: list[Path]) -> Path:
    """The folder that holds of several with the same id: the one that is declared to override the others."""
    overriding = [folder for folder in found if OVERRIDE_LINE.search(_bytes(folder / "source.yaml"))]
    if len(found) == 1 or len(overriding) == 1:
        return (overriding or found)[0]
    raise DeclarationError(
        f"'{source_id}' is declared in {len(found)} folders, {len(overriding) or 'none'} of them with `override: true`",
        where=", ".join(map(str, found)),
        why="one of them would be left out without a word",
        remedy="give one another name, or write `override: true` in the source.yaml of the one that is to hold",
    )


def list_sources() -> list[str]:
    """The ids of all declared surveys, sorted. One whose kind is not known counts: loading it says what is wrong."""
    return _list("survey")


def list_benchmarks() -> list[str]:
    """The ids of all declared benchmarks, sorted."""
    return _list("benchmark")


def list_registers() -> list[str]:
    """The ids of all declared registers, sorted."""
    return _list("register")


def list_runnable() -> list[str]:
    """The ids of all sources that run as partitions, surveys, registers and corridors, sorted."""
    return _list("survey", "register", "corridors")


def _list(*kinds: str) -> list[str]:
    places = (place / "source.yaml" for folder in source_folders() for place in folder.glob("[!.]*/[!.]*"))
    files = (file for file in places if os.path.lexists(file))
    return sorted({f"{file.parent.parent.name}.{file.parent.name}" for file in files if _kind(file) in kinds})


def _kind(file: Path) -> str:
    """The kind that a declaration gives, read without loading it; survey when it gives none that is known."""
    found = KIND_LINE.search(_bytes(file))
    kind = found[1].decode() if found else ""
    return kind if kind in KINDS else "survey"


def _bytes(file: Path) -> bytes:
    """A declaration's bytes; none where it cannot be read, which loading it tells."""
    try:
        return read_bytes(file)
    except DeclarationError:
        return b""


def list_partitions(sources: list[str] | None = None) -> list[Partition]:
    """All declared partitions, or those of some sources."""
    chosen = list_runnable() if sources is None else sources
    return [Partition(source, wave) for source in chosen for wave in load_runnable(source).waves]


def load_runnable(source_id: str) -> Runnable:
    """A declared survey, register or source of corridors. Raises DeclarationError as load_source does."""
    found = _load(source_folder(source_id))
    if not isinstance(found, Source | Register | Corridors):
        raise _other_kind(found, "survey, register or source of corridors", list_runnable())
    return found


def load_source(source_id: str) -> Source:
    """A declared survey. Raises DeclarationError that names file and line of everything that is wrong."""
    found = _load(source_folder(source_id))
    if not isinstance(found, Source):
        raise _other_kind(found, "survey", list_sources())
    return found


def load_benchmark(source_id: str) -> Benchmark:
    """A declared benchmark. Raises DeclarationError as load_source does."""
    found = _load(source_folder(source_id))
    if not isinstance(found, Benchmark):
        raise _other_kind(found, "benchmark", list_benchmarks())
    return found


def load_register(source_id: str) -> Register:
    """A declared register. Raises DeclarationError as load_source does."""
    found = _load(source_folder(source_id))
    if not isinstance(found, Register):
        raise _other_kind(found, "register", list_registers())
    return found


def _other_kind(found: SourceBase, wanted: str, known: list[str]) -> DeclarationError:
    return DeclarationError(f"{found.id} is not a {wanted}", remedy=f"use one of: {', '.join(known)}")


@cache
def _load(folder: Path) -> SourceBase:
    """The source of a folder. Whatever goes wrong, it is a DeclarationError of this source and of no other."""
    try:
        return _checked(folder)
    except DeclarationError:
        raise
    except Exception as error:
        raise DeclarationError(
            f"the declaration could not be checked: {type(error).__name__}: {str(error)[:200]}",
            where=str(folder),
            why="this is a fault of ILMS, which should have said what is wrong",
            remedy="report it with the declaration, and undo what was changed last",
        ) from error


def _checked(folder: Path) -> SourceBase:
    file = folder / "source.yaml"
    model, find_faults = KINDS[_kind(file)]
    columns = folder / "columns.csv"
    extra: dict[str, Any] = {
        "id": f"{folder.parent.name}.{folder.name}",
        "columns": read_columns(columns) if model in (Source, Register) or os.path.lexists(columns) else {},
        "code_maps": read_code_maps(folder / "code_maps.csv"),
    }
    source, lines = load_model(model, file, extra)
    found = (_profile_faults(source, lines), wave_faults(source, lines), find_faults(source, file, lines))
    count, faults = listed_faults(chain(*found))
    if faults:
        raise DeclarationError(
            f"{count} fault(s) in the declaration of {source.id}: {faults}",
            where=str(folder),
            remedy="correct the lines named, then run `ilms check`",
        )
    return source


def _profile_faults(source: SourceBase, lines: dict[Location, int]) -> Iterator[str]:
    """Profiles that do not exist, or that need records."""
    for name, load in (("protection", load_protection), ("reliability", load_reliability)):
        try:
            load(getattr(source, name))
        except DeclarationError as error:
            yield f"line {line_of(lines, (name,))}: {error.what}; {error.remedy}"
            return
    if source.protection != UNPROTECTED and isinstance(source, LongTables):
        at = f"line {line_of(lines, ('protection',))}"
        yield f"{at}: protection '{source.protection}' needs records to protect, and published tables hold none"


def _faults(source: Source, file: Path, lines: dict[Location, int]) -> Iterator[str]:
    """Everything in a source that contradicts itself, the concepts or its tables."""
    concepts = load_concepts()
    if source.ref_area not in load_codelist("CL_AREA").by_code:
        yield f"the folder's '{source.ref_area}' is no area of CL_AREA (ISO 3166-1 alpha-3)"
    yield from _wave_faults(source)
    yield from survey_column_faults(source, lines)
    for name, concept in concepts.items():
        if concept.required and name not in source.variables:
            yield f"variable '{name}' is required and not declared"
    if not {"age", "working_age"} & set(source.variables):
        yield "declare `age`, or `working_age` where the file holds no age"
    for name, variable in source.variables.items():
        at = f"line {line_of(lines, ('variables', name))}: variable '{name}'"
        yield from (f"{at}: {fault}" for fault in _variable_faults(source, name, variable, concepts.get(name), file))
    design = source.design
    replicates = design.replicates.names if design.replicates else []
    for column in filter(None, (design.weight.column, design.stratum, design.psu, *replicates)):
        if column not in source.columns:
            yield f"line {line_of(lines, ('design',))}: design column '{column}' is not in columns.csv"
    yield from guard_faults(source)
    at = f"line {line_of(lines, ('consolidate',))}"
    yield from (f"{at}: {fault}" for fault in consolidation_faults(source))
    populations = load_catalogue().populations
    for name in sorted(source.without.keys() - populations.keys()):
        at = f"line {line_of(lines, ('without', name))}"
        yield f"{at}: '{name}' is not a population of indicators.yaml ({', '.join(populations)})"
    yield from _correction_faults(source, file, lines)


def _wave_faults(source: Source) -> Iterator[str]:
    for wave in source.waves:
        if not source.wave_columns(wave):
            yield f"columns.csv has no column for wave {wave}"
    for name, per_wave in source.columns.items():
        for wave in sorted(set(per_wave) - set(source.waves)):
            yield f"columns.csv: column '{name}' names wave '{wave}', which source.yaml does not declare"


def _variable_faults(
    source: Source, name: str, variable: Variable, concept: Concept | None, file: Path
) -> Iterator[str]:
    if concept is None or concept.role == "derived":
        yield f"is not a variable to declare; concepts.yaml lists them: {', '.join(declarable())}"
        return
    for column in [variable.column, *(variable.columns or [])]:
        if column is not None and column not in source.columns:
            yield f"column '{column}' is not in columns.csv"
    if variable.map is not None and variable.map not in source.code_maps:
        yield f"map '{variable.map}' is not in code_maps.csv"
    elif variable.map is not None:
        yield from contradictions(variable.map, source.code_maps[variable.map], fold=variable.fold)
    if concept.type == "category" and variable.column and not variable.map:
        yield "a category taken from a column needs a `map`"
    if variable.missing and variable.missing not in concept.missing:
        yield f"cannot be '{variable.missing}' for everyone; it can be {', '.join(concept.missing) or 'nothing'}"
    yield from origin_faults(variable, concept)
    yield from band_faults(source, name, variable, concept)
    yield from code_faults(source, variable, concept)
    yield from _rule_faults(source, name, variable.derive)
    if variable.expression is not None:
        try:
            check_expression(
                variable.expression, columns=expression_names(source, name), where=f"{file}, variable {name}"
            )
        except DeclarationError as error:
            yield f"{error.what}; {error.remedy}"
            return
    yield from _value_faults(source, variable, canonical_values(concept))


def _value_faults(source: Source, variable: Variable, values: CanonicalValues | None) -> Iterator[str]:
    """Values of a map, a constant and the results of an expression that the variable cannot have."""
    if values is None:
        return
    if variable.map is not None:
        yield from values.map_faults(variable.map, source.code_maps.get(variable.map, {}))
    if variable.constant is not None and (fault := values.fault(variable.constant)):
        yield f"the constant is {fault}"
    for literal in sorted(result_literals(variable.expression)) if variable.expression is not None else ():
        if fault := values.fault(literal):
            yield f"its expression gives {fault}"


def _rule_faults(source: Source, name: str, rule: Rule | None) -> Iterator[str]:
    if rule is None:
        return
    derived, questions = DERIVED_FROM[rule]
    if name != derived:
        yield f"rule '{rule}' gives {derived}"
    for question in questions:
        if question not in source.variables:
            yield f"rule '{rule}' needs variable '{question}', which is not declared"


def _correction_faults(source: Source, file: Path, lines: dict[Location, int]) -> Iterator[str]:
    for index, correction in enumerate(source.corrections):
        at = f"line {line_of(lines, ('corrections', index))}: correction"
        if correction.wave not in source.waves:
            yield f"{at}: wave '{correction.wave}' is not declared"
            continue
        names = {f"raw.{column}" for column in source.wave_columns(correction.wave)}
        for expression in (correction.where, *correction.set.values()):
            try:
                check_expression(expression, columns=names, where=str(file))
            except DeclarationError as error:
                yield f"{at}: {error.what}; {error.remedy}"
        for column in correction.set:
            if column not in source.columns:
                yield f"{at}: sets column '{column}', which is not in columns.csv"


def declarable() -> list[str]:
    """Variables that a source may declare."""
    return [name for name, concept in load_concepts().items() if concept.role != "derived"]


def allowed_values(concept: Concept) -> tuple[str, ...] | None:
    """Values and kinds of missing that a variable can take; None when its values are not listed."""
    kinds = tuple(kind for kind in MISSING_KINDS if kind in concept.missing)
    if concept.type == "category":
        return (*concept.values, *kinds)
    if concept.type == "country":
        return (*COUNTRY_VALUES, *kinds)
    return None


def canonical_values(concept: Concept) -> CanonicalValues | None:
    """The values that a variable can take, countries among them; None when they are not listed."""
    listed = allowed_values(concept)
    if listed is None:
        return None
    return CanonicalValues(listed, country_values(concept.codelist) if concept.type == "country" else frozenset())


def expression_names(source: Source, name: str) -> set[str]:
    """What the expression of a variable may name: raw.<column>, and variables that are not expressions themselves."""
    mapped = {other for other, variable in source.variables.items() if not variable.expression and not variable.derive}
    return {f"raw.{column}" for column in source.columns} | (mapped - {name})


KINDS: dict[str, tuple[type[SourceBase], Callable[[Any, Path, Lines], Iterator[str]]]] = {
    "survey": (Source, _faults),
    "benchmark": (Benchmark, benchmark_faults),
    "register": (Register, register_faults),
    "corridors": (Corridors, corridor_faults),
}
"""Kind of source -> the model of its declaration, and what finds the faults that the model alone cannot."""
