"""How a release that a benchmark made up becomes the current one of a home."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import duckdb

from warehouse.layout import Layout
from warehouse.release.manifest import Counts, Manifest, checksums, write_manifest
from warehouse.release.pointer import move_pointer


def make_current(home: Path, folder: Path, observations: int, dataflows: int) -> None:
    """Write the manifest of a folder of a release, of no software and no declarations, and move the pointer to it."""
    manifest = Manifest(
        release_id=folder.name,
        created_at=datetime(2026, 1, 1, tzinfo=UTC).isoformat(),
        agency="ILMS",
        fingerprint="0" * 64,
        software_version="0",
        duckdb_version=duckdb.__version__,
        declarations_hash="0" * 64,
        counts=Counts(observations=observations, dataflows=dataflows, partitions={}),
        partitions=(),
        inputs=(),
        files=checksums(folder),
    )
    write_manifest(folder, manifest)
    move_pointer(Layout(home), folder.name)
