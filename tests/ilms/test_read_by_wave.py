"""A survey whose files change their form from one wave to the next goes through the same stages."""

from __future__ import annotations

from pathlib import Path

import duckdb
from small_source import SMALL_COLUMNS, Declare

from ilms.kinds import kind_of
from ilms.pipeline.stages import fetch_partition
from ilms.settings import Settings
from schemas.partition import Partition
from warehouse.intake.vintage import latest_vintage

PERSONS = [
    [f"p{number}", f"s{number % 2}", f"u{number}", "100.5", str(1 + number % 2), "30", "1", "1"] for number in range(4)
]


def text(delimiter: str, decimal: str) -> str:
    rows = [SMALL_COLUMNS, *([value.replace(".", decimal) for value in row] for row in PERSONS)]
    return "".join(delimiter.join(row) + "\n" for row in rows)


def fixed(rows: list[list[str]]) -> str:
    return "".join("".join(value.ljust(6) for value in row) + "\n" for row in rows)


def test_each_wave_is_read_in_its_own_form(tmp_path: Path, declare: Declare) -> None:
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    (mirror / "2022.csv").write_text(text(",", "."))
    (mirror / "2023.csv").write_text(text(";", ","))
    (mirror / "2024.txt").write_text(fixed(PERSONS))
    places = " ".join(f"@{1 + 6 * place} {name} $6." for place, name in enumerate(SMALL_COLUMNS))
    (mirror / "2024.sas").write_text(f"input {places};")
    waves = {
        "2022": {"files": [{"name": "2022.csv", "mirror": "2022.csv"}]},
        "2023": {
            "files": [{"name": "2023.csv", "mirror": "2023.csv"}],
            "read": {"delimiter": ";", "decimal": ","},
        },
        "2024": {
            "files": [
                {"name": "2024.txt", "mirror": "2024.txt"},
                {"name": "2024.sas", "mirror": "2024.sas", "role": "layout"},
            ],
            "read": {"format": "fixed_width", "layout": {"format": "sas", "file": "2024.sas"}},
        },
    }
    source = declare("NRU.small", waves=waves)
    settings = Settings(home=tmp_path / "home", mirror=mirror)
    for wave in waves:
        partition, core, work = Partition("NRU.small", wave), tmp_path / f"{wave}.parquet", tmp_path / wave
        work.mkdir()
        fetch_partition(settings, partition.key)
        vintage = latest_vintage(settings.layout, partition)
        assert vintage is not None
        kind_of(source).harmonise(
            settings.layout, source, partition, vintage, core, work, memory_limit=settings.memory_limit
        )
        found = duckdb.execute(f"select count(*), sum(weight), max(age) from read_parquet('{core}')").fetchall()
        assert found == [(4, 402, 30)], wave
