"""In which state each release is, which may be read, and which was current when: as the log and the pointer say."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from schemas.errors import PublishError
from schemas.release_profiles import load_release_profile
from warehouse.layout import Layout
from warehouse.release.log import LogEntry, State, digests, line_faults, read_log
from warehouse.release.manifest import MANIFEST, read_manifest
from warehouse.release.pointer import Release, list_releases, release_folders, time_of, was_gone_back_from

BEFORE_THE_LOG = "published before there was a log of releases"
LINES_ARE_GONE = "the lines that the log of releases had of it are gone"
WAITING: tuple[State, ...] = ("draft", "in review", "approved", "embargoed")
"""States from which a release can still become current for the first time."""
READABLE: tuple[State, ...] = ("current", "superseded")


@dataclass(frozen=True)
class KnownRelease:
    """A release with the last line that the log has of it."""

    release: Release
    last: LogEntry
    is_held: bool

    @property
    def id(self) -> str:
        """Its id."""
        return self.release.id

    @property
    def folder(self) -> Path:
        """Where it is."""
        return self.release.folder

    @property
    def state(self) -> State:
        """The state that it is in. The pointer decides: a process may have been killed before the log followed it."""
        return "superseded" if self.last.state == "current" and not self.release.is_current else self.last.state

    @property
    def profile(self) -> str:
        """The release profile that it was made under; empty where its manifest cannot be read."""
        return profile_of(self.folder)


def profile_of(folder: Path) -> str:
    """The release profile of a release, by its manifest; empty where that cannot be read."""
    try:
        return _profile_of(folder, (folder / MANIFEST).stat().st_mtime_ns)
    except (OSError, PublishError):
        return ""


@lru_cache(maxsize=1024)
def _profile_of(folder: Path, _changed: int) -> str:
    return read_manifest(folder).release_profile


def may_show(layout: Layout, folder: Path) -> bool:
    """Whether a release may be read, compared and gone back to under the profile of the layout.

    One that nobody can read, as its manifest is damaged, shows nothing.
    """
    return load_release_profile(layout.release_profile).may_show(profile_of(folder))


def require_shown(layout: Layout, folder: Path) -> None:
    """Raise PublishError for a release of a profile that protects less than that of the layout."""
    made = profile_of(folder)
    if made and not may_show(layout, folder):
        raise PublishError(
            f"release {folder.name} was made under the profile '{made}', and this is '{layout.release_profile}'",
            where=str(folder),
            why="it may show numbers that are withheld here",
            remedy=f"choose another one (`ilms release list` shows their profiles), or set ILMS_RELEASE_PROFILE={made}",
        )


def known_releases(layout: Layout) -> list[KnownRelease]:
    """Every release that is kept, oldest first, those held back among them."""
    last = {entry.release: entry for entry in read_log(layout)}
    listed = list_releases(layout)
    found = [
        KnownRelease(each, last.get(each.id) or _before_the_log(layout, each, listed[-1]), is_held=False)
        for each in listed
    ]
    for folder in release_folders(layout.held()):
        entry = last.get(folder.name) or _entry(folder.name, "draft", "")
        found.append(KnownRelease(Release(folder.name, folder, is_current=False), entry, is_held=True))
    return sorted(found, key=lambda each: each.id)


def _before_the_log(layout: Layout, release: Release, newest: Release) -> LogEntry:
    """What the log would say of a release of which it says nothing."""
    is_gone = _last_line_before(release.folder) != ""
    why = LINES_ARE_GONE if is_gone else BEFORE_THE_LOG
    if release.is_current:
        return _entry(release.id, "current", why)
    if release == newest and not is_gone and not was_gone_back_from(layout, release.id):
        return _entry(release.id, "approved", "it was complete when its run ended")
    return _entry(release.id, "superseded", why)


def _entry(release_id: str, state: State, why: str) -> LogEntry:
    return LogEntry(release=release_id, state=state, at=time_of(release_id), by="", why=why)


def log_faults(layout: Layout) -> list[str]:
    """How the log is not as it was written, in words: lines that were changed, and releases that show that lines which
    were there are gone.

    Each release says which line was the last one when it was made.
    """
    faults = line_faults(layout)
    known, said = digests(layout), {entry.release for entry in read_log(layout)}
    released = release_folders(layout.releases())
    for folder in (*released, *release_folders(layout.held())):
        last = _last_line_before(folder)
        if last and last not in known:
            faults.append(f"the line that was its last one when {folder.name} was made is gone")
        elif last and folder in released and folder.name not in said:
            faults.append(f"its lines of {folder.name} are gone")
    return faults


def _last_line_before(folder: Path) -> str:
    """Which line of the log was the last one when a release was made; empty where its manifest does not say."""
    try:
        return read_manifest(folder).log
    except PublishError:
        return ""


def readable_releases(layout: Layout) -> list[Release]:
    """The releases that anybody may read under the profile, oldest first: the current one and those that were current.

    No draft, nothing under embargo, rejected or withdrawn is among them.
    """
    return [
        each.release
        for each in known_releases(layout)
        if not each.is_held and (each.release.is_current or each.state in READABLE) and may_show(layout, each.folder)
    ]


def shown_release(layout: Layout) -> Release | None:
    """The current release where the profile may show it, else the last one that was current and that it may show."""
    readable = readable_releases(layout)
    current = next((each for each in readable if each.is_current), None)
    return current or release_as_of(layout, datetime.now(UTC))


def current_since(layout: Layout) -> list[tuple[datetime, str]]:
    """When which release became current, oldest first; one that somebody went back to occurs again.

    Releases that were withdrawn, or that the profile may not show, are left out; those that were pruned are not.
    """
    log = read_log(layout)
    left_out = {entry.release for entry in log if entry.state == "withdrawn"}
    left_out |= {each.id for each in known_releases(layout) if not may_show(layout, each.folder)}
    logged = [(entry.at, entry.release) for entry in log if entry.state == "current" and entry.release not in left_out]
    readable = {each.id for each in readable_releases(layout)}
    before = [(time_of(each), each) for each in readable - {release for _, release in logged}]
    return sorted((*before, *logged), key=lambda each: each[0])


def release_as_of(layout: Layout, moment: datetime) -> Release | None:
    """The release that was current at a moment, where it may still be read; None before the first one."""
    readable = {each.id: each for each in readable_releases(layout)}
    then = [release for at, release in current_since(layout) if at <= moment]
    return readable.get(then[-1]) if then else None


def find_release(layout: Layout, release_id: str | None, states: Iterable[State]) -> KnownRelease:
    """A release by its id; without one, the only one in one of these states.

    Raises PublishError when there is none, it is in another state, or several could be meant.
    """
    known, wanted = known_releases(layout), tuple(states)
    fitting = [each for each in known if each.state in wanted]
    if release_id is None:
        if len(fitting) != 1:
            raise PublishError(
                f"{len(fitting) or 'no'} release(s) are {' or '.join(wanted)}",
                where=str(layout.releases()),
                remedy=f"name one of {', '.join(each.id for each in fitting)}"
                if fitting
                else "see `ilms release list`",
            )
        return fitting[0]
    named = next((each for each in known if each.id == release_id), None)
    if named is None:
        raise PublishError(
            f"there is no release '{release_id}'",
            where=str(layout.releases()),
            remedy=f"write one of {', '.join(each.id for each in known)}" if known else "publish one first",
        )
    if named.state not in wanted:
        raise PublishError(
            f"release {release_id} is {named.last.sentence}",
            why=f"this is done with releases that are {' or '.join(wanted)}",
            remedy="see `ilms release list`",
        )
    return named


def is_due(known: KnownRelease, *, now: datetime | None = None) -> bool:
    """Whether a release under embargo may go out."""
    until = known.last.until
    return known.state == "embargoed" and until is not None and until <= (now or datetime.now(UTC))
