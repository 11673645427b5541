"""Locks that several machines respect: an object that names who holds it, renewed as long as they live.

A lock whose object has not changed for LEASE_SECONDS belongs to a process that is dead or cut off, and whoever waits
for it takes it over. That is measured by the clock of the one who waits, so that clocks need not agree. The conditional
write decides between several who want it; and since each record is put by such a write too, one that was only thought
dead cannot put what it made over that of another.
"""

from __future__ import annotations

import json
import logging
import os
import socket
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field

from schemas.errors import Overtaken, StoreError
from warehouse.store.base import ABSENT, Held, OtherVersion, Store

logger = logging.getLogger(__name__)

LEASE_SECONDS = 60.0
PATIENCE_SECONDS = 600.0
LOOK_SECONDS = 0.5
RENEWALS = 4
"""How often a lock is renewed in LEASE_SECONDS."""
_held: ContextVar[tuple[tuple[str, str, int], ...]] = ContextVar("held", default=())
"""The locks that are held here: address of the store, name, and process, as a forked one holds none."""


@dataclass
class Lease:
    """A lock that is held; `lost` once another one has taken it over."""

    store: Store
    name: str
    version: str
    seconds: float
    renewed: float = field(default_factory=time.monotonic)
    lost: bool = False

    def require(self) -> None:
        """Raise Overtaken when it is no longer held."""
        if self.lost:
            raise Overtaken(
                f"the lock {self.name} was lost while it was needed",
                where=self.store.address,
                why="another process took this one for dead, and does the same work",
                remedy="nothing: the other one's result stands; see that this machine is not stopped or cut off for "
                f"more than {self.seconds:g} s",
            )

    def renew(self) -> None:
        """Show that the holder lives."""
        try:
            self.version = self.store.write(_key(self.name), _content(owner()), over=self.version)
            self.renewed = time.monotonic()
        except OtherVersion:
            self.lost = True
        except StoreError as error:
            logger.warning("the lock %s is not renewed: %s", self.name, error.what)
            self.lost = time.monotonic() - self.renewed > self.seconds


@contextmanager
def leased(
    store: Store, name: str, *, patience: float = PATIENCE_SECONDS, seconds: float = LEASE_SECONDS
) -> Iterator[Lease | None]:
    """Hold a lock of the store; None where this thread holds it already.

    Raises StoreError, naming the holder, when another process still holds it after `patience` seconds.
    """
    mark = (store.address, name, os.getpid())
    if mark in _held.get():
        yield None
        return
    lease = Lease(store, name, _acquired(store, name, patience, seconds), seconds)
    ended = threading.Event()
    renewing = threading.Thread(target=_renew_until, args=(lease, ended), daemon=True)
    renewing.start()
    before = _held.set((*_held.get(), mark))
    try:
        yield lease
    finally:
        _held.reset(before)
        ended.set()
        renewing.join()
        # One that was lost is another's, and where the store is away the lock ends by itself.
        with suppress(OtherVersion, StoreError):
            if not lease.lost:
                store.write(_key(name), _content(""), over=lease.version)


def _acquired(store: Store, name: str, patience: float, seconds: float) -> str:
    """Take the lock as soon as it is free, or its holder has not been seen for so long; its version."""
    began, seen, since = time.monotonic(), None, time.monotonic()
    while True:
        held = store.read(_key(name))
        version = held.version if held else ABSENT
        if version != seen:
            seen, since = version, time.monotonic()
        holder = _owner_in(held)
        is_dead = time.monotonic() - since >= seconds
        if not holder or is_dead:
            with suppress(OtherVersion):
                taken = store.write(_key(name), _content(owner()), over=version)
                if holder:
                    logger.warning("the lock %s of %s, which is not seen any more, is taken over", name, holder)
                return taken
        elif time.monotonic() - began >= patience:
            raise StoreError(
                f"{holder} is at work on {name}",
                where=store.address,
                why="two at work on the same would undo each other's work",
                remedy="wait until it has ended, then run again",
            )
        time.sleep(min(LOOK_SECONDS, seconds / RENEWALS))


def _renew_until(lease: Lease, ended: threading.Event) -> None:
    while not lease.lost and not ended.wait(lease.seconds / RENEWALS):
        lease.renew()


def owner() -> str:
    """Who works here: the machine and the process."""
    return f"{socket.gethostname()}, process {os.getpid()}"


def _content(holder: str) -> bytes:
    return json.dumps({"owner": holder, "id": uuid.uuid4().hex}).encode()


def _owner_in(held: Held | None) -> str:
    if held is None:
        return ""
    try:
        return str(json.loads(held.content).get("owner", ""))
    except (ValueError, AttributeError):
        return "somebody"


def _key(name: str) -> str:
    return f"locks/{name}"
