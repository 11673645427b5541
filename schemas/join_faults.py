"""What is wrong with the files that a survey joins to its records."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.errors import DeclarationError
from schemas.expressions import is_condition
from schemas.joins import Join
from schemas.nearest import nearest
from schemas.survey import Survey


def join_faults(source: Survey) -> Iterator[tuple[str, str]]:
    """What is wrong with the joins of a survey, each with the name of the join."""
    taken: dict[str, str] = {}
    for name, join in source.joins.items():
        for wave in sorted(set(join.waves.named) - set(source.waves)):
            yield name, f"names wave '{wave}', which is not declared{nearest(wave, source.waves)}"
        for column in (*join.keys, *join.own_columns):
            if column not in source.columns:
                yield name, f"column '{column}' is not in columns.csv{nearest(column, source.columns)}"
        for column in join.own_columns:
            if column in taken:
                yield (
                    name,
                    f"column '{column}' stands in join '{taken[column]}' too; give each its own name in columns.csv",
                )
            taken[column] = name
        for column in sorted(join.keys.keys() & set(join.own_columns)):
            yield (
                name,
                f"key '{column}' is both of the records and of the rows; give that of the rows a name of its own in "
                f"columns.csv",
            )
        yield from ((name, fault) for fault in _wave_faults(source, join))


def _wave_faults(source: Survey, join: Join) -> Iterator[str]:
    for wave in join.waves.of(source.waves):
        if lacking := sorted(
            {*join.keys, *join.own_columns} & source.columns.keys() - source.wave_columns(wave).keys()
        ):
            yield f"needs column '{lacking[0]}', for which columns.csv has no name in wave {wave}"
        try:
            join.read_in(source.wave_read(wave))
            kept = join.kept(source, wave)
        except (ValueError, DeclarationError) as error:
            yield f"in wave {wave}: {error.what if isinstance(error, DeclarationError) else error}"
            return
        if kept is not None and not is_condition(kept):
            yield f"in wave {wave}: `keep` gives no yes or no for a row"
            return
