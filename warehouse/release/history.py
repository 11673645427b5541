"""The history of every number that was ever current: its value, from when to when it held, and which revision it is.

It is one Parquet file beside the releases, brought up to date whenever a release becomes current; what a killed process
left out, the next one makes good. Numbers of a release that was withdrawn are taken out of it.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from schemas.release_profiles import load_release_profile, release_profiles
from schemas.tables import OBSERVATION, OBSERVATION_KEY
from transforms.duck import connect, parquet_rows, quote_path, quote_text
from transforms.sql import load_sql
from warehouse.files import replacing
from warehouse.layout import Layout
from warehouse.release.database import WAREHOUSE
from warehouse.release.states import current_since

logger = logging.getLogger(__name__)

FACTS = ("obs_value", "obs_status", "n", "se")
"""What a revision changes."""
TYPES = {column.name: column.type for column in OBSERVATION}
COLUMNS = {
    **{name: TYPES[name] for name in (*OBSERVATION_KEY, *FACTS)},
    "revision": "BIGINT",
    "release": "VARCHAR",
    "valid_from": "TIMESTAMP WITH TIME ZONE",
    "valid_to": "TIMESTAMP WITH TIME ZONE",
}
"""The columns of the history. `release` gave the number first; `valid_to` is empty while it holds."""
THROUGH = "became_current"
"""In the file's own metadata: which releases it holds, and since when each was current."""

Moments = list[tuple[datetime, str]]


def keep_history(layout: Layout) -> None:
    """Bring the history up to date, and those of other release profiles that there are.

    Each holds the releases that its profile may show. One that cannot be read is left out, with a warning.
    """
    for profile in release_profiles():
        other = replace(layout, release_profile=profile)
        if profile == layout.release_profile or other.history().is_file():
            _keep(other)


def _keep(layout: Layout) -> None:
    moments = current_since(layout)
    done = _held(layout)
    if done == moments:
        return
    try:
        with connect() as connection:
            left = _begin(connection, layout, moments, done)
            for moment, release in left:
                _add(connection, layout.releases() / release, moment)
            _write(connection, layout, moments)
    except (duckdb.Error, OSError) as error:
        logger.warning("the history of numbers will be brought up to date with the next release: %s", error)


def _begin(connection: duckdb.DuckDBPyConnection, layout: Layout, moments: Moments, done: Moments) -> Moments:
    """Create table `history` of what is kept, and give what is still to be added.

    After a withdrawal it is made again where all releases are still there; else only the numbers withdrawn go.
    """
    connection.execute(f"create temp table history ({', '.join(f'{name} {type_}' for name, type_ in COLUMNS.items())})")
    is_longer = moments[: len(done)] == done
    if not done or (not is_longer and all((layout.releases() / release).is_dir() for _, release in moments)):
        return moments
    names = ", ".join(COLUMNS)
    connection.execute(f"insert into history select {names} from {parquet_rows(layout.history())}")
    if is_longer:
        return moments[len(done) :]
    known = [release for _, release in moments]
    connection.execute("delete from history where not list_contains(?, release)", [known])
    return [each for each in moments if each not in done]


def _add(connection: duckdb.DuckDBPyConnection, folder: Path, moment: datetime) -> None:
    file = folder / WAREHOUSE
    if not file.is_file():
        logger.warning("the history of numbers has nothing of %s, which is gone", folder.name)
        return
    connection.execute(f"attach {quote_text(str(file))} as added (read_only)")
    query = load_sql(__file__, "history").substitute(
        history="history",
        observation="added.observation",
        key=", ".join(OBSERVATION_KEY),
        facts=", ".join(FACTS),
        now_columns=", ".join(f"now.{name}" for name in (*OBSERVATION_KEY, *FACTS)),
        moment=quote_text(moment.isoformat()),
        release=quote_text(folder.name),
    )
    try:
        connection.execute(f"create or replace temp table history as {query}")
    except duckdb.BinderException as error:
        logger.warning("the history of numbers has nothing of %s, whose tables are others: %s", folder.name, error)
    finally:
        connection.execute("detach added")


def _write(connection: duckdb.DuckDBPyConnection, layout: Layout, moments: Moments) -> None:
    held = json.dumps([[moment.isoformat(), release] for moment, release in moments])
    order = ", ".join((*OBSERVATION_KEY, "revision"))
    with replacing(layout.history(), for_everybody=True) as draft:
        connection.execute(
            f"copy (select {', '.join(COLUMNS)} from history order by {order}) to {quote_text(str(draft))}"
            f" (format parquet, compression zstd, kv_metadata {{{THROUGH}: {quote_text(held)}}})"
        )
        draft.chmod(0o644 if load_release_profile(layout.release_profile).is_open else 0o600)


def _held(layout: Layout) -> Moments:
    """Which releases the history holds, and since when each was current."""
    file = layout.history()
    if not file.is_file():
        return []
    with closing(duckdb.connect()) as connection:
        rows = connection.execute(
            f"select decode(value) from parquet_kv_metadata({quote_path(file)}) where decode(key) = ?", [THROUGH]
        ).fetchall()
    return [(datetime.fromisoformat(moment), release) for moment, release in json.loads(rows[0][0])] if rows else []


def history_rows(
    layout: Layout,
    *,
    indicators: Sequence[str] = (),
    areas: Sequence[str] = (),
    as_of: datetime | None = None,
    parquet: Path | None = None,
    limit: int = 1000,
) -> list[tuple[object, ...]]:
    """Numbers of the history with the columns of COLUMNS, in the order of their key and revision; times in UTC.

    Of some indicators and areas if named, and with `as_of` as they were at that moment. With `parquet`, all of them are
    written there; at most `limit` are given.
    """
    if not layout.history().is_file():
        return []
    moment = as_of.astimezone(UTC).isoformat() if as_of else None
    with connect() as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute(
            f"""
            create temp table chosen as
            select {", ".join(COLUMNS)}
            from {parquet_rows(layout.history())}
            where
                (len($indicators) = 0 or list_contains($indicators, indicator))
                and (len($areas) = 0 or list_contains($areas, ref_area))
                and (
                    $moment is null
                    or (
                        valid_from <= cast($moment as timestamptz)
                        and coalesce(valid_to > cast($moment as timestamptz), true)
                    )
                )
            order by {", ".join((*OBSERVATION_KEY, "revision"))}
            """,
            {"indicators": list(indicators), "areas": list(areas), "moment": moment},
        )
        if parquet is not None:
            with replacing(parquet, for_everybody=True) as draft:
                connection.execute(f"copy chosen to {quote_text(str(draft))} (format parquet, compression zstd)")
        return connection.execute("from chosen limit ?", [limit]).fetchall()


def history_of(layout: Layout, key: Mapping[str, str], *, limit: int = 50) -> list[tuple[object, ...]]:
    """Every value that one number ever had, with the columns of COLUMNS, oldest first; times in UTC.

    `key` has a value for each column of OBSERVATION_KEY; those that the number does not have are empty.
    """
    if not layout.history().is_file():
        return []
    same = " and ".join(f"coalesce({name}, '') = ?" for name in OBSERVATION_KEY)
    with connect() as connection:
        connection.execute("set timezone = 'UTC'")
        return connection.execute(
            f"select {', '.join(COLUMNS)} from {parquet_rows(layout.history())} where {same} order by revision limit ?",
            [*(key[name] for name in OBSERVATION_KEY), limit],
        ).fetchall()
