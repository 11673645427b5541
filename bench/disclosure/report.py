"""The table of what an attacker got out of the partitions of a release."""

from __future__ import annotations

from collections.abc import Iterable

from rich.table import Table

from bench.disclosure.judge import Findings

COLUMNS = (
    "protection", "partition", "numbers", "withheld", "of weight %", "moved %", "sets", "withheld sets", "exact",
    "of few", "inside", "untried", "shown", "apart", "combined", "waves", "counts read", "right", "confined",
    "weights read", "profiles", "averaged", "one's value", "dominated", "beside", "seconds", "MB",
)  # fmt: skip
"""What `Findings` and `Readable` say of each; `shown` and `apart` are sets of few persons in a row and in none,
`combined` those that only many numbers tell, `waves` those that follow with another wave, `beside` counts of records
beside the numbers."""


def findings_table(found: Iterable[Findings]) -> Table:
    """A row for each partition."""
    table = Table("", title="what an attacker gets out of a release")
    table.columns.clear()
    for name in COLUMNS:
        table.add_column(name, justify="left" if name in COLUMNS[:2] else "right")
    for each in found:
        read = each.readable
        table.add_row(
            each.protection, f"{each.source} {each.wave}", str(each.numbers), str(each.withheld),
            f"{100 * (1 - each.kept):.1f}", f"{each.moved:.2f}", str(each.sets), str(each.withheld_sets),
            str(each.exact), f"{each.exact_few} ({each.exact_numbers})", f"{each.inside} of {each.unsafe}",
            str(each.untried), str(each.shown), str(each.differences), str(each.combined),
            str(each.other_waves), str(len(read.counts)),
            f"{read.answers[1]} of {read.answers[0]}", str(len(read.confined)), str(len(read.weights)),
            str(len(read.profiles)), str(len(read.averaged)), str(len(each.single.values)),
            str(len(each.single.dominated)), str(len(each.elsewhere)), f"{each.seconds:.0f}", f"{each.megabytes:.0f}",
        )  # fmt: skip
    return table
