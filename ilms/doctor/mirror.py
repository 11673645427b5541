"""The producers' files: whether declarations can be read, and which files they name are missing in the mirror."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from ilms.doctor.finding import Finding, Installation, listed, ok, worth_knowing, wrong
from schemas.errors import DeclarationError, IlmsError, SourceUnavailable
from schemas.loader import list_runnable, load_runnable
from schemas.partition import Partition
from schemas.series import series_of
from schemas.source import Runnable
from warehouse.intake.access import Access
from warehouse.intake.origins import plan_fetch


def mirror(at: Installation) -> Iterator[Finding]:
    """Whether every declaration loads, the mirror can be read, and the files that waves name are in it."""
    sources, broken = _declared()
    if broken:
        yield wrong(
            f"{len(broken)} declaration(s) cannot be loaded: {listed(broken)}",
            why="these sources do not run; their numbers stand as last accepted",
            remedy=f"ilms check {sorted(broken)[0]} says what is wrong",
        )
    folder = at.access.mirror
    if folder is None:
        yield from _without_mirror(at)
    elif not os.access(folder, os.R_OK | os.X_OK):
        yield wrong(
            "the folder of ILMS_MIRROR cannot be read by this user",
            why="no source could be read from it",
            remedy="give the permission to read it and its folders",
        )
    else:
        yield from _missing(sources, at.access)


def _declared() -> tuple[list[Runnable], list[str]]:
    loaded, broken = [], []
    for name in list_runnable():
        try:
            loaded.append(load_runnable(name))
        except DeclarationError:
            broken.append(name)
    return loaded, broken


def _without_mirror(at: Installation) -> Iterator[Finding]:
    if at.refused is not None:
        return
    if at.access.online:
        yield ok("files come from the producers' own addresses (ILMS_ONLINE=1)")
        return
    yield worth_knowing(
        "neither ILMS_MIRROR nor ILMS_ONLINE=1 is set",
        why="only the bundled synthetic sources run",
        remedy="set ILMS_MIRROR to a folder with the producers' files, or ILMS_ONLINE=1",
    )


def _missing(sources: list[Runnable], access: Access) -> Iterator[Finding]:
    offline = replace(access, online=False)
    lacking: Counter[str] = Counter()
    unreadable, awaited, present = [], 0, 0
    for source in sources:
        if source.fetch.method == "generator":
            continue
        for wave in source.waves:
            partition = Partition(source.id, wave)
            try:
                plan = plan_fetch(source, partition, offline.for_source(source.id))
            except SourceUnavailable:
                continue
            except IlmsError:
                lacking[source.id] += 1
                continue
            unreadable += [each.name for each in plan.wanted if each.path and not os.access(each.path, os.R_OK)]
            if not plan.missing:
                present += 1
            elif series_of(source, wave):
                awaited += 1
            else:
                lacking[source.id] += 1
    if unreadable:
        yield wrong(
            f"{len(unreadable)} file(s) of the mirror cannot be read: {listed(unreadable)}",
            why="their waves fail",
            remedy="give this user the permission to read them",
        )
    if lacking:
        names = listed(f"{name} ({count} wave{'s' if count > 1 else ''})" for name, count in lacking.items())
        yield worth_knowing(
            f"files that declarations name are missing in the mirror: {names}",
            why="these waves fail in a run, or stand as last accepted",
            remedy="put the files there; `ilms run --source NAME` says which name and place",
        )
    later = f"; {awaited} of series are not there yet (`ilms sources --state overdue`)" if awaited else ""
    yield ok(f"the mirror has all files of {present} waves{later}")
