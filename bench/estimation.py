"""How fast the engine is: the whole catalogue with standard errors, beside the floor and beside other packages.

    python -m bench.estimation [--persons 10000000] [--shared 1000000]

The floor is DuckDB merely reading the same columns of the same file and grouping them once. The other packages do the
part that they can do, two indicators by sex, age and place of birth with linearised errors, on the first `shared`
persons; the engine does the same two there. Ratios of one run are printed, for times differ from machine to machine.
"""

from __future__ import annotations

import argparse
import math
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet
from rich.console import Console
from rich.table import Table

from bench.measure import Measured, measured
from bench.peers import ALL, INDICATORS, Domain, Estimates, by_pandas, by_r, by_svy
from bench.persons import write_persons
from bench.r_survey import has_r
from schemas.concepts import core_columns
from schemas.loader import load_source
from schemas.partition import Partition
from transforms.duck import connect, quote_text
from transforms.estimate import estimate

Row = dict[str, Any]

PARTITION = Partition("ZZZ.synthetic", "2024")
MEMORY_LIMIT = "1GB"
GIBIBYTE = 2**30
UNUSED = ("person_id", "household_id", "replicate_weights")
GROUPED = ("stratum", "psu", "sex", "birth_status", "citizenship_status", "labour_force_status")
CODES = {
    "sex": {"male": "SEX_M", "female": "SEX_F", ALL: "SEX_T"},
    "birth": {"native": "CBR_BIR_NATIVE", "foreign": "CBR_BIR_FOREIGN", ALL: "CBR_BIR_TOTAL"},
}


def floor(core: Path) -> int:
    """Group once by what every table tells apart and read every other column; gives the number of groups."""
    rest = [name for name in core_columns() if name not in (*GROUPED, *UNUSED, "weight", "age")]
    persons = f"from read_parquet({quote_text(str(core))}) where weight > 0"
    with connect(memory_limit=MEMORY_LIMIT, work=core.parent) as connection:
        connection.execute(f"select {', '.join(f'max({name})' for name in rest)} {persons}")
        rows = connection.execute(
            f"select count(*) from (select {', '.join(GROUPED)}, least(age // 10, 7), count(*), sum(weight) {persons}"
            f" group by all)"
        ).fetchall()
    return int(rows[0][0])


def whole_catalogue(core: Path, cells: Path) -> int:
    """All indicators that the persons can give; the number of cells."""
    return estimate(load_source(PARTITION.source), PARTITION, core, cells, vintage="", memory_limit=MEMORY_LIMIT)


def shared_part(core: Path, cells: Path) -> Estimates:
    """The two indicators that the other packages do too, for their domains."""
    source = load_source(PARTITION.source)
    estimate(source, PARTITION, core, cells, vintage="", memory_limit=MEMORY_LIMIT, indicators=INDICATORS)
    rows = pyarrow.parquet.read_table(cells).to_pylist()
    found: dict[tuple[str, ...], Row] = {
        (row["indicator"], row["sex"], row["classif1"], row["classif2"]): row for row in rows
    }
    return {domain: _of_ours(found, domain) for domain in _domains()}


def _domains() -> list[Domain]:
    ages = ("15-24", "25-34", "35-44", "45-54", "55-64", "65+", ALL)
    return [(sex, age, birth) for sex in CODES["sex"] for age in ages for birth in CODES["birth"]]


def _of_ours(found: dict[tuple[str, ...], Row], domain: Domain) -> tuple[float, float, float, float]:
    sex, age, birth = domain
    band = {"65+": "YGE65", ALL: "TOTAL"}.get(age, f"Y{age}")
    key = (CODES["sex"][sex], f"AGE_10YRBANDS_{band}", CODES["birth"][birth])
    count, rate = (found[indicator, *key] for indicator in INDICATORS)
    return 1000 * count["obs_value"], 1000 * count["se"], rate["obs_value"], rate["se"]


def largest_difference(ours: Estimates, theirs: Estimates) -> float:
    """The largest relative difference of any of the four numbers of any domain."""
    pairs = [(a, b) for domain, numbers in theirs.items() for a, b in zip(ours[domain], numbers, strict=True)]
    return max(abs(a - b) / abs(b) if b else abs(a) for a, b in pairs)


def measure_engine(console: Console, core: Path, persons: int) -> None:
    """Print the time and memory of the whole catalogue, and its ratio to the floor."""
    least = measured(floor, core)
    ours = measured(whole_catalogue, core, core.with_name("cells.parquet"))
    table = Table("", "seconds", "processor s", "peak GiB", "times the floor", box=None, title_justify="left")
    table.title = f"The whole catalogue of {persons:,} persons: {ours.result:,} numbers with standard errors"
    for name, each in (("read and group once (floor)", least), ("engine", ours)):
        table.add_row(name, *_took(each), f"{each.seconds / least.seconds:.1f}")
    console.print(table, "")


def _took(each: Measured) -> tuple[str, str, str]:
    return f"{each.seconds:.1f}", f"{each.processor_seconds:.1f}", f"{each.peak_bytes / GIBIBYTE:.2f}"


def measure_peers(console: Console, core: Path, persons: int) -> bool:
    """Print times beside those of the packages; gives whether all agree to eight digits."""
    ours = measured(shared_part, core, core.with_name("shared_cells.parquet"))
    peers: dict[str, Callable[[Path], Estimates]] = {"pandas": by_pandas, "svy": by_svy}
    if has_r():
        peers["R survey"] = by_r
    table = Table("", "seconds", "peak GiB", "times the engine", "largest difference", box=None, title_justify="left")
    table.title = f"Two indicators by sex, age and place of birth, {persons:,} persons, {len(_domains())} domains"
    seconds, _, peak = _took(ours)
    table.add_row("engine (192 domains)", seconds, peak, "1.0", "")
    agree = True
    for name, function in peers.items():
        theirs = measured(function, core)
        difference = largest_difference(ours.result, theirs.result)
        agree &= not math.isnan(difference) and difference < 1e-8
        seconds, _, peak = _took(theirs)
        table.add_row(name, seconds, peak, f"{theirs.seconds / ours.seconds:.1f}", f"{difference:.1e}")
    console.print(table, "")
    if "R survey" not in peers:
        console.print("R with its package survey is not on this machine: left out.\n")
    return agree


def main(arguments: list[str] | None = None) -> int:
    """Measure and print; 0 when the packages agree with the engine."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--persons", type=int, default=10_000_000)
    parser.add_argument("--shared", type=int, default=1_000_000)
    chosen = parser.parse_args(arguments)
    console = Console()
    with tempfile.TemporaryDirectory() as folder:
        shared, core = Path(folder) / "shared.parquet", Path(folder) / "core.parquet"
        write_persons(shared, chosen.shared)
        agree = measure_peers(console, shared, chosen.shared)
        write_persons(core, chosen.persons)
        measure_engine(console, core, chosen.persons)
    return 0 if agree else 1


if __name__ == "__main__":
    raise SystemExit(main())
