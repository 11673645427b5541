"""What a person decides of a release, and what follows from it beside the release itself.

Where several machines share a store, each function first brings the releases that it has, as the machine that decides
need not be the one that published.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from ilms.release.publish import note_published
from schemas.errors import PublishError
from warehouse.layout import Layout
from warehouse.release.life import approve, finish, reject, withdraw
from warehouse.release.log import MEANINGS, State
from warehouse.release.manifest import read_manifest
from warehouse.release.pointer import Release, only_publisher
from warehouse.release.review import MARKDOWN, TEXT, Review, read_review, review_text
from warehouse.release.states import KnownRelease, find_release, require_shown
from warehouse.store.kept import follow_releases


@dataclass(frozen=True)
class Waiting:
    """A release that waits for a person: what was found in it, and how it differs from the release before it."""

    known: KnownRelease
    review: Review | None
    text: str
    markdown: str


def waiting(layout: Layout, release_id: str | None) -> Waiting:
    """A draft with its review; without an id, the one that is in review.

    Raises PublishError when there is none, or when it was made under a release profile that protects less than this
    one.
    """
    follow_releases(layout, held=True)
    states: tuple[State, ...] = ("in review",) if release_id is None else tuple(MEANINGS)
    known = find_release(layout, release_id, states)
    require_shown(layout, known.folder)
    return Waiting(
        known,
        read_review(layout, known.id),
        review_text(layout, known.id, name=TEXT),
        review_text(layout, known.id, name=MARKDOWN),
    )


def asked_of(layout: Layout, release_id: str) -> str:
    """What a question about a draft is called: by the draft and what it was compared with; empty when it waits not."""
    follow_releases(layout, held=True)
    known = find_release(layout, release_id, tuple(MEANINGS))
    review = read_review(layout, release_id)
    return f"{release_id}_after_{review.compared_with}" if known.state == "in review" and review else ""


def approve_draft(layout: Layout, release_id: str | None, *, by: str, why: str, embargo: str | None) -> KnownRelease:
    """Approve a draft: it becomes current now, or at the end of its embargo. Raises PublishError."""
    follow_releases(layout, held=True)
    found = approve(layout, release_id, by=by, why=why, until=None if embargo is None else embargo_time(embargo))
    if found.release.is_current:
        note_published(layout, read_manifest(found.folder).partitions)
    return found


def reject_draft(layout: Layout, release_id: str | None, *, by: str, why: str) -> KnownRelease:
    """Decide that a draft does not go out. Raises PublishError."""
    follow_releases(layout, held=True)
    return reject(layout, release_id, by=by, why=why)


def withdraw_release(layout: Layout, release_id: str | None, *, by: str, why: str) -> Release | None:
    """Take a release back; the one that is current now. Raises PublishError."""
    follow_releases(layout, held=True)
    release = withdraw(layout, release_id, by=by, why=why)
    if release is not None:
        note_published(layout, read_manifest(release.folder).partitions)
    return release


def publish_due(layout: Layout) -> list[Release]:
    """Let releases out whose embargo has ended, and finish what a killed process had begun; those that went out."""
    follow_releases(layout, held=True)
    with only_publisher(layout):
        done = finish(layout)
    for release in done:
        note_published(layout, read_manifest(release.folder).partitions)
    return done


def embargo_time(text: str) -> datetime:
    """A time such as 2026-12-01T09:00 or 2026-12-01T09:00+01:00; UTC where it names no zone.

    Raises PublishError when it is no time, or has passed.
    """
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise PublishError(
            f"'{text}' is no time", remedy="write it as 2026-12-01T09:00 (UTC) or 2026-12-01T09:00+01:00"
        ) from None
    moment = found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    if moment <= datetime.now(UTC):
        raise PublishError(
            f"the embargo would end at {moment:%Y-%m-%d %H:%M} UTC, which has passed",
            remedy="give a later time, or none to publish at once",
        )
    return moment
