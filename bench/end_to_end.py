"""What a run costs from the producers' files to a release: plain and through Airflow, first and again, on one processor
and on all; what each stage of the largest partitions costs, and the memory of it all.

    python -m bench.end_to_end [--source ISO3.name ...] [--whole] [--without-airflow] [--keep]

Files are those of ILMS_MIRROR. The sources are those of bench/figures.yaml, or those named, or with `--whole` all.
Costs are processor seconds, which other work on the machine changes little; they are kept as ratios within one run, or
in units of a fixed piece of work measured in the same run, so that they hold on another machine. Elapsed seconds are
printed beside them, and compared only where little else ran. What is more than 20 per cent worse than kept is said;
`--keep` writes the figures of this run instead.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml
from rich.console import Console
from rich.table import Table

from bench.machine import Cost, cost_of, unit_seconds
from bench.measure import measured

FIGURES = Path(__file__).with_name("figures.yaml")
WORSE = 1.2
LARGEST = 10
NUMBERS = 130_000
DISTURBED = 0.1
"""Of a processor, used by others: with more, elapsed seconds say nothing."""
ELAPSED = "elapsed: "
GIBIBYTE = 2**30
Figures = dict[str, float]


@dataclass(frozen=True)
class Kept:
    """The figures kept, and the sources that they are of; all when none is named."""

    sources: tuple[str, ...] = ()
    figures: Figures = field(default_factory=dict)


@dataclass(frozen=True)
class StageCosts:
    """Processor seconds of the stages of a partition, and those of its gates, which are part of them."""

    key: str
    fetch: float
    harmonise: float
    estimate: float
    gates: float

    @property
    def whole(self) -> float:
        """All stages."""
        return self.fetch + self.harmonise + self.estimate


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 0 whatever the figures are."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--source", action="append", default=[], help="only this one; may be given several times")
    parser.add_argument("--whole", action="store_true", help="all sources")
    parser.add_argument("--without-airflow", action="store_true", help="leave out the runs through Airflow")
    parser.add_argument("--keep", action="store_true", help="write the figures of this run to bench/figures.yaml")
    chosen = parser.parse_args(arguments)
    console = Console()
    if not os.environ.get("ILMS_MIRROR"):
        console.print("ILMS_MIRROR names no folder with the producers' files: runs from end to end are left out.\n")
        return 0
    kept = kept_figures()
    sources = () if chosen.whole else tuple(sorted(chosen.source)) or kept.sources
    with tempfile.TemporaryDirectory(prefix="ilms-bench-") as folder:
        units = [unit_seconds()]
        runs = measure_runs(Path(folder), sources, airflow=not chosen.without_airflow)
        units.append(unit_seconds())
        stages = measured(measure_stages, Path(folder) / "stages", sources).result
        published, numbers = measured(measure_publication, Path(folder) / "all").result
        units.append(unit_seconds())
    unit = statistics.median(units)
    print_runs(console, runs)
    print_stages(console, stages)
    # A few numbers tell what a release costs at least, and nothing of what many cost.
    scaled = f", {NUMBERS * published / numbers:.1f} for {NUMBERS:,}" if numbers >= NUMBERS else ""
    console.print(f"Publication: {numbers:,} numbers in {published:.1f} processor seconds{scaled}")
    console.print(f"One unit of work: {unit:.2f} processor seconds\n")
    figures = figures_of(runs, stages, published, unit)
    print_figures(console, figures, kept.figures if kept.sources == sources else {})
    if chosen.keep:
        keep_figures(Kept(sources, figures))
    return 0


def measure_runs(folder: Path, sources: Sequence[str], *, airflow: bool) -> dict[str, Cost]:
    """The costs of runs of some sources, or of all, each in a home of its own; the second run has nothing new."""
    choice = [part for source in sources for part in ("--source", source)]
    plain = [sys.executable, "-m", "ilms", "run", *choice]
    runs = {
        "plain, one at a time": cost_of([*plain, "--jobs", "1"], folder / "one"),
        "plain, all processors": cost_of(plain, folder / "all"),
        "plain, nothing new": cost_of(plain, folder / "all"),
    }
    if airflow:
        through = [sys.executable, "-m", "ilms.airflow.run", "run", *choice]
        runs["Airflow"] = cost_of(through, folder / "airflow")
        runs["Airflow, nothing new"] = cost_of(through, folder / "airflow")
    return runs


def measure_stages(home: Path, sources: Sequence[str]) -> list[StageCosts]:
    """The stages of the largest partitions, one after the other in a process that has run a small one before."""
    from ilms.pipeline.batches import plan_batch
    from ilms.pipeline.side_by_side import bytes_to_read
    from ilms.settings import load_settings

    settings = replace(load_settings(), home=home)
    keys = plan_batch(settings.layout, settings.access, sources).keys
    ordered = sorted(keys, key=lambda key: bytes_to_read(settings.layout, settings.access, key), reverse=True)
    for key in ordered[-1:]:
        _costs(settings, key)
    return [_costs(settings, key) for key in ordered[:LARGEST]]


def _costs(settings: Any, key: str) -> StageCosts:
    from ilms.pipeline.stage_list import STAGES
    from ilms.pipeline.stages import run_stage
    from schemas.errors import IlmsError

    taken = {stage.name: 0.0 for stage in STAGES}
    with timed_gates() as gates:
        for stage in STAGES:
            start = time.process_time()
            try:
                run_stage(settings, stage, key)
            except IlmsError:
                # What it cost is known, and why it failed is not asked here.
                break
            finally:
                taken[stage.name] = time.process_time() - start
    return StageCosts(key, **taken, gates=sum(gates))


@contextmanager
def timed_gates() -> Iterator[list[float]]:
    """The processor seconds of each gate that is run in the block."""
    import expectations.gate

    taken: list[float] = []
    own = expectations.gate.run_gate

    def timed(*arguments: Any, **named: Any) -> Any:
        start = time.process_time()
        try:
            return own(*arguments, **named)
        finally:
            taken.append(time.process_time() - start)

    expectations.gate.run_gate = timed
    try:
        yield taken
    finally:
        expectations.gate.run_gate = own


def measure_publication(home: Path) -> tuple[float, int]:
    """Processor seconds of making the first release of a home again, and how many numbers it has."""
    from ilms.release.publish import publish_release
    from ilms.settings import load_settings
    from warehouse.release.manifest import read_manifest

    settings = replace(load_settings(), home=home)
    shutil.rmtree(settings.layout.releases())
    start = time.process_time()
    folder = publish_release(settings).folder
    return time.process_time() - start, read_manifest(folder).counts.observations


def figures_of(runs: dict[str, Cost], stages: Sequence[StageCosts], publication: float, unit: float) -> Figures:
    """The figures that are kept; less is better. A `unit` is the cost of a fixed piece of work.

    Those of elapsed seconds are left out where something else ran beside the runs.
    """
    alone, both, again = (runs[f"plain, {name}"] for name in ("one at a time", "all processors", "nothing new"))
    whole = sum(each.whole for each in stages)
    found = {
        "processor: all processors to one": both.processor_seconds / alone.processor_seconds,
        "processor: second run to first": again.processor_seconds / both.processor_seconds,
        "processor: gates to all stages": sum(each.gates for each in stages) / whole,
        "processor: gates to estimates": sum(each.gates for each in stages) / sum(each.estimate for each in stages),
        "units: first run": both.processor_seconds / unit,
        "units: stages of the largest partitions": whole / unit,
        "units: publication": publication / unit,
        "GiB: all processes of the first run": both.peak_bytes / GIBIBYTE,
        "GiB: the largest of them": both.largest_bytes / GIBIBYTE,
        f"{ELAPSED}all processors to one": both.seconds / alone.seconds,
    }
    if "Airflow" in runs:
        found["processor: Airflow to plain"] = runs["Airflow"].processor_seconds / both.processor_seconds
        found[f"{ELAPSED}Airflow to plain"] = runs["Airflow"].seconds / both.seconds
    is_quiet = all(run.disturbed <= DISTURBED for run in runs.values())
    return {name: round(value, 3) for name, value in found.items() if is_quiet or not name.startswith(ELAPSED)}


def kept_figures(file: Path = FIGURES) -> Kept:
    """The figures kept in a file; none if there is no such file."""
    if not file.is_file():
        return Kept()
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    return Kept(tuple(content["sources"]), dict(content["figures"]))


def keep_figures(kept: Kept, file: Path = FIGURES) -> None:
    """Write figures to a file."""
    content = {"sources": list(kept.sources), "figures": kept.figures}
    file.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")


def regressions(figures: Figures, kept: Figures) -> dict[str, float]:
    """How many times worse a figure is than the one kept, where that is more than WORSE."""
    ratios = {name: value / kept[name] for name, value in figures.items() if kept.get(name)}
    return {name: ratio for name, ratio in ratios.items() if ratio > WORSE}


def print_runs(console: Console, runs: dict[str, Cost]) -> None:
    """One line for each run."""
    columns = ("run", "elapsed s", "processor s", "GiB of all", "GiB of one", "others used")
    table = Table(*columns, box=None, title_justify="left", title="From files to a release")
    for name, cost in runs.items():
        memory = (f"{held / GIBIBYTE:.2f}" for held in (cost.peak_bytes, cost.largest_bytes))
        shown = f"{cost.disturbed:.1f} processors"
        table.add_row(name, f"{cost.seconds:.1f}", f"{cost.processor_seconds:.1f}", *memory, shown)
    console.print(table, "")


def print_stages(console: Console, stages: Sequence[StageCosts]) -> None:
    """One line for each partition, with the share of its gates."""
    table = Table("partition", "fetch", "harmonise", "estimate", "gates among them", box=None, title_justify="left")
    table.title = "Processor seconds of the stages of the largest partitions"
    columns: tuple[Callable[[StageCosts], float], ...] = (
        lambda each: each.fetch, lambda each: each.harmonise, lambda each: each.estimate, lambda each: each.gates,
    )  # fmt: skip
    for each in stages:
        table.add_row(each.key, *(f"{column(each):.2f}" for column in columns))
    console.print(table, "")


def print_figures(console: Console, figures: Figures, kept: Figures) -> None:
    """Each figure beside the one kept, and which are worse."""
    worse = regressions(figures, kept)
    table = Table("figure", "now", "kept", "", box=None, title_justify="left", title="Figures")
    for name, value in figures.items():
        said = f"REGRESSION: {worse[name]:.1f} times" if name in worse else ""
        table.add_row(name, f"{value:.2f}", f"{kept[name]:.2f}" if name in kept else "", said)
    console.print(table, "")


if __name__ == "__main__":
    raise SystemExit(main())
