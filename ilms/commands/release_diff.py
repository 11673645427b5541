"""What a curator reads when two releases are compared."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rich.table import Column, Table

from schemas.errors import PublishError
from warehouse.layout import Layout
from warehouse.release.diff import COUNTED, Difference
from warehouse.release.pointer import list_releases


def chosen_release(layout: Layout, name: str | None, *, before: Path | None = None) -> Path:
    """The folder of a release named by id or folder; without a name the current one, or the one before `before`.

    Raises PublishError when there is no such release.
    """
    releases = list_releases(layout)
    if name is not None:
        by_id = {release.id: release.folder for release in releases}
        return by_id.get(name, Path(name).expanduser())
    if before is None:
        found = [release.folder for release in releases if release.is_current]
    else:
        found = [release.folder for release in releases if release.id < before.resolve().name]
    if not found:
        raise PublishError(
            "there is no earlier release to compare with" if before else "nothing is published yet",
            where=str(layout.releases()),
            remedy="`ilms release list` lists every release; a folder of another home may be named too",
        )
    return found[-1]


def difference_table(difference: Difference) -> Table:
    """How many observations differ, one row per source and period."""
    headers = [name.replace("_changed", "").replace("_", " ") for name in COUNTED]
    table = Table("table", Column("source", no_wrap=True), "time", *headers, box=None, pad_edge=False)
    for each in difference.sources:
        table.add_row(each.compared, each.source, each.time, *(f"{count:,}" if count else "" for count in each.counts))
    return table


def revision_lines(difference: Difference) -> Iterator[str]:
    """The largest revisions, one line each."""
    for each in difference.largest:
        relative = "" if each.relative is None else f", {each.relative:+.3g} %"
        errors = "" if each.in_errors is None else f", {each.in_errors:+.3g} standard errors"
        yield f"{each.key}: {_value(each.before)} -> {_value(each.after)}{relative}{errors}"


def _value(value: float | None) -> str:
    return "withheld" if value is None else f"{value:,.6g}"
