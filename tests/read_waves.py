"""Fixtures of the transforms' tests: read small files as a wave, or see why they are refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest

from schemas.errors import InputError
from schemas.read import Read
from transforms.read import RawInput, read_wave

PARTITION = "ZZZ.small|2024"
# Every made-up record carries this name somewhere: an error that quotes a record is found by it.
SURNAME = "Echeverria"

Records = list[tuple[Any, ...]]
Names = Sequence[str] | Mapping[str, str]
Wave = Callable[..., Records]
Refused = Callable[..., InputError]


def declared_columns(names: Names) -> dict[str, str]:
    return dict(names) if isinstance(names, Mapping) else {name.lower(): name for name in names}


@pytest.fixture
def wave(tmp_path: Path) -> Wave:
    """Read files (name -> content) as one wave: the values of the columns, then `_file` and `_row`."""

    def read(files: Mapping[str, bytes], names: Names, **declared: Any) -> Records:
        folder, output = tmp_path / "received", tmp_path / "raw" / "raw.parquet"
        folder.mkdir(exist_ok=True)
        inputs = []
        for name, content in files.items():
            (folder / name).write_bytes(content)
            inputs.append(RawInput(folder / name, "layout" if name.endswith((".sas", ".xml")) else "data"))
        columns, workdir = declared_columns(names), tmp_path / "work"
        try:
            rows = read_wave(Read(**declared), inputs, columns, output, where=PARTITION, workdir=workdir).records
        finally:
            assert list(workdir.iterdir()) == [], "the work folder is left as it was found"
        table = duckdb.default_connection().sql(f"select * from read_parquet('{output}')")
        assert table.columns == [*columns, "_file", "_row"]
        assert {str(kind) for kind in table.types[:-1]} == {"VARCHAR"} and str(table.types[-1]) == "BIGINT"
        records = table.fetchall()
        assert len(records) == rows
        return records

    return read


@pytest.fixture
def refused(wave: Wave, tmp_path: Path) -> Refused:
    """The error with which a wave is refused; it names the partition, quotes no record and leaves no table."""

    def read(files: Mapping[str, bytes], names: Names, **declared: Any) -> InputError:
        (tmp_path / "raw" / "raw.parquet").unlink(missing_ok=True)
        with pytest.raises(InputError) as caught:
            wave(files, names, **declared)
        error = caught.value
        assert error.where.startswith(PARTITION)
        assert SURNAME not in str(error), "an error must not quote a person's record"
        assert error.remedy
        folder = tmp_path / "raw"
        assert not folder.exists() or list(folder.iterdir()) == [], "no table is left behind"
        return error

    return read
