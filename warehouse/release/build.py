"""Publishing: a release is built in a draft folder, renamed to its place, and then made current."""

from __future__ import annotations

import errno
import os
import shutil
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from schemas.errors import PublishError
from schemas.release_profiles import EXPERIMENTAL, UNPROTECTED
from transforms.duck import quote_text
from warehouse.layout import Layout
from warehouse.release.availability import write_availability
from warehouse.release.confidentiality import attack_release, published
from warehouse.release.database import WAREHOUSE, fill_warehouse, new_warehouse
from warehouse.release.inputs import ReleaseInputs
from warehouse.release.manifest import (
    Counts,
    Manifest,
    PartitionOutcome,
    ReleasedFormat,
    checksums,
    find_faults,
    read_manifest,
    write_manifest,
)
from warehouse.release.pointer import (
    TIME_IN_ID,
    Release,
    is_withdrawn,
    list_releases,
    move_pointer,
    only_publisher,
    remove_stale_pointers,
    time_of,
)
from warehouse.sdmx.agency import Agency
from warehouse.sdmx.formats import RELEASE_FORMATS, formats_of
from warehouse.sdmx.formats.base import COMPRESSED
from warehouse.sdmx.write import WrittenDataflow, write_sdmx

DRAFT = ".draft-"
OBSERVATIONS = "observation.parquet"
SDMX = "sdmx"


@dataclass(frozen=True)
class PublishResult:
    """What `publish` did. `is_new` is False when the current release already holds exactly these inputs."""

    release_id: str
    is_new: bool
    folder: Path
    observations: int
    dataflows: int
    partitions: tuple[PartitionOutcome, ...]

    @property
    def message(self) -> str:
        """The result in one sentence."""
        if not self.is_new:
            return f"nothing new: release {self.release_id} already holds these inputs, nothing was built"
        states = Counter(outcome.state for outcome in self.partitions)
        partitions = ", ".join(f"{count} {state}" for state, count in sorted(states.items()))
        return (
            f"published release {self.release_id}: {self.observations} observations in {self.dataflows} dataflows; "
            f"partitions: {partitions}"
        )


def publish(
    layout: Layout,
    inputs: ReleaseInputs,
    *,
    agency: str = "ILMS",
    formats: tuple[str, ...] = RELEASE_FORMATS,
    memory_limit: str = "2GB",
    created_at: datetime | None = None,
) -> PublishResult:
    """Build a release from these inputs and make it the current one, in one step that readers see completely or not at
    all.

    When the current release was built from the same inputs and is undamaged, nothing is built. A release that was
    complete when an earlier run ended, but not yet pointed to, is taken as it is, unless a curator went back from it.
    Older releases are kept.
    `formats` are the ids of those of SDMX. `created_at` is now unless given; with it, the same inputs give the same
    SDMX and Parquet to the last byte.
    Raises PublishError when another run is publishing, or the inputs cannot be read, published or written; the current
    release stays.
    """
    with only_publisher(layout), _faults_in_words(layout):
        remove_stale_drafts(layout)
        fingerprint = inputs.fingerprint(agency, formats)
        releases = list_releases(layout)
        if standing := _standing(layout, releases, fingerprint):
            return _result(standing.folder, is_new=False)
        newest = releases[-1] if releases else None
        if newest and _holds(newest.folder, fingerprint):
            folder = newest.folder
        else:
            moment = _moment(created_at or datetime.now(UTC), after=newest)
            folder = _build(layout, inputs, agency, formats, fingerprint, memory_limit, moment)
        move_pointer(layout, folder.name)
        return _result(folder, is_new=True)


def standing(
    layout: Layout, inputs: ReleaseInputs, *, agency: str = "ILMS", formats: tuple[str, ...] = RELEASE_FORMATS
) -> PublishResult | None:
    """The current release when `publish` would neither build a release nor make another current; None otherwise.

    Nothing is written. Raises PublishError when the inputs cannot be read.
    """
    with _faults_in_words(layout):
        found = _standing(layout, list_releases(layout), inputs.fingerprint(agency, formats))
        return _result(found.folder, is_new=False) if found else None


def _standing(layout: Layout, releases: Sequence[Release], fingerprint: str) -> Release | None:
    """The current release when it was built from these inputs, or a curator went back to it from the release that
    was."""
    current = next((release for release in releases if release.is_current), None)
    if current is None or _holds(current.folder, fingerprint):
        return current
    newest = releases[-1]
    return current if is_withdrawn(layout, newest.id) and _holds(newest.folder, fingerprint) else None


@contextmanager
def _faults_in_words(layout: Layout) -> Iterator[None]:
    """Turn a full disk, too little memory or a damaged Parquet file into a PublishError."""
    try:
        yield
    except (duckdb.ConversionException, duckdb.OutOfRangeException):
        raise  # the text may quote a record, as protection reads records here
    except (OSError, duckdb.Error) as error:
        full = os.strerror(errno.ENOSPC)
        raise PublishError(
            f"the release could not be built: {full if full in str(error) else error}",
            where=str(layout.releases()),
            remedy="check free disk space and memory; a damaged file named here is made again by `ilms run`",
        ) from error


def remove_stale_drafts(layout: Layout) -> None:
    """Remove what killed runs left behind. Only for the holder of the lock, for whom every other draft is stale."""
    for draft in layout.releases().glob(f"{DRAFT}*"):
        shutil.rmtree(draft)
    remove_stale_pointers(layout)


def _holds(folder: Path, fingerprint: str) -> bool:
    return not find_faults(folder) and read_manifest(folder).fingerprint == fingerprint


def _result(folder: Path, *, is_new: bool) -> PublishResult:
    manifest = read_manifest(folder)
    counts = manifest.counts
    return PublishResult(
        manifest.release_id, is_new, folder, counts.observations, counts.dataflows, manifest.partitions
    )


@contextmanager
def _draft(layout: Layout) -> Iterator[Path]:
    """A hidden folder beside the releases, removed with all that is left in it."""
    draft = layout.releases() / f"{DRAFT}{uuid.uuid4().hex}"
    draft.mkdir(parents=True)
    try:
        yield draft
    finally:
        shutil.rmtree(draft)


def _moment(wanted: datetime, *, after: Release | None) -> datetime:
    """Ids sort in the order of publication, even when the clock went back or two releases came in one second."""
    moment = wanted.astimezone(UTC).replace(microsecond=0)
    return max(moment, time_of(after.id) + timedelta(seconds=1)) if after else moment


def _build(
    layout: Layout,
    inputs: ReleaseInputs,
    agency: str,
    formats: tuple[str, ...],
    fingerprint: str,
    memory_limit: str,
    created_at: datetime,
) -> Path:
    """Build the release in a draft folder and rename it into its place; its folder."""
    release_id = f"{created_at.strftime(TIME_IN_ID)}-{fingerprint[:8]}"
    with _draft(layout) as draft:
        folder, spill = draft / "release", draft / "spill"
        folder.mkdir()
        spill.mkdir()
        with new_warehouse(folder / WAREHOUSE, spill=spill, memory_limit=memory_limit) as connection:
            partitions = fill_warehouse(connection, inputs)
            attack_release(connection, published(inputs, partitions), spill)
            _write_parquet(connection, folder / OBSERVATIONS)
            availability = write_availability(connection, folder)
            sdmx = folder / SDMX
            dataflows = write_sdmx(connection, sdmx, agency=Agency(agency), prepared=created_at, formats=formats)
        manifest = Manifest(
            release_id=release_id,
            created_at=created_at.isoformat(),
            agency=agency,
            fingerprint=fingerprint,
            software_version=inputs.software_version,
            duckdb_version=duckdb.__version__,
            declarations_hash=inputs.declarations_hash,
            release_profile=inputs.release_profile,
            counts=_counts(dataflows, partitions, availability),
            partitions=partitions,
            warnings=_warnings(partitions),
            inputs=tuple(sorted(inputs.vintages, key=lambda each: (each.source, each.wave))),
            formats=_formats(formats),
            files=checksums(folder),
        )
        write_manifest(folder, manifest)
        _flush(folder)
        place = layout.releases() / release_id
        folder.rename(place)
        _flush_folder(layout.releases())
    return place


def _warnings(partitions: Sequence[PartitionOutcome]) -> tuple[str, ...]:
    """Warnings for anyone who passes the release on."""
    published = [each for each in partitions if each.state == "published"]
    return (EXPERIMENTAL,) if any(each.protection != UNPROTECTED for each in published) else ()


def _formats(chosen: tuple[str, ...]) -> tuple[ReleasedFormat, ...]:
    """The formats of the files in the folder `sdmx`."""
    return tuple(
        ReleasedFormat(
            name=each.name, media_type=each.content_type, writes=each.writes, files=f"{SDMX}/{each.file}{COMPRESSED}"
        )
        for each in formats_of(chosen)
    )


def _write_parquet(connection: duckdb.DuckDBPyConnection, file: Path) -> None:
    """All observations as one Parquet file, in the order of the table; with one thread its row groups never move."""
    connection.execute("set threads = 1")
    connection.execute(f"copy observation to {quote_text(str(file))} (format parquet, compression zstd)")
    connection.execute("reset threads")


def _counts(
    dataflows: Sequence[WrittenDataflow], partitions: Sequence[PartitionOutcome], availability: dict[str, int]
) -> Counts:
    states = Counter(outcome.state for outcome in partitions)
    observations = sum(dataflow.observations for dataflow in dataflows)
    return Counts(
        observations=observations,
        dataflows=len(dataflows),
        partitions=dict(sorted(states.items())),
        availability=availability,
    )


def _flush(folder: Path) -> None:
    """Sync a folder and its files to the disk, and make the files read-only: a release never changes."""
    for path in sorted(folder.rglob("*")):
        if path.is_dir():
            _flush_folder(path)
        else:
            with path.open("rb") as stream:
                os.fsync(stream.fileno())
            path.chmod(0o444)
    _flush_folder(folder)


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
