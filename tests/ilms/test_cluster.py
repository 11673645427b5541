"""A cluster for real: PostgreSQL, Redis, Airflow and two workers, disturbed while they work.

Whatever happens to it, its release is that of one machine, to the last digit. One cluster serves all tests, each with
partitions of its own; they are run in the order in which they are written.
"""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import duckdb
import psutil
import pytest
import yaml
from small_source import SMALL_CODES, SMALL_COLUMNS, SMALL_SOURCE
from two_surveys import survey_file

from ilms.airflow.api import AirflowApi
from ilms.airflow.home import AirflowError, AirflowHome
from ilms.airflow.processes import marked
from ilms.cluster.control import keeper_of, require_installed, worker_of
from ilms.cluster.plan import ClusterPlan, worker_address
from ilms.pipeline.status import read_status
from ilms.run import run_all
from ilms.settings import Settings
from schemas.errors import MachineError
from schemas.partition import Partition

pytestmark = pytest.mark.slow

PROJECT = Path(__file__).parents[2]
SAMPLE = ("ZZZ.synthetic", "ZZZ.injuries")
SMALL = "ZZZ.small"
REAL = ("IRL.permits", "GBR.sponsorship", "GHA.glss")
EARLIER, LATER = [str(year) for year in range(2015, 2018)], [str(year) for year in range(2018, 2021)]
CUT_SECONDS = 20
SECONDS = 420
Found = TypeVar("Found")


@pytest.fixture(scope="module")
def machines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Settings, Settings]]:
    """The settings of the cluster, and those of one machine without Airflow; both see a small survey of six years."""
    try:
        require_installed(bucket=False)
    except AirflowError as error:
        pytest.skip(f"{error.message}")
    folder = tmp_path_factory.mktemp("cluster")
    declare_small(folder / "sources" / "ZZZ" / "small")
    mirror = Path(os.environ["ILMS_MIRROR"]) if os.environ.get("ILMS_MIRROR") else None
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ILMS_SOURCES", str(folder / "sources"))
        patch.setenv("ILMS_RELEASE_RULES", "none")
        patch.setenv("ILMS_ONLINE", "")
        yield (
            Settings(home=folder / "cluster", mirror=mirror, release_rules="none"),
            Settings(home=folder / "plain", mirror=mirror, release_rules="none"),
        )


@pytest.fixture(scope="module")
def cluster(machines: tuple[Settings, Settings]) -> Iterator[ClusterPlan]:
    """A cluster of two workers, of which nothing is left afterwards."""
    settings, _ = machines
    home = AirflowHome(settings.layout, settings.access)
    try:
        code, said = finish(command(settings, "ilms", "cluster", "up", "--bucket" if has_bucket() else "--no-bucket"))
        assert code == 0, said
        plan = ClusterPlan.read(home)
        with pytest.MonkeyPatch.context() as patch:
            for name, value in plan.store().items():
                patch.setenv(name, value)
            yield plan
    finally:
        finish(command(settings, "ilms", "cluster", "down", "--forget"))
    assert marked(home) == []


def has_bucket() -> bool:
    """Whether workers can share a bucket and nothing else; without Ceph, they share the home."""
    try:
        require_installed(bucket=True)
    except MachineError:
        return False
    return True


def declare_small(folder: Path) -> None:
    """A survey with a file for each of six years beside its declaration."""
    folder.mkdir(parents=True)
    years = [*EARLIER, *LATER]
    waves = {year: {"files": [{"name": "lfs.csv", "address": str(folder / f"{year}.csv")}]} for year in years}
    declared = {**SMALL_SOURCE, "waves": waves, "fetch": {"method": "local"}}
    (folder / "source.yaml").write_text(yaml.safe_dump(declared), encoding="utf-8")
    table = [",".join(["column", *years]), *(",".join([column] * (len(years) + 1)) for column in SMALL_COLUMNS)]
    (folder / "columns.csv").write_text("\n".join(table) + "\n", encoding="utf-8")
    (folder / "code_maps.csv").write_text(SMALL_CODES, encoding="utf-8")
    for year in years:
        (folder / f"{year}.csv").write_text(survey_file(int(year)))


def command(settings: Settings, *words: str) -> subprocess.Popen[str]:
    """Start a command of the project on the cluster's home."""
    return subprocess.Popen(
        [sys.executable, "-m", *words],
        env={**os.environ, "ILMS_HOME": str(settings.home), "ILMS_MIRROR": str(settings.mirror or "")},
        cwd=PROJECT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def run_through(settings: Settings, *choice: str) -> subprocess.Popen[str]:
    """`make run` of a choice; it goes through the cluster."""
    return command(settings, "ilms.airflow.run", "run", *choice)


def finish(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Exit code of a command and all that it printed."""
    output, _ = process.communicate(timeout=SECONDS)
    return process.returncode, output


def chosen(option: str, values: list[str] | tuple[str, ...]) -> list[str]:
    return [part for value in values for part in (option, value)]


def until(look: Callable[[], Found], run: subprocess.Popen[str]) -> Found:
    """Wait until there is something to be seen of a run; what it is."""
    deadline = time.monotonic() + SECONDS
    while not (found := look()):
        assert run.poll() is None, f"the run ended before: {finish(run)}"
        assert time.monotonic() < deadline
        time.sleep(0.2)
    return found


def part(plan: ClusterPlan, name: str) -> psutil.Process:
    """The process of PostgreSQL or Redis, which the keeper started."""
    keeper = keeper_of(plan.home)
    assert keeper is not None
    (found,) = [process for process in keeper.children() if process.name().startswith(name)]
    return found


def stage_of(settings: Settings, partition: Partition) -> str:
    """The stage that a partition was seen in last."""
    status = read_status(settings.layout, partition)
    return status.stage if status else ""


def tasks(plan: ClusterPlan) -> list[dict[str, object]]:
    """The tasks of partitions, as Airflow knows them."""
    api = AirflowApi(plan.ports.api, plan.home.password())
    try:
        return list(api.task_instances("partition"))
    finally:
        api.close()


def released(settings: Settings, *sources: str) -> list[tuple[object, ...]]:
    """Every number that the current release has of some sources, or of all."""
    with duckdb.connect(str(settings.layout.current() / "warehouse.duckdb"), read_only=True) as connection:
        rows = connection.execute("select * from observation order by all").fetchall()
    return [row for row in rows if not sources or any(str(row[1]).endswith(source) for source in sources)]


def checksum(rows: list[tuple[object, ...]]) -> str:
    return hashlib.sha256(repr(rows).encode()).hexdigest()


def assert_same(machines: tuple[Settings, Settings], *sources: str) -> None:
    """The numbers of some sources are those of one machine, which has run them too."""
    clustered, plain = (released(settings, *sources) for settings in machines)
    assert len(plain) > 100
    assert clustered == plain
    assert checksum(clustered) == checksum(plain)


def assert_released_as_by_one_machine(
    machines: tuple[Settings, Settings], run: subprocess.Popen[str], waves: list[str]
) -> None:
    """A run of three waves has ended well, and its numbers are those of one machine."""
    code, said = finish(run)
    assert code == 0, said
    assert "3 succeeded, 0 failed, 0 skipped" in said
    run_all(machines[1], sources=[SMALL], waves=waves, say=print)
    assert_same(machines, SMALL)


def test_the_whole_sample_is_released_although_a_worker_is_killed_in_the_middle_of_an_estimate(
    machines: tuple[Settings, Settings], cluster: ClusterPlan
) -> None:
    settings, plain = machines
    run = run_through(settings, *chosen("--source", SAMPLE))

    until(lambda: stage_of(settings, Partition("ZZZ.synthetic", "2024")) == "estimate", run)
    (task,) = [each for each in tasks(cluster) if "ZZZ.synthetic:2024" in str(each["dag_run_id"])]
    number = next(n for n in range(1, cluster.workers + 1) if worker_address(n) == task["hostname"])
    for process in marked(cluster.home):
        if worker_of(process) == str(number):
            process.kill()
    killed = time.monotonic()
    until(lambda: [each for each in tasks(cluster) if int(str(each["try_number"])) > 1], run)
    assert time.monotonic() - killed < 180

    code, said = finish(run)
    assert code == 0, said
    assert "4 succeeded, 0 failed, 0 skipped" in said
    run_all(plain, sources=list(SAMPLE), say=print)
    assert_same(machines, *SAMPLE)


def test_workers_that_share_a_bucket_have_scratch_of_their_own(
    machines: tuple[Settings, Settings], cluster: ClusterPlan
) -> None:
    if not cluster.bucket:
        pytest.skip("no S3 server on this machine")
    homes = [Path(cluster.worker(number)["ILMS_HOME"]) for number in (1, 2)]
    assert all((home / "raw").is_dir() for home in homes), "both had work to do"
    assert not (machines[0].home / "raw" / SAMPLE[0]).exists(), "this one had none"


def test_redis_may_be_cut_off_for_seconds_and_be_killed(
    machines: tuple[Settings, Settings], cluster: ClusterPlan
) -> None:
    settings, _ = machines
    choice = [*chosen("--source", [SMALL]), *chosen("--wave", EARLIER)]
    first = Partition(SMALL, EARLIER[0])
    run = run_through(settings, *choice)

    until(lambda: stage_of(settings, first) == "fetch", run)
    redis = part(cluster, "redis")
    redis.send_signal(signal.SIGSTOP)
    time.sleep(CUT_SECONDS)
    redis.send_signal(signal.SIGCONT)
    until(lambda: stage_of(settings, first) in ("harmonise", "estimate"), run)
    redis.kill()

    assert_released_as_by_one_machine(machines, run, EARLIER)
    assert part(cluster, "redis").pid != redis.pid


def test_postgresql_may_be_restarted(machines: tuple[Settings, Settings], cluster: ClusterPlan) -> None:
    settings, _ = machines
    run = run_through(settings, *chosen("--source", [SMALL]), *chosen("--wave", LATER))

    until(lambda: stage_of(settings, Partition(SMALL, LATER[0])) in ("harmonise", "estimate"), run)
    postgres = part(cluster, "postgres")
    postgres.send_signal(signal.SIGINT)
    until(lambda: not postgres.is_running(), run)

    assert_released_as_by_one_machine(machines, run, LATER)
    assert part(cluster, "postgres").pid != postgres.pid


def test_every_part_listens_on_this_machine_only(cluster: ClusterPlan) -> None:
    listening = {
        connection.laddr.ip
        for process in marked(cluster.home)
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    }
    assert listening == {"127.0.0.1", *(worker_address(number) for number in (1, 2))}
    assert all(address.startswith("127.0.0.") for address in listening)


@pytest.mark.mirror
def test_real_sources_give_the_numbers_of_one_machine(
    machines: tuple[Settings, Settings], cluster: ClusterPlan, mirror: Path
) -> None:
    settings, plain = machines
    code, said = finish(run_through(settings, *chosen("--source", REAL)))
    assert code == 0, said
    run_all(plain, sources=list(REAL), say=print)
    assert_same(machines, *REAL)
    assert_same(machines)
