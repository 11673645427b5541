"""A note on the precision of a number reveals something of the cases behind it: withheld numbers do not carry it."""

from __future__ import annotations

from pathlib import Path

import duckdb

from schemas.protection import load_protection
from transforms.notes import ONE_UNIT
from transforms.observations import create_observations
from transforms.protect.publication import write_withheld


def test_a_withheld_number_keeps_the_notes_on_its_classes_alone(tmp_path: Path) -> None:
    with duckdb.connect() as connection:
        cells = create_observations(connection)
        for indicator, said in (("A", f"Age: a | {ONE_UNIT}"), ("B", ONE_UNIT), ("C", f"Age: a | {ONE_UNIT}")):
            connection.execute(
                f"insert into {cells} (indicator, obs_value, obs_status, n, note_classif) values (?, 1, 'U', 20, ?)",
                [indicator, said],
            )
        write_withheld(cells, [True, True, False], load_protection("suppression"), tmp_path / "cells.parquet")
        rows = connection.execute(
            f"select obs_status, note_classif from '{tmp_path / 'cells.parquet'}' order by indicator"
        ).fetchall()
    assert rows == [("C", "Age: a"), ("C", ""), ("U", f"Age: a | {ONE_UNIT}")]
