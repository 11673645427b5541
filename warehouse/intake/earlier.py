"""What files are compared with: those accepted before, of the same wave and of other waves of the source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from schemas.errors import DeclarationError
from schemas.partition import Partition
from schemas.periods import in_order, months
from schemas.source import Source
from schemas.wave import Origin
from warehouse.accepted import AcceptedVintage, accepted_vintages
from warehouse.intake.addresses import fill, wave_values
from warehouse.intake.vintage import kept_vintage
from warehouse.layout import Layout


@dataclass(frozen=True)
class Known:
    """A data file whose numbers were accepted under another wave."""

    wave: str
    name: str
    address: str


@dataclass(frozen=True)
class Earlier:
    """Vintages of the wave whose numbers passed everything, in their order, and files of other waves by checksum."""

    accepted: tuple[AcceptedVintage, ...] = ()
    elsewhere: Mapping[str, Known] = field(default_factory=dict)


def what_came_before(layout: Layout, source: Source, partition: Partition, origin: Origin) -> Earlier:
    """What the files of a partition are compared with, leaving out those of another origin where these are declared to
    differ.

    Waves that are declared to be in one file, by the same `mirror` or `address`, are not compared with each other.
    """
    elsewhere: dict[str, Known] = {}
    own = declared_places(source, partition)
    for wave in in_order(source.waves.keys() - {partition.wave}):
        other = Partition(source.id, wave)
        if own & declared_places(source, other):
            continue
        for accepted in accepted_vintages(layout, other):
            vintage = kept_vintage(layout, other, accepted.vintage)
            for file in vintage.files if vintage else ():
                if file.role == "data":
                    elsewhere[file.sha256] = Known(wave, file.name, file.address)
    return Earlier(accepted_alike(layout, source, partition, origin), elsewhere)


def accepted_alike(layout: Layout, source: Source, partition: Partition, origin: Origin) -> tuple[AcceptedVintage, ...]:
    """The accepted vintages of a wave that files of an origin should resemble.

    All of them, unless the files of that origin are declared to differ, such as samples in the mirror.
    """
    accepted = accepted_vintages(layout, partition)
    if not source.waves[partition.wave].by_origin:
        return accepted
    kept = {each.vintage: kept_vintage(layout, partition, each.vintage) for each in accepted}
    return tuple(each for each in accepted if (found := kept[each.vintage]) is None or found.origin == origin)


def nearest_wave(
    layout: Layout, source: Source, partition: Partition, origin: Origin
) -> tuple[str, AcceptedVintage] | None:
    """The accepted wave nearest in time, of those of the same length and coverage and on the same side of every
    declared break, with its last vintage."""
    own = months(partition.wave)
    others = [wave for wave in source.waves if wave != partition.wave and len(months(wave)) == len(own)]
    alike = [wave for wave in others if source.is_comparable(wave, partition.wave)]
    for wave in sorted(in_order(alike), key=lambda wave: abs(months(wave).start - own.start)):
        accepted = accepted_alike(layout, source, Partition(source.id, wave), origin)
        if accepted:
            return wave, accepted[-1]
    return None


def declared_places(source: Source, partition: Partition) -> set[str]:
    """Where the data files of a wave are declared to be; a place that cannot be filled in counts as shared with no
    other wave."""
    wave = source.waves[partition.wave]
    files = [*wave.files, *(file for each in wave.by_origin.values() for file in each.files)]
    patterns = {place for file in files if file.role == "data" for place in file.places}
    try:
        values = wave_values(source, partition, wave.settings)
        return {fill(pattern, values, partition.key) for pattern in patterns}
    except DeclarationError:
        return set()
