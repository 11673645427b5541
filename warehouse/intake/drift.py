"""Drift guards: they stop files that are not as declared, or not like those accepted before.

A real, large change by the producer is accepted by declaring it: raise `fetch.size_change` in the source's source.yaml,
give the reason beside it, run, and lower it again. The change of the declaration records who accepted what.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from schemas.partition import Partition
from schemas.plausibility import load_plausibility
from schemas.register import Register
from schemas.source import Source
from schemas.survey import Survey
from schemas.wave import Origin
from warehouse.accepted import AcceptedVintage
from warehouse.intake.earlier import Earlier, accepted_alike, nearest_wave
from warehouse.intake.file_types import type_fault
from warehouse.intake.vintage import VintageFile, vintage_id
from warehouse.layout import Layout


def find_faults(source: Source, files: Sequence[VintageFile], missing: Sequence[str], earlier: Earlier) -> list[str]:
    """What is wrong with the files of a fetch, in words; empty when they can be used.

    `missing` lists what was looked for and not found. Sizes are compared with those of the vintage accepted last, and a
    decrease also with the first, so that files cannot shrink unnoticed in small steps. The same files are always
    accepted again, whatever came in between.
    """
    faults = list(missing)
    if vintage_id(files) in {each.vintage for each in earlier.accepted}:
        return faults
    faults += [f"{file.name} is empty (0 bytes)" for file in files if file.bytes == 0]
    faults += filter(None, (type_fault(file.role, file.name, file.path) for file in files))
    faults += _known_already(files, earlier)
    faults += _size_faults(source, sum(file.bytes for file in files), earlier.accepted)
    return faults


def _known_already(files: Sequence[VintageFile], earlier: Earlier) -> Iterator[str]:
    """Data files with the bytes of another one: of the same delivery, or of another wave."""
    seen: dict[str, str] = {}
    for file in files:
        if file.role != "data" or not file.bytes:
            continue
        if file.sha256 in seen:
            yield f"{file.name} has the same bytes as {seen[file.sha256]}, so its records would be counted twice"
        seen[file.sha256] = file.name
        known = earlier.elsewhere.get(file.sha256)
        if known and known.address != file.address:
            yield (
                f"{file.name} has the same bytes as {known.name} of wave {known.wave}, whose numbers are accepted (if "
                "one file holds both waves, declare the same `mirror` or `address` for both; if the other wave has the "
                "wrong file, correct that one first)"
            )


def _size_faults(source: Source, size: int, accepted: Sequence[AcceptedVintage]) -> Iterator[str]:
    allowed = source.fetch.size_change
    for before in {each.vintage: each for each in (*accepted[-1:], *accepted[:1])}.values():
        change = (size - before.bytes) / before.bytes if before.bytes else 0
        if abs(change) > allowed and (before is accepted[-1] or change < 0):
            yield (
                f"the files have {size:,} bytes, {change:+.0%} against the {before.bytes:,} of vintage"
                f" {before.vintage}, accepted on {before.accepted_at:%Y-%m-%d}, where a change of {allowed:.0%} is"
                " declared to be the most (if the change is real, declare a larger fetch.size_change in source.yaml and"
                " say why)"
            )
            return


def find_record_faults(
    source: Survey, partition: Partition, found: AcceptedVintage, layout: Layout, origin: Origin
) -> list[str]:
    """Implausible changes in the records of a survey's wave: their number, the persons they represent, the unknown
    answers.

    They are compared with the vintage of the wave accepted last, with the first, and with the nearest wave accepted.
    Where the wave declares its `records`, or a `population_figure`, these are used instead.
    """
    before = _compared_with(source, partition, found, layout, origin)
    return [
        f"{fault} of {name}" for name, each in before.items() for fault in _differences(source, partition, found, each)
    ]


def find_count_faults(
    register: Register, partition: Partition, found: AcceptedVintage, layout: Layout, origin: Origin
) -> list[str]:
    """The counts of a register's wave that are too many times those accepted before, or too few, in words."""
    before = _compared_with(register, partition, found, layout, origin)
    return [f"{fault} of {name}" for name, each in before.items() for fault in _jumps(register, partition, found, each)]


def _jumps(register: Register, partition: Partition, now: AcceptedVintage, then: AcceptedVintage) -> Iterator[str]:
    figure, limit = load_plausibility().registers.change, register.highest("change", partition.wave)
    for what, after in now.counts.items():
        before = then.counts.get(what, 0)
        if before > 0 and max(before, after) >= figure.cases and not before / limit <= after <= before * limit:
            yield f"{after:,.0f} {what}, {after / before:,.2g} times the {before:,.0f}"


def _compared_with(
    source: Source, partition: Partition, found: AcceptedVintage, layout: Layout, origin: Origin
) -> dict[str, AcceptedVintage]:
    """What the records of a wave are compared with, by name; nothing where the same files are accepted already."""
    accepted = accepted_alike(layout, source, partition, origin)
    if found.vintage in {each.vintage for each in accepted}:
        return {}
    before = {f"vintage {each.vintage} of this wave": each for each in (*accepted[-1:], *accepted[:1])}
    if nearest := nearest_wave(layout, source, partition, origin):
        before[f"wave {nearest[0]}"] = nearest[1]
    return before


def _differences(source: Survey, partition: Partition, now: AcceptedVintage, then: AcceptedVintage) -> Iterator[str]:
    wave, guards = source.waves[partition.wave], source.guards
    counted: dict[str, tuple[float, float]] = {}
    if wave.records is None:
        counted["records"] = (now.records, then.records)
    if wave.population_figure is None:
        counted["persons that they represent"] = (now.weighted, then.weighted)
    for what, (after, before) in counted.items():
        if before and abs(after - before) > guards.records_change * before:
            yield f"{after:,.0f} {what}, {(after - before) / before:+.0%} against the {before:,.0f}"
    for name, share in now.unknown.items():
        if name in then.unknown and share - then.unknown[name] > guards.unknown_rise:
            yield f"{name} unknown for {share:.0%}, against {then.unknown[name]:.0%}"
