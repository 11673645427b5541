"""What is done already: asked by each stage before it works, and before a run.

One answer for all of them, so that a run which asks first leaves out exactly what its stages would have left out.
"""

from __future__ import annotations

from ilms.kinds import kind_of
from ilms.pipeline.fingerprints import KeptFacts, cells_mark, core_mark, facts_of
from schemas.errors import SourceUnavailable
from schemas.partition import Partition
from schemas.source import Runnable, Source
from warehouse.intake.access import Access
from warehouse.intake.fetch import fetched_already
from warehouse.intake.vintage import Vintage, kept_vintage, latest_vintage
from warehouse.layout import Layout
from warehouse.store.files import digest_of


def fetched(layout: Layout, access: Access, source: Source, partition: Partition) -> Vintage | None:
    """The vintage that a fetch would leave as it is; None when it may bring other files, or only a server can show
    that.

    With nowhere to fetch from, it is the one fetched last. Raises what a fetch raises before it begins.
    """
    try:
        return fetched_already(source, partition, layout, access.for_source(source.id))
    except SourceUnavailable:
        return latest_vintage(layout, partition)


def as_from(layout: Layout, source: Runnable, partition: Partition, vintage: str) -> Runnable:
    """The source as it is where the files of a vintage came from."""
    kept = kept_vintage(layout, partition, vintage)
    return source.from_origin(partition.wave, kept.origin) if kept else source


def harmonised(layout: Layout, source: Runnable, partition: Partition, vintage: str) -> KeptFacts | None:
    """The facts of a core table made of this vintage by today's declarations and code; None when there is none."""
    return facts_of(layout.core(partition), core_mark(source, partition, vintage))


def estimated(
    layout: Layout, source: Runnable, partition: Partition, of_core: str, seed: str | None
) -> KeptFacts | None:
    """The facts of numbers made of a core table of that mark, with that seed of protection.

    None when not all that belongs to them is as it was.
    """
    mark = cells_mark(of_core, source.protection, seed)
    facts = facts_of(layout.cells(partition), mark)
    is_whole = facts is not None and facts.beside == digests_beside(layout, source, partition)
    return facts if is_whole else None


def digests_beside(layout: Layout, source: Runnable, partition: Partition) -> dict[str, str]:
    """The SHA-256 of what belongs to the numbers of a partition, by what it is; what is missing is not in it."""
    files = {"availability": layout.availability(partition)}
    if kind_of(source).gives_detail(source):
        files["detail"] = layout.detail(partition)
    if kind_of(source).gives_scores(source):
        files["scores"] = layout.scores(partition)
    return {name: digest for name, file in files.items() if (digest := digest_of(file))}
