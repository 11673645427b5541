"""What a run costs from the producers' files to a release: plain and through Airflow, first and again, on one processor
and on all; what each stage of the largest partitions costs.

    python -m bench.end_to_end [--source ISO3.name ...] [--without-airflow] [--keep]

Files are those of ILMS_MIRROR. Costs are processor seconds, which other work on the machine hardly changes; elapsed
seconds are printed beside them. What is more than 20 per cent worse than in bench/figures.yaml is said; `--keep` writes
the figures of this run there, which are to be those of all sources.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml
from rich.console import Console
from rich.table import Table

from bench.measure import measured

FIGURES = Path(__file__).with_name("figures.yaml")
WORSE = 1.2
LARGEST = 10
NUMBERS = 130_000
BECOME_REAPER = 36
Figures = dict[str, float]


@dataclass(frozen=True)
class Cost:
    """Elapsed and processor seconds of a command and of all processes that it started."""

    seconds: float
    processor_seconds: float


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
    """Measure and print; 0 when every run succeeds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--source", action="append", default=[], help="only this one; may be given several times")
    parser.add_argument("--without-airflow", action="store_true", help="leave out the runs through Airflow")
    parser.add_argument("--keep", action="store_true", help="write the figures of this run to bench/figures.yaml")
    chosen = parser.parse_args(arguments)
    console = Console()
    if not os.environ.get("ILMS_MIRROR"):
        console.print("ILMS_MIRROR names no folder with the producers' files: runs from end to end are left out.\n")
        return 0
    with tempfile.TemporaryDirectory(prefix="ilms-bench-") as folder:
        runs = measure_runs(Path(folder), chosen.source, airflow=not chosen.without_airflow)
        stages = measured(measure_stages, Path(folder) / "stages", chosen.source).result
        published, numbers = measured(measure_publication, Path(folder) / "all").result
    print_runs(console, runs)
    print_stages(console, stages)
    console.print(f"Publication: {numbers:,} numbers in {published:.1f} processor seconds\n")
    figures = figures_of(runs, stages, NUMBERS * published / max(1, numbers))
    print_figures(console, figures, kept_figures())
    if chosen.keep:
        FIGURES.write_text(yaml.safe_dump(figures, sort_keys=False), encoding="utf-8")
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


def cost_of(command: Sequence[str], home: Path) -> Cost:
    """Run a command and wait for it and for whatever it leaves behind. A partition that fails does not stop it."""
    become_reaper()
    before, start = _of_children(), time.perf_counter()
    subprocess.run(command, env={**os.environ, "ILMS_HOME": str(home)}, stdout=subprocess.DEVNULL, check=False)
    seconds = time.perf_counter() - start
    while _reap():
        pass
    return Cost(seconds, _of_children() - before)


def become_reaper() -> None:
    """Processes whose parent has ended become children of this one, so that their time is known; on Linux only."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(BECOME_REAPER, 1, 0, 0, 0)


def _reap() -> bool:
    try:
        os.waitpid(-1, 0)
    except ChildProcessError:
        return False
    return True


def _of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


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
    import shutil

    from ilms.release.publish import publish_release
    from ilms.settings import load_settings
    from warehouse.release.manifest import read_manifest

    settings = replace(load_settings(), home=home)
    shutil.rmtree(settings.layout.releases())
    start = time.process_time()
    folder = publish_release(settings).folder
    return time.process_time() - start, read_manifest(folder).counts.observations


def figures_of(runs: dict[str, Cost], stages: Sequence[StageCosts], publication: float) -> Figures:
    """The figures that are kept: ratios within one run, and processor seconds. Less is better."""
    alone, both, again = (runs[f"plain, {name}"] for name in ("one at a time", "all processors", "nothing new"))
    found = {
        "elapsed: all processors to one": both.seconds / alone.seconds,
        "processor: all processors to one": both.processor_seconds / alone.processor_seconds,
        "processor: second run to first": again.processor_seconds / both.processor_seconds,
        "processor: gates to all stages": sum(each.gates for each in stages) / sum(each.whole for each in stages),
        f"processor seconds of publishing {NUMBERS:,} numbers": publication,
    }
    if "Airflow" in runs:
        found["elapsed: Airflow to plain"] = runs["Airflow"].seconds / both.seconds
        found["processor: Airflow to plain"] = runs["Airflow"].processor_seconds / both.processor_seconds
    return {name: round(value, 3) for name, value in found.items()}


def kept_figures() -> Figures:
    """The figures of bench/figures.yaml; none if there is no such file."""
    return dict(yaml.safe_load(FIGURES.read_text(encoding="utf-8"))) if FIGURES.is_file() else {}


def regressions(figures: Figures, kept: Figures) -> dict[str, float]:
    """How many times worse a figure is than the one kept, where that is more than WORSE."""
    ratios = {name: value / kept[name] for name, value in figures.items() if kept.get(name)}
    return {name: ratio for name, ratio in ratios.items() if ratio > WORSE}


def print_runs(console: Console, runs: dict[str, Cost]) -> None:
    """One line for each run."""
    table = Table("run", "elapsed s", "processor s", box=None, title_justify="left", title="From files to a release")
    for name, cost in runs.items():
        table.add_row(name, f"{cost.seconds:.1f}", f"{cost.processor_seconds:.1f}")
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
