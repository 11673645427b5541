"""What every SDMX format declares, and the message it is given to write.

A format of data gives a message piece by piece (`chunks`): a release keeps the pieces in a file (`write`), a service
sends them. What it is given is one `DataMessage`; its observations stay in DuckDB until they are written.
"""

from __future__ import annotations

import gzip
import shutil
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import IO, ClassVar, Literal

from schemas.errors import PublishError
from warehouse.files import replacing
from warehouse.sdmx.agency import Agency
from warehouse.sdmx.artefacts import Described, StructureMessage
from warehouse.sdmx.formats.earlier import COMPRESSED, EarlierMessage
from warehouse.sdmx.formats.schema_faults import Fault
from warehouse.sdmx.rows import FlowRows

TIME = "TIME_PERIOD"
ALL_DIMENSIONS = "AllDimensions"
COMPRESSION_LEVEL = 6
SHOWN = 5
"""Faults of a message that is refused."""

Labels = Literal["id", "both", "name"]


@dataclass(frozen=True)
class DataMessage:
    """One message of data.

    id, prepared, sender  what its header says
    datasets              the observations: one set, or one for each release that a history goes through
    at_observation        the dimension that observations differ in within their series: TIME_PERIOD, or any other
                          dimension; `AllDimensions` for observations without series
    with_observations     False for the keys of series alone
    labels                how SDMX-CSV writes codes: their ids, `both` id and name in one cell, or their name in a
                          column of its own
    language              of labels and names in the data: en, fr or es

    Rows may lack attributes, and the value, that their structure has: a format writes what is there.
    """

    id: str
    prepared: datetime
    sender: Agency
    datasets: tuple[FlowRows, ...]
    at_observation: str = TIME
    with_observations: bool = True
    labels: Labels = "id"
    language: str = "en"


class Format(ABC):
    """One format of SDMX's data or structures.

    id          by which a setting names it, such as csv-1.0
    name        in words, with its version, such as SDMX-CSV 1.0
    media_type  without its parameters; `content_type` is the whole
    parameters  of the media type, such as its version
    aliases     other content types by which clients ask for it
    suffix      the ending of its files' names, before that of compression
    file        the name of its file in a release's folder `sdmx`; of data, one for each {dataflow}
    writes      data or structure
    """

    id: ClassVar[str]
    name: ClassVar[str]
    media_type: ClassVar[str]
    parameters: ClassVar[Mapping[str, str]]
    aliases: ClassVar[tuple[str, ...]] = ()
    suffix: ClassVar[str]
    file: ClassVar[str]
    writes: ClassVar[Literal["data", "structure"]]

    @property
    def content_type(self) -> str:
        """The media type with its parameters, as HTTP has it."""
        return ";".join([self.media_type, *(f"{name}={value}" for name, value in self.parameters.items())])


class DataFormat(Format):
    """A format of observations: one file for each dataflow."""

    writes = "data"

    def file_of(self, dataflow: str) -> str:
        """The name of the file of a dataflow."""
        return self.file.format(dataflow=dataflow)

    @abstractmethod
    def chunks(self, message: DataMessage) -> Iterator[bytes]:
        """The message piece by piece, using an amount of memory that does not depend on its size.

        The same observations give the same bytes, whatever their order. They are read while the pieces are consumed:
        until the last one, nothing else may run on the connection of the rows.
        """

    @abstractmethod
    def faults(self, file: Path, described: Described) -> Iterator[Fault]:
        """What is wrong with a file: by the official schema, where the format has one, and by what its data are of.

        Memory does not grow with the file.
        """

    def write(self, message: DataMessage, file: Path, earlier: Path | None = None) -> None:
        """Write the message as a file, compressed where its name ends with .gz; `earlier` is that of the release
        before, which stays what it is where nothing has changed."""
        _write(file, self.chunks(message), earlier)


class StructureFormat(Format):
    """A format of structures: one file with everything that the dataflows refer to."""

    writes = "structure"

    @abstractmethod
    def chunks(self, message: StructureMessage) -> Iterator[bytes]:
        """The message piece by piece; the same artefacts in the same order give the same bytes."""

    @abstractmethod
    def faults(self, content: IO[bytes]) -> Iterator[Fault]:
        """What the official schema finds wrong with a message of this format."""

    def write(self, message: StructureMessage, file: Path, earlier: Path | None = None) -> None:
        """Write a message of structures; `earlier` as for data. Raises PublishError, and writes nothing, when it is not
        valid."""
        content = b"".join(self.chunks(message))
        if faults := list(islice(self.faults(BytesIO(content)), SHOWN)):
            raise PublishError(
                f"the structure message is not valid {self.name}: {'; '.join(map(str, faults))}",
                where=file.name,
                remedy="report this with the fault above: the declarations passed their own checks",
            )
        _write(file, [content], earlier)


def _write(file: Path, chunks: Iterable[bytes], earlier: Path | None) -> None:
    """Write a file, compressed where its name ends with .gz; the same content gives the same bytes.

    Where the `earlier` file has the content already but for the time in its header, it is written once more.
    """
    before = EarlierMessage(earlier)
    pieces = before.compared(chunks)
    with replacing(file) as draft:
        with draft.open("wb") as stream:
            if file.suffix == COMPRESSED:
                with gzip.GzipFile("", "wb", COMPRESSION_LEVEL, stream, mtime=0) as compressed:
                    compressed.writelines(pieces)
            else:
                stream.writelines(pieces)
        if same := before.same_file:
            shutil.copyfile(same, draft)
