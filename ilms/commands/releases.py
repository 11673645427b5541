"""What a curator reads of releases: which there are, in which state, and what stands against a draft."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from ilms.release.decisions import Waiting
from schemas.errors import PublishError
from schemas.tables import OBSERVATION_KEY
from warehouse.layout import Layout
from warehouse.release.build import PublishResult
from warehouse.release.history import COLUMNS
from warehouse.release.pointer import current_release
from warehouse.release.quality import REPORT
from warehouse.release.review import PAGE, PARQUET
from warehouse.release.rules.base import Finding
from warehouse.release.states import (
    KnownRelease,
    current_since,
    known_releases,
    log_faults,
    readable_releases,
    shown_release,
)
from warehouse.release.valid_files import checked_files
from warehouse.sdmx.formats.schema_faults import schemas_used

SHOWN = 200
"""Lines of a history."""


def release_lines(layout: Layout) -> Iterator[str]:
    """Every release that is kept, newest first, with its state."""
    known = known_releases(layout)
    if not known:
        yield "Nothing is published yet. Try: ilms run"
    for each in reversed(known):
        counts = each.release.manifest.counts
        numbers = f"{counts.observations:>9,} numbers  {counts.dataflows:>3} dataflows"
        said = each.last.sentence if each.last.state == each.state else each.state
        yield f"{each.id}  {each.profile:<8}  {numbers}  {said}"
    shown = shown_release(layout)
    if shown is not None and (shown.folder / REPORT).is_file():
        yield f"Quality report of {shown.folder.resolve().name}: {shown.folder.resolve() / REPORT}"
    for warning, releases in _warned(known).items():
        yield f"{', '.join(releases)}: {warning}"


def _warned(known: Sequence[KnownRelease]) -> dict[str, list[str]]:
    """The releases that carry each warning, newest first."""
    found: dict[str, list[str]] = {}
    for each in reversed(known):
        for warning in each.release.manifest.warnings:
            found.setdefault(warning, []).append(each.id)
    return found


def log_lines(layout: Layout) -> Iterator[str]:
    """How the log of releases is not as it was written; nothing where it is."""
    yield from (f"The log of releases is not as it was written: {fault}." for fault in log_faults(layout))


def review_lines(layout: Layout, waiting: Waiting) -> Iterator[str]:
    """A draft, what stands against it, what differs, and what a person can do."""
    yield f"Release {waiting.known.id}: {waiting.known.last.sentence}"
    yield f"Made under the release profile `{waiting.known.profile}`"
    yield from waiting.known.release.manifest.warnings
    if waiting.review and waiting.review.compared_with:
        yield f"Compared with {waiting.review.compared_with}, by the rules `{waiting.review.rules.name}`"
    yield ""
    yield from waiting.text.splitlines()
    folder = layout.review(waiting.known.id)
    for file in (PAGE, PARQUET):
        if (folder / file).is_file():
            yield str(folder / file)
    if waiting.known.state == "in review":
        yield from _what_to_do()


def finding_lines(findings: tuple[Finding, ...]) -> Iterator[str]:
    """What stands against a draft, with the largest of each."""
    for finding in findings:
        yield f"- {finding.said}"
        yield from (f"    {example}" for example in finding.examples)


def waiting_lines(layout: Layout, result: PublishResult) -> Iterator[str]:
    """What a run says at its end of a release that did not become current."""
    current = current_release(layout)
    yield f"Release {result.release_id} is {result.said}"
    yield from finding_lines(result.findings)
    yield f"The current release is still {current.id}." if current else "No release is current."
    yield f"Its quality report is {result.folder / REPORT}"
    if result.state == "in review":
        yield from _what_to_do()


def _what_to_do() -> Iterator[str]:
    yield ""
    yield "It waits for a person:"
    yield "  .venv/bin/ilms release review                       all that differs"
    yield '  .venv/bin/ilms release approve --why "..."          it becomes current; with --embargo TIME, then'
    yield '  .venv/bin/ilms release reject --why "..."           it does not go out'


def moment_of(layout: Layout, text: str) -> datetime:
    """A time, UTC where it names no zone; or when a release became current, by its id. Raises PublishError."""
    became = {release: moment for moment, release in current_since(layout)}
    if text in became:
        return became[text]
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise PublishError(
            f"'{text}' is neither a time nor a release that was current",
            remedy="write a time as 2026-12-01T09:00, or an id of `ilms release list`",
        ) from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def history_lines(rows: list[tuple[object, ...]]) -> Iterator[str]:
    """Each value that a number had, in a line: which revision, and from when to when it held."""
    for row in rows[:SHOWN]:
        of = dict(zip(COLUMNS, row, strict=True))
        key = " ".join(str(of[name]) for name in OBSERVATION_KEY if of[name])
        value = "withheld" if of["obs_value"] is None else f"{of['obs_value']:,.6g}"
        until = f"{of['valid_to']:%Y-%m-%d %H:%M}" if of["valid_to"] else "now"
        status = f" ({of['obs_status']})" if of["obs_status"] else ""
        yield f"{key}  revision {of['revision']}: {value}{status}  {of['valid_from']:%Y-%m-%d %H:%M} to {until}"
    if len(rows) > SHOWN:
        yield "and more: name indicators and areas, or write all with --parquet; times are UTC"


def validity_lines(folder: Path) -> Iterator[str]:
    """Whether the files of SDMX in a release are valid: what is wrong with each, as it is checked, and how many are.

    Raises PublishError at the end where some are not.
    """
    yield f"The schemas are those of {schemas_used()}."
    files = wrong = 0
    for file in checked_files(folder):
        files += 1
        wrong += bool(file.faults)
        yield from (f"{file.name}: {fault}" for fault in file.faults)
    if wrong:
        raise PublishError(
            f"{wrong} of {files} file(s) of SDMX are not valid, as listed",
            where=str(folder),
            why="programs that read them strictly refuse them",
            remedy="publish again with the version of ILMS that is installed; if that gives the same, report it",
        )
    yield f"{folder.name}: all {files} files of SDMX are valid."


def chosen_release(layout: Layout, name: str | None, *, before: Path | None = None) -> Path:
    """The folder of a release named by id or folder; without a name the current one, or the one before `before`.

    One of a release profile that protects less than this one is only given by its name. Raises PublishError when there
    is no such release.
    """
    known = known_releases(layout)
    if name is not None:
        by_id = {each.id: each.folder for each in known}
        return by_id.get(name, Path(name).expanduser())
    if before is None:
        shown = shown_release(layout)
        found = [shown.folder] if shown else []
    else:
        found = [each.folder for each in readable_releases(layout) if each.id < before.resolve().name]
    if not found:
        raise PublishError(
            "there is no earlier release to compare with" if before else "nothing is published yet",
            where=str(layout.releases()),
            remedy="`ilms release list` lists every release; a folder of another home may be named too",
        )
    return found[-1]
