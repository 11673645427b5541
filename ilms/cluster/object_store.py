"""A bucket on this machine: Ceph's S3 gateway (radosgw) with one monitor and one disk, from Debian's packages.

For clusters on one machine and for tests: the same server that stands before large object stores, without their copies.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

import httpx

from schemas.errors import MachineError
from warehouse.files import replacing

HOST = "127.0.0.1"
PROGRAMS = ("ceph", "ceph-mon", "ceph-osd", "ceph-authtool", "monmaptool", "radosgw", "radosgw-admin")
PACKAGES = "ceph-mon ceph-osd radosgw"
START_SECONDS = 120.0
BUCKET = "ilms"


@dataclass(frozen=True)
class ObjectStore:
    """One object store: where its files are, its ports, and whether it keeps what it holds only in memory."""

    folder: Path
    port: int
    monitor_port: int
    in_memory: bool = False

    @property
    def address(self) -> str:
        """What ILMS_STORE is for it."""
        return f"s3://{BUCKET}"

    def environment(self) -> dict[str, str]:
        """The variables of AWS with which it is used, once it has its user."""
        access, secret = self._read_keys()
        return {
            "AWS_ENDPOINT_URL": self._endpoint,
            "AWS_ACCESS_KEY_ID": access,
            "AWS_SECRET_ACCESS_KEY": secret,
            "AWS_DEFAULT_REGION": "us-east-1",
        }

    def commands(self) -> dict[str, list[str]]:
        """How each part is started, to run until it is told to end; once `prepare` has made what they need."""
        return {
            "monitor": ["ceph-mon", "-i", "a", "-f", *self._configured],
            "disk": ["ceph-osd", "-i", "0", "-f", *self._configured],
            "gateway": ["radosgw", "-n", "client.admin", "-f", *self._configured],
        }

    def prepare(self) -> None:
        """Make its files where it has none yet. Raises MachineError when a program is missing."""
        require_installed()
        if (self.folder / "keyring").is_file():
            return
        for name in ("monitor", "disk", "gateway", "run"):
            (self.folder / name).mkdir(mode=0o700, parents=True, exist_ok=True)
        cluster = str(uuid.uuid4())
        with replacing(self._configuration) as draft:
            draft.write_text(self._settings(cluster), encoding="utf-8")
        keyring, map_ = self.folder / "keyring.new", self.folder / "monitors"
        everything = ["--cap", "mon", "allow *", "--cap", "osd", "allow *"]
        _run("ceph-authtool", "--create-keyring", str(keyring), "--gen-key", "-n", "mon.", "--cap", "mon", "allow *")
        _run("ceph-authtool", str(keyring), "--gen-key", "-n", "client.admin", *everything)
        of_disk = ["--cap", "mon", "allow profile osd", "--cap", "osd", "allow *"]
        _run("ceph-authtool", str(keyring), "--gen-key", "-n", "osd.0", *of_disk)
        listening = f"[v2:{HOST}:{self.monitor_port}]"
        _run("monmaptool", "--create", "--clobber", "--fsid", cluster, "--addv", "a", listening, str(map_))
        _run("ceph-mon", "--mkfs", "-i", "a", "--monmap", str(map_), "--keyring", str(keyring), *self._configured)
        keyring.rename(self.folder / "keyring")

    def add_disk(self) -> None:
        """Make the disk, once the monitor answers."""
        if (self.folder / "disk" / "ready").is_file():
            return
        disk = str(uuid.uuid4())
        _run("ceph", "osd", "new", disk, *self._configured)
        _run("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", disk, *self._configured)
        _run("ceph", "osd", "crush", "add", "osd.0", "1.0", "root=default", f"host={HOST}", *self._configured)

    def add_user(self) -> None:
        """Let the one user in, once the disk is there; its keys are kept beside the files."""
        if self._keys.is_file():
            return
        user = ["user", "create", "--uid", "ilms", "--display-name", "ilms"]
        made = json.loads(_run("radosgw-admin", *user, *self._configured))["keys"][0]
        with replacing(self._keys) as draft:
            draft.touch(mode=0o600)
            draft.write_text(json.dumps([made["access_key"], made["secret_key"]]), encoding="utf-8")

    def add_bucket(self) -> None:
        """Make the bucket, once the gateway answers."""
        from s3fs import S3FileSystem

        access, secret = self._read_keys()
        files = S3FileSystem(key=access, secret=secret, endpoint_url=self._endpoint, skip_instance_cache=True)
        if not files.exists(BUCKET):
            files.mkdir(BUCKET)

    def answers(self) -> bool:
        """Whether the gateway answers."""
        with suppress(httpx.HTTPError):
            return httpx.get(self._endpoint, timeout=5).status_code == httpx.codes.OK
        return False

    @property
    def _configuration(self) -> Path:
        return self.folder / "ceph.conf"

    @property
    def _configured(self) -> list[str]:
        return ["-c", str(self._configuration)]

    @property
    def _endpoint(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def _keys(self) -> Path:
        return self.folder / "keys.json"

    def _read_keys(self) -> tuple[str, str]:
        access, secret = json.loads(self._keys.read_text(encoding="utf-8"))
        return access, secret

    def _settings(self, cluster: str) -> str:
        """What Ceph is told: one copy of everything, one placement group a pool, and nothing outside this folder."""
        disk = "memstore" if self.in_memory else "bluestore"
        return dedent(f"""\
            [global]
            fsid = {cluster}
            mon host = v2:{HOST}:{self.monitor_port}
            public addr = {HOST}
            cluster addr = {HOST}
            ms bind ipv6 = false
            keyring = {self.folder}/keyring
            auth allow insecure global id reclaim = false
            osd pool default size = 1
            osd pool default min size = 1
            mon allow pool size one = true
            osd pool default pg num = 1
            osd pool default pgp num = 1
            osd pool default pg autoscale mode = off
            osd crush chooseleaf type = 0
            mon max pg per osd = 1000
            mon data avail crit = 1
            mon data avail warn = 2
            osd objectstore = {disk}
            osd memory target = 939524096
            memstore device bytes = 8589934592
            bluestore block size = 107374182400
            admin socket =
            run dir = {self.folder}/run
            pid file = {self.folder}/run/$name.pid
            log file = {self.folder}/run/$name.log
            mon cluster log file = {self.folder}/run/cluster.log
            mon data = {self.folder}/monitor
            osd data = {self.folder}/disk
            rgw data = {self.folder}/gateway
            rgw frontends = beast endpoint={HOST}:{self.port}
            rgw enable apis = s3
            """)


@contextmanager
def running(store: ObjectStore) -> Iterator[dict[str, str]]:
    """Run it as long as the block takes; gives the variables of AWS with which it is used.

    Raises MachineError when a program is missing, or it does not start.
    """
    store.prepare()
    commands = store.commands()
    processes: list[subprocess.Popen[bytes]] = []
    try:
        processes.append(_started(store, commands["monitor"]))
        store.add_disk()
        processes.append(_started(store, commands["disk"]))
        store.add_user()
        processes.append(_started(store, commands["gateway"]))
        _wait_for(store, processes)
        store.add_bucket()
        yield store.environment()
    finally:
        for process in reversed(processes):
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(10)
            process.kill()
            process.wait()


def require_installed() -> None:
    """Raise MachineError when a program is missing."""
    if missing := [program for program in PROGRAMS if shutil.which(program) is None]:
        raise MachineError(
            f"programs of the object store are not on this machine: {', '.join(missing)}",
            why="there is no bucket without them",
            remedy=f"install them (Debian: apt install --no-install-recommends {PACKAGES}), or name a bucket elsewhere",
        )


def _started(store: ObjectStore, command: list[str]) -> subprocess.Popen[bytes]:
    with (store.folder / "run" / "output").open("ab") as output:
        return subprocess.Popen(command, stdout=output, stderr=output, stdin=subprocess.DEVNULL)


def _wait_for(store: ObjectStore, processes: list[subprocess.Popen[bytes]]) -> None:
    until = time.monotonic() + START_SECONDS
    while not store.answers():
        if time.monotonic() > until or any(process.poll() is not None for process in processes):
            raise MachineError("the object store does not start", where=str(store.folder / "run"))
        time.sleep(0.1)


def _run(*command: str) -> str:
    """Run one of Ceph's programs to its end; what it says."""
    try:
        done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=START_SECONDS)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        said = error.stderr if isinstance(error.stderr, str) else ""
        raise MachineError(
            f"{command[0]} does not do its part of the object store: {said.strip()[-300:]}",
            remedy="see whether its folder can be written and its ports are free",
        ) from None
    return done.stdout
