"""How long pages of the explorer take over 5 million observations, beside DuckDB's bare query for the same numbers.

    .venv/bin/python -m bench.explorer [--observations 5000000] [--requests 100]

The observations are those of `bench.service`, of the native-born and the foreign-born. Each request asks for the page
of another area, or for a chart of one that is drawn anew; `again` asks for one page over and over. Printed are p50 and
p95 of processor time, in which other work of the machine does not count, and their ratios to the query; a page is to
take less than 300 ms at p95.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import duckdb
from fastapi.testclient import TestClient

from bench.service import INDICATOR_ID, SLICE, make_release
from warehouse.explorer.numbers import Wanted, read_numbers
from warehouse.explorer.routes import add_pages
from warehouse.layout import Layout
from warehouse.service.app import create_app
from warehouse.service.limits import Limits
from warehouse.service.shelf import database_settings

GOAL_MS = 300
BIRTHS = ("CBR_BIR_FOREIGN", "CBR_BIR_NATIVE")
WARM_UP = 3


def main(arguments: list[str]) -> int:
    """Print the times and their ratios; 0 whatever they are, as they are those of the machine."""
    parser = argparse.ArgumentParser(prog="bench.explorer")
    parser.add_argument("--observations", type=int, default=5_000_000)
    parser.add_argument("--requests", type=int, default=100)
    chosen = parser.parse_args(arguments)
    areas = chosen.observations // SLICE
    with tempfile.TemporaryDirectory(prefix="ilms-bench-") as folder:
        home = Path(folder)
        file = make_release(home, chosen.observations, births=BIRTHS)
        with duckdb.connect(str(file), read_only=True, config=database_settings(Limits())) as connection:
            query = _times(partial(_query, connection, areas), chosen.requests)
        layout = Layout(home)
        with TestClient(add_pages(create_app(layout), layout)) as client:
            pages = {
                "an indicator in an area": _times(partial(_page, client, areas), chosen.requests),
                "one of its charts": _times(partial(_chart, client, areas), chosen.requests),
                "again": _times(lambda _: _page(client, areas, 0), chosen.requests),
            }
    print(f"pages of {SLICE:,} of {chosen.observations:,} observations, ms of processor time, then ratios to the query")
    for name, (p50, p95) in {"DuckDB alone": query, **pages}.items():
        goal = "" if p95 < GOAL_MS else f"  (goal: {GOAL_MS} ms)"
        print(f"{name:32}{p50:10.1f}{p95:10.1f}{p50 / query[0]:8.1f}{p95 / query[1]:8.1f}{goal}")
    return 0


def _times(work: Callable[[int], None], turns: int) -> tuple[float, float]:
    """p50 and p95 of a piece of work in milliseconds of processor time; the first turns do not count."""
    taken = []
    for turn in range(-WARM_UP, turns):
        start = time.process_time()
        work(turn % turns)
        if turn >= 0:
            taken.append((time.process_time() - start) * 1000)
    return statistics.median(taken), statistics.quantiles(taken, n=20)[18]


def _query(connection: duckdb.DuckDBPyConnection, areas: int, turn: int) -> None:
    read_numbers(connection, Wanted(indicators=[INDICATOR_ID], areas=[_area(turn, areas)]))


def _page(client: TestClient, areas: int, turn: int) -> None:
    client.get(f"/en/indicator/{INDICATOR_ID}/{_area(turn, areas)}").raise_for_status()


def _chart(client: TestClient, areas: int, turn: int) -> None:
    client.get(f"/en/chart/1/indicator/{INDICATOR_ID}/{_area(turn, areas)}").raise_for_status()


def _area(turn: int, areas: int) -> str:
    return f"A{turn * 37 % areas:04d}"


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
