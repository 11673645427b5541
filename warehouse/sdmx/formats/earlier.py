"""A message that is in the earlier release already: nothing differs but the time at which it was prepared.

The earlier file then stays what it is, with the time at which that content was prepared first, and both releases keep
it once.
"""

from __future__ import annotations

import gzip
import logging
import re
import zlib
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO, cast

COMPRESSED = ".gz"
PREPARED = re.compile(rb'Prepared>[^<]*<|"prepared":"[^"]*"')
"""The time in the header of a message, in SDMX-ML or SDMX-JSON."""
HEADER = 8_192
"""The bytes that a header is among."""
logger = logging.getLogger(__name__)


class EarlierMessage:
    """The file of an earlier release, where there is one, compared with a message while that is written."""

    def __init__(self, file: Path | None) -> None:
        self._file = file if file is not None and file.is_file() else None
        self._is_same = self._file is not None

    @property
    def same_file(self) -> Path | None:
        """The file, when it holds the whole message that was compared with it."""
        return self._file if self._is_same else None

    def compared(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """The pieces of the message, each compared as long as none has differed."""
        if self._file is None:
            yield from pieces
            return
        with ExitStack() as opened:
            stream: IO[bytes] = opened.enter_context(self._file.open("rb"))
            if self._file.suffix == COMPRESSED:
                stream = cast(IO[bytes], opened.enter_context(gzip.GzipFile(fileobj=stream)))
            for piece in pieces:
                self._is_same = self._is_same and _is_same(self._next(stream, len(piece)), piece)
                yield piece
            self._is_same = self._is_same and self._next(stream, 1) == b""

    def _next(self, stream: IO[bytes], size: int) -> bytes | None:
        """The next bytes of the file; None where it is damaged."""
        try:
            return stream.read(size)
        except (OSError, EOFError, zlib.error) as error:
            logger.warning("%s of the earlier release is damaged, and not taken over: %s", self._file, error)
            return None


def _is_same(before: bytes | None, now: bytes) -> bool:
    return before is not None and (before == now or _without_time(before) == _without_time(now))


def _without_time(piece: bytes) -> bytes:
    return PREPARED.sub(b"", piece[:HEADER], count=1) + piece[HEADER:]
