"""From the waves of a year to the whole year: the persons of all periods pooled, each weight divided by the number of
periods.

ILOSTAT averages volumes over all periods of a year, recomputes rates from them, weights means by the weights and adds
up sample cases. Estimating from the pooled persons gives exactly that, and quantiles and standard errors as well: a
cell that is empty in one period counts as zero there, and a table needs every period.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb

from schemas.concepts import Concept, core_columns, load_concepts
from schemas.declaration import Text
from schemas.sample_design import Design
from schemas.statuses import DeclaredStatus
from schemas.survey import Survey
from schemas.wave import Note, Wave
from transforms.duck import connect, parquet_rows, quote_text
from transforms.overlap import Overlap, overlap_note
from transforms.relation import Relation, create_table
from transforms.replicate_weights import row_group_size

PERSON_OF_PERIOD = "person_of_period"
"""The column of a period's records that numbers their persons, where identifiers follow these through its waves."""
NOT_COVERED = "the samples of the periods overlap to an unknown extent"
ABSENT = "not_available"
SAYS_NOTHING = ("not_asked", "not_available", "not_in_universe", "")
STATUSES: tuple[DeclaredStatus, ...] = ("B", "P", "E", "I")
UNITS = {"Q": ("quarters", "trimestres", "trimestres"), "M": ("months", "mois", "meses")}


def pooled_source(source: Survey, period: str, waves: Sequence[str], overlap: Overlap | None = None) -> Survey:
    """The source with a longer period as one more wave, with the notes of its waves, one on the pooling, and one on the
    overlap of the samples once that is measured.

    The period has the columns common to all its waves, and any status that one of them has; what is declared by wave is
    taken from the first.
    """
    parts = [source.waves[wave] for wave in waves]
    of_overlap = overlap_note(overlap) if overlap is not None else None
    of_period = [reference_period(waves), *([of_overlap] if of_overlap else [])]
    notes = [*of_period, *(note for part in parts for note in part.notes)]
    statuses = {part.status for part in parts}
    pooled = Wave(
        files=parts[0].files,
        notes=[note for at, note in enumerate(notes) if note not in notes[:at]],
        status=next((status for status in STATUSES if status in statuses), None),
    )
    named = [source.wave_columns(wave) for wave in waves]
    in_all = {name: first for name, first in named[0].items() if all(name in each for each in named)}
    columns = {name: {period: in_all.get(name, "")} for name in source.columns}
    of_first = source.of_wave(waves[0])
    changes = {"waves": {**source.waves, period: pooled}, "columns": columns, "design": _design(of_first)}
    return of_first.model_copy(update=changes)


def reference_period(waves: Sequence[str]) -> Note:
    """The note that says which periods a number is the average of."""
    en, fr, es = UNITS[waves[0][5]]
    first, last = waves[0], waves[-1]
    text = Text(
        en=f"average of the {en} {first} to {last}",
        fr=f"moyenne des {fr} {first} à {last}",
        es=f"promedio de los {es} {first} a {last}",
    )
    return Note(type="Reference period", text=text)


def _design(source: Survey) -> Design:
    """The design as declared; none where it is not known how the samples of the periods are related."""
    if source.consolidate is None or source.consolidate.periods != "unknown" or not source.design.gives_errors:
        return source.design
    return Design(kind="none", weight=source.design.weight, reason=NOT_COVERED)


def pool(
    source: Survey,
    cores: Mapping[str, Path],
    output: Path,
    *,
    follows_persons: bool = False,
    memory_limit: str = "2GB",
) -> int:
    """Write the core table of a longer period from those of its waves, given by wave; returns its number of records.

    Where identifiers follow persons from wave to wave (transforms.overlap), `follows_persons`, the table has a column
    more: `PERSON_OF_PERIOD`, the number of the person that a record is of.

    Weights are divided by the number of periods. Independent samples have separate strata in each period; otherwise a
    sampling unit is the same in all periods, and the variance between the units' totals over all periods includes their
    covariance over time (Wolter, Introduction to Variance Estimation, 2007, chapter 6; R's survey with one identifier
    of a unit for all periods). A variable that is known for nobody in one period is left out of the whole.
    """
    source = source.of_wave(next(iter(cores)))
    with connect(memory_limit=memory_limit, work=output.parent) as connection:
        lacking = _unknown_in_some(connection, list(cores.values()))
        numbers = _number_persons(connection, list(cores.values())) if follows_persons else None
        selects = [_records(source, wave, core, len(cores), lacking, numbers) for wave, core in cores.items()]
        query = " union all by name ".join(selects)
        connection.execute(
            f"copy ({query}) to {quote_text(str(output))}"
            f" (format parquet, compression zstd, row_group_size {row_group_size(source)})"
        )
        count = connection.execute(f"select count(*) from {parquet_rows(output)}").fetchall()[0][0]
    return int(count)


def _number_persons(connection: duckdb.DuckDBPyConnection, cores: Sequence[Path]) -> Relation:
    """Table person_number(person_id, number): the persons of all waves, numbered in the order of their identifiers."""
    identifiers = " union ".join(f"select person_id from {parquet_rows(core)}" for core in cores)
    query = f"select person_id, cast(row_number() over (order by person_id) as integer) as number from ({identifiers})"
    return create_table(connection, "person_number", query, columns=("person_id", "number"))


def _records(source: Survey, wave: str, core: Path, periods: int, lacking: set[str], numbers: Relation | None) -> str:
    changed = {
        "person_id": f"{quote_text(wave)} || '|' || person_id",
        "household_id": f"{quote_text(wave)} || '|' || household_id",
        "weight": f"weight / {periods}",
        "replicate_weights": f"list_transform(replicate_weights, lambda each: each / {periods})",
    }
    if source.consolidate and source.consolidate.periods == "independent" and source.design.psus_are_units:
        changed["stratum"] = f"{quote_text(wave)} || '|' || coalesce(stratum, '')"
    for name in lacking:
        if load_concepts()[name].is_numeric:
            changed |= {name: "null", f"{name}_missing": quote_text(ABSENT)}
            changed |= {f"{name}_from": "null", f"{name}_to": "null"} if load_concepts()[name].bands else {}
        else:
            changed[name] = quote_text(ABSENT)
    kinds = core_columns()
    columns = ", ".join(f"cast({changed.get(name, name)} as {kind}) as {name}" for name, kind in kinds.items())
    records = parquet_rows(core)
    if numbers is None:
        return f"select {columns} from {records}"
    return f"select {columns}, number as {PERSON_OF_PERIOD} from {records} inner join {numbers} using (person_id)"


def _unknown_in_some(connection: duckdb.DuckDBPyConnection, cores: Sequence[Path]) -> set[str]:
    """The variables that some periods have for somebody and others for nobody."""
    concepts = load_concepts()
    kept = set(core_columns())
    names = [name for name, each in concepts.items() if name in kept and each.type != "identifier"]
    nothing = ", ".join(map(quote_text, SAYS_NOTHING))
    conditions = (
        _has_number(concepts[name], name) if concepts[name].is_numeric else f"coalesce({name}, '') not in ({nothing})"
        for name in names
    )
    asked = ", ".join(f"bool_or({condition})" for condition in conditions)
    has_values = [connection.execute(f"select {asked} from {parquet_rows(core)}").fetchall()[0] for core in cores]
    by_name = zip(names, zip(*has_values, strict=True), strict=True)
    return {name for name, values in by_name if any(values) and not all(values)}


def _has_number(concept: Concept, name: str) -> str:
    return f"({name} is not null or {name}_from is not null)" if concept.bands else f"{name} is not null"
