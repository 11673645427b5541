"""Old releases are removed as schemas/release_rules.yaml says; never the current one, nor one that waits."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from schemas.release_rules import Keep
from warehouse.layout import Layout
from warehouse.release.history import keep_history
from warehouse.release.log import append, read_log
from warehouse.release.pointer import only_publisher, time_of
from warehouse.release.states import BEFORE_THE_LOG, KnownRelease, known_releases

DONE_WITH = ("superseded", "rejected", "withdrawn", "pruned")


def prunable(layout: Layout, keep: Keep, *, now: datetime | None = None) -> list[KnownRelease]:
    """The releases that are older than what is declared to be kept, oldest first."""
    return list(_prunable(layout, keep, now or datetime.now(UTC)))


def _prunable(layout: Layout, keep: Keep, now: datetime) -> Iterator[KnownRelease]:
    for each in known_releases(layout):
        days = keep.held_days if each.is_held else keep.once_current_days
        is_old = now - each.last.at > timedelta(days=days) or each.state == "pruned"
        if each.state in DONE_WITH and not each.release.is_current and is_old:
            yield each


def prune(layout: Layout, keep: Keep, *, by: str, now: datetime | None = None) -> list[KnownRelease]:
    """Remove those releases with what was kept of their review; their numbers stay in the history.

    Raises PublishError when another run is publishing.
    """
    with only_publisher(layout):
        keep_history(layout)
        found = prunable(layout, keep, now=now)
        logged = {entry.release for entry in read_log(layout) if entry.state == "current"}
        for each in found:
            if not each.is_held and each.id not in logged:
                append(layout, each.id, "current", by="", why=BEFORE_THE_LOG, at=time_of(each.id))
            if each.state != "pruned":
                append(layout, each.id, "pruned", by=by, why=f"it was {each.last.sentence}")
            shutil.rmtree(each.folder)
            shutil.rmtree(layout.review(each.id), ignore_errors=True)
    return found
