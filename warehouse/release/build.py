"""Publishing: a release is built where only its owner comes, compared, and becomes current or waits for a person."""

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
from schemas.release_profiles import EXPERIMENTAL, UNPROTECTED, load_release_profile
from schemas.release_rules import ReleaseRules
from transforms.duck import quote_text
from warehouse.files import flush, flush_folder
from warehouse.layout import Layout
from warehouse.release.agreement import compared_sources
from warehouse.release.availability import write_availability
from warehouse.release.closed import OWNER_FOLDER, close, close_workrooms
from warehouse.release.confidentiality import attack_release, published
from warehouse.release.database import WAREHOUSE, fill_warehouse, new_warehouse
from warehouse.release.disclosed import keep_disclosed, keep_records
from warehouse.release.inputs import ReleaseInputs
from warehouse.release.keyed import holds_protected, kept_key, key_of, keyed
from warehouse.release.life import finish, make_current, supersede_drafts
from warehouse.release.log import State, append, last_digest
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
from warehouse.release.pointer import TIME_IN_ID, Release, only_publisher, remove_stale_pointers, time_of
from warehouse.release.quality.page import add_report
from warehouse.release.review import HELD_BACK, read_review, review_draft
from warehouse.release.rules.base import Finding
from warehouse.release.states import KnownRelease, is_due, known_releases
from warehouse.sdmx.agency import Agency
from warehouse.sdmx.formats import RELEASE_FORMATS, formats_of
from warehouse.sdmx.formats.earlier import COMPRESSED
from warehouse.sdmx.write import WrittenDataflow, write_sdmx

DRAFT = ".draft-"
OBSERVATIONS = "observation.parquet"
SDMX = "sdmx"


@dataclass(frozen=True)
class PublishResult:
    """What `publish` did, and which release it is about.

    `is_new` is False when nothing changed, because a release holds exactly these inputs already. `state` is the one
    that the release is in (warehouse/release/log.py), and `said` the line of the log that gave it. `findings` stand
    against one in review.
    """

    release_id: str
    is_new: bool
    folder: Path
    observations: int
    dataflows: int
    partitions: tuple[PartitionOutcome, ...]
    state: State = "current"
    said: str = ""
    findings: tuple[Finding, ...] = ()

    @property
    def is_current(self) -> bool:
        """Whether the release is the one that readers are pointed to."""
        return self.state == "current"

    @property
    def message(self) -> str:
        """The result in one sentence."""
        if not self.is_current:
            against = "; ".join(finding.said for finding in self.findings)
            return f"release {self.release_id} is {self.said}" + (f": {against}" if against else "")
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
    rules: ReleaseRules | None = None,
    by: str = "",
) -> PublishResult:
    """Build a release of these inputs and, when no rule finds anything against it, make it the current one.

    Readers see it whole or not at all. What something stands against waits in review, where only its owner reads it,
    and takes the place of a draft that waits already; the current release stays. Without `rules` nothing stands against
    anything. `by` is who publishes, for the log.

    When a release was built from the same inputs before, and is undamaged, nothing is built: neither when it is
    current, nor when a person has taken it back, nor when it waits; a waiting one is compared again when another
    release has become current or the rules are others. Older releases are kept. What a killed process left unfinished
    is finished first, and so is a release whose embargo has ended.
    `formats` are the ids of those of SDMX. `created_at` is now unless given; with it, the same inputs after the same
    release give the same SDMX and Parquet to the last byte.
    Raises PublishError when another run is publishing, or the inputs cannot be read, published or written; the current
    release stays.
    """
    with only_publisher(layout), _faults_in_words(layout):
        close_workrooms(layout)
        remove_stale_drafts(layout)
        finished = {each.id for each in finish(layout)}
        if holds_protected(inputs):
            inputs = keyed(inputs, key_of(layout))
        fingerprint = inputs.fingerprint(agency, formats)
        known = known_releases(layout)
        if standing := _standing(layout, known, fingerprint, rules):
            if standing.state == "current":
                supersede_drafts(layout, by=by, why="the current release holds what is accepted now")
            return _result(layout, standing, is_new=standing.id in finished)
        draft = _draft_of(known, fingerprint)
        if draft is None:
            newest = known[-1].release if known else None
            moment = _moment(created_at or datetime.now(UTC), after=newest)
            before = next((each.folder for each in known if each.state == "current"), None)
            folder = _build(layout, inputs, agency, formats, fingerprint, memory_limit, moment, before)
            append(layout, folder.name, "draft", by=by, why="made of what is accepted now")
            supersede_drafts(layout, by=by, why=f"{folder.name} took its place", but=folder.name)
            draft = _known(layout, folder.name)
        return _result(layout, _judged(layout, draft, rules, by), is_new=True)


def _judged(layout: Layout, draft: KnownRelease, rules: ReleaseRules | None, by: str) -> KnownRelease:
    """The draft in review when something stands against it, else as the current release."""
    review = review_draft(layout, draft.folder, rules) if rules is not None else None
    if review is not None and review.findings:
        against = f"{len(review.findings)} finding(s) stand against it"
        append(layout, draft.id, "in review", by=by, why=against)
    else:
        compared = review is not None and review.compared_with is not None
        why = "nothing stands against it" if compared else "there is nothing that it was to be compared with"
        make_current(layout, draft, by=by, why=why)
    return _known(layout, draft.id)


def _known(layout: Layout, release_id: str) -> KnownRelease:
    return next(each for each in known_releases(layout) if each.id == release_id)


def standing(
    layout: Layout,
    inputs: ReleaseInputs,
    *,
    agency: str = "ILMS",
    formats: tuple[str, ...] = RELEASE_FORMATS,
    rules: ReleaseRules | None = None,
) -> PublishResult | None:
    """What `publish` would give when it would build nothing and change nothing; None otherwise.

    Nothing is written. Raises PublishError when the inputs cannot be read.
    """
    with _faults_in_words(layout):
        known = known_releases(layout)
        if any(each.state == "approved" or is_due(each) for each in known):
            return None
        if holds_protected(inputs):
            key = kept_key(layout)
            if key is None:
                return None
            inputs = keyed(inputs, key)
        found = _standing(layout, known, inputs.fingerprint(agency, formats), rules)
        return _result(layout, found, is_new=False) if found else None


def _standing(
    layout: Layout, known: Sequence[KnownRelease], fingerprint: str, rules: ReleaseRules | None
) -> KnownRelease | None:
    """The release of these inputs with which all is done: current, taken back by a person, or waiting for one.

    Those before the current one do not count: what is accepted now may be what it was then.
    """
    current = next((each for each in known if each.release.is_current), None)
    if current is not None and _holds(current.folder, fingerprint):
        return current
    later = [each for each in reversed(known) if current is None or each.id > current.id]
    for each in (each for each in later if _holds(each.folder, fingerprint)):
        if each.state == "superseded" and not each.is_held:
            return current  # a curator went back to it from this one
        if each.state in HELD_BACK:
            return each
        if each.state == "in review":
            review = read_review(layout, each.id)
            is_told = review and review.rules == rules and review.compared_with == (current.id if current else None)
            return each if is_told else None
    return None


def _draft_of(known: Sequence[KnownRelease], fingerprint: str) -> KnownRelease | None:
    """The draft of these inputs that is to be compared, for the first time or again."""
    for each in reversed(known):
        if each.is_held and each.state in ("draft", "in review") and _holds(each.folder, fingerprint):
            return each
    return None


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
    """Remove what killed runs left behind. Only for who holds the lock: every draft of others is then stale."""
    for place in (layout.held(), layout.releases()):
        for draft in place.glob(f"{DRAFT}*"):
            shutil.rmtree(draft)
    remove_stale_pointers(layout)


def _holds(folder: Path, fingerprint: str) -> bool:
    return not find_faults(folder) and read_manifest(folder).fingerprint == fingerprint


def _result(layout: Layout, known: KnownRelease, *, is_new: bool) -> PublishResult:
    manifest = read_manifest(known.folder)
    counts = manifest.counts
    review = read_review(layout, known.id) if known.state == "in review" else None
    return PublishResult(
        manifest.release_id,
        is_new,
        known.folder,
        counts.observations,
        counts.dataflows,
        manifest.partitions,
        known.state,
        known.last.sentence,
        review.findings if review else (),
    )


@contextmanager
def _draft(layout: Layout) -> Iterator[Path]:
    """A hidden folder that only its owner may enter, removed with all that is left in it."""
    draft = layout.held() / f"{DRAFT}{uuid.uuid4().hex}"
    draft.mkdir(mode=OWNER_FOLDER)
    try:
        yield draft
    finally:
        shutil.rmtree(draft)


def _moment(wanted: datetime, *, after: Release | None) -> datetime:
    """Ids sort in the order in which releases were made, even when the clock went back or two came in one second."""
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
    before: Path | None,
) -> Path:
    """Build the release in a hidden folder and rename it to where drafts are held; its folder. `before` is that of the
    current release."""
    release_id = f"{created_at.strftime(TIME_IN_ID)}-{fingerprint[:8]}"
    keep_disclosed(layout)
    with _draft(layout) as draft:
        folder, spill = draft / "release", draft / "spill"
        folder.mkdir()
        spill.mkdir()
        with new_warehouse(folder / WAREHOUSE, spill=spill, memory_limit=memory_limit) as connection:
            partitions = fill_warehouse(connection, inputs)
            warnings = _warnings(partitions)
            figures = compared_sources(connection)
            protected = published(inputs, partitions)
            attack_release(connection, protected, layout, spill)
            _write_parquet(connection, folder / OBSERVATIONS)
            availability = write_availability(connection, folder, warnings)
            sdmx = folder / SDMX
            dataflows = write_sdmx(
                connection,
                sdmx,
                agency=Agency(agency),
                prepared=created_at,
                formats=formats,
                earlier=before / SDMX if before else None,
            )
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
            warnings=warnings,
            figures=figures,
            inputs=tuple(sorted(inputs.vintages, key=lambda each: (each.source, each.wave))),
            formats=_formats(formats),
            log=last_digest(layout),
            files={},
        )
        add_report(layout, folder, manifest, before, memory_limit)
        write_manifest(folder, manifest.model_copy(update={"files": checksums(folder)}))
        if load_release_profile(inputs.release_profile).is_open:
            keep_records(layout, release_id, protected)
        flush(folder)
        close(folder)
        place = layout.held() / release_id
        folder.rename(place)
        flush_folder(layout.held())
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
