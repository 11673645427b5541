"""The releases that the service has open: the current one, and past ones that somebody asked for; none of a profile
that protects less than the one of the service.

A release is opened read-only, without access to any other file, and with settings that no query can change. Whoever
reads one holds it: when another becomes current, requests that have begun end on the one that they hold, and its file
may be removed meanwhile.
"""

from __future__ import annotations

import hashlib
import logging
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, cached_property
from pathlib import Path

import duckdb

from schemas.errors import IlmsError
from warehouse.layout import Layout
from warehouse.release.database import WAREHOUSE
from warehouse.release.manifest import read_manifest
from warehouse.release.pointer import RELEASE_ID, Release, current_release, time_of
from warehouse.release.states import current_since, may_show, readable_releases, release_as_of, shown_release
from warehouse.sdmx.agency import Agency
from warehouse.sdmx.flows import Flow, read_flows
from warehouse.sdmx.rows import CodeNames
from warehouse.sdmx.sdg import goals
from warehouse.sdmx.served import ServedFlow
from warehouse.service.errors import no_results, shown, syntax_error, unavailable
from warehouse.service.limits import Limits
from warehouse.service.structures import Structures

RETRY_AFTER = 5
TRIES = 3
logger = logging.getLogger(__name__)


def database_settings(limits: Limits) -> dict[str, str | bool | int | float | list[str]]:
    """How DuckDB reads a release: no other file, and no more than its share."""
    return {
        "enable_external_access": False,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "memory_limit": limits.memory,
        "threads": 1,  # many ask at the same time, and what one asks for is small
    }


@cache
def _workroom() -> tempfile.TemporaryDirectory[str]:
    """A folder for what is spilt to disk, removed when the process ends."""
    return tempfile.TemporaryDirectory(prefix="ilms-serve-")


def _spill(database: Path) -> str:
    """Where DuckDB spills what it does for a database: the same place for all who open it in this process, since it
    lets none of them have other settings than the first."""
    return str(Path(_workroom().name) / hashlib.sha256(bytes(database)).hexdigest())


class OpenRelease:
    """A release that is open: its database, its dataflows, and how many requests hold it.

    names       of codes
    moment      when it was made, which the messages say they were prepared
    structures  all of them, once somebody asked for some; `lock` is for who puts them together
    """

    def __init__(self, release: Release, limits: Limits) -> None:
        manifest = read_manifest(release.folder)
        self.id = release.id
        self.agency = Agency(manifest.agency)
        self.moment = datetime.fromisoformat(manifest.created_at)
        file = (release.folder / WAREHOUSE).resolve()
        settings = {**database_settings(limits), "temp_directory": _spill(file), "lock_configuration": True}
        self.database = duckdb.connect(str(file), read_only=True, config=settings)
        self.folder = release.folder
        self._of_names = self.database.cursor()
        self.names = CodeNames(self._of_names)
        self.structures: Structures | None = None
        self.lock = threading.Lock()
        self.users = 0
        self.is_retired = False

    def close(self) -> None:
        """Close the database."""
        self._of_names.close()
        self.database.close()

    @cached_property
    def flows(self) -> dict[str, Flow]:
        """The dataflows that have observations, by id."""
        cursor = self.database.cursor()
        published = {name for (name,) in cursor.execute("select distinct indicator from observation").fetchall()}
        return {flow.id: flow for flow in read_flows(cursor) if flow.indicator in published}

    @cached_property
    def served(self) -> Mapping[str, ServedFlow]:
        """The same, with that of the Sustainable Development Goals where there are observations for it."""
        return {**self.flows, **{each.id: each for each in goals(self.database.cursor())}}


@dataclass(frozen=True)
class Held:
    """A release that a request holds, and since when its numbers are the answer to what was asked."""

    release: OpenRelease
    since: datetime


class Shelf:
    """The open releases of a home. Every method may be called from any thread."""

    def __init__(self, layout: Layout, limits: Limits) -> None:
        self._layout, self._limits = layout, limits
        self._lock = threading.Lock()
        self._opening = threading.Lock()
        self._open: OrderedDict[str, OpenRelease] = OrderedDict()
        self._current = ""

    def close(self) -> None:
        """Close every release that nobody holds."""
        with self._lock:
            for each in self._open.values():
                self._retire(each)
            self._open.clear()

    @contextmanager
    def hold(self, as_of: str | None = None) -> Iterator[Held]:
        """The current release, or the one that was current at a moment; open until the block ends.

        `as_of` is a time of ISO 8601, in UTC where it does not say, or the id of a release. Raises RequestError where
        there is none, or none yet.
        """
        held = self._take(as_of)
        try:
            yield held
        finally:
            with self._lock:
                held.release.users -= 1
                self._close_if_unused(held.release)

    def earlier(self, as_of: str) -> Release | None:
        """The release that was current at a moment; None before the first one."""
        return _release_as_of(self._layout, as_of)

    def current_since(self) -> list[tuple[datetime, str]]:
        """When which release that may still be read became current, oldest first."""
        readable = {each.id for each in readable_releases(self._layout)}
        return [(moment, release) for moment, release in current_since(self._layout) if release in readable]

    def _take(self, as_of: str | None) -> Held:
        for attempt in range(TRIES):
            release, since = self._asked(as_of)
            try:
                return Held(self._opened(release, is_current=as_of is None), since)
            except (OSError, duckdb.Error, IlmsError) as error:
                # Removed, or taken back, between the look at the pointer and the opening: look again.
                logger.warning("release %s cannot be opened (attempt %d): %s", release.id, attempt + 1, error)
        raise unavailable("The release cannot be read at the moment.", retry_after=RETRY_AFTER)

    def _asked(self, as_of: str | None) -> tuple[Release, datetime]:
        if as_of is not None:
            release = _release_as_of(self._layout, as_of)
            if release is None:
                raise no_results(f"No release was current then ({shown(as_of)}).")
            return release, time_of(release.id)
        with suppress(IlmsError, OSError):
            current = current_release(self._layout)
            if current is not None and may_show(self._layout, current.folder):
                return current, datetime.fromtimestamp(self._layout.current().lstat().st_mtime, tz=UTC)
            # One of a profile that protects less is never served: readers keep the one before it.
            if (earlier := shown_release(self._layout)) is not None:
                return earlier, time_of(earlier.id)
        raise unavailable("There is no current release.", retry_after=RETRY_AFTER)

    def _opened(self, release: Release, *, is_current: bool) -> OpenRelease:
        """The release, held once more; opened where it is not."""
        with self._lock:
            if found := self._open.get(release.id):
                return self._hold(found, is_current=is_current)
        with self._opening:
            with self._lock:
                if found := self._open.get(release.id):
                    return self._hold(found, is_current=is_current)
            opened = OpenRelease(release, self._limits)
            with self._lock:
                self._open[release.id] = opened
                return self._hold(opened, is_current=is_current)

    def _hold(self, found: OpenRelease, *, is_current: bool) -> OpenRelease:
        found.users += 1
        self._open.move_to_end(found.id)
        if is_current:
            self._current = found.id
        past = [each for each in self._open if each != self._current]
        for each in past[: max(0, len(past) - self._limits.past_releases)]:
            self._retire(self._open.pop(each))
        return found

    def _retire(self, found: OpenRelease) -> None:
        found.is_retired = True
        self._close_if_unused(found)

    def _close_if_unused(self, found: OpenRelease) -> None:
        if found.is_retired and not found.users:
            found.close()


def moment_of(text: str) -> datetime:
    """A time of a request, such as 2026-11-30 or 2026-11-30T12:00:00Z. Raises RequestError (400) for another text."""
    try:
        moment = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError as error:
        raise syntax_error(f"'{shown(text)}' is no time: write it as 2026-11-30T12:00:00Z.") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _release_as_of(layout: Layout, as_of: str) -> Release | None:
    """A release that was current, by a moment or by its id; drafts and what is under embargo or withdrawn never."""
    if RELEASE_ID.fullmatch(as_of):
        return next((each for each in readable_releases(layout) if each.id == as_of), None)
    return release_as_of(layout, moment_of(as_of))
