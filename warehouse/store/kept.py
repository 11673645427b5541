"""What of a home the store has, and who works on it: partitions, the releases, the regional estimates, statuses."""

from __future__ import annotations

import json
import logging
from collections.abc import Collection, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

from schemas.errors import IlmsError, StoreError
from schemas.partition import SOURCE_ID, Partition
from schemas.periods import WAVE
from warehouse.files import replacing, write_json
from warehouse.layout import Layout
from warehouse.store.address import open_store
from warehouse.store.base import Store
from warehouse.store.bundle import OWN, Bundle
from warehouse.store.files import AT_ONCE
from warehouse.store.lease import PATIENCE_SECONDS, leased

logger = logging.getLogger(__name__)

PARTITIONS, RELEASES, REGIONAL, STATUS = "partitions", "releases", "regional", "status"
OF_A_WAVE = ("core", "cells", "quality", "profiles")
"""Folders with files of a partition that are named by its wave."""


def store_of(layout: Layout) -> Store:
    """The store that a home is the scratch of."""
    return open_store(layout.store)


@contextmanager
def at_work(layout: Layout, partition: Partition) -> Iterator[None]:
    """Work on a partition, and nobody else does: its facts are brought first, and what is left behind is put at last.

    That of a failure is put too, with its reason; nothing is when the process is ended. Raises StoreError when another
    process does not end its work on it, Overtaken when one was faster.
    """
    with _at_work(_partition_bundle(layout, partition)):
        yield


@contextmanager
def publishing(layout: Layout, *, patience: float = PATIENCE_SECONDS) -> Iterator[None]:
    """Change which releases there are, and which one is current, and nobody else does.

    All of it is put in one step, which only one of several publishers can do: the others raise Overtaken, and what they
    made is removed when the releases are brought next.
    """
    with _at_work(_releases_bundle(layout, _of_publishers(layout)), patience=patience, lazy=False):
        yield


@contextmanager
def estimating_regions(layout: Layout) -> Iterator[None]:
    """Make the regional estimates, and nobody else does."""
    with _at_work(_regional_bundle(layout)):
        yield


@contextmanager
def _at_work(bundle: Bundle | None, *, patience: float = PATIENCE_SECONDS, lazy: bool = True) -> Iterator[None]:
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
        bundle.bring(lazy=lazy)
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


def follow(layout: Layout, sources: Collection[str] = (), *, lazy: bool = True) -> None:
    """Bring the facts of partitions that are new or changed, of all sources or of some; with `lazy=False` everything.

    Those that somebody on this machine works on are left to them.
    """
    if not layout.store:
        return
    store = store_of(layout)
    found: dict[str, str] = {}
    for prefix in [f"{PARTITIONS}/{source}/" for source in sources] or [f"{PARTITIONS}/"]:
        found |= store.versions(prefix)
    _each(lambda partition: _follow_one(layout, partition, found, lazy=lazy), _partitions(found))


def _follow_one(layout: Layout, partition: Partition, versions: Mapping[str, str], *, lazy: bool) -> None:
    bundle = _partition_bundle(layout, partition)
    if bundle is None or (lazy and bundle.seen == versions[bundle.key]):
        return
    with bundle.alone(wait=False) as is_alone:
        if is_alone:
            bundle.bring(lazy=lazy)


def follow_releases(layout: Layout, *, held: bool = False) -> None:
    """Bring the releases that readers may see, with the log, the history and the pointer; `held` brings drafts too."""
    bundle = _releases_bundle(layout, _of_publishers(layout) if held else _of_readers())
    if bundle is None:
        return
    with bundle.alone(wait=False) as is_alone:
        if is_alone:
            bundle.bring(lazy=False)


def follow_regions(layout: Layout) -> None:
    """Bring the regional estimates."""
    bundle = _regional_bundle(layout)
    if bundle is None:
        return
    with bundle.alone(wait=False) as is_alone:
        if is_alone:
            bundle.bring(lazy=False)


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
            with replacing(layout.status(partition)) as draft:
                draft.write_bytes(held.content)

    _each(bring, news)
    if news:
        write_json(memory, found)


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


def _partitions(keys: Iterable[str]) -> list[Partition]:
    return list(_by_partition(keys))


def _by_partition(keys: Iterable[str]) -> dict[Partition, str]:
    """The partition that a key ends with; what is no partition is somebody else's."""
    found = {}
    for key in sorted(keys):
        source, wave = key.split("/")[-2:]
        if SOURCE_ID.fullmatch(source) and WAVE.fullmatch(wave):
            found[Partition(source, wave)] = key
    return found


def _each(work: object, partitions: Iterable[Partition]) -> None:
    with ThreadPoolExecutor(AT_ONCE) as threads:
        list(threads.map(work, partitions))  # type: ignore[arg-type]


def _read_json(file: Path) -> dict[str, str]:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
