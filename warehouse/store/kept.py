"""What of a home the store has, and who works on it: partitions, the releases, the regional estimates, statuses."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

from schemas.errors import IlmsError, StoreError
from schemas.partition import SOURCE_ID, Partition
from schemas.periods import WAVE
from warehouse.files import replacing, write_json
from warehouse.layout import Layout
from warehouse.store.address import open_store
from warehouse.store.base import Held, Store
from warehouse.store.bundle import OWN, Bundle
from warehouse.store.files import AT_ONCE
from warehouse.store.lease import PATIENCE_SECONDS, leased

logger = logging.getLogger(__name__)

PARTITIONS, RELEASES, REGIONAL, STATUS = "partitions", "releases", "regional", "status"
SOUNDNESS = "golden"
EVERYTHING = ("",)
MOVED = ("raw", "accepted")
"""Folders that have one for each partition of which anything is kept."""
OF_A_WAVE = ("core", "cells", "quality", "profiles")
"""Folders with files of a partition that are named by its wave."""


def store_of(layout: Layout) -> Store:
    """The store that a home is the scratch of."""
    return open_store(layout.store)


@contextmanager
def at_work(layout: Layout, partition: Partition) -> Iterator[None]:
    """Work on a partition, and nobody else does: its facts are brought first, and what is left behind is put at last.

    The facts of the other waves of its source are brought too, as files are compared with those before.
    That of a failure is put too, with its reason; nothing is when the process is ended. Raises StoreError when another
    process does not end its work on it, Overtaken when one was faster.
    """
    if layout.store:
        follow(layout, (partition.source,))
    with _at_work(_partition_bundle(layout, partition)):
        yield


@contextmanager
def publishing(layout: Layout, *, patience: float = PATIENCE_SECONDS) -> Iterator[None]:
    """Change which releases there are, and which one is current, and nobody else does.

    All of it is put in one step, which only one of several publishers can do: the others raise Overtaken, and what they
    made is removed when the releases are brought next.
    """
    with _at_work(_releases_bundle(layout, _of_publishers(layout)), patience=patience, whole=EVERYTHING):
        yield


@contextmanager
def estimating_regions(layout: Layout) -> Iterator[None]:
    """Make the regional estimates, and nobody else does."""
    with _at_work(_regional_bundle(layout)):
        yield


@contextmanager
def _at_work(
    bundle: Bundle | None, *, patience: float = PATIENCE_SECONDS, whole: tuple[str, ...] = ()
) -> Iterator[None]:
    """Hold the lock of a bundle, bring it, and put it at the end; nothing of it where the lock is held already."""
    if bundle is None:
        yield
        return
    with ExitStack() as held:
        lease = held.enter_context(leased(bundle.store, bundle.key, patience=patience))
        if lease is None:
            yield
            return
        held.enter_context(bundle.alone())
        bundle.bring(whole=whole)
        try:
            yield
        except IlmsError:
            try:
                lease.require()
                bundle.put()
            except StoreError as error:
                logger.error("what a failure left of %s is not put: %s", bundle.key, error.message)
            raise
        lease.require()
        bundle.put()


def move_in(layout: Layout) -> None:
    """Put the partitions of a home that was kept without a store until now, where the store has none of them."""
    if not layout.store:
        return
    own = layout.home / OWN / PARTITIONS
    found = {f"{folder.parent.name}/{folder.name}" for room in MOVED for folder in (layout.home / room).glob("*/*")}
    for partition in _by_partition(found):
        if not (own / partition.source / f"{partition.wave}.json").is_file():
            with at_work(layout, partition):
                logger.info("%s is put into the store", partition.key)


def follow(layout: Layout, sources: Collection[str] = (), *, whole: Collection[str] = ()) -> None:
    """Bring the facts of partitions that are new or changed, of all sources or of some; of the folders named, such as
    accepted, the content too.

    Those that somebody on this machine works on are left to them.
    """
    if not layout.store:
        return
    store, own = store_of(layout), _own(layout)
    found: dict[str, str] = {}
    for prefix in [f"{PARTITIONS}/{source}/" for source in sources] or [f"{PARTITIONS}/"]:
        found |= store.versions(prefix)
    places = tuple(f"{root}{folder}/" for folder in whole for root in {"", own})

    def bring(partition: Partition) -> None:
        bundle = _partition_bundle(layout, partition)
        if bundle is not None and not bundle.is_here(found[bundle.key], places):
            _bring_alone(bundle, places)

    _each(bring, _by_partition(found))


def follow_releases(layout: Layout, *, held: bool = False) -> None:
    """Bring the releases that readers may see, with the log, the history and the pointer; `held` brings drafts too."""
    _bring_alone(_releases_bundle(layout, _of_publishers(layout) if held else _of_readers()), EVERYTHING)


def follow_regions(layout: Layout) -> None:
    """Bring the regional estimates."""
    _bring_alone(_regional_bundle(layout), EVERYTHING)


def _bring_alone(bundle: Bundle | None, whole: tuple[str, ...]) -> None:
    """Bring a bundle, unless somebody on this machine works on it."""
    if bundle is None:
        return
    with bundle.alone(wait=False) as is_alone:
        if is_alone:
            bundle.bring(whole=whole)


def bring_status(layout: Layout, partition: Partition) -> None:
    """Bring the last outcome of a partition."""
    if not layout.store:
        return
    if held := store_of(layout).read(_status_key(layout, partition)):
        _keep_status(layout, partition, held)


def put_status(layout: Layout, partition: Partition) -> None:
    """Put the last outcome of a partition, as it is here."""
    if layout.store:
        content = layout.status(partition).read_bytes()
        store_of(layout).write(_status_key(layout, partition), content, over=None)


def follow_statuses(layout: Layout) -> None:
    """Bring the last outcomes of partitions that have changed."""
    if not layout.store:
        return
    store, memory = store_of(layout), layout.home / OWN / STATUS / f"{layout.release_profile}.json"
    prefix = f"{STATUS}/{layout.release_profile}/"
    found, seen = store.versions(prefix), _read_json(memory)
    news = {partition: key for partition, key in _by_partition(found).items() if seen.get(key) != found[key]}

    def bring(partition: Partition) -> None:
        if held := store.read(news[partition]):
            _keep_status(layout, partition, held)

    _each(bring, news)
    if news:
        write_json(memory, found)


def bring_soundness(layout: Layout, source_id: str) -> bool:
    """Bring what was found of a declaration; false when nobody found anything."""
    held = store_of(layout).read(f"{SOUNDNESS}/{source_id}") if layout.store else None
    if held is None:
        return False
    with replacing(layout.soundness(source_id)) as draft:
        draft.write_bytes(held.content)
    return True


def put_soundness(layout: Layout, source_id: str) -> None:
    """Put what was found of a declaration."""
    if layout.store:
        store_of(layout).write(f"{SOUNDNESS}/{source_id}", layout.soundness(source_id).read_bytes(), over=None)


def _keep_status(layout: Layout, partition: Partition, held: Held) -> None:
    with replacing(layout.status(partition)) as draft:
        draft.write_bytes(held.content)


def _status_key(layout: Layout, partition: Partition) -> str:
    return f"{STATUS}/{layout.release_profile}/{partition.source}/{partition.wave}"


def _partition_bundle(layout: Layout, partition: Partition) -> Bundle | None:
    if not layout.store:
        return None
    name, own = f"{partition.source}/{partition.wave}", _own(layout)
    prefixes = {f"raw/{name}/", f"accepted/{name}/", f"{own}accepted/{name}/", f"core/{name}."}
    prefixes |= {f"{own}{room}/{name}." for room in OF_A_WAVE}
    return Bundle(
        store_of(layout), layout.home, f"{PARTITIONS}/{name}", tuple(sorted(prefixes)), frozen=_is_file_as_received
    )


def _releases_bundle(layout: Layout, prefixes: tuple[str, ...]) -> Bundle | None:
    if not layout.store:
        return None
    if not layout.releases().is_dir():
        layout.releases().mkdir(parents=True, exist_ok=True)
        layout.releases().chmod(0o755)
    folded = ("releases/", "held/", "reviews/")
    return Bundle(store_of(layout), layout.home, RELEASES, prefixes, folded=folded, frozen=_is_of_a_release)


def _of_publishers(layout: Layout) -> tuple[str, ...]:
    own = _own(layout)
    return (*_of_readers(), "held/", "reviews/", "disclosed/", f"{own}attacks/", "vintage.key")


def _of_readers() -> tuple[str, ...]:
    return ("current", "releases/", "signatures/")


def _regional_bundle(layout: Layout) -> Bundle | None:
    if not layout.store:
        return None
    own = _own(layout)
    key = f"{REGIONAL}/{layout.release_profile}"
    return Bundle(store_of(layout), layout.home, key, (f"{own}regional/", f"{own}accepted/editions/"))


def _own(layout: Layout) -> str:
    """Where everything is that depends on the release profile, as the beginning of a path in the home."""
    return "" if layout.own == layout.home else f"{layout.own.relative_to(layout.home).as_posix()}/"


def _is_file_as_received(path: str) -> bool:
    return path.startswith("raw/") and "/rejected/" not in path and Path(path).name not in ("latest", "vintage.json")


def _is_of_a_release(path: str) -> bool:
    return path.startswith("releases/") and path.count("/") > 1


def _by_partition(keys: Iterable[str]) -> dict[Partition, str]:
    """The partition that a key ends with; what is no partition is somebody else's."""
    found = {}
    for key in sorted(keys):
        source, wave = key.split("/")[-2:]
        if SOURCE_ID.fullmatch(source) and WAVE.fullmatch(wave):
            found[Partition(source, wave)] = key
    return found


def _each(work: Callable[[Partition], None], partitions: Iterable[Partition]) -> None:
    with ThreadPoolExecutor(AT_ONCE) as threads:
        list(threads.map(work, partitions))


def _read_json(file: Path) -> dict[str, str]:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
