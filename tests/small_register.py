"""A small register, declared in a temporary folder and run on tables that a test writes as the producer would."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from schemas.loader import _load, load_of_kind
from schemas.partition import Partition
from schemas.register import Register
from schemas.register_faults import REGISTER
from transforms.flows import HarmonisedFlows, estimate_flows, harmonise_flows
from transforms.read import RawInput

PERMITS: dict[str, Any] = {
    "title": "Permits by nationality",
    "file": "permits.csv",
    "read": {"format": "delimited"},
    "value": {"column": "permits"},
    "variables": {
        "event": {"constant": "issued"},
        "citizenship": {"column": "nationality", "map": "nationality", "country": "name"},
    },
    "feeds": {"REG_PERI_CCT_NB": "every_wave"},
}
SMALL_REGISTER: dict[str, Any] = {
    "kind": "register",
    "title": {"en": "Small register of permits"},
    "producer": "Ministry of Nowhere",
    "citation": "Small register, 2024",
    "licence": "CC0",
    "landing_page": "https://example.org/permits",
    "source_type": "FA",
    "cadence": "annual",
    "schedule": "0 6 1 * *",
    "coverage": {"complete": True},
    "facts": {"concept": "work_authorisation", "direction": "in", "unit": "permits"},
    "waves": {"2024": {"files": [{"name": "permits.csv", "mirror": "permits.csv"}]}},
    "tables": {"permits": PERMITS},
}
COLUMNS = """column,every_wave
permits.nationality,Nationality
permits.permits,Permits
"""
CODES = """map,code,value,label
nationality,Elsewhere,other,
"""
PLAIN = "Nationality,Permits\nIndia,10\nBrazil,5\nElsewhere,2\n"


def table(**changes: object) -> dict[str, dict[str, object]]:
    """The one table of the register, with what a test changes."""
    return {"permits": {**PERMITS, **changes}}


class SmallRegister:
    """Declares the register with what a test changes, and runs it on files given as texts or bytes."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        patch.setenv("ILMS_SOURCES", str(folder / "sources"))

    def declare(self, *, columns: str = COLUMNS, codes: str = CODES, **changes: Any) -> Register:
        """Write the declaration and load it."""
        folder = self.folder / "sources" / "ZZZ" / "permits"
        folder.mkdir(parents=True, exist_ok=True)
        text = yaml.safe_dump({**SMALL_REGISTER, **changes}, sort_keys=False)
        (folder / "source.yaml").write_text(text, encoding="utf-8")
        (folder / "columns.csv").write_text(columns, encoding="utf-8")
        (folder / "code_maps.csv").write_text(codes, encoding="utf-8")
        _load.cache_clear()
        return load_of_kind(REGISTER, "ZZZ.permits")

    def harmonise(self, register: Register, files: Mapping[str, str | bytes], wave: str = "2024") -> HarmonisedFlows:
        """Harmonise files; `flows` and `numbers` then give the records and the numbers."""
        paths = []
        for name, content in files.items():
            path = self.folder / name
            path.write_bytes(content.encode() if isinstance(content, str) else content)
            paths.append(RawInput(path, "data"))
        partition = Partition(register.id, wave)
        core = self.folder / "core.parquet"
        made = harmonise_flows(register, partition, paths, core, workdir=self.folder / "work")
        estimate_flows(register, partition, core, self.folder / "cells.parquet", vintage="v", warnings=made.warnings)
        return made

    def run(
        self,
        content: str | bytes,
        *,
        name: str = "permits.csv",
        columns: str = COLUMNS,
        codes: str = CODES,
        **changes: object,
    ) -> HarmonisedFlows:
        """Declare the one table with what a test changes, and harmonise its file."""
        return self.harmonise(self.declare(columns=columns, codes=codes, tables=table(**changes)), {name: content})

    def flows(self, *columns: str) -> Sequence[tuple[Any, ...]]:
        """The flow records: these columns, in their order."""
        return self._rows("core.parquet", ", ".join(columns))

    def numbers(self, indicator: str) -> dict[str, float]:
        """The numbers of one indicator by their codes, such as 'SEX_T CDS_DES_TOTAL'."""
        rows = self._rows("cells.parquet", "indicator, concat_ws(' ', sex, classif1, classif2), obs_value")
        return {" ".join(codes.split()): value for name, codes, value in rows if name == indicator}

    def issued(self) -> dict[str, float]:
        """The permits by nationality."""
        return self.numbers("REG_PERI_CCT_NB")

    def cells(self, columns: str) -> Sequence[tuple[Any, ...]]:
        """Columns of the numbers."""
        return self._rows("cells.parquet", columns)

    def _rows(self, file: str, columns: str) -> Sequence[tuple[Any, ...]]:
        with duckdb.connect() as connection:
            return connection.execute(
                f"select {columns} from read_parquet('{self.folder / file}') order by all"
            ).fetchall()
