"""Stata files before Stata 13: whether their records end where expected from the number in their header.

The records are followed by tables of labels, each with its own size, up to the end of the file. When they do not fit,
the number of records in the header is wrong, which readers would not notice. Format: Stata 12 Data Management
Reference, `help dta` (releases 111 to 115).
"""

from __future__ import annotations

import mmap
import struct
from dataclasses import dataclass

from transforms.read.files import DataFile

RELEASES = range(111, 116)
_WIDE_FORMATS_SINCE = 114
_ORDER = {1: ">", 2: "<"}
_HEADER, _NAME, _VARIABLE_LABEL = 109, 33, 81
_TABLE_HEAD, _TABLE_MINIMUM = 4 + _NAME + 3, 8
_WIDTHS = {251: 1, 252: 2, 253: 4, 254: 4, 255: 8}


@dataclass(frozen=True)
class _Bytes:
    content: mmap.mmap
    order: str

    def number(self, kind: str, at: int) -> int:
        return int(struct.unpack_from(self.order + kind, self.content, at)[0])


def check_old_stata(file: DataFile) -> None:
    """Raise InputError when the labels of an old Stata file do not begin where its records should end."""
    with file.content.open("rb") as stream:
        if file.content.stat().st_size <= _HEADER:
            return
        with mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
            if content[0] not in RELEASES or content[1] not in _ORDER:
                return
            read = _Bytes(content, _ORDER[content[1]])
            try:
                fits = _labels_fit(read, _end_of_records(read))
            except struct.error:
                fits = False
            count = read.number("i", 6)
    if not fits:
        raise file.fault(
            f"its header gives {count:,} records, and the records do not end there: it is cut or damaged",
            at="header",
            why="the file is cut, or holds more records than would be read",
            remedy="fetch the file again and compare its size with the producer's; if it is the producer's own, save "
            "it again in Stata and check its records",
        )


def _end_of_records(read: _Bytes) -> int:
    variables, records = read.number("H", 4), read.number("i", 6)
    types = read.content[_HEADER : _HEADER + variables]
    formats = 49 if read.content[0] >= _WIDE_FORMATS_SINCE else 12
    at = _HEADER + variables * (1 + 2 * _NAME + 2 + formats + _VARIABLE_LABEL) + 2
    while True:
        kind, size = read.content[at : at + 1], read.number("i", at + 1)
        at += 5 + size
        if size < 0 or (kind == b"\0" and size == 0):
            break
    return at + records * sum(_WIDTHS.get(each, each) for each in types)


def _labels_fit(read: _Bytes, at: int) -> bool:
    """Whether tables of labels, each of its stated length, fill the file from here to its end."""
    end = len(read.content)
    while at < end:
        if end - at < _TABLE_HEAD:
            return not read.content[at:end].strip(b"\0")
        size, entries, text = (read.number("i", at + place) for place in (0, _TABLE_HEAD, _TABLE_HEAD + 4))
        if size != _TABLE_MINIMUM + 8 * entries + text:
            return False
        at += _TABLE_HEAD + size
    return at == end
