"""Instances of DuckDB that a process keeps for its next connection: starting one costs more than most queries.

An instance belongs to one connection at a time, which is a cursor with a database of its own in it. Nothing of a
connection outlives it: what cannot be taken back, such as an attached file, a folder that was spilled to or a denied
access to files, ends the instance with the connection.
"""

from __future__ import annotations

import atexit
import os
from collections.abc import Mapping, Sequence

import duckdb

FIXED: Mapping[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "enable_external_file_cache": False,  # a file may be replaced between two connections
}
OWN = "own"
"""The database of a connection; an instance has one by itself, which nobody uses."""
KEPT = 4
"""So many idle instances are kept: connections within connections are seldom deeper."""

_idle: list[duckdb.DuckDBPyConnection] = []
_of_parent: list[duckdb.DuckDBPyConnection] = []


def take() -> duckdb.DuckDBPyConnection:
    """An instance that nobody uses: an idle one, or a new one."""
    try:
        return _idle.pop()
    except IndexError:
        return duckdb.connect(":memory:", config=dict(FIXED))


def begin(instance: duckdb.DuckDBPyConnection, settings: Sequence[str]) -> duckdb.DuckDBPyConnection:
    """A connection to an instance, with an empty database of its own; `settings` are statements."""
    instance.execute("; ".join([*settings, f"attach ':memory:' as {OWN}"]))
    connection = instance.cursor()
    connection.execute(f"set enable_progress_bar = false; use {OWN}")
    return connection


def give_back(instance: duckdb.DuckDBPyConnection) -> None:
    """Keep an instance whose connection is closed, if nothing of it is left; end it otherwise."""
    try:
        instance.execute(f"detach {OWN}; set temp_directory = ''")
        attached = instance.execute("select count(*) from duckdb_databases() where not internal").fetchall()[0][0]
    except duckdb.Error:
        # It spilled, or denies access to files: neither can be undone.
        attached = None
    if attached == 1 and len(_idle) < KEPT:
        _idle.append(instance)
    else:
        instance.close()


def end_idle() -> None:
    """End the instances that nobody uses."""
    while _idle:
        _idle.pop().close()


def _leave_to_parent() -> None:
    """A forked process has none of the threads of the instances it sees: it neither uses nor ends them."""
    _of_parent.extend(_idle)
    _idle.clear()


atexit.register(end_idle)
os.register_at_fork(after_in_child=_leave_to_parent)
