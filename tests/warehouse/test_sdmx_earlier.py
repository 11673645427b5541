"""What an earlier release says already stays the message that it was, with the time at which it was prepared then."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sdmx_tables import observation, warehouse_of

from warehouse.sdmx.formats import formats_of
from warehouse.sdmx.formats.earlier import EarlierMessage
from warehouse.sdmx.write import write_sdmx

FORMATS = ("csv-2.0", "json-2.0", "ml-2.1", "ml-3.0", "structure-ml-2.1", "structure-json-2.0")
FIRST, SECOND = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 2, tzinfo=UTC)
TIMES = {FIRST: b"2026-11-01T00:00:00+00:00", SECOND: b"2026-11-02T00:00:00+00:00"}


def written(folder: Path, value: float, prepared: datetime, earlier: Path | None = None) -> dict[str, bytes]:
    """The messages of a release of one number, by the names of their files."""
    connection = warehouse_of([observation(obs_value=value)])
    write_sdmx(connection, folder, prepared=prepared, formats=FORMATS, earlier=earlier)
    return {file.name: gzip.decompress(file.read_bytes()) for file in folder.iterdir()}


def test_a_message_keeps_its_time_until_it_says_something_else(tmp_path: Path) -> None:
    first = written(tmp_path / "first", 1.5, FIRST)
    assert len(first) == len(formats_of(FORMATS))
    same = written(tmp_path / "same", 1.5, SECOND, tmp_path / "first")
    assert same == first
    other = written(tmp_path / "other", 2.5, SECOND, tmp_path / "first")
    for name, content in other.items():
        assert (content == first[name]) == name.startswith("structures")
        if TIMES[FIRST] in first[name] and not name.startswith("structures"):
            assert TIMES[SECOND] in content and TIMES[FIRST] not in content


@pytest.mark.parametrize("before", [b"", b"<Prepared>then</Prepared>a", b"<Prepared>then</Prepared>abc", None])
def test_less_or_more_is_another_message(tmp_path: Path, before: bytes | None) -> None:
    file = tmp_path / "message.xml"
    if before is not None:
        file.write_bytes(before)
    pieces = [b"<Prepared>late</Prepared>", b"ab"]
    compared = EarlierMessage(file)
    assert list(compared.compared(pieces)) == pieces
    assert compared.same_file is None
    file.write_bytes(b"<Prepared>then</Prepared>ab")
    compared = EarlierMessage(file)
    assert list(compared.compared(pieces)) == pieces
    assert compared.same_file == file


def test_a_damaged_file_is_not_taken_over(tmp_path: Path) -> None:
    whole, file = gzip.compress(b"abc" * 1000), tmp_path / "message.xml.gz"
    for damaged in (whole[:-9], b"no gzip", whole[:-8] + b"12345678"):
        file.write_bytes(damaged)
        compared = EarlierMessage(file)
        assert b"".join(compared.compared([b"abc" * 1000])) == b"abc" * 1000
        assert compared.same_file is None
