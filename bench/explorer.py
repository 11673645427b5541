"""How long each kind of page takes over 5 million observations, beside its queries alone.

    .venv/bin/python -m bench.explorer [--observations 5000000] [--countries 70] [--requests 40] [--home FOLDER]

The release is made up (`bench.large_release`): the whole catalogue in each of many countries, over several years; with
`--home`, the current release of a home is asked instead. Requests of a kind go through countries and indicators, so
that nothing is kept of the page before. The queries that a page asks are then asked of DuckDB alone, with the same
parameters. Printed are p50 and p95 of processor time, in which other work of the machine does not count, and the ratio
of both medians; a page is to take less than 300 ms at p95. `the first page` reads what is kept while a release is open.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from itertools import cycle, islice
from pathlib import Path
from typing import Any, cast

import duckdb
from fastapi.testclient import TestClient

from bench.large_release import COUNTRIES, make_large_release
from warehouse.explorer.numbers import Wanted, read_numbers
from warehouse.explorer.reader import Reader
from warehouse.explorer.routes import ADDRESSES, add_pages
from warehouse.explorer.shelves import Shelves
from warehouse.layout import Layout
from warehouse.release.pointer import current_release
from warehouse.service.app import create_app
from warehouse.service.limits import Limits
from warehouse.service.shelf import OpenRelease

GOAL_MS = 300
WARM_UP = 3
LEAST_MS = 0.1
"""Queries that take less are none, and no page is compared with them."""
RATE, COUNT = "MST_TEAP_SEX_AGE_CBR_RT", "MST_TEMP_SEX_AGE_CBR_NB"
Parts = Mapping[str, str]
Times = tuple[float, float]
"""p50 and p95, in milliseconds."""


@dataclass(frozen=True)
class Kind:
    """A kind of page: its name, its path as `ADDRESSES` has it, and what the requests for it ask."""

    name: str
    path: str
    asked: Sequence[Parts]
    chart: bool = False

    def address(self, turn: int) -> str:
        """The address of a request."""
        parts = self.asked[turn % len(self.asked)]
        asked = "&".join(f"{name}={value}" for name, value in parts.items() if f"{{{name}}}" not in self.path)
        start = "/en/chart/1" if self.chart else "/en"
        return start + self.path.format(**parts) + (f"?{asked}" if asked else "")


@dataclass
class Recording:
    """A cursor that keeps what it is asked."""

    cursor: duckdb.DuckDBPyConnection
    asked: list[tuple[str, Any]]

    def execute(self, query: str, parameters: Any = None) -> duckdb.DuckDBPyConnection:
        """Ask, and keep the question."""
        self.asked.append((query, parameters))
        return self.cursor.execute(query, parameters)


def main(arguments: list[str]) -> int:
    """Print the times and their ratios; 0 whatever they are, as they are those of the machine."""
    parser = argparse.ArgumentParser(prog="bench.explorer")
    parser.add_argument("--observations", type=int, default=5_000_000)
    parser.add_argument("--countries", type=int, default=COUNTRIES)
    parser.add_argument("--requests", type=int, default=40)
    parser.add_argument("--home", type=Path, help="a home whose current release is asked, instead of one made up")
    chosen = parser.parse_args(arguments)
    with ExitStack() as stack:
        home = chosen.home or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ilms-bench-")))
        if chosen.home is None:
            make_large_release(home, chosen.observations, chosen.countries)
        layout = Layout(home)
        release = current_release(layout)
        if release is None:
            parser.error(f"{home} has no current release")
        opened = OpenRelease(release, Limits())
        stack.callback(opened.close)
        client = stack.enter_context(TestClient(add_pages(create_app(layout), layout)))
        first = _times(lambda _: client.get("/en").raise_for_status(), 1, warm_up=0)
        kinds = list(_kinds(opened.database.cursor()))
        (count,) = opened.database.execute("select count(*) from observation").fetchone() or (0,)
        print(f"pages over {count:,} observations, ms of processor time; then its queries alone, and the ratio to them")
        print(f"{'the first page':34}{first[0]:9.1f}")
        for kind in kinds:
            page = _times(partial(_ask, client, kind), chosen.requests)
            _print(kind.name, page, _alone(opened, layout, kind, chosen.requests))
    return 0


def _ask(client: TestClient, kind: Kind, turn: int) -> None:
    client.get(kind.address(turn)).raise_for_status()


def _print(name: str, page: Times, query: Times) -> None:
    goal = "" if page[1] < GOAL_MS else f"  (goal: {GOAL_MS} ms)"
    ratio = f"{page[0] / query[0]:8.1f}" if query[0] > LEAST_MS else f"{'–':>8}"
    print(f"{name:34}{page[0]:9.1f}{page[1]:9.1f}{query[0]:12.1f}{query[1]:9.1f}{ratio}{goal}")


def _kinds(cursor: duckdb.DuckDBPyConnection) -> Iterator[Kind]:
    """Every kind of page, asked for what the release has."""

    def found(query: str, *names: str) -> list[Parts]:
        return [dict(zip(names, row, strict=True)) for row in cursor.execute(query).fetchall()]

    given = (
        "select distinct indicator, ref_area from observation "
        "where indicator = '{}' and regexp_full_match(ref_area, '[A-Z]{{3}}') order by all"
    )
    countries = found("select distinct ref_area from source where kind = 'survey' order by all", "area")
    indicators = found("select distinct indicator from observation order by all", "indicator")
    rates = found(given.format(RATE), "indicator", "area")
    counts = found(given.format(COUNT), "indicator", "area")
    numbers = read_numbers(cursor, Wanted(indicators=[RATE]))[::7]
    keys = ("indicator", "area", "source", "time", "sex", "classif1", "classif2")
    yield Kind("front", "", [{}])
    yield Kind("country", "/country/{area}", countries)
    yield Kind("indicator across countries", "/indicator/{indicator}", indicators)
    yield Kind("  the headline one", "/indicator/{indicator}", [{"indicator": RATE}])
    yield Kind("indicator in a country", "/indicator/{indicator}/{area}", rates)
    yield Kind("  of persons", "/indicator/{indicator}/{area}", counts)
    yield Kind("  a chart of it", "/indicator/{indicator}/{area}", counts, chart=True)
    path = "/number/" + "/".join(f"{{{key}}}" for key in keys)
    yield Kind("number", path, [dict(zip(keys, each.key, strict=True)) for each in numbers])
    regions = "select distinct ref_area from observation where regexp_full_match(ref_area, 'X[0-9]+') order by all"
    yield Kind("region", "/region/{area}", found(regions, "area"))
    yield Kind("source", "/source/{source}", found("select source_id from source where kind = 'survey'", "source"))
    yield Kind("corridors", "/corridors", [{}])
    yield Kind("topic", "/topic/{topic}", [{"topic": "MST"}])
    yield Kind("search", "/search", [{"q": word} for word in ("particpation", "unemployment", "wages women")])
    yield Kind("definitions", "/definitions", [{}])


def _alone(opened: OpenRelease, layout: Layout, kind: Kind, requests: int) -> Times:
    """What the queries of the pages take without them."""
    make = next(each.make for each in ADDRESSES if each.path == kind.path)
    shelves = Shelves(layout)
    asked: list[list[tuple[str, Any]]] = []
    with opened.database.cursor() as cursor:
        for parts in [kind.asked[0], *islice(cycle(kind.asked), WARM_UP + requests)]:
            recording = Recording(cursor, [])
            path = kind.path.format(**parts)
            make(Reader(opened, cast("duckdb.DuckDBPyConnection", recording), shelves, "en", path), parts)
            asked.append(recording.asked)

        def ask(turn: int) -> None:
            for query, parameters in asked[1:][turn]:  # the first one reads what is kept
                cursor.execute(query, parameters).fetchall()

        return _times(ask, requests)


def _times(work: Callable[[int], object], turns: int, warm_up: int = WARM_UP) -> Times:
    """p50 and p95 of a piece of work in milliseconds of processor time; the first turns do not count."""
    taken = []
    for turn in range(warm_up + turns):
        start = time.process_time()
        work(turn)
        if turn >= warm_up:
            taken.append((time.process_time() - start) * 1000)
    return statistics.median(taken), statistics.quantiles(taken, n=20)[18] if len(taken) > 1 else taken[0]


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
