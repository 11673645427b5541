"""Locks of a store: one holder at a time, for as long as it lives."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from schemas.errors import Overtaken, StoreError
from warehouse.store.base import Store
from warehouse.store.lease import leased

SHORT = 1.0
HOLDER = """
import sys, time
from warehouse.store.address import open_store
from warehouse.store.lease import leased
with leased(open_store(sys.argv[1]), sys.argv[2], seconds=float(sys.argv[3])):
    print("held", flush=True)
    time.sleep(60)
"""


def hold_elsewhere(address: str, name: str) -> subprocess.Popen[str]:
    """Another process that holds a lock."""
    root = Path(__file__).parents[2]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, address, name, str(SHORT)], stdout=subprocess.PIPE, text=True, env=environment
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    return holder


def test_a_lock_is_free_again_once_its_holder_has_done(store: Store) -> None:
    for _ in range(2):
        with leased(store, "partitions/ABC.lfs/2024", patience=0) as lease:
            assert lease is not None


def test_whoever_holds_a_lock_takes_it_again_without_waiting(store: Store) -> None:
    with leased(store, "releases"), leased(store, "releases", patience=0) as again:
        assert again is None
    with leased(store, "releases", patience=0) as lease:
        assert lease is not None


def test_a_live_holder_keeps_its_lock_and_is_named_to_who_waits(store: Store, address: str) -> None:
    holder = hold_elsewhere(address, "releases")
    try:
        with (
            pytest.raises(StoreError, match=f"process {holder.pid} is at work on releases"),
            leased(store, "releases", patience=3 * SHORT, seconds=SHORT),
        ):
            pass
    finally:
        holder.kill()
        holder.wait()


def test_the_lock_of_a_killed_process_is_taken_over(
    store: Store, address: str, caplog: pytest.LogCaptureFixture
) -> None:
    holder = hold_elsewhere(address, "partitions/ABC.lfs/2024")
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    began = time.monotonic()
    with caplog.at_level(logging.WARNING), leased(store, "partitions/ABC.lfs/2024", seconds=SHORT) as lease:
        assert lease is not None
    assert SHORT <= time.monotonic() - began < 10 * SHORT
    assert f"process {holder.pid}, which is not seen any more, is taken over" in caplog.text


def test_one_that_was_only_thought_dead_learns_that_its_lock_is_lost(store: Store) -> None:
    with leased(store, "releases", seconds=60) as lease:
        assert lease is not None
        # It was stopped for so long that another one took it for dead.
        store.write("locks/releases", b'{"owner": "another machine, process 7", "id": "1"}', over=lease.version)
        lease.renew()
        with pytest.raises(Overtaken, match="the lock releases was lost"):
            lease.require()
    held = store.read("locks/releases")
    assert held is not None
    assert b"another machine" in held.content, "the lock of the other one stays"
