"""Longer periods made of the waves of a survey: which there are, and what is wrong with a declaration of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from schemas.partition import Partition
from schemas.sample_design import DESIGNS
from schemas.survey import Consolidation, Survey

PERIODS_KEY = ("consolidate", "periods")
"""Where a declaration says how the samples of the waves are related."""
MONTHS_OF_QUARTER, MONTHS_OF_YEAR, QUARTERS_OF_YEAR = 3, 12, 4


def periods(source: Survey) -> dict[str, list[str]]:
    """Every longer period that any declared wave lies in -> the waves that it needs, declared or not, in order.

    A period that the source declares as a wave of its own is not made of others.
    """
    declared = source.consolidate
    if declared is None:
        return {}
    found: dict[str, list[str]] = {}
    for wave in source.waves:
        for period, needed in _longer(Partition(source.id, wave), declared):
            if period not in source.waves:
                found[period] = needed
    return dict(sorted(found.items()))


def _longer(partition: Partition, declared: Consolidation) -> Iterator[tuple[str, list[str]]]:
    year, frequency = partition.wave[:4], partition.frequency
    months = [f"{year}-M{month:02d}" for month in range(1, MONTHS_OF_YEAR + 1)]
    if frequency == "M" and "quarterly" in declared.to:
        quarter = (int(partition.wave[-2:]) - 1) // MONTHS_OF_QUARTER
        yield f"{year}-Q{quarter + 1}", months[quarter * MONTHS_OF_QUARTER : (quarter + 1) * MONTHS_OF_QUARTER]
    if frequency == "M" and "annual" in declared.to:
        yield year, months
    if frequency == "Q" and "annual" in declared.to:
        yield year, [f"{year}-Q{quarter}" for quarter in range(1, QUARTERS_OF_YEAR + 1)]


def consolidation_faults(source: Survey) -> Iterable[str]:
    """What is wrong with a declared consolidation."""
    declared = source.consolidate
    if declared is None:
        return
    frequencies = {Partition(source.id, wave).frequency for wave in source.waves}
    if not frequencies & {"M", "Q"} or ("quarterly" in declared.to and "M" not in frequencies):
        yield f"`consolidate` to {' and '.join(declared.to)} needs shorter waves than these"
    whole = {period: waves for period, waves in periods(source).items() if source.waves.keys() >= set(waves)}
    for period, waves in whole.items():
        if any(source.wave_design(wave) != source.wave_design(waves[0]) for wave in waves):
            yield f"the waves of {period} have different sample designs, and cannot be estimated together"
    designs = [source.design, *(source.wave_design(waves[0]) for waves in whole.values())]
    rules = [each.rules for each in designs]
    if declared.periods == "same_units" and not all(each.has_common_units for each in rules):
        those = " or ".join(name for name, each in DESIGNS.items() if each.has_common_units)
        yield f"periods with the same sampling units need a design that identifies them: {those}"
    if declared.periods == "independent" and not all(each.has_own_units for each in rules):
        yield "replicate weights are pooled only where replicates are the same in all periods: periods: same_units"
