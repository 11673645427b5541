"""The numbers of a partition as they may be published: estimated, and protected as the source declares."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

from ilms.kinds import Drafts, kind_of
from ilms.scratch import scratch_folder
from schemas.errors import IlmsError
from schemas.partition import Partition
from schemas.protection import load_protection, withholds
from schemas.release_profiles import EXPERIMENTAL, UNPROTECTED
from schemas.source import Runnable
from warehouse.layout import Layout

logger = logging.getLogger(__name__)
NOT_TOLD = "a remark on its records is not shown, as the source is confidential"


def notes_of_records(source: Runnable, warnings: Sequence[str]) -> list[str]:
    """What harmonising warns of, as it may be published: for a confidential source nothing that may tell a count."""
    if not withholds(load_protection(source.protection)):
        return list(warnings)
    return list(dict.fromkeys(NOT_TOLD if any(map(str.isdigit, each)) else each for each in warnings))


def estimate_core(
    layout: Layout,
    source: Runnable,
    partition: Partition,
    drafts: Drafts,
    vintage: str,
    warnings: Sequence[str],
    *,
    seed: str | None,
    memory_limit: str,
) -> int:
    """Estimate into drafts, protected as the source declares; warnings of the gate are published as notes.

    Unprotected numbers exist only in a scratch folder that is removed afterwards. Raises IlmsError for a protection
    that the kind of source has no records for.
    """
    kind, core, limit = kind_of(source), layout.core(partition), memory_limit
    if source.protection == UNPROTECTED:
        return kind.estimate(source, partition, core, drafts, vintage=vintage, warnings=warnings, memory_limit=limit)
    from transforms.availability import say_protection
    from transforms.protect import protect_cells
    from warehouse.release.disclosed import keep_disclosed, known_earlier

    records = kind.protected(source)
    if records is None:
        raise IlmsError(
            f"{source.id} has no records to protect",
            where=partition.key,
            why=f"its protection is '{source.protection}'",
            remedy=f"declare `protection: {UNPROTECTED}`",
        )
    logger.warning("%s is protected by '%s'. %s", partition.key, source.protection, EXPERIMENTAL)
    with scratch_folder(layout) as work:
        unprotected = work / "estimates.parquet"
        made = replace(drafts, cells=unprotected)
        count: int = kind.estimate(
            source, partition, core, made, vintage=vintage, warnings=warnings, memory_limit=limit
        )
        keep_disclosed(layout)
        protect_cells(
            unprotected,
            core,
            records,
            partition,
            source.protection,
            drafts.cells,
            work,
            earlier=known_earlier(layout, partition),
            seed=seed,
            memory_limit=limit,
        )
    say_protection(drafts.availability, source.protection)
    return count
