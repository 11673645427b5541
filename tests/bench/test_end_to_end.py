"""A figure that is worse than the one kept is said; the time of processes that a command leaves behind counts."""

from __future__ import annotations

import subprocess
import sys

import pytest

from bench.end_to_end import Cost, StageCosts, figures_of, kept_figures, regressions

BURN = "import time\nwhile time.process_time() < 0.5: pass"


def test_what_is_more_than_a_fifth_worse_is_a_regression() -> None:
    kept = {"gates": 0.5, "publishing": 10.0, "Airflow": 1.2}

    assert regressions({"gates": 0.59, "publishing": 13.0, "new": 9.0}, kept) == {"publishing": 1.3}


def test_figures_are_ratios_within_one_run() -> None:
    runs = {
        "plain, one at a time": Cost(100, 90),
        "plain, all processors": Cost(60, 99),
        "plain, nothing new": Cost(5, 4.95),
        "Airflow": Cost(75, 148.5),
    }

    figures = figures_of(runs, [StageCosts("ABC.lfs|2024", 1, 5, 4, 2)], 8)

    assert figures["elapsed: all processors to one"] == 0.6
    assert figures["elapsed: Airflow to plain"] == 1.25
    assert figures["processor: second run to first"] == 0.05
    assert figures["processor: gates to all stages"] == 0.2


def test_the_figures_kept_are_those_that_a_run_gives() -> None:
    runs = dict.fromkeys(("plain, one at a time", "plain, all processors", "plain, nothing new", "Airflow"), Cost(1, 1))

    assert kept_figures().keys() <= figures_of(runs, [StageCosts("ABC.lfs|2024", 1, 1, 1, 1)], 1).keys()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux gives orphans to another process")
def test_the_time_of_a_process_that_a_command_leaves_behind_counts() -> None:
    leave = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {BURN!r}])"
    measure = (
        "import sys; from pathlib import Path; from bench.end_to_end import cost_of;"
        f"print(cost_of([sys.executable, '-c', {leave!r}], Path('home')).processor_seconds)"
    )

    done = subprocess.run([sys.executable, "-c", measure], capture_output=True, text=True, check=True)

    assert float(done.stdout) >= 0.5
