"""What releases for everybody have told of protected partitions: every number that they gave or withheld.

With them, the records behind them are kept, by which it is known of how many persons two releases tell the difference.
It is kept when a release becomes current, for its owner alone, and nothing is ever taken out of it: whoever has read a
release that was withdrawn or removed later still knows its numbers. It goes into no release.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

import duckdb

from schemas.partition import Partition
from schemas.protection import load_protection
from schemas.release_profiles import DEFAULT_RELEASE_PROFILE, UNPROTECTED, load_release_profile
from schemas.tables import OBSERVATION, OBSERVATION_KEY
from transforms.duck import connect, parquet_rows, quote_path, quote_text
from transforms.protect import Earlier
from warehouse.files import link_or_copy, replacing, write_json
from warehouse.layout import Layout
from warehouse.release.closed import owner_only
from warehouse.release.database import WAREHOUSE
from warehouse.release.inputs import ReleasePartition
from warehouse.release.log import read_log
from warehouse.release.manifest import read_manifest
from warehouse.release.states import READABLE, KnownRelease, known_releases

DONE = "releases.json"
DECIDED = ("superseded", "rejected", "withdrawn")
"""States of drafts that no reader gets to see any more."""
TYPES = {column.name: column.type for column in OBSERVATION}
COLUMNS = {
    **{name: TYPES[name] for name in (*OBSERVATION_KEY, "obs_status", "n", "obs_value")},
    "protection": "VARCHAR",
    "method": "VARCHAR",
    "release": "VARCHAR",
}
"""The columns of a partition's file. `release` is the first one that told it, `protection` the profile that it went
through there, and `method` that of the profile (schemas/protection.yaml)."""


def keep_disclosed(layout: Layout) -> None:
    """Add what those releases have told that became current since this was done last."""
    with owner_only():
        _keep(layout)


def _keep(layout: Layout) -> None:
    file = layout.disclosed_folder() / DONE
    done = list(json.loads(file.read_text(encoding="utf-8"))) if file.exists() else []
    new = [each for each in _shown(layout) if each.id not in done]
    for each in new:
        _add(layout, each)
    if new:
        write_json(file, [*done, *(each.id for each in new)])
    waiting = {each.id for each in known_releases(layout) if each.state not in DECIDED}
    for records in layout.disclosed_folder().glob("*/*.records/*.parquet"):
        if records.stem not in {*done, *waiting, *(each.id for each in new)}:
            records.unlink()


def keep_records(layout: Layout, release: str, partitions: Iterable[ReleasePartition]) -> None:
    """Keep the records behind the protected numbers of a release until it is known whether readers get to see them."""
    with owner_only():
        for item in partitions:
            if item.core is not None and not item.is_kept:
                folder = layout.records_told(item.partition)
                folder.mkdir(parents=True, exist_ok=True)
                link_or_copy(item.core, folder / f"{release}.parquet")


def known_earlier(layout: Layout, partition: Partition) -> Earlier | None:
    """What earlier releases told of a partition; None where they told nothing."""
    numbers = layout.disclosed(partition)
    if not numbers.is_file():
        return None
    with connect() as connection:
        found = connection.execute(f"select distinct release from {parquet_rows(numbers)} order by all").fetchall()
    records = [layout.records_told(partition) / f"{release}.parquet" for (release,) in found]
    kept = tuple(file for file in records if file.is_file())
    return Earlier(numbers, kept, all_kept=len(kept) == len(records))


def _shown(layout: Layout) -> Iterator[KnownRelease]:
    """The releases for everybody that are or were current, oldest first, those that were withdrawn among them."""
    once = {entry.release for entry in read_log(layout) if entry.state == "current"}
    for each in known_releases(layout):
        is_open = load_release_profile(each.profile or DEFAULT_RELEASE_PROFILE).is_open
        if is_open and (each.id in once or each.release.is_current or (each.state in READABLE and not each.is_held)):
            yield each


def _add(layout: Layout, release: KnownRelease) -> None:
    protected = {
        Partition(each.source, each.wave): each.protection
        for each in read_manifest(release.folder).partitions
        if each.protection != UNPROTECTED and each.state == "published"
    }
    if not protected:
        return
    with connect() as connection:
        connection.execute(f"attach {quote_path(release.folder / WAREHOUSE)} as told (read_only)")
        for partition, protection in protected.items():
            _add_partition(connection, layout, partition, protection, release.id)


def _add_partition(
    connection: duckdb.DuckDBPyConnection, layout: Layout, partition: Partition, protection: str, release: str
) -> None:
    """Add the numbers of a release about a partition to its file, where they differ from all that is there."""
    file, names = layout.disclosed(partition), ", ".join(COLUMNS)
    declared = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
    connection.execute(f"create or replace temp table kept ({declared})")
    if file.exists():
        connection.execute(f"insert into kept select {names} from {parquet_rows(file)}")
    facts = ", ".join(name for name in COLUMNS if name in TYPES)
    connection.execute(
        f"insert into kept select {facts}, ?, ?, ? from ("
        f" select {facts} from told.observation where split_part(source, ':', 2) = ? and wave = ?"
        f" except select {facts} from kept)",
        [protection, load_protection(protection).method, release, partition.source, partition.wave],
    )
    with replacing(file) as draft:
        order = ", ".join((*OBSERVATION_KEY, "release"))
        connection.execute(f"copy (from kept order by {order}) to {quote_text(str(draft))} (format parquet)")
    if not connection.execute("select 1 from kept where release = ? limit 1", [release]).fetchall():
        (layout.records_told(partition) / f"{release}.parquet").unlink(missing_ok=True)
