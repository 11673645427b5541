"""The manifest of a release: what it was made from, and the checksum of each of its files."""

from __future__ import annotations

from pathlib import Path

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, ValidationError

from schemas.errors import PublishError
from schemas.release_profiles import DEFAULT_RELEASE_PROFILE
from warehouse.files import sha256

MANIFEST = "manifest.json"
MANIFEST_CHECKSUM = "manifest.json.sha256"


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class InputFile(_Record):
    """One of the producer's files, as received. Of protected partitions, the checksum depends on a secret of the home,
    and the size is not given (warehouse/release/keyed.py)."""

    name: str
    bytes: int | None
    sha256: str
    address: str | None = None


class InputVintage(_Record):
    """The producer's files that one partition was made from."""

    source: str
    wave: str
    vintage: str
    files: tuple[InputFile, ...]
    fetched_at: str | None = None


class ReleasedFile(_Record):
    """Checksum and size of one file of the release."""

    sha256: str
    bytes: int


class ReleasedFormat(_Record):
    """A format of SDMX in the release: its name, its media type, what it writes, and its files."""

    name: str
    media_type: str
    writes: str
    files: str


class PartitionOutcome(_Record):
    """The outcome of a partition, as a row of table `partition`."""

    source: str
    wave: str
    state: str
    reason: str
    vintage: str | None
    persons: int | None
    cells: int
    icls_basis: str
    synthetic: bool
    protection: str = "none"
    standing_since: str | None = None
    distinct_persons: int | None = None


class ComparedSource(_Record):
    """How many numbers of a source were compared with figures that others publish, and what came of it.

    `differ` are further away than the source allows, the furthest by `furthest_percent` of the figure; `not_compared`
    have no figure of the period, or no number beside it.
    """

    source: str
    compared: int
    differ: int
    not_compared: int
    furthest_percent: float


class Counts(_Record):
    """Counts of the release; `availability` counts the cells of the matrix indicator x source x wave by their state.

    Earlier manifests call it `coverage`.
    """

    observations: int
    dataflows: int
    partitions: dict[str, int]
    availability: dict[str, int] = Field(default={}, validation_alias=AliasChoices("availability", "coverage"))


class Manifest(_Record):
    """`manifest.json`; `files` holds every file of the release but the manifest and its own checksum.

    `figures` are the sources that declare figures which others publish: table agreement_with_published_figures.
    `release_profile` is the profile of protection that applied (schemas/release_profiles.yaml), and `protection` of
    each partition its result. `warnings` are for anyone who passes the release on. `formats` are those of the folder
    sdmx, with a file of data for each {dataflow}; empty in releases made before they were listed. `log` is the SHA-256
    of the last line of the log of releases when this one was made, which is how a log that is gone shows; empty in
    releases made before it was kept.
    """

    release_id: str
    created_at: str
    agency: str
    fingerprint: str
    software_version: str
    duckdb_version: str
    declarations_hash: str
    release_profile: str = DEFAULT_RELEASE_PROFILE
    counts: Counts
    partitions: tuple[PartitionOutcome, ...]
    warnings: tuple[str, ...] = ()
    figures: tuple[ComparedSource, ...] = ()
    inputs: tuple[InputVintage, ...]
    formats: tuple[ReleasedFormat, ...] = ()
    log: str = ""
    files: dict[str, ReleasedFile]


def checksums(folder: Path) -> dict[str, ReleasedFile]:
    """Checksum and size of every file in `folder`, by its path in it; the manifest and its checksum are left out."""
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    names = {file.relative_to(folder).as_posix(): file for file in files}
    return {
        name: ReleasedFile(sha256=sha256(file), bytes=file.stat().st_size)
        for name, file in names.items()
        if name not in (MANIFEST, MANIFEST_CHECKSUM)
    }


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write the manifest, and beside it its own checksum in the form that `sha256sum --check` reads."""
    file = folder / MANIFEST
    file.write_text(manifest.model_dump_json(indent=2) + "\n", encoding="utf-8")
    (folder / MANIFEST_CHECKSUM).write_text(f"{sha256(file)}  {MANIFEST}\n", encoding="utf-8")


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a release. Raises PublishError when it is missing or is not a manifest."""
    file = folder / MANIFEST
    try:
        return Manifest.model_validate_json(file.read_bytes())
    except (OSError, ValidationError) as error:
        raise PublishError(
            "the manifest of this release cannot be read",
            where=str(file),
            why="without it, it is not known whether the release is complete",
            remedy="restore the release from a copy, or point to another one",
        ) from error


def find_faults(folder: Path) -> list[str]:
    """Every difference between the files of a release and its manifest, in words; empty when there is none."""
    try:
        manifest = read_manifest(folder)
        recorded = (folder / MANIFEST_CHECKSUM).read_text(encoding="utf-8").split()[:1]
    except (PublishError, OSError, UnicodeDecodeError) as error:
        return [f"{MANIFEST} or {MANIFEST_CHECKSUM} cannot be read: {error}"]
    faults = [] if recorded == [sha256(folder / MANIFEST)] else [f"{MANIFEST} differs from its checksum"]
    found = checksums(folder)
    faults += [f"{name} is missing" for name in manifest.files if name not in found]
    faults += [f"{name} is not part of the release" for name in found if name not in manifest.files]
    faults += [f"{name} differs" for name in manifest.files if name in found and found[name] != manifest.files[name]]
    return faults


def verify_release(folder: Path) -> Manifest:
    """Compute every checksum of a release again; returns its manifest.

    Raises PublishError naming each file that differs, is missing, or does not belong to the release.
    """
    faults = find_faults(folder)
    if faults:
        raise PublishError(
            f"the release is not as it was published: {'; '.join(faults)}",
            where=str(folder),
            why="its numbers may not be those that were signed",
            remedy="restore the files named from a copy, or publish again",
        )
    return read_manifest(folder)
