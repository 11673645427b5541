"""Every method of protection on real partitions: what an attacker gets out, what is kept, and what it costs.

    ILMS_MIRROR=<folder> python -m bench.disclosure.methods [--all] [--method suppression] [--source ARG.eph ...]
        [--seconds 600]

Each partition is run once without protection, for the truth, and once with each method, in homes that are removed
afterwards. Without `--all` and `--source` these are a few small ones.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from bench.disclosure.judge import Findings, attack
from bench.disclosure.release import core_in, partitions_in
from bench.disclosure.report import findings_table
from bench.disclosure.waves import add_other_waves
from schemas.loader import load_runnable, source_folder
from schemas.register import Register

METHODS = ("suppression", "rounding", "cell_key")
PARTITIONS = (
    ("ARG.eph", "2016-Q3"),
    ("ARG.eph", "2016-Q4"),
    ("URY.ech", "2018"),
    ("BRA.pnadc", "2017-Q4"),
    ("AUT.eusilc", "2006"),
    ("CHL.ene", "2020-Q1"),
    ("ZZZ.synthetic", "2024"),
    ("LKA.slbfe", "2021"),
    ("IRL.permits", "2024"),
)
SMALL = (("ARG.eph", "2016-Q3"), ("LKA.slbfe", "2021"), ("IRL.permits", "2024"))
OF_REGISTERS = {"suppression": "suppression_of_registers"}
SEED = "of-a-bench-and-of-nothing-else"


@dataclass(frozen=True)
class Ran:
    """A run of the pipeline: whether it published, and what it cost."""

    is_published: bool
    seconds: float
    megabytes: float
    last_words: str


def run(source: str, wave: str, home: Path, method: str | None) -> Ran:
    """Run a partition under a method of protection, or unprotected."""
    about = {"ILMS_HOME": str(home), "ILMS_RELEASE_RULES": "none", "ILMS_RELEASE_PROFILE": "internal"}
    if method is not None:
        sources = home.parent / f"{home.name}-sources"
        if not sources.exists():
            declare(source, method, sources)
        about |= {"ILMS_RELEASE_PROFILE": "guarded", "ILMS_SOURCES": str(sources), "ILMS_PROTECTION_SEED": SEED}
    start = time.monotonic()
    log = home.parent / f"{home.name}.log"
    with log.open("w") as out:
        command = [sys.executable, "-I", "-m", "ilms", "run", "--source", source, "--wave", wave]
        process = subprocess.Popen(command, env={**os.environ, **about}, stdout=out, stderr=out)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    lines = log.read_text(encoding="utf-8").strip().splitlines() or [""]
    kibibytes = used.ru_maxrss if sys.platform != "darwin" else used.ru_maxrss / 1024
    return Ran((home / "current").exists(), time.monotonic() - start, kibibytes / 1024, lines[-1])


def declare(source: str, method: str, folder: Path) -> None:
    """A copy of a source's declaration under which its numbers go through a method."""
    place = folder / Path(*source.split("."))
    shutil.copytree(source_folder(source), place)
    file = place / "source.yaml"
    lines = [line for line in file.read_text(encoding="utf-8").splitlines() if not line.startswith("protection:")]
    profile = OF_REGISTERS.get(method, method) if isinstance(load_runnable(source), Register) else method
    file.write_text("\n".join([*lines, f"protection: {profile}", "override: true", ""]), encoding="utf-8")


def attacked(method: str, truth: Path, folder: Path, console: Console, seconds: float) -> Iterator[Findings]:
    """The findings about every partition of a truth under a method; what did not publish is said."""
    for name in dict.fromkeys(source for source, _ in PARTITIONS):
        waves = [wave for source, wave in PARTITIONS if source == name and core_in(truth, source, wave) is not None]
        home = folder / f"{method}-{name}"
        home.mkdir()
        for wave in waves:
            ran = run(name, wave, home, method)
            console.print(f"{method} {name} {wave}: {ran.seconds:.0f} s, {ran.megabytes:.0f} MB", highlight=False)
            if not ran.is_published:
                console.print(f"  nothing was published: {ran.last_words}", highlight=False, markup=False)
        if (home / "current").exists():
            found = [
                attack(home, truth, source, wave, protection, budget=seconds)
                for source, wave, protection in partitions_in(home)
                if source == name and wave in waves
            ]
            add_other_waves(home, truth, found)
            yield from found
        shutil.rmtree(home)


def main(arguments: list[str] | None = None) -> int:
    """Print the table of all methods and partitions; 0 when no set of persons came out of any."""
    parser = argparse.ArgumentParser(prog="python -m bench.disclosure.methods")
    parser.add_argument("--method", action="append", choices=METHODS)
    parser.add_argument("--source", action="append", help="only these sources, with all their partitions here")
    parser.add_argument("--seconds", type=float, default=600, help="for the linear programmes of a partition")
    parser.add_argument("--all", action="store_true", help="every partition, which takes an hour or more")
    chosen = parser.parse_args(arguments)
    console = Console(width=260)
    found: list[Findings] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        truth = folder / "truth"
        truth.mkdir()
        for source, wave in PARTITIONS:
            if source in (chosen.source or ()) or (chosen.source is None and (chosen.all or (source, wave) in SMALL)):
                run(source, wave, truth, None)
        for method in chosen.method or METHODS:
            found += attacked(method, truth, folder, console, chosen.seconds)
    console.print(findings_table(found))
    return int(any(each.leaks for each in found))


if __name__ == "__main__":
    raise SystemExit(main())
