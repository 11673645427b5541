"""What a wave of a register counts in all, by event and table: what the next wave is compared with."""

from __future__ import annotations

from pathlib import Path

from transforms.duck import connect, parquet_rows


def event_counts(core: Path) -> dict[str, float]:
    """Event and table, in words -> the sum of its flow records; an event with a hidden part is left out."""
    with connect() as connection:
        rows = connection.execute(
            f"""
            select event, register_table, sum(value)
            from {parquet_rows(core)}
            group by event, register_table having count(value_missing) = 0
            order by event, register_table
            """
        ).fetchall()
    return {f"{event} in table '{table}'": float(value or 0) for event, table, value in rows}
