"""How long the SDMX service takes for a slice of 1,000 observations out of 5 million, beside the bare query of DuckDB.

    .venv/bin/python -m bench.service [--observations 5000000] [--requests 200]

The observations are made up: the numbers are of no country. The service runs in a process of its own, as `ilms serve`
does; the client is one that waits for each answer. Times are p50 and p99, and the ratio of each to that of the query.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import httpx

from ilms.release.catalogue_rows import code_rows, indicator_rows
from schemas.tables import OBSERVATION
from warehouse.layout import Layout
from warehouse.release.database import STORAGE_VERSION, WAREHOUSE
from warehouse.release.manifest import Counts, Manifest, checksums, write_manifest
from warehouse.release.pointer import move_pointer
from warehouse.release.tables import create_table
from warehouse.sdmx.formats import DATA_FORMATS

INDICATOR_ID, FLOW = "MST_TEMP_SEX_AGE_CBR_NB", "DF_MST_TEMP_SEX_AGE_CBR_NB"
SLICE = 1_000
GOAL = 3.0
MADE_UP = """
    insert into observation
    select
        'A' || printf('%04d', area) as ref_area, 'BA:ZZZ.made_up' as source, $indicator as indicator, sex,
        'AGE_YTHADULT_YGE15' as classif1, 'CBR_BIR_TOTAL' as classif2,
        printf('%04dM%02d', 1900 + month // 12, month % 12 + 1) as time,
        area + month / 7 as obs_value, '' as obs_status, '' as note_classif,
        'Labour force concept: 19th ICLS' as note_indicator, 'Synthetic data: generated numbers' as note_source,
        100 as n, 1.5 as se, 2.5 as cv, 0.5 as lower_bound, 9.5 as upper_bound, 60 as degrees_of_freedom,
        '2024' as wave, '0123456789ab' as vintage
    from range($areas) as areas (area), unnest(['SEX_F', 'SEX_M']) as sexes (sex), range($months) as months (month)
    order by ref_area, sex, month
"""


def make_release(home: Path, observations: int) -> Path:
    """A release of one dataflow with so many observations, 1,000 of each area; its database."""
    folder = Layout(home).releases() / "20260101T000000Z-00000000"
    folder.mkdir(parents=True)
    connection = duckdb.connect()
    connection.execute(f"attach '{folder / WAREHOUSE}' as made (storage_version '{STORAGE_VERSION}')")
    connection.execute("use made")
    create_table(connection, "indicator", indicator_rows())
    create_table(connection, "code", code_rows())
    connection.execute(f"create table observation ({', '.join(f'{each.name} {each.type}' for each in OBSERVATION)})")
    sizes = {"areas": observations // SLICE, "months": SLICE // 2, "indicator": INDICATOR_ID}
    connection.execute(MADE_UP, sizes)
    connection.close()
    counts = Counts(observations=observations, dataflows=1, partitions={})
    manifest = Manifest(
        release_id=folder.name,
        created_at=datetime(2026, 1, 1, tzinfo=UTC).isoformat(),
        agency="ILMS",
        fingerprint="0" * 64,
        software_version="0",
        duckdb_version=duckdb.__version__,
        declarations_hash="0" * 64,
        counts=counts,
        partitions=(),
        inputs=(),
        files=checksums(folder),
    )
    write_manifest(folder, manifest)
    move_pointer(Layout(home), folder.name)
    return folder / WAREHOUSE


@contextmanager
def serving(home: Path, port: int) -> Iterator[str]:
    """The service over a home, in a process of its own."""
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
        yield f"{address}/rest"
    finally:
        process.terminate()
        process.wait(timeout=30)


def timed(work: Callable[[int], int], times: int, rows: int) -> tuple[float, float]:
    """p50 and p99 of a piece of work in milliseconds; each gives so many rows at least."""
    taken = []
    for number in range(times + 10):
        start = time.perf_counter()
        found = work(number)
        taken.append((time.perf_counter() - start) * 1000)
        if found < rows:
            raise RuntimeError(f"{found} rows where {rows} were to come")
    taken = taken[10:]
    return statistics.median(taken), statistics.quantiles(taken, n=100)[98]


def main(arguments: list[str]) -> int:
    """Print the times and their ratios; 0 whatever they are, as they are those of the machine."""
    parser = argparse.ArgumentParser(prog="bench.service")
    parser.add_argument("--observations", type=int, default=5_000_000)
    parser.add_argument("--requests", type=int, default=200)
    parser.add_argument("--port", type=int, default=8481)
    chosen = parser.parse_args(arguments)
    areas = chosen.observations // SLICE
    with tempfile.TemporaryDirectory(prefix="ilms-bench-") as folder:
        file = make_release(Path(folder), chosen.observations)
        connection = duckdb.connect(str(file), read_only=True)

        def query(number: int) -> int:
            area = f"A{number * 37 % areas:04d}"
            asked = "select * from observation where indicator = ? and ref_area = ?"
            return len(connection.execute(asked, [INDICATOR_ID, area]).fetchall())

        bare = timed(query, chosen.requests, SLICE)
        connection.close()
        print(f"{SLICE:,} of {chosen.observations:,} observations      p50      p99")
        print(f"{'DuckDB alone':32}{bare[0]:9.1f}{bare[1]:9.1f} ms")
        with serving(Path(folder), chosen.port) as address, httpx.Client(trust_env=False, timeout=60) as client:
            for form in DATA_FORMATS:
                found = timed(_request(client, address, form.content_type, areas), chosen.requests, SLICE)
                ratios = [mine / its for mine, its in zip(found, bare, strict=True)]
                verdict = "" if ratios[0] <= GOAL else f" (goal: {GOAL:.0f})"
                print(
                    f"{form.name:32}{found[0]:9.1f}{found[1]:9.1f} ms, x {ratios[0]:.1f} and {ratios[1]:.1f}{verdict}"
                )
    return 0


def _request(client: httpx.Client, address: str, accept: str, areas: int) -> Callable[[int], int]:
    """A request for the slice of one area; gives how often the answer says its value."""

    def request(number: int) -> int:
        area = f"A{number * 37 % areas:04d}"
        answer = client.get(f"{address}/data/{FLOW}/{area}.....", headers={"Accept": accept})
        answer.raise_for_status()
        return max(SLICE if len(answer.content) > SLICE * 20 else 0, answer.text.count(f",{area},"))

    return request


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
