"""Connections of a process follow each other in one instance of DuckDB, and nothing of one is left for the next."""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from transforms import instances
from transforms.duck import connect, quote_text


@pytest.fixture(autouse=True)
def none_idle() -> Iterator[None]:
    instances.end_idle()
    yield
    instances.end_idle()


def names_of(connection: duckdb.DuckDBPyConnection) -> set[str]:
    query = "select table_name from duckdb_tables() union all select view_name from duckdb_views() where not internal"
    return {name for (name,) in connection.execute(query).fetchall()}


def test_tables_of_a_connection_are_gone_with_it() -> None:
    with connect() as first:
        first.execute("create table persons as select 1 as sex")
        first.execute("create temp table jobs as select 1 as hours; create temp view hours_of as from persons, jobs")
        assert names_of(first) == {"persons", "jobs", "hours_of"}
    with connect() as second:
        assert len(instances._idle) == 0
        assert names_of(second) == set()
    assert len(instances._idle) == 1


def test_connections_within_each_other_share_nothing() -> None:
    with connect() as outer:
        outer.execute("create temp table persons as select 1 as sex; create table jobs as select 2 as hours")
        with connect() as inner:
            assert names_of(inner) == set()
            inner.execute("create table jobs as select 3 as hours")
        assert outer.execute("select hours, sex from jobs, persons").fetchall() == [(2, 1)]
    assert len(instances._idle) == 2


def test_each_connection_has_the_memory_threads_and_order_it_asks_for() -> None:
    with connect(memory_limit="100MB", threads=1) as first:
        first.execute("set preserve_insertion_order = false; set threads = 2")
    with connect(memory_limit="200MB", threads=1) as second:
        settings = [
            second.execute(f"select current_setting('{name}')").fetchall()[0][0]
            for name in ("memory_limit", "threads", "preserve_insertion_order", "enable_progress_bar")
        ]
    assert settings == ["190.7 MiB", 1, True, False]


def test_an_instance_that_spilled_ends_before_its_folder_does(tmp_path: Path) -> None:
    rows = "select range as person, hash(range) as code from range(2_000_000)"
    with connect(memory_limit="20MB", threads=1, work=tmp_path / "spill") as connection:
        connection.execute(f"create temp table persons as {rows}")
        assert list((tmp_path / "spill").iterdir())
    assert instances._idle == []
    assert not list(tmp_path.rglob("*.tmp"))


def test_an_instance_that_denies_files_or_has_others_attached_is_not_used_again(tmp_path: Path) -> None:
    with connect() as confined:
        confined.execute("set enable_external_access = false")
    assert instances._idle == []
    with connect() as attaching:
        attaching.execute(f"attach {quote_text(str(tmp_path / 'release.duckdb'))} as release")
    assert instances._idle == []


def test_an_instance_whose_work_failed_is_not_used_again() -> None:
    with pytest.raises(ZeroDivisionError), connect():
        raise ZeroDivisionError
    assert instances._idle == []


def test_a_file_that_is_replaced_is_read_anew(tmp_path: Path) -> None:
    file = tmp_path / "cells.parquet"
    found = []
    for number in range(5):
        with connect() as connection:
            connection.execute(f"copy (select {number} as n) to {quote_text(str(file))} (format parquet)")
            found += connection.execute(f"from {quote_text(str(file))}").fetchall()
    assert found == [(0,), (1,), (2,), (3,), (4,)]


def test_threads_that_connect_at_the_same_time_have_instances_of_their_own() -> None:
    found: list[tuple[int, ...]] = []
    both = threading.Barrier(2, timeout=60)

    def work(number: int) -> None:
        for _ in range(20):
            with connect(threads=1) as connection:
                connection.execute(f"create table n as select {number} as n")
                both.wait()
                found.extend(connection.execute("from n").fetchall())
                both.wait()

    workers = [threading.Thread(target=work, args=(number,)) for number in (1, 2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(found) == [(1,)] * 20 + [(2,)] * 20


def _sum_in_child() -> None:
    assert instances._idle == []
    with connect() as connection:
        assert connection.execute("select sum(range) from range(1000)").fetchall() == [(499500,)]


def test_a_forked_process_starts_its_own() -> None:
    with connect() as connection:
        connection.execute("select 1")
    assert len(instances._idle) == 1
    child = multiprocessing.get_context("fork").Process(target=_sum_in_child)
    child.start()
    child.join(60)
    assert child.exitcode == 0
