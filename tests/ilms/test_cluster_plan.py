"""What each process of a cluster is told: private, on this machine, and the same for all workers where it must be."""

from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path

import pytest

from ilms.airflow.home import AirflowError, AirflowHome
from ilms.cluster import queue
from ilms.cluster.control import Keeper, status_lines, store_variables
from ilms.cluster.keeper import Part
from ilms.cluster.plan import LONGEST_TASK_SECONDS, ClusterPlan, Ports, worker_address
from warehouse.intake.access import Access
from warehouse.layout import Layout

PORTS = Ports(api=8081, postgres=5433, redis=6380, logs=8793, gateway=7480, monitor=3300)


@pytest.fixture
def plan(tmp_path: Path) -> ClusterPlan:
    home = AirflowHome(Layout(tmp_path / "data"), Access())
    home.create()
    plan = ClusterPlan(home, PORTS, workers=2, schedules=False, memory_limit="2GB")
    plan.write()
    return plan


def test_a_plan_is_kept_for_the_process_that_starts_the_parts(plan: ClusterPlan) -> None:
    assert ClusterPlan.read(plan.home) == plan


def test_only_this_user_reads_the_passwords_and_no_plan_has_them(plan: ClusterPlan) -> None:
    for name in ("postgres", "redis"):
        file = plan.home.folder / f"secret-{name}"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert plan.secret(name) not in (plan.folder / "plan.json").read_text(encoding="utf-8")
    plan.write()
    assert plan.secret("postgres") == ClusterPlan.read(plan.home).secret("postgres")
    assert plan.secret("postgres") != plan.secret("redis")


def test_workers_have_the_secrets_of_the_servers_and_folders_of_their_own(
    plan: ClusterPlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Numbers would otherwise be protected in two ways, and no task could report."""
    monkeypatch.setenv("ILMS_PROTECTION_SEED", "same for all")
    servers, workers = plan.servers(), [plan.worker(number) for number in (1, 2)]
    shared = ("AIRFLOW__API_AUTH__JWT_SECRET", "AIRFLOW__CORE__FERNET_KEY", "ILMS_PROTECTION_SEED")
    for name in (*shared, "AIRFLOW__CORE__EXECUTION_API_SERVER_URL", "ILMS_RELEASE_PROFILE"):
        assert {servers.get(name)} == {worker.get(name) for worker in workers}, name
    own = [worker["AIRFLOW_HOME"] for worker in workers]
    assert len({servers["AIRFLOW_HOME"], *own}) == 3
    assert all("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN" not in worker for worker in workers)


def test_workers_work_in_scratch_of_their_own_when_there_is_a_store_and_in_the_home_when_there_is_none(
    plan: ClusterPlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ILMS_STORE", raising=False)
    assert {plan.worker(number)["ILMS_HOME"] for number in (1, 2)} == {str(plan.home.layout.home)}
    monkeypatch.setenv("ILMS_STORE", "s3://somewhere/else")
    homes = {plan.worker(number)["ILMS_HOME"] for number in (1, 2)}
    assert len(homes) == 2
    assert str(plan.home.layout.home) not in homes
    assert plan.servers()["ILMS_HOME"] == str(plan.home.layout.home)


def test_a_message_is_given_again_only_after_the_longest_task(plan: ClusterPlan) -> None:
    """Airflow's own limit of a stage is in the DAGs, which are not read here."""
    environment = plan.servers()
    assert int(environment["AIRFLOW__CELERY_BROKER_TRANSPORT_OPTIONS__VISIBILITY_TIMEOUT"]) > LONGEST_TASK_SECONDS
    stages = (Path(__file__).parents[2] / "dags" / "stages.py").read_text(encoding="utf-8")
    assert f"execution_timeout=timedelta(hours={LONGEST_TASK_SECONDS // 3600})" in stages


def test_every_part_is_told_to_listen_on_this_machine_only(plan: ClusterPlan) -> None:
    environment = plan.servers()
    hosts = {name: value for name, value in environment.items() if name.startswith("AIRFLOW__") and "HOST" in name}
    hosts.pop("AIRFLOW__CORE__HOSTNAME_CALLABLE")
    assert set(hosts.values()) == {"127.0.0.1"}
    assert "@127.0.0.1:5433/" in environment["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"]
    assert "@127.0.0.1:6380/" in environment["AIRFLOW__CELERY__BROKER_URL"]
    assert [worker_address(number) for number in (1, 2)] == ["127.0.0.2", "127.0.0.3"]


def test_each_worker_has_an_equal_part_of_the_machine(plan: ClusterPlan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2, 3}, raising=False)
    assert [plan.processors(number) for number in (1, 2)] == [[0, 1], [2, 3]]
    assert plan.concurrency == 6
    assert plan.at_a_time == 5
    assert plan.worker(1)["ILMS_MEMORY_LIMIT"] == "1000MB"
    one_each = ClusterPlan(plan.home, PORTS, 2, schedules=False, memory_limit="2GB", processors_each=1)
    assert [one_each.processors(number) for number in (1, 2)] == [[0], [1]]
    many = ClusterPlan(plan.home, PORTS, 6, schedules=False, memory_limit="2GB")
    assert [many.processors(number) for number in range(1, 7)] == [[0], [1], [2], [3], [0], [1]]


def test_the_settings_of_redis_hold_its_password_closed(plan: ClusterPlan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "server_program", lambda: "redis-server")
    _, file = queue.server_command(plan)
    assert stat.S_IMODE(Path(file).stat().st_mode) == 0o600
    settings = dict(line.split(" ", 1) for line in Path(file).read_text(encoding="utf-8").splitlines())
    assert settings["requirepass"] == plan.secret("redis")
    assert settings["bind"] == "127.0.0.1"
    assert settings["appendonly"] == "yes"


def test_a_part_that_ends_is_started_again_and_one_that_is_told_to_end_ends(tmp_path: Path) -> None:
    part = Part("sleeper", ["sleep", "60"], {"PATH": os.environ["PATH"]}, tmp_path / "log")
    part.start()
    assert part.process is not None
    first = part.process.pid
    part.keep()
    assert part.process.pid == first
    part.process.kill()
    part.process.wait()
    part.begun -= 5
    part.keep()
    assert part.process.pid != first
    part.tell_to_end()
    part.end(part.begun + 30)
    assert part.process.returncode == -15


def test_a_part_that_ends_at_once_is_not_started_again_at_once(tmp_path: Path) -> None:
    part = Part("fails", ["false"], {"PATH": os.environ["PATH"]}, tmp_path / "log")
    part.start()
    assert part.process is not None
    part.process.wait()
    first = part.process.pid
    part.keep()
    assert part.process.pid == first


def test_a_cluster_that_is_not_up_is_said_to_be_so(plan: ClusterPlan) -> None:
    assert status_lines(plan.home) == ["The cluster is not up."]
    assert store_variables(plan.home) == {}


def test_why_a_cluster_did_not_start_is_what_its_keeper_said_last(plan: ClusterPlan) -> None:
    (plan.home.server_logs / "keeper.log").write_text("once more\nredis ended. Where: redis.log\n", encoding="utf-8")
    ended = subprocess.Popen(["false"])
    ended.wait()
    with pytest.raises(AirflowError, match=r"redis ended. Where: redis.log"):
        Keeper(plan.home, ended).check()
