"""The speed of the engine: the whole catalogue with standard errors, compared with a lower limit (the floor) and with
other packages.

    python -m bench.estimation [--persons 10000000] [--shared 10000000] [--r 1000000] [--analyst 1000000]

The floor is DuckDB merely reading the same columns of the same file and grouping each of them once: those that every
table distinguishes together, the others one by one. The other packages compute the part that they can, counts and rates
by sex, age and place of birth with linearised errors; the engine computes the same part there. Ratios within one run
are printed, as times differ from machine to machine.

Ten tables as an analyst would write them in pandas (`bench.analyst`) must be the engine's to nine digits; what the
whole catalogue would take so is extrapolated from them, and printed as such.
"""

from __future__ import annotations

import argparse
import itertools
import math
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet
from rich.console import Console
from rich.table import Table

from bench.analyst import TABLES, Numbers, ten_tables
from bench.measure import Measured, measured
from bench.peers import ALL, BANDS, Estimates, Key, by_pandas, by_r, by_svy, shared_indicators
from bench.persons import write_persons
from bench.r_survey import has_r
from schemas.concepts import core_columns, load_concepts
from schemas.indicators import load_catalogue
from schemas.loader import load_survey
from schemas.partition import Partition
from transforms.duck import connect, parquet_rows
from transforms.estimate import estimate

Row = dict[str, Any]
Numbered = tuple[float, float]

PARTITION = Partition("ZZZ.synthetic", "2024")
MEMORY_LIMIT = "1GB"
GIBIBYTE = 2**30
ANALYST_AGREES = 1e-9
UNUSED = ("person_id", "household_id", "replicate_weights")
GROUPED = ("stratum", "psu", "sex", "birth_status", "citizenship_status", "labour_force_status")
CODES = {
    "sex": {"male": "SEX_M", "female": "SEX_F", ALL: "SEX_T"},
    "birth": {"native": "CBR_BIR_NATIVE", "foreign": "CBR_BIR_FOREIGN", ALL: "CBR_BIR_TOTAL"},
}


def floor(core: Path) -> int:
    """Group by the columns that every table distinguishes, and by every other column by itself; returns the number of
    groups."""
    persons = f"from {parquet_rows(core)} where weight > 0"
    sums = "count(*) as n, sum(weight) as w"
    concepts, found = load_concepts(), 0
    with connect(memory_limit=MEMORY_LIMIT, work=core.parent) as connection:
        queries = [f"select {', '.join(GROUPED)}, least(age // 10, 7) as band, {sums} {persons} group by all"]
        for name in core_columns():
            if name in concepts and concepts[name].is_numeric:
                queries.append(f"select sum({name}) {persons}")
            elif name not in (*GROUPED, *UNUSED, "weight"):
                queries.append(f"select {name}, {sums} {persons} group by 1")
        for query in queries:  # as a table: a subquery that is only counted would not be summed
            connection.execute(f"create or replace temp table found as {query}")
            found += int(connection.execute("select count(*) from found").fetchall()[0][0])
    return found


def whole_catalogue(core: Path, cells: Path) -> int:
    """All indicators that the persons can give; the number of cells."""
    return estimate(load_survey(PARTITION.source), PARTITION, core, cells, vintage="", memory_limit=MEMORY_LIMIT)


def shared_part(core: Path, cells: Path) -> Estimates:
    """The counts and rates that the other packages compute too, for their domains."""
    indicators = shared_indicators()
    source = load_survey(PARTITION.source)
    estimate(source, PARTITION, core, cells, vintage="", memory_limit=MEMORY_LIMIT, indicators=indicators)
    rows = pyarrow.parquet.read_table(cells, partitioning=None).to_pylist()
    names = ("indicator", "sex", "classif1", "classif2")
    found = {tuple(str(row[name]) for name in names): row for row in rows}
    return {key: _of_ours(found, key) for key in _shared_keys()}


def _shared_keys() -> list[Key]:
    domains = itertools.product(shared_indicators(), CODES["sex"], (*BANDS.values(), ALL), CODES["birth"])
    return [(name, sex, age, birth) for name, sex, age, birth in domains]


def _of_ours(found: Mapping[tuple[str, ...], Row], key: Key) -> tuple[float, float]:
    name, sex, age, birth = key
    band = {"65+": "YGE65", ALL: "TOTAL"}.get(age, f"Y{age}")
    row = found[name, CODES["sex"][sex], f"AGE_10YRBANDS_{band}", CODES["birth"][birth]]
    unit = 10 ** shared_indicators()[name].unit_mult
    return unit * row["obs_value"], unit * row["se"]


def largest_difference(ours: Mapping[Any, Numbered], theirs: Mapping[Any, Numbered]) -> float:
    """The largest relative difference of any estimate or error."""
    pairs = [(a, b) for key, numbers in theirs.items() for a, b in zip(ours[key], numbers, strict=True)]
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


def measure_peers(console: Console, core: Path, persons: int, peers: Mapping[str, Callable[[Path], Estimates]]) -> bool:
    """Print times beside those of other packages; returns whether all agree to eight digits."""
    ours = measured(shared_part, core, core.with_name("shared_cells.parquet"))
    table = Table("", "seconds", "peak GiB", "times the engine", "largest difference", box=None, title_justify="left")
    table.title = (
        f"{len(shared_indicators())} counts and rates by sex, age and place of birth, {persons:,} persons,"
        f" {len(_shared_keys()):,} numbers"
    )
    seconds, _, peak = _took(ours)
    table.add_row("engine (by three groupings of ages)", seconds, peak, "1.0", "")
    agree = True
    for name, function in peers.items():
        theirs = measured(function, core)
        difference = largest_difference(ours.result, theirs.result)
        agree &= not math.isnan(difference) and difference < 1e-8
        seconds, _, peak = _took(theirs)
        table.add_row(name, seconds, peak, f"{theirs.seconds / ours.seconds:.1f}", f"{difference:.1e}")
    console.print(table, "")
    return agree


def ten_of_ours(core: Path, cells: Path) -> Numbers:
    """The engine's numbers and errors of the indicators that the analyst tabulates, in all of their classifications."""
    indicators = {name: each for name, each in load_catalogue().indicators.items() if name in _tabulated()}
    estimate(
        load_survey(PARTITION.source), PARTITION, core, cells, vintage="", memory_limit=MEMORY_LIMIT,
        indicators=indicators,
    )  # fmt: skip
    names = ("indicator", "sex", "classif1", "classif2")
    rows = pyarrow.parquet.read_table(cells, partitioning=None).to_pylist()
    return {(*(str(row[name]) for name in names),): (row["obs_value"], row["se"] or 0.0) for row in rows}  # type: ignore[misc]


def _tabulated() -> set[str]:
    return {table.indicator for table in TABLES}


def versions_of(key: Sequence[str]) -> tuple[str, ...]:
    """The classifications of a number: its codes without their last part."""
    return tuple(code.rpartition("_")[0] for code in key if code)


def not_tabulated(ours: Numbers, theirs: Numbers) -> list[str]:
    """Numbers of the engine, other than zero, that the analyst's tables lack in the same classifications."""
    chosen = {(name, versions_of(classes)) for name, _, *classes in theirs}
    return [
        " ".join(key)
        for key, (value, _) in ours.items()
        if key not in theirs and (key[0], versions_of(key[2:])) in chosen and value
    ]


def tables_of(cells: Path) -> int:
    """How many tables a file of numbers holds: indicators, once for each combination of their classifications."""
    rows = pyarrow.parquet.read_table(cells, columns=["indicator", "classif1", "classif2"], partitioning=None)
    return len({(row["indicator"], versions_of([row["classif1"], row["classif2"]])) for row in rows.to_pylist()})


def measure_analyst(console: Console, core: Path, persons: int) -> bool:
    """Print the times of ten tables in pandas and of the catalogue so; returns whether the numbers are the engine's."""
    theirs, ours = measured(ten_tables, core), measured(ten_of_ours, core, core.with_name("ten_cells.parquet"))
    cells = core.with_name("all_cells.parquet")
    whole = measured(whole_catalogue, core, cells)
    numbers, reading, seconds = theirs.result
    difference = largest_difference(ours.result, numbers)
    agree = not math.isnan(difference) and difference < ANALYST_AGREES and not not_tabulated(ours.result, numbers)
    tables = tables_of(cells)
    mean = sum(seconds) / len(seconds)
    table = Table("", "seconds", "peak GiB", "times the engine", box=None, title_justify="left")
    table.title = (
        f"{len(TABLES)} tables of {persons:,} persons in pandas, one groupby each, {len(numbers):,} numbers;"
        f" largest difference {difference:.1e}"
    )
    for name, each in (("engine (all classifications of them)", ours), ("pandas", theirs)):
        took, _, peak = _took(each)
        table.add_row(name, took, peak, f"{each.seconds / ours.seconds:.1f}")
    table.add_row("engine, whole catalogue", f"{whole.seconds:.1f}", f"{whole.peak_bytes / GIBIBYTE:.2f}", "")
    extrapolated = reading + tables * mean
    table.add_row("pandas, whole catalogue (extrapolated)", f"{extrapolated:.0f}", "", "")
    console.print(table)
    console.print(
        f"Extrapolated: {reading:.1f} s of reading once, and {tables} tables (an indicator in one combination of"
        f" classifications) at {mean:.2f} s, the mean of the ten, which range from {min(seconds):.2f} to"
        f" {max(seconds):.2f} s. That is {extrapolated / whole.seconds:.0f} times the engine. Means, medians and tables"
        " by country count like the ten counts and shares, although pandas takes longer for them.\n"
    )
    return agree


def main(arguments: list[str] | None = None) -> int:
    """Measure and print; 0 when the packages and the analyst agree with the engine."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--persons", type=int, default=10_000_000, help="for the engine and the floor")
    parser.add_argument("--shared", type=int, default=10_000_000, help="for pandas and svy, and the engine beside them")
    parser.add_argument("--r", type=int, default=1_000_000, help="for R, which takes minutes, and the engine beside it")
    parser.add_argument("--analyst", type=int, default=1_000_000, help="for ten tables in pandas, and the engine too")
    chosen = parser.parse_args(arguments)
    console = Console()
    peers: dict[int, dict[str, Callable[[Path], Estimates]]] = {}
    peers.setdefault(chosen.shared, {}).update({"pandas": by_pandas, "svy": by_svy})
    if has_r():
        peers.setdefault(chosen.r, {})["R survey"] = by_r
    else:
        console.print("R with its package survey is not on this machine: left out.\n")
    agree = True
    with tempfile.TemporaryDirectory() as folder:
        for persons in sorted({*peers, chosen.persons, chosen.analyst}):
            core = Path(folder) / f"{persons}.parquet"
            write_persons(core, persons)
            if persons in peers:
                agree &= measure_peers(console, core, persons, peers[persons])
            if persons == chosen.analyst:
                agree &= measure_analyst(console, core, persons)
            if persons == chosen.persons:
                measure_engine(console, core, persons)
            core.unlink()
    return 0 if agree else 1


if __name__ == "__main__":
    raise SystemExit(main())
