"""Stores for tests: a folder, and a bucket of a real S3 server (Ceph's gateway) where its programs are installed."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from ilms.airflow.ports import free_port
from ilms.cluster.object_store import PACKAGES, PROGRAMS, ObjectStore, running
from warehouse.layout import Layout
from warehouse.store.address import open_store
from warehouse.store.base import Store

WHY_SKIPPED = f"no S3 server on this machine (Debian: apt install --no-install-recommends {PACKAGES})"


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An S3 server for all tests of this process; the address of its bucket, and the variables of AWS for it."""
    if any(shutil.which(program) is None for program in PROGRAMS):
        pytest.skip(WHY_SKIPPED)
    server = ObjectStore(tmp_path_factory.mktemp("ceph"), free_port(), free_port(), in_memory=True)
    with running(server) as variables, pytest.MonkeyPatch.context() as patch:
        for name, value in variables.items():
            patch.setenv(name, value)
        yield server.address


@pytest.fixture
def bucket(s3_server: str) -> str:
    """The address of a part of the bucket that nobody else uses."""
    return f"{s3_server}/{uuid.uuid4().hex}"


@pytest.fixture(params=["folder", "bucket"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a store of either kind, with nothing in it."""
    found = str(tmp_path / "store") if request.param == "folder" else request.getfixturevalue("bucket")
    return str(found)


@pytest.fixture
def store(address: str) -> Store:
    """A store of either kind, with nothing in it."""
    return open_store(address)


def scratch(tmp_path: Path, name: str, address: str) -> Layout:
    """The scratch of a machine of that name."""
    return Layout(tmp_path / name, store=address)
