"""Converts a text file to clean UTF-8: its encoding is checked, NUL bytes are refused, line ends are made uniform."""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from transforms.read.files import DataFile

LONGEST_LINE = 1_000_000
"""Maximum bytes of a line of records: DuckDB skips lines longer than twice that, silently if they exceed its buffer."""
_CHUNK = 4 * 1024**2
_DOS_END_OF_FILE = b"\x1a"
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_WHY = "letters outside A to Z would be garbled, and codes or names containing them would not be recognised"


@dataclass(frozen=True)
class Text:
    """A text file that is clean UTF-8 without a byte order mark, with one kind of line end.

    `ends_whole`: whether its last line has a line end; `line_end`: the line end of its lines; `endless_line`: the first
    line that is too long to be a record.
    """

    path: Path
    lines: int
    ascii_only: bool
    ends_whole: bool = True
    line_end: str = "\n"
    endless_line: int | None = None


@dataclass
class Scan:
    """The findings of one pass over the bytes of an ASCII-compatible text; lines count from 1."""

    size: int = 0
    ascii_only: bool = True
    line_feeds: int = 0
    carriage_returns: int = 0
    pairs: int = 0
    nul_line: int | None = None
    broken_utf8_line: int | None = None
    endless_line: int | None = None
    unfinished: int = 0
    last_byte: bytes = b""

    @property
    def uniform(self) -> bool:
        """Whether every line ends in the same way, and in one that the parser handles."""
        return self.carriage_returns == self.pairs and self.pairs in (0, self.line_feeds)

    @property
    def ends(self) -> int:
        """Number of line ends."""
        return self.line_feeds + self.carriage_returns - self.pairs

    @property
    def lines(self) -> int:
        """Number of lines, including a last one without a line end."""
        return self.ends + (self.size > 0 and self.last_byte not in (b"\n", b"\r"))


def clean_text(file: DataFile, encoding: str) -> Text:
    """The file as clean UTF-8: itself when it already is, else a copy in its work folder.

    Raises InputError when the bytes are not in the declared encoding, or when UTF-8 is declared to be something else.
    """
    codec = _codec(encoding)
    _check_utf16_mark(file, codec)
    source = file.content
    if not _holds_ascii(codec):
        source = _rewrite(file, source, codec, file.workdir / "decoded")
        codec = "utf-8"
    scan = _scan(source)
    _check(file, scan, codec, encoding)
    marked = _starts_with(source, codecs.BOM_UTF8)
    foreign = codec != "utf-8" and not scan.ascii_only
    line_end = "\r\n" if scan.pairs else "\n"
    if marked or foreign or not scan.uniform or scan.last_byte == _DOS_END_OF_FILE:
        source = _rewrite(file, source, "utf-8-sig" if marked else codec, file.workdir / "clean", tidy=True)
        line_end = "\n"
    ends_whole = scan.last_byte in (b"\n", b"\r", _DOS_END_OF_FILE)
    return Text(source, scan.lines, scan.ascii_only, ends_whole, line_end, scan.endless_line)


def text_of_lines(file: DataFile, encoding: str) -> Text:
    """The file as clean UTF-8 whose lines are records. Raises InputError as clean_text does, and for endless lines."""
    source = clean_text(file, encoding)
    if source.endless_line is not None:
        raise file.fault(
            f"a line is longer than {LONGEST_LINE:,} bytes",
            at=f"line {source.endless_line}",
            why="no record is so long: line ends are lost, or the file is damaged",
            remedy="see that line in a text editor; then fetch the file again or ask the producer",
        )
    return source


def filled_lines(source: Text, header_lines: int, *, blank: bytes = b"") -> int:
    """The number of lines below the header that hold more than the characters of `blank`."""
    with source.path.open("rb") as stream:
        for _ in range(header_lines):
            stream.readline()
        return sum(1 for line in stream if line.strip(blank + b"\r\n"))


def lost(file: DataFile, lines: int, read: int) -> Exception:
    """The error for records in the file that were not read."""
    return file.fault(
        f"{lines:,} lines hold records, and {read:,} of them were read",
        why="records would be lost silently",
        remedy="look for odd characters in the file; fetch it again; if that does not help, report it",
    )


def _codec(encoding: str) -> str:
    name = codecs.lookup(encoding).name
    return "utf-8" if name == "utf-8-sig" else name


def _holds_ascii(codec: str) -> bool:
    sample = "0123,;|\t\r\n"
    return sample.encode(codec) == sample.encode("ascii")


def _check_utf16_mark(file: DataFile, codec: str) -> None:
    if codec.startswith("utf-16") or not _starts_with(file.content, *_UTF16_MARKS):
        return
    raise file.fault(
        f"the file is UTF-16 (it begins with that byte order mark), but '{codec}' is declared",
        at="line 1",
        why="it cannot be read as anything else",
        remedy="write `encoding: utf-16` under `read` in source.yaml",
    )


def _starts_with(path: Path, *marks: bytes) -> bool:
    with path.open("rb") as stream:
        return stream.read(4).startswith(marks)


def _scan(path: Path) -> Scan:
    scan = Scan()
    decoder = codecs.getincrementaldecoder("utf-8")()
    for chunk in _chunks(path):
        line = scan.ends + 1
        if scan.nul_line is None and b"\0" in chunk:
            scan.nul_line = line + _ends(chunk[: chunk.index(b"\0")])
        if not chunk.isascii() or decoder.getstate()[0]:
            scan.ascii_only = False
            _probe_utf8(scan, decoder, chunk, line)
        _measure(scan, chunk, line)
        scan.size += len(chunk)
        scan.line_feeds += chunk.count(b"\n")
        scan.carriage_returns += chunk.count(b"\r")
        scan.pairs += chunk.count(b"\r\n") + (scan.last_byte == b"\r" and chunk.startswith(b"\n"))
        scan.last_byte = chunk[-1:]
    if decoder.getstate()[0] and scan.broken_utf8_line is None:
        scan.broken_utf8_line = scan.lines
    return scan


def _probe_utf8(scan: Scan, decoder: codecs.IncrementalDecoder, chunk: bytes, line: int) -> None:
    if scan.broken_utf8_line is not None:
        return
    try:
        decoder.decode(chunk)
    except UnicodeDecodeError as error:
        scan.broken_utf8_line = line + _ends(chunk[: error.start])
        decoder.reset()


def _measure(scan: Scan, chunk: bytes, line: int) -> None:
    """Find the first line that is too long; `line` is the number of the line in which the chunk begins."""
    start, room = 0, LONGEST_LINE - scan.unfinished
    while scan.endless_line is None and start + room < len(chunk):
        window = start + room + 1
        end = max(chunk.rfind(b"\n", start, window), chunk.rfind(b"\r", start, window))
        if end < 0:
            scan.endless_line = line + _ends(chunk[:start])
        start, room = end + 1, LONGEST_LINE
    last = max(chunk.rfind(b"\n"), chunk.rfind(b"\r"))
    scan.unfinished = len(chunk) - last - 1 + (scan.unfinished if last < 0 else 0)


def _ends(data: bytes) -> int:
    return data.count(b"\n") + data.count(b"\r") - data.count(b"\r\n")


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            yield chunk


def _check(file: DataFile, scan: Scan, codec: str, declared: str) -> None:
    if scan.nul_line is not None:
        raise file.fault(
            "the file contains NUL bytes, which a text never does",
            at=f"line {scan.nul_line}",
            why="a damaged file, or UTF-16 without its mark, would be read as wrong records",
            remedy="fetch the file again; if every second byte is NUL, write `encoding: utf-16-le` under `read`",
        )
    if codec == "utf-8" and scan.broken_utf8_line is not None:
        raise file.fault(
            f"'{declared}' is declared, but the bytes are not UTF-8",
            at=f"line {scan.broken_utf8_line}",
            why=_WHY,
            remedy="write the true encoding under `read` in source.yaml, often latin-1 or windows-1252",
        )
    if codec != "utf-8" and not scan.ascii_only and scan.broken_utf8_line is None:
        raise file.fault(
            f"'{declared}' is declared, but the file is UTF-8",
            why=_WHY,
            remedy="write `encoding: utf-8` under `read` in source.yaml",
        )


def _rewrite(file: DataFile, source: Path, codec: str, target: Path, *, tidy: bool = False) -> Path:
    """Write the text as UTF-8; `tidy` makes every line end a line feed and drops the end-of-file mark of DOS."""
    decoder = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder(codec)(), translate=tidy)
    line, last = 1, ""
    with target.open("wb") as output:
        for chunk in chain(_chunks(source), [b""]):
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                at = line + _ends(error.object[: error.start])
                raise file.fault(
                    f"'{codec}' is declared, but the file holds bytes that are not part of it",
                    at=f"line {at}",
                    why=_WHY,
                    remedy="write the true encoding under `read` in source.yaml",
                ) from error
            line, last = line + text.count("\n"), text[-1:] or last
            output.write(text.encode("utf-8"))
        if tidy and last.encode() == _DOS_END_OF_FILE:
            output.truncate(output.tell() - 1)
    return target
