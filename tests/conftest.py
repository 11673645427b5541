"""Fixtures that several rooms share: the producers' files, and a small source declared in a temporary folder."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest
import yaml
from hypothesis import settings
from small_source import SMALL_CODES, SMALL_COLUMNS, SMALL_SOURCE, Declare, RawTable

from schemas.loader import load_survey
from schemas.survey import Survey

# To the type checker two conftest.py would be two modules of one name: rooms keep their fixtures in other modules.
pytest_plugins = ("read_waves", "small_homes", "sound_tables", "stores")

# The same commit is tested on the same examples everywhere; a new example that fails is added by @example.
settings.register_profile("repeatable", derandomize=True)
settings.load_profile("repeatable")


@pytest.fixture(scope="session")
def mirror() -> Path:
    """The folder that mirrors the producers' files; tests that need it are skipped without ILMS_MIRROR."""
    folder = os.environ.get("ILMS_MIRROR")
    if not folder:
        pytest.skip("ILMS_MIRROR names no folder with the producers' files")
    return Path(folder)


@pytest.fixture
def declare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Declare:
    """Declare a source in a temporary folder: the small one, with what a test changes, and load it."""

    def declare_source(
        source_id: str = "ZZZ.small", *, codes: str = SMALL_CODES, columns: str = "", **changes: Any
    ) -> Survey:
        area, _, name = source_id.partition(".")
        folder = tmp_path / "sources" / area / name
        folder.mkdir(parents=True, exist_ok=True)
        declaration = {**SMALL_SOURCE, **changes}
        waves = list(declaration["waves"])
        table = columns or "\n".join(
            [",".join(["column", *waves]), *(",".join([c] + [c] * len(waves)) for c in SMALL_COLUMNS)]
        )
        (folder / "source.yaml").write_text(yaml.safe_dump(declaration, sort_keys=False), encoding="utf-8")
        (folder / "columns.csv").write_text(table + "\n", encoding="utf-8")
        (folder / "code_maps.csv").write_text(codes, encoding="utf-8")
        monkeypatch.setenv("ILMS_SOURCES", str(tmp_path / "sources"))
        _forget_sources()
        return load_survey(source_id)

    return declare_source


def _forget_sources() -> None:
    from schemas import loader

    loader._load.cache_clear()


@pytest.fixture
def raw_table(tmp_path: Path) -> RawTable:
    """Write records (id, str, psu, w, sexcode, years, born, act) as transforms.read would give them."""

    def write(records: Iterable[tuple[Any, ...]]) -> Path:
        rows = [[None if value in ("", None) else str(value) for value in record] for record in records]
        columns = {
            name: pyarrow.array([row[i] for row in rows], pyarrow.string()) for i, name in enumerate(SMALL_COLUMNS)
        }
        columns["_file"] = pyarrow.array(["lfs.csv"] * len(rows), pyarrow.string())
        columns["_row"] = pyarrow.array(range(1, len(rows) + 1), pyarrow.int64())
        file = tmp_path / "raw.parquet"
        pyarrow.parquet.write_table(pyarrow.table(columns), file)
        return file

    return write
