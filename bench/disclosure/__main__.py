"""Attack a release from its files.

    python -m bench.disclosure --release GUARDED --truth INTERNAL [--previous GUARDED0]

`--release` and `--previous` are releases, or homes with a current one; `--truth` is a home in which the same input was
run, whose core files tell which of the attacker's numbers are right. With `--previous`, what differs between the two
releases is part of the attack. Where a source has several waves, each is attacked with what the others say of the same
persons as well. Ends with 1 when a set of persons came out.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from rich.console import Console

from bench.disclosure.elsewhere import shown_elsewhere
from bench.disclosure.judge import attack
from bench.disclosure.release import core_in, partitions_in
from bench.disclosure.releases import compare
from bench.disclosure.report import findings_table
from bench.disclosure.waves import add_other_waves


def main(arguments: list[str] | None = None) -> int:
    """Attack every published partition of a release that the truth has; 0 when nothing came out."""
    parser = argparse.ArgumentParser(prog="python -m bench.disclosure")
    parser.add_argument("--release", type=Path, required=True, help="the release that is attacked")
    parser.add_argument("--truth", type=Path, required=True, help="a home with the core files of the same input")
    parser.add_argument("--previous", type=Path, help="an earlier release of the same partitions")
    parser.add_argument("--seconds", type=float, default=120, help="for the linear programmes of a partition")
    chosen = parser.parse_args(arguments)
    console = Console(width=300)
    found, told_by_releases = [], 0
    for source, wave, protection in partitions_in(chosen.release):
        if core_in(chosen.truth, source, wave) is not None:
            found.append(attack(chosen.release, chosen.truth, source, wave, protection, budget=chosen.seconds))
            if chosen.previous is not None:
                told = compare(chosen.previous, chosen.release, chosen.truth, source, wave)
                console.print(f"{source} {wave}: {told.message}")
                told_by_releases += told.leaks
    add_other_waves(chosen.release, chosen.truth, found)
    leaks = told_by_releases + sum(each.leaks for each in found)
    console.print(findings_table(found))
    for each in found:
        console.print(
            *(f"  {each.source} {each.wave}: {text}" for text in each.examples), sep="\n", highlight=False, markup=False
        )
    for place in shown_elsewhere(chosen.release):
        console.print(f"  a confidential row holds a quantity: {place}")
        leaks += 1
    return int(leaks > 0)


if __name__ == "__main__":
    raise SystemExit(main())
