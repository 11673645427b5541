"""What else differs between two releases than their observations: files, software, declarations, partitions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb

from warehouse.release.manifest import InputVintage, Manifest, read_manifest

OF_THE_WHOLE = {
    "software_version": "version of the software",
    "release_profile": "release profile",
    "agency": "agency",
}
DECLARED = {"source": "source", "indicator": "indicator"}
"""Tables of what is declared, and the column that names a row."""


def declared_changes(connection: duckdb.DuckDBPyConnection, earlier: Path, later: Path) -> tuple[str, ...]:
    """What differs in the manifests and in the tables of what is declared, a line each.

    `connection` has the warehouses of both releases attached as `earlier` and `later`.
    """
    before, after = read_manifest(earlier.resolve()), read_manifest(later.resolve())
    return (
        *_of_inputs(before, after),
        *_of_partitions(before, after),
        *_of_the_whole(before, after),
        *_of_tables(connection),
    )


def _of_inputs(before: Manifest, after: Manifest) -> Iterator[str]:
    """Partitions made from other files, and which of their files are others."""
    earlier = {(each.source, each.wave): each for each in before.inputs}
    for each in after.inputs:
        other = earlier.get((each.source, each.wave))
        if other is not None and other.vintage != each.vintage:
            files = ", ".join(_files(other, each)) or "none by its bytes"
            yield f"{each.source}|{each.wave}: other files ({other.vintage} -> {each.vintage}): {files}"


def _files(before: InputVintage, after: InputVintage) -> Iterator[str]:
    earlier = {file.name: file for file in before.files}
    for file in after.files:
        other = earlier.pop(file.name, None)
        if other is None:
            yield f"{file.name} is new"
        elif other.sha256 != file.sha256:
            yield f"{file.name} changed{_sizes(other.bytes, file.bytes)}"
    yield from (f"{name} is gone" for name in earlier)


def _sizes(before: int | None, after: int | None) -> str:
    """How a file grew; nothing where its size is not given."""
    if before is None or after is None:
        return ""
    return " (the same size)" if before == after else f" ({before:,} -> {after:,} bytes)"


def _of_partitions(before: Manifest, after: Manifest) -> Iterator[str]:
    """Partitions whose outcome is another one, or whose numbers stand for another reason."""
    earlier = {(each.source, each.wave): each for each in before.partitions}
    for each in after.partitions:
        other = earlier.pop((each.source, each.wave), None)
        was = other.state if other else "not there"
        if was != each.state:
            yield f"{each.source}|{each.wave}: {was} -> {each.state}{f'. {each.reason}' if each.reason else ''}"
        elif other and each.standing_since and other.reason != each.reason:
            yield f"{each.source}|{each.wave}: its numbers stand. {each.reason}"
    yield from (f"{source}|{wave}: {other.state} -> not there" for (source, wave), other in earlier.items())


def _of_the_whole(before: Manifest, after: Manifest) -> Iterator[str]:
    for name, said in OF_THE_WHOLE.items():
        if getattr(before, name) != getattr(after, name):
            yield f"{said}: {getattr(before, name)} -> {getattr(after, name)}"
    if before.declarations_hash != after.declarations_hash:
        yield "declarations, or the code that reads them, are others"


def _of_tables(connection: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """Sources and indicators that are declared otherwise, with the columns that changed."""
    for table, key in DECLARED.items():
        columns = [
            name for name in _columns(connection, "earlier", table) if name in _columns(connection, "later", table)
        ]
        changed = ", ".join(
            f"if(earlier_row.{name} is distinct from later_row.{name}, '{name}', null)" for name in columns
        )
        rows = connection.execute(
            f"""
            select {key}, array_to_string([{changed}], ', ') as changed
            from earlier.{table} as earlier_row
            inner join later.{table} as later_row using ({key})
            where changed <> ''
            order by {key}
            """
        ).fetchall()
        yield from (f"{table} {name}: another {changed}" for name, changed in rows)


def _columns(connection: duckdb.DuckDBPyConnection, database: str, table: str) -> list[str]:
    return [str(name) for name, *_ in connection.execute(f"describe {database}.{table}").fetchall()]
