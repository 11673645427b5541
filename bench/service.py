"""How long the SDMX service takes for a slice of 1,000 observations out of 5 million, beside the bare query of DuckDB.

    .venv/bin/python -m bench.service [--observations 5000000] [--requests 200]

The observations are made up: the numbers are of no country. The service runs in a process of its own, as `ilms serve`
does; the client is one that waits for each answer. The bare query has the same filter over the same file by the same
settings of DuckDB, and fetches the columns that an answer shows. An answer without content says what HTTP alone takes.
All of them take turns, so that whatever else the machine does slows them alike. Printed are p50 and p99, processor time
for one request, and the ratios of each to the query.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import duckdb
import httpx

from bench.made_up_release import make_current
from ilms.release.catalogue_rows import code_rows, indicator_rows
from schemas.tables import OBSERVATION
from warehouse.layout import Layout
from warehouse.release.database import STORAGE_VERSION, WAREHOUSE
from warehouse.release.tables import create_table
from warehouse.sdmx.formats import DATA_FORMATS
from warehouse.service.limits import Limits
from warehouse.service.shelf import database_settings

INDICATOR_ID, FLOW = "MST_TEMP_SEX_AGE_CBR_NB", "DF_MST_TEMP_SEX_AGE_CBR_NB"
SLICE = 1_000
GOAL = 3.0
WARM_UP = 10
QUERY, EMPTY, LEAST = "DuckDB alone", "an answer without content", "both, which no answer undercuts"
COLUMNS = ", ".join(each.name for each in OBSERVATION if each.name != "indicator")
MADE_UP = """
    insert into observation
    select
        'A' || printf('%04d', area) as ref_area, 'BA:ZZZ.made_up' as source, $indicator as indicator, sex,
        'AGE_YTHADULT_YGE15' as classif1, birth as classif2,
        printf('%04dM%02d', 1900 + month // 12, month % 12 + 1) as time,
        area + month / 7 as obs_value, '' as obs_status, '' as note_classif,
        'Labour force concept: 19th ICLS' as note_indicator, 'Synthetic data: generated numbers' as note_source,
        100 as n, cast(null as bigint) as distinct_persons, 1.5 as se, 2.5 as cv,
        0.5 as lower_bound, 9.5 as upper_bound, 60 as degrees_of_freedom,
        '2024' as wave, '0123456789ab' as vintage
    from range($areas) as areas (area), unnest(['SEX_F', 'SEX_M']) as sexes (sex), unnest($births) as births (birth),
        range($months) as months (month)
    order by ref_area, sex, birth, month
"""


def make_release(home: Path, observations: int, births: Sequence[str] = ("CBR_BIR_TOTAL",)) -> Path:
    """A release of one dataflow with so many observations, 1,000 of each area, of these places of birth; its database.

    The tables that tell of sources and definitions are there, and empty.
    """
    folder = Layout(home).releases() / "20260101T000000Z-00000000"
    folder.mkdir(parents=True)
    connection = duckdb.connect()
    connection.execute(f"attach '{folder / WAREHOUSE}' as made (storage_version '{STORAGE_VERSION}')")
    connection.execute("use made")
    create_table(connection, "indicator", indicator_rows())
    create_table(connection, "code", code_rows())
    for name in ("source", "definition", "indicator_definition"):
        create_table(connection, name, [])
    connection.execute(f"create table observation ({', '.join(f'{each.name} {each.type}' for each in OBSERVATION)})")
    sizes = {
        "areas": observations // SLICE,
        "months": SLICE // 2 // len(births),
        "births": list(births),
        "indicator": INDICATOR_ID,
    }
    connection.execute(MADE_UP, sizes)
    connection.close()
    make_current(home, folder, observations, dataflows=1)
    return folder / WAREHOUSE


@contextmanager
def serving(home: Path, port: int) -> Iterator[tuple[str, int]]:
    """The service over a home, in a process of its own: its address, and the id of the process."""
    code = "import sys; from pathlib import Path; from warehouse.layout import Layout; "
    code += "from warehouse.service.serve import serve; "
    code += "serve(Layout(Path(sys.argv[1])), host='127.0.0.1', port=int(sys.argv[2]))"
    process = subprocess.Popen([sys.executable, "-c", code, str(home), str(port)])
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            try:
                httpx.get(address, trust_env=False)
                break
            except httpx.ConnectError:
                time.sleep(0.1)
        yield address, process.pid
    finally:
        process.terminate()
        process.wait(timeout=30)


@dataclass
class Taken:
    """The milliseconds that each turn of a piece of work took, by the clock and of the processor."""

    elapsed: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)

    @property
    def figures(self) -> tuple[float, float, float]:
        """p50, p99 and the median of processor time."""
        return (
            statistics.median(self.elapsed),
            statistics.quantiles(self.elapsed, n=100)[98],
            statistics.median(self.processor),
        )


def in_turns(works: Mapping[str, Work], turns: int) -> dict[str, Taken]:
    """What each piece of work took, one after the other in each turn; the first turns, which open files, do not count.

    Raises RuntimeError where one gives less than it should.
    """
    taken = {name: Taken() for name in works}
    for turn in range(-WARM_UP, turns):
        for name, work in works.items():
            before, start = work.spent(), time.perf_counter()
            found = work.run(turn % turns)
            elapsed, spent = time.perf_counter() - start, work.spent() - before
            if found < work.rows:
                raise RuntimeError(f"{name}: {found} rows where {work.rows} were to come")
            if turn >= 0:
                taken[name].elapsed.append(elapsed * 1000)
                taken[name].processor.append(spent * 1000)
    return taken


@dataclass(frozen=True)
class Work:
    """A piece of work: what one turn does, which gives a number of rows, at least `rows`; and the seconds of processor
    time that whoever does it has spent so far."""

    run: Callable[[int], int]
    spent: Callable[[], float]
    rows: int = SLICE


def seconds_of(process: int) -> float:
    """The seconds of processor time of all threads of another process, where the system says so; otherwise 0."""
    tasks = Path(f"/proc/{process}/task").glob("*/schedstat")
    return sum(int(task.read_text(encoding="ascii").split()[0]) for task in tasks) / 1e9


def main(arguments: list[str]) -> int:
    """Print the times and their ratios; 0 whatever they are, as they are those of the machine."""
    parser = argparse.ArgumentParser(prog="bench.service")
    parser.add_argument("--observations", type=int, default=5_000_000)
    parser.add_argument("--requests", type=int, default=200)
    parser.add_argument("--port", type=int, default=8481)
    chosen = parser.parse_args(arguments)
    areas = chosen.observations // SLICE
    with tempfile.TemporaryDirectory(prefix="ilms-bench-") as folder, ExitStack() as stack:
        file = make_release(Path(folder), chosen.observations)
        connection = stack.enter_context(duckdb.connect(str(file), read_only=True, config=database_settings(Limits())))
        address, process = stack.enter_context(serving(Path(folder), chosen.port))
        client = stack.enter_context(httpx.Client(trust_env=False, timeout=60))
        server = partial(seconds_of, process)
        works = {
            QUERY: Work(partial(_query, connection, areas), time.process_time),
            EMPTY: Work(lambda _: len(client.get(address).content), server, rows=1),
        }
        for form in DATA_FORMATS:
            request = partial(_request, client, f"{address}/rest", form.content_type, areas)
            works[form.name] = Work(request, server)
        taken = in_turns(works, chosen.requests)
    print_figures(taken, chosen.observations)
    return 0


def print_figures(taken: Mapping[str, Taken], observations: int) -> None:
    """A line for each piece of work, with its ratios to the query."""
    figures = {name: each.figures for name, each in taken.items()}
    query, empty = figures[QUERY], figures[EMPTY]
    least = tuple(ours + alone for ours, alone in zip(query, empty, strict=True))
    print(f"{SLICE:,} of {observations:,} observations; in ms, then as ratios to the query")
    print(f"{'':32}{'p50':>10}{'p99':>10}{'processor':>10}{'p50':>8}{'p99':>8}{'proc.':>8}")
    for name, found in ({QUERY: query, EMPTY: empty, LEAST: least} | figures).items():
        ratios = [mine / its for mine, its in zip(found, query, strict=True)]
        said = "".join(f"{figure:10.1f}" for figure in found) + "".join(f"{ratio:8.1f}" for ratio in ratios)
        print(f"{name:32}{said}{'' if ratios[0] <= GOAL else f'  (goal: {GOAL:.0f})'}")


def _query(connection: duckdb.DuckDBPyConnection, areas: int, turn: int) -> int:
    """The bare query for the slice of one area."""
    asked = f"select {COLUMNS} from observation where indicator = ? and ref_area = ?"
    return len(connection.execute(asked, [INDICATOR_ID, _area(turn, areas)]).fetchall())


def _request(client: httpx.Client, address: str, accept: str, areas: int, turn: int) -> int:
    """A request for the slice of one area; gives how often the answer says its value."""
    area = _area(turn, areas)
    answer = client.get(f"{address}/data/{FLOW}/{area}.....", headers={"Accept": accept})
    answer.raise_for_status()
    return max(SLICE if len(answer.content) > SLICE * 20 else 0, answer.text.count(f",{area},"))


def _area(turn: int, areas: int) -> str:
    return f"A{turn * 37 % areas:04d}"


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
