"""Golden waves: made-up records beside a declaration, and the numbers that they must give."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from ilms.kinds import kind_of
from schemas.catalogue import all_indicators
from schemas.declaration_files import listed_faults, read_rows
from schemas.errors import DeclarationError, IlmsError, naming
from schemas.loader import load_runnable, source_folder
from schemas.nearest import nearest
from schemas.partition import Partition
from schemas.source import Runnable
from transforms.duck import connect, parquet_rows

KEY_COLUMNS = ("ref_area", "indicator", "sex", "classif1", "classif2")
VALUE_COLUMNS = ("obs_value", "n")


@dataclass(frozen=True)
class GoldenWave:
    """Made-up records of one wave (`rows.csv`; a register's tables) and the numbers they must give (`cells.csv`).

    A survey's `persons.csv` says what single records become; its `case` is the first column of `rows.csv`.
    """

    partition: Partition
    folder: Path

    @property
    def persons(self) -> Path:
        """What single records must become; need not be there."""
        return self.folder / "persons.csv"


def golden_waves(source_id: str) -> list[GoldenWave]:
    """The golden waves in a source's folder. Raises DeclarationError for a wave that is not declared."""
    source = load_runnable(source_id)
    folders = sorted(path for path in (source_folder(source_id) / "golden").glob("*") if path.is_dir())
    unknown = [folder.name for folder in folders if folder.name not in source.waves]
    if unknown:
        raise DeclarationError(
            f"golden wave(s) {', '.join(unknown)} of {source_id} are not declared",
            remedy="name each folder as its wave",
        )
    return [GoldenWave(Partition(source_id, folder.name), folder) for folder in folders]


def require_golden(source: Runnable, wave: GoldenWave) -> None:
    """Raise DeclarationError, with what is expected and what is given, unless a golden wave gives what it must."""
    try:
        with naming(f"golden wave {wave.partition.wave}"):
            count, faults = listed_faults(golden_faults(source, wave))
    except IlmsError as error:
        raise DeclarationError(
            f"golden wave {wave.partition.wave}: {error.what}",
            where=f"{wave.folder}: {error.where}",
            why=error.why,
            remedy=error.remedy,
        ) from error
    if faults:
        raise DeclarationError(
            f"golden wave {wave.partition.wave} differs from what is expected in {count} place(s): {faults}",
            where=str(wave.folder),
            why="the declaration no longer does what its author worked out by hand",
            remedy="correct the declaration, or what is expected if that is wrong; `ilms check` says when they agree",
        )


def golden_faults(source: Runnable, wave: GoldenWave) -> list[str]:
    """Expected persons of a golden wave, or where these are met expected cells, that the pipeline does not give."""
    expected = list(_expected(wave))
    named = {cell["indicator"] for _, cell in expected}
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        kind = kind_of(source)
        of_wave = source.of_wave(wave.partition.wave)
        if faults := kind.golden_faults(of_wave, wave.partition, wave.folder, named, work):
            return faults
        with connect() as connection:
            table = parquet_rows(work / "cells.parquet")
            rows = connection.execute(f"select {', '.join((*KEY_COLUMNS, *VALUE_COLUMNS))} from {table}").fetchall()
    given = {row[: len(KEY_COLUMNS)]: row[len(KEY_COLUMNS) :] for row in rows}
    return [fault for line, cell in expected if (fault := _fault(line, cell, given))]


def _expected(wave: GoldenWave) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows of cells.csv with their lines; a row without `ref_area` is about the area of the source."""
    for line, row in read_rows(wave.folder / "cells.csv", [*KEY_COLUMNS[1:], *VALUE_COLUMNS]):
        yield line, {"ref_area": wave.partition.ref_area, **row}


def _fault(line: int, cell: dict[str, str], given: dict[tuple[str, ...], tuple[float, int | None]]) -> str:
    """What is wrong with the number of a row; empty when it is given as expected."""
    key = tuple(cell[name] for name in KEY_COLUMNS)
    if key not in given:
        return f"{' '.join(key)} is not given{_misspelt(cell, given)}" if cell["obs_value"] else ""
    value, cases = given[key]
    if not cell["obs_value"]:
        return f"{' '.join(key)} is {value!r} from {cases} case(s), and must not exist"
    try:
        expected, expected_cases = float(cell["obs_value"]), int(cell["n"]) if cell["n"] else None
    except ValueError:
        written = f"obs_value '{cell['obs_value']}' or n '{cell['n']}'"
        return f"cells.csv, line {line}: {written} is not a number; decimals are written with a point"
    if abs(value - expected) <= 1e-9 * max(1.0, abs(value)) and cases == expected_cases:
        return ""
    return f"{' '.join(key)} is {value!r} from {cases} case(s), expected {cell['obs_value']} from {cell['n']}"


def _misspelt(cell: dict[str, str], given: Collection[tuple[str, ...]]) -> str:
    """The first code of a row that no number has, with the nearest that some have; empty where each is known."""
    known = {name: {key[place] for key in given} for place, name in enumerate(KEY_COLUMNS)}
    known |= {"indicator": set(all_indicators())}
    for name, codes in known.items():
        if codes and cell[name] not in codes:
            return f": no number has {name} '{cell[name]}'{nearest(cell[name], codes - {''})}"
    return ""
