"""Replicate weights on their way from the producer's columns to one list in the core record."""

from __future__ import annotations

from schemas.errors import InputError
from schemas.partition import Partition
from schemas.survey import Survey
from transforms.duck import quote_name
from transforms.relation import Relation

LARGEST_WEIGHT = 1e10
"""More persons than there are in the world; below it, sums of weights are exact to eight decimals."""
ROW_GROUP, ROW_GROUP_OF_LISTS = 122880, 10240
AGREEMENT = 0.1  # calibrated replicates have the same total as the full weights; uncalibrated ones nearly so on average


def row_group_size(source: Survey) -> int:
    """Records in a row group of the core table: few where each has a list of weights.

    DuckDB holds whole row groups of a list when a filter or a join passes over some of the records.
    """
    return ROW_GROUP if source.design.replicates is None else ROW_GROUP_OF_LISTS


def replicate_weights(raw: Relation, source: Survey, partition: Partition, weight: str) -> str:
    """SQL of column `replicate_weights`, in persons like the weight; null when the design has none.

    `weight` is SQL of the full weight as in the file. Negative replicate weights are kept: successive differences can
    give them. Raises InputError for columns that the wave lacks, for records without all weights, and for weights that
    cannot be replicates of the full one.
    """
    replicates = source.design.replicates
    if replicates is None:
        return "cast(null as double[]) as replicate_weights"
    producers = source.wave_columns(partition.wave)
    absent = [name for name in replicates.names if name not in producers]
    if absent:
        raise InputError(
            f"{len(absent)} of {len(replicates.names)} replicate weights are not in this wave, '{absent[0]}' first",
            where=f"{partition.key}, columns.csv",
            why="a variance from some of the replicates is wrong",
            remedy="name the producer's columns for this wave",
        )
    numbers = [f"as_number(raw.{quote_name(name)})" for name in replicates.names]
    factor = source.design.weight.scale_in(partition.wave)
    _check(raw, partition, weight, numbers, LARGEST_WEIGHT / factor)
    scale = "" if factor == 1 else f" * {factor!r}"
    return f"[{', '.join(f'{number}{scale}' for number in numbers)}] as replicate_weights"


def _check(raw: Relation, partition: Partition, weight: str, numbers: list[str], largest: float) -> None:
    unusable = " or ".join(f"{number} is null or abs({number}) >= {largest!r}" for number in numbers)
    any_weight = " or ".join(f"{number} <> 0" for number in numbers)
    bad, first, odd, full, replicated = raw.connection.execute(
        f"""
        select count(*) filter ({unusable}), min(raw._row) filter ({unusable}),
            count(*) filter ({weight} = 0 and ({any_weight})),
            coalesce(sum({weight}), 0),
            coalesce(sum({" + ".join(numbers)}), 0) / {len(numbers)}
        from {raw}
        """
    ).fetchall()[0]
    if bad:
        raise InputError(
            f"{bad} record(s) lack a usable replicate weight; the first is record {first} of its file",
            where=f"{partition.key}, replicate weights",
            why="a replicate without them represents fewer persons",
            remedy="check that the right columns are declared, or ask the producer for the missing weights",
        )
    if odd:
        raise InputError(
            f"{odd} record(s) have replicate weights but no weight",
            where=f"{partition.key}, replicate weights",
            why="they would count in the variance of numbers to which they do not contribute",
            remedy="check that the right weight column is declared",
        )
    if abs(replicated - full) > AGREEMENT * abs(full):
        raise InputError(
            f"replicate weights sum to {replicated:.6g} on average, and weights to {full:.6g}",
            where=f"{partition.key}, replicate weights",
            why="they are not replicates of this weight; they may be factors that do not include the sampling weight",
            remedy="declare the columns of the final replicate weights, and the weight to which they belong",
        )
