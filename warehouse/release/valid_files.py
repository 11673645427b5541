"""Whether the files of SDMX in a release are valid, by the official schemas and by what their data are of.

The structures by which data are checked are those of the release's own database, as this software makes them.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from schemas.errors import PublishError
from warehouse.files import opened
from warehouse.release.database import WAREHOUSE
from warehouse.release.manifest import read_manifest
from warehouse.sdmx.agency import Agency
from warehouse.sdmx.artefacts import Described
from warehouse.sdmx.flows import read_flows
from warehouse.sdmx.formats import FORMATS
from warehouse.sdmx.formats.base import DataFormat, Format, StructureFormat
from warehouse.sdmx.formats.earlier import COMPRESSED
from warehouse.sdmx.formats.schema_faults import Fault
from warehouse.sdmx.sdg import goals
from warehouse.sdmx.structures import build_structures
from warehouse.sdmx.write import SDG

SDMX_FOLDER = "sdmx"


@dataclass(frozen=True)
class Repeated:
    """A fault where it was first found, and how often the same was found in the file."""

    first: Fault
    times: int

    def __str__(self) -> str:
        """In words, such as: line 3: attribute 'SEX' is required but missing (41 times)."""
        return f"{self.first} ({self.times:,} times)" if self.times > 1 else str(self.first)


@dataclass(frozen=True)
class CheckedFile:
    """A file, and what is wrong with it: nothing where it is valid."""

    name: str
    faults: tuple[Repeated, ...]


def checked_files(release: Path) -> Iterator[CheckedFile]:
    """Every file of SDMX in a release's folder, checked one after the other.

    Memory does not grow with a file, but with what is wrong with it. Raises PublishError where the official schemas are
    missing, or the release's database cannot be read.
    """
    described = descriptions(release)
    for file in sorted((release / SDMX_FOLDER).iterdir()):
        try:
            faults = _together(_faults(file, described))
        except (OSError, EOFError, zlib.error) as error:
            faults = (Repeated(Fault("", f"it cannot be read: {error}"), 1),)
        yield CheckedFile(f"{SDMX_FOLDER}/{file.name}", faults)


def _faults(file: Path, described: Mapping[str, Described]) -> Iterator[Fault]:
    form, dataflow = _format_of(file.name)
    if isinstance(form, StructureFormat):
        with opened(file) as content:
            yield from form.faults(content)
    elif isinstance(form, DataFormat) and dataflow in described:
        yield from form.faults(file, described[dataflow])
    elif form is None:
        yield Fault("", "no format of SDMX has files so called")
    else:
        yield Fault("", f"the release has no dataflow {dataflow}")


def _format_of(name: str) -> tuple[Format | None, str]:
    """The format whose file this is, and the dataflow that it is of."""
    plain = name.removesuffix(COMPRESSED)
    dataflow = plain.partition(".")[0]
    return next((each for each in FORMATS if each.file.format(dataflow=dataflow) == plain), None), dataflow


def _together(faults: Iterable[Fault]) -> tuple[Repeated, ...]:
    """The same faults as one, at the first place of them."""
    found: dict[str, Repeated] = {}
    for fault in faults:
        before = found.get(fault.what)
        found[fault.what] = Repeated(before.first, before.times + 1) if before else Repeated(fault, 1)
    return tuple(found.values())


def descriptions(release: Path) -> dict[str, Described]:
    """What the data of each dataflow are of, by the name that its files begin with. Raises PublishError."""
    manifest = read_manifest(release)
    agency = Agency(manifest.agency)
    try:
        with duckdb.connect(str(release / WAREHOUSE), read_only=True) as connection:
            published = {
                name for (name,) in connection.execute("select distinct indicator from observation").fetchall()
            }
            flows = [flow for flow in read_flows(connection) if flow.indicator in published]
            prepared, others = datetime.fromisoformat(manifest.created_at), goals(connection)
            message = build_structures(connection, [*flows, *others], agency=agency, prepared=prepared)
    except duckdb.Error as error:
        raise PublishError(
            f"the database of this release cannot be read: {str(error).splitlines()[0]}",
            where=str(release / WAREHOUSE),
            why="what its data are of stands there",
            remedy=f"use the version of ILMS that made the release, {manifest.software_version}",
        ) from error
    found = {flow.id: message.described(flow.structure(agency), agency.reference(flow.id)) for flow in flows}
    for flow in others:
        found[SDG] = message.described(flow.structure(agency))
    return found
