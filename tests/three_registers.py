"""Three small registers in a home of their own, run and released: what their numbers are, and which of them stand."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from quick_release import leave_out_structures
from small_register import CODES, COLUMNS, SMALL_REGISTER

from ilms.run import RunOutcome, run_all
from ilms.settings import Settings
from schemas.loader import _load

FIRST, SECOND, THIRD = SOURCES = ("KIR.permits", "NRU.permits", "ZZZ.permits")
WAVES = ("2023", "2024")
State = tuple[str, str | None, str]


def declaration(source: str, waves: tuple[str, ...] = WAVES, **changes: Any) -> dict[str, Any]:
    files = {wave: {"files": [{"name": "permits.csv", "mirror": f"{source}/{wave}.csv"}]} for wave in waves}
    return {**SMALL_REGISTER, "waves": files, "fetch": {"size_change": 100}, **changes}


def declare(folder: Path, source: str, text: str | None = None, **changes: Any) -> Path:
    """Write the declaration of a register, or the text given in its place."""
    place = folder / "sources" / source.replace(".", "/")
    place.mkdir(parents=True, exist_ok=True)
    (place / "source.yaml").write_text(text or yaml.safe_dump(declaration(source, **changes), sort_keys=False))
    (place / "columns.csv").write_text(COLUMNS)
    (place / "code_maps.csv").write_text(CODES)
    _load.cache_clear()
    return place


def permits(number: int) -> str:
    return f"Nationality,Permits\nNepal,{number}\nElsewhere,{2 * number}\n"


def deliver(settings: Settings, source: str, wave: str, number: int) -> None:
    assert settings.mirror is not None
    (settings.mirror / source).mkdir(parents=True, exist_ok=True)
    (settings.mirror / source / f"{wave}.csv").write_text(permits(number))


@contextmanager
def three_registers(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """The three registers after their first run. The folder is one that any user of the machine may enter."""
    leave_out_structures(monkeypatch)
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    monkeypatch.setenv("ILMS_SOURCES", str(folder / "sources"))
    settings = Settings(home=folder / "home", mirror=folder / "mirror", release_rules="none")
    for at, source in enumerate(SOURCES):
        declare(folder, source)
        for wave in WAVES:
            deliver(settings, source, wave, 100 * (at + 1) + int(wave) - 2022)
    released = tmp_path_factory.getbasetemp() / "released_registers"
    if released.exists():
        shutil.copytree(released, settings.home, symlinks=True)
    else:
        assert run(settings).failed == {}
        shutil.copytree(settings.home, released, symlinks=True)
    yield settings
    shutil.rmtree(folder)


def run(settings: Settings, *sources: str, waves: tuple[str, ...] = ()) -> RunOutcome:
    return run_all(settings, sources=sources or SOURCES, waves=waves, say=print)


def numbers(settings: Settings) -> list[tuple[object, ...]]:
    """Every number of the current release."""
    return ask(settings, "select * from observation order by all")


def ask(settings: Settings, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(settings.layout.current() / "warehouse.duckdb"), read_only=True) as connection:
        return connection.execute(query).fetchall()


def states(settings: Settings) -> dict[str, State]:
    """What an analyst reads of the partitions of the three: state, since when their numbers stand, and why."""
    query = "select source_id || '|' || wave, state, standing_since, reason from what_was_published"
    rows = ask(settings, f"{query} where state <> 'skipped' order by all")
    return {key: (state, since, reason) for key, state, since, reason in rows}


def standing(settings: Settings) -> dict[str, str]:
    """The partitions whose numbers stand, and why; every one has numbers and a date."""
    assert {state for state, *_ in states(settings).values()} == {"published"}
    found = {key: (since, reason) for key, (_, since, reason) in states(settings).items() if since or reason}
    assert all(since and since.startswith("20") for since, _ in found.values())
    return {key: reason for key, (_, reason) in found.items()}
