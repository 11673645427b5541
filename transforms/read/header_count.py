"""The number of records in the header of an SPSS file, compared with the records in the file.

Readers of SPSS files stop at the number in the header, whatever follows. A file whose header was written before its
last records, or belongs to part of it, would silently lose the rest. So the number is removed from a copy, which is
then read to its end.
"""

from __future__ import annotations

import shutil
import struct
from dataclasses import replace

import pyarrow.parquet as pq

from transforms.read.assemble import Part
from transforms.read.files import DataFile, plural

_MAGIC = (b"$FL2", b"$FL3")
_LAYOUT_CODE_AT, _RECORDS_AT, _HEADER_END = 64, 80, 84
_LAYOUT_CODES = (2, 3)
_NO_COUNT = -1


def without_header_count(file: DataFile) -> tuple[DataFile, int | None]:
    """The file without the number of records in its header, and that number; the file itself where there is none."""
    with file.content.open("rb") as stream:
        header = stream.read(_HEADER_END)
    order = next((order for order in "<>" if _layout_code(header, order) in _LAYOUT_CODES), None)
    if header[:4] not in _MAGIC or order is None:
        return file, None
    declared = int(struct.unpack_from(f"{order}i", header, _RECORDS_AT)[0])
    if declared == _NO_COUNT:
        return file, None
    copy = file.workdir / "without-header-count"
    shutil.copyfile(file.content, copy)
    with copy.open("r+b") as stream:
        stream.seek(_RECORDS_AT)
        stream.write(struct.pack(f"{order}i", _NO_COUNT))
    return replace(file, content=copy), declared


def _layout_code(header: bytes, order: str) -> int | None:
    return struct.unpack_from(f"{order}i", header, _LAYOUT_CODE_AT)[0] if len(header) == _HEADER_END else None


def check_header_count(file: DataFile, part: Part, declared: int | None) -> None:
    """Raise InputError when a file holds another number of records than its header gives."""
    held = pq.read_metadata(part.path).num_rows
    if declared is not None and held != declared:
        raise file.fault(
            f"{'the file is cut: ' if held < declared else ''}its header gives {plural(declared, 'record')}, and it"
            f" holds {held:,}",
            at="header",
            why="the file is cut, or was put together from parts, and it is not known which of its records are valid",
            remedy="fetch the file again and compare its size with the producer's; if it is the producer's own, save "
            "it again in SPSS and check its records",
        )
