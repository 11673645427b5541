"""Bundles: files of a home that are brought from the store and put there together, with one record for all of them."""

from __future__ import annotations

import fcntl
import hashlib
import json
import logging
import uuid
from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from schemas.errors import Overtaken, StoreError
from warehouse.files import sha256, write_json
from warehouse.seals import look_of
from warehouse.store.base import ABSENT, OtherVersion, Store
from warehouse.store.files import AT_ONCE, leave_in_store, mark_of, marked, place, remove_empty
from warehouse.store.record import Entry, Listing, Record, entry_of, new_record, read_listing, read_record, written

logger = logging.getLogger(__name__)

OWN = ".store"
"""The folder of a scratch where it keeps what it knows of its store."""
SUPERSEDED = ".superseded"
"""Marks a folder whose files nobody needs any more, but somebody may still be reading (warehouse/accepted.py)."""
Looks = dict[str, list[str | int]]
OF_THIS_MACHINE = (".seen",)
"""Endings of files that hold only on the machine that wrote them."""


@dataclass
class Bundle:
    """Some files of a home.

    key       of the record
    prefixes  beginnings of the paths that belong to it, such as core/ABC.lfs/2024.
    folded    beginnings of paths whose folders are kept as one: the record names only their listings
    frozen    whether the content at a path never changes, but only comes and goes
    """

    store: Store
    home: Path
    key: str
    prefixes: tuple[str, ...]
    folded: tuple[str, ...] = ()
    frozen: Callable[[str], bool] = lambda _path: False
    record: Record = field(default_factory=Record)
    version: str = ABSENT

    @contextmanager
    def alone(self, *, wait: bool = True) -> Iterator[bool]:
        """Hold the bundle in this scratch; false if another process of this machine does and it is not waited for."""
        file = self.home / OWN / f"{self.key}.lock"
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with file.open("a") as stream:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            except BlockingIOError:
                yield False
                return
            yield True

    def bring(self, *, whole: tuple[str, ...] = ()) -> bool:
        """Let the files here be those of the store; whether it has any. Only when nobody else is at work on them here.

        The content of files that is not in the record itself stays where it is, until `bring_here` brings it, but for
        paths that begin as `whole` says. Where the store has no record yet, what is here stays, and is put.
        """
        held, kept = self.store.read(self.key), self._kept()
        if held is None:
            self.record, self.version = Record(), ABSENT
            self._keep({}, ABSENT, whole)
            return False
        self.version, self.record = held.version, read_record(held.content, f"{self.store.address}, {self.key}")
        wanted, here, looks = self._unfolded(self.record), self._here(), _looks(kept)
        if not kept and here.keys() - wanted.keys():
            raise self._of_another_home(min(here.keys() - wanted.keys()))
        missing = {path: entry for path, entry in wanted.items() if not self._is_here(path, entry, looks)}
        self._place(missing, wanted, whole)
        for path in here.keys() - wanted.keys():
            self._retire(here[path])
        for path, entry in wanted.items():
            if entry.folder:
                (self.home / path).chmod(entry.mode)
        self._keep({path: entry.sha256 for path, entry in wanted.items()}, self.version, whole)
        return True

    def is_here(self, version: str, whole: tuple[str, ...]) -> bool:
        """Whether a version of the record was brought, or put, here last, with at least that content."""
        kept = self._kept()
        had = kept.get("whole")
        return kept.get("version") == version and set(whole) <= set(had if isinstance(had, list) else ())

    def put(self) -> bool:
        """Put what is here: content first, under the id that follows from it, then the record that makes it visible.

        Whether anything had changed. Raises Overtaken when somebody else has put another record since `bring`, and
        StoreError when content that never changes was changed.
        """
        looks, before, earlier = _looks(self._kept()), self.record.files, self._unfolded(self.record)
        files = {path: entry for path, entry in before.items() if not self._covers(path)}
        flat = {path: self._entry(path, file, looks) for path, file in self._here().items()}
        for path, entry in earlier.items():
            mark = marked(self.home / path) if path not in flat else None
            if mark is not None and mark.sha256 == entry.sha256:
                flat[path] = entry
            elif path in flat and flat[path].sha256 != entry.sha256 and self.frozen(path):
                raise self._changed(path)
        listings = self._listings(flat)
        inside = {path for listing in listings.values() for path in listing.files}
        files |= {path: entry for path, entry in flat.items() if path not in inside}
        files |= {folder: _listed(listing) for folder, listing in listings.items()}
        is_changed = files != before
        if is_changed:
            self._upload(flat, kept={entry.sha256 for entry in earlier.values()})
            for folder, listing in listings.items():
                if before.get(folder) != files[folder]:
                    self._upload_listing(listing)
            self._write(new_record(files))
        kept = self._kept().get("whole")
        whole = tuple(kept) if isinstance(kept, list) else ()
        self._keep({path: entry.sha256 for path, entry in flat.items()}, self.version, whole)
        return is_changed

    def _write(self, record: Record) -> None:
        try:
            self.version = self.store.write(self.key, written(record), over=self.version)
        except OtherVersion:
            held = self.store.read(self.key)
            winner = read_record(held.content, self.key) if held else Record()
            raise self._overtaken(winner) from None
        self.record = record

    def _overtaken(self, winner: Record) -> Overtaken:
        current = winner.files.get("current")
        points = f", and points to release {current.link.rpartition('/')[2]}" if current else ""
        return Overtaken(
            f"another process was faster: {self.key} was put by {winner.sentence}{points}",
            where=self.store.address,
            why="what this one made rests on what was there before, and would undo it",
            remedy="run again: what has changed is brought first",
        )

    def _changed(self, path: str) -> StoreError:
        return StoreError(
            f"a file that never changes was changed: {path}",
            where=str(self.home),
            why="releases and files as received are relied on to stay what they were",
            remedy="remove it here: the one in the store is brought again",
        )

    def _of_another_home(self, path: str) -> StoreError:
        return StoreError(
            f"ILMS_HOME holds files of its own, such as {path}, where the store has others",
            where=f"{self.home}, {self.store.address}",
            why="a scratch follows its store, so that they would be removed",
            remedy="name a new folder in ILMS_HOME, or another prefix in ILMS_STORE",
        )

    def _upload(self, flat: Mapping[str, Entry], *, kept: Collection[str]) -> None:
        wanted = {
            entry.sha256: self.home / path
            for path, entry in flat.items()
            if entry.is_content and entry.sha256 not in kept
        }
        with ThreadPoolExecutor(AT_ONCE) as threads:
            list(threads.map(self.store.upload, wanted.keys(), wanted.values()))

    def _upload_listing(self, listing: Listing) -> None:
        file = self._listing_file(_listed(listing).sha256)
        if not file.is_file():
            draft = file.with_name(f".{uuid.uuid4().hex}.part")
            draft.write_bytes(written(listing))
            draft.replace(file)
        self.store.upload(file.name, file)

    def _unfolded(self, record: Record) -> dict[str, Entry]:
        """What a record has of this bundle, with what is in the folders that are kept as one."""
        found: dict[str, Entry] = {}
        for path, entry in record.files.items():
            if not self._covers(path):
                continue
            if entry.listed:
                file = self._listing_file(entry.sha256)
                if not file.is_file():
                    place(self.store.address, file, entry)
                found |= read_listing(file.read_bytes(), f"{self.store.address}, {path}", below=path).files
            else:
                found[path] = entry
        return found

    def _listing_file(self, digest: str) -> Path:
        folder = self.home / OWN / "listings"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder / digest

    def _listings(self, flat: Mapping[str, Entry]) -> dict[str, Listing]:
        """The folders that are kept as one."""
        found: dict[str, dict[str, Entry]] = {}
        for path, entry in sorted(flat.items()):
            for prefix in self.folded:
                if path.startswith(prefix):
                    name, slash, _ = path.removeprefix(prefix).partition("/")
                    if slash or entry.folder:
                        found.setdefault(f"{prefix}{name}", {})[path] = entry
        return {folder: Listing(files=files) for folder, files in found.items()}

    def _covers(self, path: str) -> bool:
        return path.startswith(self.prefixes)

    def _here(self) -> dict[str, Path]:
        """What is here of the bundle, by its path in the home."""
        found: dict[str, Path] = {}
        for prefix in self.prefixes:
            folder, _, beginning = prefix.rpartition("/")
            if (self.home / folder).is_dir():
                for path in (self.home / folder).iterdir():
                    if path.name.startswith(beginning):
                        found |= self._in(path)
        return found

    def _in(self, path: Path) -> dict[str, Path]:
        if path.name.startswith(".") or path.name.endswith(OF_THIS_MACHINE):
            return {}
        name = path.relative_to(self.home).as_posix()
        if path.is_symlink() or not path.is_dir():
            return {name: path}
        if (path / SUPERSEDED).exists():
            return {}
        found = {name: path} if name.startswith(self.folded) else {}
        for each in path.iterdir():
            found |= self._in(each)
        return found

    def _entry(self, path: str, file: Path, looks: Looks) -> Entry:
        """What a file is; one that looks as when it was last read is not read again."""
        if file.is_symlink():
            return Entry(link=str(file.readlink()), mode=0)
        if file.is_dir():
            return Entry(folder=True, mode=file.stat().st_mode & 0o777)
        digest, *look = looks.get(path, [""])
        now = look_of(file)
        return entry_of(file, str(digest) if digest and look == now else sha256(file))

    def _is_here(self, path: str, entry: Entry, looks: Looks) -> bool:
        file = self.home / path
        if entry.folder:
            return file.is_dir()
        if entry.link or file.is_symlink():
            return file.is_symlink() and str(file.readlink()) == entry.link
        if not file.is_file() or file.stat().st_size != entry.size:
            return False
        digest, *look = looks.get(path, [""])
        is_same = digest == entry.sha256 if look == look_of(file) else sha256(file) == entry.sha256
        if is_same and file.stat().st_mode & 0o777 != entry.mode:
            # Not changed in place: another name of the file may be meant to keep the mode.
            return False
        return is_same

    def _place(self, missing: Mapping[str, Entry], wanted: Mapping[str, Entry], whole: tuple[str, ...]) -> None:
        """Content first, then what says what others are, then links."""
        for path, entry in missing.items():
            if entry.folder:
                (self.home / path).mkdir(mode=0o700, parents=True, exist_ok=True)
        content = {path: entry for path, entry in missing.items() if entry.is_content}
        alike = {
            (entry.sha256, entry.mode): self.home / path
            for path, entry in wanted.items()
            if path not in missing and entry.is_content and path.startswith(self.folded)
        }

        def bring(path: str) -> None:
            entry = content[path]
            if not path.startswith(whole):
                if marked(self.home / path) != entry:
                    leave_in_store(self.store.address, self.home / path, entry)
            else:
                same = alike.get((entry.sha256, entry.mode)) if path.startswith(self.folded) else None
                place(self.store.address, self.home / path, entry, same)

        with ThreadPoolExecutor(AT_ONCE) as threads:
            list(threads.map(bring, content))
        rest = {path: entry for path, entry in missing.items() if path not in content and not entry.folder}
        for path, entry in sorted(rest.items(), key=lambda each: bool(each[1].link)):
            place(self.store.address, self.home / path, entry)

    def _retire(self, path: Path) -> None:
        """Remove what the store has no more; numbers that stood until now only later, as somebody may read them."""
        name = path.relative_to(self.home).as_posix()
        if "accepted/" in name and path.parent.name != "accepted" and (path.parent / "unit.json").exists():
            (path.parent / SUPERSEDED).touch()
        elif path.is_symlink() or not path.is_dir():
            mark_of(path).unlink(missing_ok=True)
            path.unlink(missing_ok=True)
            remove_empty(path.parent, self.home)

    def _kept(self) -> dict[str, object]:
        """What this scratch knows of the bundle; empty before it was brought from this store for the first time."""
        with suppress(OSError, ValueError):
            found = json.loads(self._own_file().read_text(encoding="utf-8"))
            if isinstance(found, dict) and found.get("store") == self.store.address:
                return found
        return {}

    def _keep(self, digests: Mapping[str, str], version: str, whole: Collection[str]) -> None:
        looks: Looks = {}
        for path, digest in digests.items():
            if digest and (look := look_of(self.home / path)) is not None:
                looks[path] = [digest, *look]
        own = {"store": self.store.address, "version": version, "whole": sorted(whole), "looks": looks}
        write_json(self._own_file(), own)

    def _own_file(self) -> Path:
        return self.home / OWN / f"{self.key}.json"


def _looks(kept: Mapping[str, object]) -> Looks:
    """SHA-256 and look of files when they were last read, by path."""
    found = kept.get("looks")
    return found if isinstance(found, dict) else {}


def _listed(listing: Listing) -> Entry:
    content = written(listing)
    size = sum(entry.size for entry in listing.files.values())
    return Entry(sha256=hashlib.sha256(content).hexdigest(), size=size, listed=True)
