"""The life of a release: the steps from one state to the next, each with its line in the log.

A draft is built in a folder that only its owner may enter (`Layout.held`). What becomes current is moved from there
beside the other releases, the pointer is replaced, and then the log says so; whoever comes after a killed process
finishes what it had begun. Every step is for the one that holds the lock (`only_publisher`).
"""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import UTC, datetime

from schemas.errors import PublishError
from schemas.release_profiles import DEFAULT_RELEASE_PROFILE, load_release_profile
from warehouse.layout import Layout
from warehouse.release.closed import OWNER_FOLDER, close, disclose
from warehouse.release.disclosed import keep_disclosed
from warehouse.release.history import keep_history
from warehouse.release.log import State, append
from warehouse.release.manifest import find_faults, verify_release
from warehouse.release.pointer import Release, current_release, move_pointer, only_publisher, remove_pointer, time_of
from warehouse.release.share import share_files
from warehouse.release.states import (
    READABLE,
    WAITING,
    KnownRelease,
    current_since,
    find_release,
    is_due,
    known_releases,
    may_show,
    require_shown,
)

logger = logging.getLogger(__name__)


def make_current(layout: Layout, known: KnownRelease, *, by: str, why: str) -> Release:
    """Let everybody read a release and point to it; the one before it, and drafts made before it, are superseded.

    One of a profile that withholds nothing stays readable by its owner alone.
    """
    before = next((each for each in known_releases(layout) if each.release.is_current), None)
    place = layout.releases() / known.id
    is_open = load_release_profile(known.profile or DEFAULT_RELEASE_PROFILE).is_open
    if known.is_held:
        if is_open:
            disclose(known.folder)
        if before is not None and before.profile == known.profile:
            share_files(before.folder, known.folder)
        known.folder.rename(place)
    move_pointer(layout, known.id)
    append(layout, known.id, "current", by=by, why=why)
    if before is not None and before.id != known.id:
        append(layout, before.id, "superseded", by=by, why=f"{known.id} took its place")
    for each in known_releases(layout):
        if each.is_held and each.id < known.id and each.state in WAITING and each.profile == known.profile:
            append(layout, each.id, "superseded", by=by, why=f"{known.id}, made after it, went out")
    if is_open and layout.review(known.id).is_dir():
        disclose(layout.review(known.id))
    keep_history(layout)
    keep_disclosed(layout)
    return Release(known.id, place, is_current=True)


def finish(layout: Layout, *, now: datetime | None = None) -> list[Release]:
    """Finish what a killed process had begun, and let out what is due; the releases that became current.

    Those that the profile may not show are left to a run of their own.
    """
    done = []
    for each in known_releases(layout):
        has_begun = each.state == "approved" or (each.state in WAITING and not each.is_held)
        if has_begun and may_show(layout, each.folder):
            why = each.last.why if each.state == "approved" else "nothing stands against it"
            done.append(make_current(layout, each, by=each.last.by, why=why))
        elif each.state == "withdrawn" and not each.is_held:
            _hide(layout, each)
    for each in sorted(known_releases(layout), key=lambda each: each.last.until or time_of(each.id)):
        if is_due(each, now=now) and _is_whole(each) and may_show(layout, each.folder):
            done.append(make_current(layout, each, by=each.last.by, why="its embargo ended"))
    return done


def _is_whole(known: KnownRelease) -> bool:
    """Whether a release is as it was approved; one that is not stays closed, and holds up no other."""
    if faults := find_faults(known.folder):
        logger.error("the embargo of %s has ended, but it stays closed: %s", known.id, "; ".join(faults))
    return not faults


def supersede_drafts(layout: Layout, *, by: str, why: str, but: str = "") -> None:
    """Drafts of the profile that nobody has decided on give way; those under embargo keep their time."""
    for each in (each for each in known_releases(layout) if each.profile in (layout.release_profile, "")):
        if each.is_held and each.state in ("draft", "in review") and each.id != but:
            append(layout, each.id, "superseded", by=by, why=why)


def approve(
    layout: Layout, release_id: str | None, *, by: str, why: str, until: datetime | None = None
) -> KnownRelease:
    """Approve the draft in review: it becomes current at once, or at the end of its embargo.

    Raises PublishError when there is none, it is damaged, or nobody or no reason is given.
    """
    _require_words(by, why)
    with only_publisher(layout):
        finish(layout)
        found = find_release(layout, release_id, ("in review",))
        require_shown(layout, found.folder)
        verify_release(found.folder)
        if until is not None and until > datetime.now(UTC):
            entry = append(layout, found.id, "embargoed", by=by, why=why, until=until)
            return replace(found, last=entry)
        entry = append(layout, found.id, "approved", by=by, why=why)
        release = make_current(layout, found, by=by, why=why)
        return KnownRelease(release, entry.model_copy(update={"state": "current"}), is_held=False)


def reject(layout: Layout, release_id: str | None, *, by: str, why: str) -> KnownRelease:
    """Decide that the draft in review does not go out. Raises PublishError as `approve` does."""
    _require_words(by, why)
    with only_publisher(layout):
        found = find_release(layout, release_id, ("in review",))
        return replace(found, last=append(layout, found.id, "rejected", by=by, why=why))


def withdraw(layout: Layout, release_id: str | None, *, by: str, why: str) -> Release | None:
    """Take back a release that is or was current, or is under embargo: nobody but the owner can read it any more.

    When it was the current one, the one that was current before it is again. Without an id it is the current one.
    Gives the release that is current now; None when there is none.
    Raises PublishError when there is no such release, the one before it is damaged, or nobody or no reason is given.
    """
    _require_words(by, why)
    with only_publisher(layout):
        states: tuple[State, ...] = ("current",) if release_id is None else ("embargoed", *READABLE)
        found = find_release(layout, release_id, states)
        if found.release.is_current:
            _point_before(layout, found, by=by)
        append(layout, found.id, "withdrawn", by=by, why=why)
        if not found.is_held:
            _hide(layout, found)
        keep_history(layout)
        return current_release(layout)


def _hide(layout: Layout, known: KnownRelease) -> None:
    """Move a release, and how it compares, to where nobody but the owner comes."""
    layout.held().mkdir(mode=OWNER_FOLDER, parents=True, exist_ok=True)
    known.folder.rename(layout.held() / known.id)
    close(layout.held() / known.id)
    if layout.review(known.id).is_dir():
        close(layout.review(known.id))


def _point_before(layout: Layout, found: KnownRelease, *, by: str) -> None:
    """Point to the release that was current before this one, or to none."""
    earlier = [release for _, release in current_since(layout) if release != found.id]
    if not earlier:
        remove_pointer(layout)
        return
    verify_release(layout.releases() / earlier[-1])
    move_pointer(layout, earlier[-1])
    append(layout, earlier[-1], "current", by=by, why=f"{found.id} was withdrawn")


def point_to(layout: Layout, release_id: str, *, by: str = "", why: str = "gone back to, or forward again") -> Release:
    """Make a release that was current the current one again, after computing its checksums again.

    The same inputs do not bring a later one back by themselves, only new inputs make a new release.
    Raises PublishError when there is no such release, it is damaged, or it was made under a profile that protects less
    than this one; the pointer then stays where it is.
    """
    with only_publisher(layout):
        found = find_release(layout, release_id, READABLE)
        require_shown(layout, found.folder)
        verify_release(found.folder)
        if found.release.is_current:
            return found.release
        return make_current(layout, found, by=by, why=why)


def _require_words(by: str, why: str) -> None:
    if not why.strip() or not by.strip():
        raise PublishError(
            "a decision needs a reason and somebody who takes it",
            why="the log of releases keeps both",
            remedy='write --why "..." and, where this machine does not know your name, --by NAME',
        )
