"""A figure that is worse than the one kept is said; the time of processes that a command leaves behind counts."""

from __future__ import annotations

import io
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from bench.end_to_end import (
    Kept,
    StageCosts,
    figures_of,
    keep_figures,
    kept_figures,
    print_figures,
    regressions,
)
from bench.machine import Cost

BURN = "import time\nwhile time.process_time() < 0.5: pass"


def test_what_is_more_than_a_fifth_worse_is_a_regression() -> None:
    kept = {"gates": 0.5, "publishing": 10.0, "Airflow": 1.2}

    assert regressions({"gates": 0.55, "publishing": 12.5, "new": 9.0}, kept) == {"publishing": 1.25}


def test_a_regression_is_printed_beside_its_figure() -> None:
    console = Console(record=True, width=120, file=io.StringIO())

    print_figures(console, {"gates": 0.55, "publishing": 12.5}, {"gates": 0.5, "publishing": 10.0})

    (said,) = (line for line in console.export_text().splitlines() if "REGRESSION" in line)
    assert said.split() == ["publishing", "12.50", "10.00", "REGRESSION:", "1.2", "times"]


def runs(disturbed: float = 0.0) -> dict[str, Cost]:
    """Runs on a machine where others use so many processors."""
    return {
        "plain, one at a time": Cost(100, 90),
        "plain, all processors": Cost(60, 99, peak_bytes=2**31, largest_bytes=2**30, disturbed=disturbed),
        "plain, nothing new": Cost(5, 4.95),
        "Airflow": Cost(75, 148.5),
    }


STAGES = [StageCosts("ABC.lfs|2024", 1, 5, 4, 2)]


def test_figures_are_ratios_within_one_run_or_units_of_work_measured_in_it() -> None:
    figures = figures_of(runs(), STAGES, 8, 0.5)

    assert figures["elapsed: all processors to one"] == 0.6
    assert figures["elapsed: Airflow to plain"] == 1.25
    assert figures["processor: second run to first"] == 0.05
    assert figures["processor: gates to estimates"] == 0.5
    assert figures["units: publication"] == 16
    assert figures["GiB: all processes of the first run"] == 2


def test_on_a_slower_machine_figures_are_the_same() -> None:
    slower = {name: replace(cost, processor_seconds=2 * cost.processor_seconds) for name, cost in runs().items()}
    stages = [StageCosts("ABC.lfs|2024", 2, 10, 8, 4)]

    assert regressions(figures_of(slower, stages, 16, 1.0), figures_of(runs(), STAGES, 8, 0.5)) == {}


def test_elapsed_seconds_beside_other_work_are_no_figures() -> None:
    figures = figures_of(runs(disturbed=0.5), STAGES, 8, 0.5)

    assert not [name for name in figures if "elapsed" in name]
    assert figures["processor: Airflow to plain"] == 1.5


def test_figures_are_kept_with_the_sources_that_they_are_of(tmp_path: Path) -> None:
    kept = Kept(("ABC.lfs", "ABC.permits"), {"gates": 0.5})
    keep_figures(kept, tmp_path / "figures.yaml")

    assert kept_figures(tmp_path / "figures.yaml") == kept
    assert kept_figures(tmp_path / "none.yaml") == Kept()


def test_the_figures_kept_are_those_that_a_run_gives() -> None:
    assert kept_figures().figures.keys() <= figures_of(runs(), STAGES, 8, 0.5).keys()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux gives orphans to another process")
def test_the_time_of_a_process_that_a_command_leaves_behind_counts() -> None:
    leave = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {BURN!r}])"
    measure = (
        "import sys; from pathlib import Path; from bench.machine import cost_of;"
        f"print(cost_of([sys.executable, '-c', {leave!r}], Path('home')).processor_seconds)"
    )

    done = subprocess.run([sys.executable, "-c", measure], capture_output=True, text=True, check=True)

    assert float(done.stdout) >= 0.5


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells what a process holds")
def test_the_memory_of_a_command_is_that_of_all_its_processes(tmp_path: Path) -> None:
    hold = "held = bytearray(50_000_000); import time; time.sleep(2)"
    both = f"import subprocess, sys; child = subprocess.Popen([sys.executable, '-c', {hold!r}]); {hold}; child.wait()"
    measure = (
        "import sys; from pathlib import Path; from bench.machine import cost_of;"
        f"cost = cost_of([sys.executable, '-c', {both!r}], Path('home'));"
        "print(cost.peak_bytes, cost.largest_bytes)"
    )

    done = subprocess.run([sys.executable, "-c", measure], capture_output=True, text=True, check=True)

    together, largest = map(int, done.stdout.split())
    assert 100_000_000 < together < 250_000_000
    assert 50_000_000 < largest < 125_000_000
