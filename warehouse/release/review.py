"""The review of a draft: what stands against it and all that differs from the release before it, kept beside it."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb
from pydantic import BaseModel, ConfigDict, ValidationError

from schemas.errors import PublishError
from schemas.release_rules import ReleaseRules
from transforms.duck import quote_text
from warehouse.files import replacing, sha256, write_json
from warehouse.layout import Layout
from warehouse.release.closed import EVERYBODY_FOLDER, OWNER_FOLDER
from warehouse.release.database import WAREHOUSE
from warehouse.release.diff import described, differences, write_differences
from warehouse.release.manifest import Manifest, read_manifest
from warehouse.release.report import as_markdown, as_page, as_text, sections
from warehouse.release.rules import find_all, of_any
from warehouse.release.rules.base import EXAMPLES, Compared, Finding, query
from warehouse.release.states import KnownRelease, known_releases, may_show, readable_releases

logger = logging.getLogger(__name__)

REVIEW, TEXT, MARKDOWN, PAGE, PARQUET = (
    "review.json",
    "difference.txt",
    "difference.md",
    "difference.html",
    "difference.parquet",
)
HELD_BACK = ("rejected", "withdrawn", "embargoed")
"""States of releases whose numbers go out through no other release before a person has looked at it."""


class Review(BaseModel):
    """What stands against a draft, compared with a release (none where there is none) by rules (all their limits)."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    release: str
    compared_with: str | None
    rules: ReleaseRules
    findings: tuple[Finding, ...]


def review_draft(layout: Layout, draft: Path, rules: ReleaseRules) -> Review:
    """Compare a draft with the current release by these rules, and keep what was found beside it.

    A damaged release is not compared with, nor one that the profile may not show, but the last one before it. Where
    there is none, only a rule that looks at no difference stands against the draft.
    """
    folder = layout.review(draft.name)
    if not layout.reviews().is_dir():
        layout.reviews().mkdir(parents=True)
        layout.reviews().chmod(EVERYBODY_FOLDER)
    folder.mkdir(mode=OWNER_FOLDER, exist_ok=True)
    before = _last_whole(layout)
    found: Sequence[Finding] = of_any(rules)
    if before is not None:
        try:
            found = _compared(layout, before, draft, rules, folder)
        except (duckdb.BinderException, duckdb.CatalogException) as error:
            said = f"it cannot be compared with {before.name}, whose tables are others: {str(error).splitlines()[0]}"
            found = [Finding("comparison", said, 1)]
    compared_with = before.name if before else None
    review = Review(release=draft.name, compared_with=compared_with, rules=rules, findings=tuple(found))
    write_json(folder / REVIEW, review.model_dump(mode="json"))
    return review


def read_review(layout: Layout, release_id: str) -> Review | None:
    """What was kept of a draft's review; None where nothing was.

    Raises PublishError when it cannot be read.
    """
    file = layout.review(release_id) / REVIEW
    if not file.is_file():
        return None
    try:
        return Review.model_validate_json(file.read_bytes())
    except ValidationError as error:
        raise PublishError(
            "what was found in a draft cannot be read",
            where=str(file),
            why="a person would decide without it",
            remedy="remove the folder; the next `ilms run` compares again",
        ) from error


def review_text(layout: Layout, release_id: str, *, name: str = TEXT) -> str:
    """What was kept of how a draft differs, as text or, by its name, as Markdown; empty where nothing was."""
    file = layout.review(release_id) / name
    return file.read_text(encoding="utf-8") if file.is_file() else ""


def _last_whole(layout: Layout) -> Path | None:
    """The release to compare with: the current one, else the last one before it whose numbers are as published."""
    for each in sorted(readable_releases(layout), key=lambda each: (each.is_current, each.id), reverse=True):
        file, manifest = each.folder / WAREHOUSE, _manifest(each.folder)
        if manifest is not None and file.is_file() and manifest.files[WAREHOUSE].sha256 == sha256(file):
            return each.folder
    return None


def _manifest(folder: Path) -> Manifest | None:
    """The manifest of a release; None where it is damaged: that release keeps no other from going out."""
    try:
        return read_manifest(folder)
    except PublishError as error:
        logger.warning("%s is left out of the comparison: %s", folder.name, error.message)
        return None


def _compared(layout: Layout, before: Path, draft: Path, rules: ReleaseRules, folder: Path) -> list[Finding]:
    """What was found, and all that differs as text, page and Parquet in the folder."""
    with differences(before, draft) as connection:
        compared = Compared(connection, _published(layout))
        found = [*_held_back(layout, compared, draft), *find_all(rules, compared)]
        write_differences(connection, folder / PARQUET)
        told = sections(described(connection, before, draft, largest=25), found)
    title = f"{before.name} -> {draft.name}"
    for name, content in (
        (TEXT, "\n".join(as_text(told))),
        (MARKDOWN, "\n".join(as_markdown(told))),
        (PAGE, as_page(title, told)),
    ):
        with replacing(folder / name) as place:
            place.write_text(content, encoding="utf-8")
    return found


def _published(layout: Layout) -> frozenset[str]:
    """The sources of which a release that may be read has numbers."""
    manifests = (_manifest(each.folder) for each in readable_releases(layout))
    return frozenset(each.source for manifest in manifests if manifest for each in manifest.partitions if each.cells)


def _held_back(layout: Layout, compared: Compared, draft: Path) -> Iterator[Finding]:
    """Numbers that a person rejected, withdrew or put under embargo: they go out through no other release unseen."""
    for each in known_releases(layout):
        is_held_back = each.is_held and each.id != draft.name and each.state in HELD_BACK
        if is_held_back and may_show(layout, each.folder) and (each.folder / WAREHOUSE).is_file():
            rows = _same_as(compared.connection, each)
            if rows:
                said = f"numbers of {len(rows):,} source(s) and period(s) are those of {each.id}, {each.last.sentence}"
                yield Finding("held_back", said, len(rows), tuple(rows[:EXAMPLES]))


def _same_as(connection: duckdb.DuckDBPyConnection, held: KnownRelease) -> list[str]:
    connection.execute(f"attach {quote_text(str(held.folder / WAREHOUSE))} as held (read_only)")
    try:
        return query(connection, "held_back", {})
    finally:
        connection.execute("detach held")
