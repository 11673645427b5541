"""The scores of the numbers that are compared over time and between groups: by how much each sampling unit moves them.

The linearised variance of a number is that of its scores between the sampling units, and the covariance of two numbers
that of both scores of the same units. So the numbers of two waves can be compared long after both were estimated, from
a file of scores beside the numbers of each, and without the records.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from schemas.comparison import ComparedNumbers
from transforms.estimate.domains import Floats
from transforms.estimate.rollup import Rollup

UNITS, STRATUM, NUMBERS = "unit", "stratum", "numbers"
KEPT = b"ilms.units"
SEPARATOR = " "


class NumberKey(NamedTuple):
    """A number of a wave: its indicator, and its codes."""

    indicator: str
    sex: str
    classif1: str
    classif2: str


@dataclass(frozen=True)
class SampledUnits:
    """The sampling units of a whole sample in the order of their numbers, those without a case among them.

    strata      the name of each one's stratum; None where they are replicates, which have no strata
    names       of the units, unique within their stratum
    are_kept    whether a unit has the same name in every wave that it is in
    """

    strata: NDArray[np.str_] | None
    names: NDArray[np.str_]
    are_kept: bool = False


@dataclass(frozen=True)
class Scores:
    """Scores in the unit of the published value: units by numbers."""

    units: SampledUnits
    numbers: Sequence[NumberKey]
    values: Floats


@dataclass
class ScoreBook:
    """Where the scores of a wave are collected while its tables are made: those of the numbers that are compared.

    `units` is None where the sample has none that could be in another wave too: then nothing is kept.
    """

    compared: ComparedNumbers
    units: SampledUnits | None
    _found: dict[NumberKey, Floats] = field(default_factory=dict)

    def cells_of(self, indicator: str, rollups: Sequence[Rollup]) -> dict[int, NumberKey]:
        """The cells of a table that are compared, by their numbers; none of an indicator that is not."""
        if self.units is None or indicator not in self.compared.numbers or len(rollups) != len(NumberKey._fields) - 1:
            return {}
        sexes, ages, groups = (each.codes for each in rollups)
        return {
            (sex * len(ages) + age) * len(groups) + group: NumberKey(indicator, sexes[sex], ages[age], groups[group])
            for sex in range(len(sexes))
            for age in range(len(ages))
            for group in range(len(groups))
            if ages[age] == self.compared.age
        }

    def add(self, cells: Mapping[int, NumberKey], scores: Floats) -> None:
        """Keep the scores of some cells: cells by units, in the order of `cells`."""
        self._found.update(zip(cells.values(), scores, strict=True))

    def scores(self) -> Scores | None:
        """All that were added."""
        if self.units is None:
            return None
        values = np.column_stack(list(self._found.values())) if self._found else np.zeros((len(self.units.names), 0))
        return Scores(self.units, tuple(self._found), values)


def write_scores(scores: Scores | None, output: Path) -> None:
    """Write scores (Parquet): a row per sampling unit with its stratum and name, a column per number.

    Without scores, a file without rows.
    """
    units = scores.units if scores is not None else SampledUnits(None, np.array([], dtype=str))
    columns = {UNITS: pa.array(units.names.tolist(), pa.string())}
    if units.strata is not None:
        columns[STRATUM] = pa.array(units.strata.tolist(), pa.string())
    for place, key in enumerate(scores.numbers if scores is not None else ()):
        columns[SEPARATOR.join(key)] = pa.array(scores.values[:, place] if scores is not None else [], pa.float64())
    table = pa.table(columns).replace_schema_metadata({KEPT: str(units.are_kept).encode()})
    pq.write_table(table, output, compression="zstd")


def read_scores(file: Path) -> Scores:
    """The scores of a file."""
    table = pq.read_table(file, partitioning=None)
    named = [name for name in table.column_names if name not in (UNITS, STRATUM)]
    strata = np.array(table[STRATUM].to_pylist(), dtype=str) if STRATUM in table.column_names else None
    kept = (table.schema.metadata or {}).get(KEPT) == b"True"
    units = SampledUnits(strata, np.array(table[UNITS].to_pylist(), dtype=str), kept)
    values = np.column_stack([table[name].to_numpy() for name in named]) if named else np.zeros((len(table), 0))
    return Scores(units, tuple(NumberKey(*name.split(SEPARATOR)) for name in named), values)


class Covariance(NamedTuple):
    """The covariance of two numbers, in the product of their units, and from how many shared sampling units."""

    one: NumberKey
    other: NumberKey
    covariance: float
    shared_units: int


def covariances(one: Scores, other: Scores, pairs: Iterable[tuple[NumberKey, NumberKey]]) -> list[Covariance]:
    """The covariances of pairs of numbers, the first of each from `one` wave and the second from the `other`.

    In stratum h of both waves' samples, with m units in common, the covariance of two totals is m times that of both
    scores between these m units (divisor m - 1), and the strata add up: of two samples of fixed sizes with a common
    part this is the textbook estimate (Tam, The American Statistician 38, 1984; Qualité and Tillé, Survey Methodology
    34, 2008; Wood, Journal of Official Statistics 24, 2008), units taken as drawn with replacement as in the variance
    of either. Ratios are linearised (Wolter, Introduction to Variance Estimation, 2007, chapter 6). With all units in
    common it is the covariance of R's survey with one identifier of a unit for both waves. A stratum with one unit in
    common adds nothing. Replicates are the same in both waves: the sum of the products of both deviations.

    Pairs of which one wave lacks a number are left out; so are all without any unit in common.
    """
    ours, theirs = _in_common(one.units, other.units)
    places, others = ({key: place for place, key in enumerate(each.numbers)} for each in (one, other))
    known = [(first, second) for first, second in pairs if first in places and second in others]
    if not known or not len(ours):
        return []
    x = one.values[ours][:, [places[first] for first, _ in known]]
    y = other.values[theirs][:, [others[second] for _, second in known]]
    if one.units.strata is None:
        found = (x * y).sum(axis=0)
    else:
        _, stratum, size = np.unique(one.units.strata[ours], return_inverse=True, return_counts=True)
        sums = [_by_stratum(each, stratum, len(size)) for each in (x, y, x * y)]
        m = size[:, np.newaxis].astype(np.float64)
        found = np.where(m > 1, m / np.maximum(m - 1, 1) * (sums[2] - sums[0] * sums[1] / m), 0).sum(axis=0)
    return [Covariance(*pair, float(each), len(ours)) for pair, each in zip(known, found, strict=True)]


def _in_common(one: SampledUnits, other: SampledUnits) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Where the units that both samples have stand in each."""
    if (one.strata is None) != (other.strata is None):
        return np.array([], dtype=np.intp), np.array([], dtype=np.intp)
    _, ours, theirs = np.intersect1d(_identified(one), _identified(other), return_indices=True)
    return ours, theirs


def _identified(units: SampledUnits) -> NDArray[np.str_]:
    if units.strata is None:
        return units.names
    return np.char.add(np.char.add(units.strata, "\n"), units.names)


def _by_stratum(values: Floats, stratum: NDArray[np.intp], strata: int) -> Floats:
    result = np.zeros((strata, values.shape[1]))
    np.add.at(result, stratum, values)
    return result
