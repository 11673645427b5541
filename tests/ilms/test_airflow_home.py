"""Airflow's folder and settings: private, on this machine only, and quiet."""

from __future__ import annotations

import os
import socket
import stat
from pathlib import Path

import pytest

from ilms.airflow.home import AirflowError, AirflowHome
from ilms.airflow.ports import free_port, reserved_port
from warehouse.intake.access import Access
from warehouse.intake.proxies import FOR_FETCHING, put_back
from warehouse.layout import Layout


@pytest.fixture
def home(tmp_path: Path) -> AirflowHome:
    home = AirflowHome(Layout(tmp_path / "data"), Access(mirror=tmp_path))
    home.create()
    return home


def test_secrets_are_made_once_and_only_this_user_reads_them(home: AirflowHome) -> None:
    before = {file.name: file.read_text() for file in home.folder.iterdir() if file.is_file()}
    home.create()
    assert {file.name: file.read_text() for file in home.folder.iterdir() if file.is_file()} == before
    assert set(before) == {"passwords.json", "secret-api", "secret-fernet", "secret-jwt"}
    assert len(set(before.values())) == 4
    for name in before:
        assert stat.S_IMODE((home.folder / name).stat().st_mode) == 0o600
    assert stat.S_IMODE(home.folder.stat().st_mode) == 0o700


@pytest.mark.parametrize("name", ["a?c", "$HOME", "${HOME}"])
def test_a_folder_that_airflow_would_not_find_again_is_refused(tmp_path: Path, name: str) -> None:
    home = AirflowHome(Layout(tmp_path / name), Access())
    with pytest.raises(AirflowError, match="Airflow cannot keep its database in"):
        home.create()
    assert not home.layout.home.exists()


def test_every_server_listens_on_this_machine_only(home: AirflowHome) -> None:
    environment = home.environment(8081, schedules=False)
    hosts = {name: value for name, value in environment.items() if name.startswith("AIRFLOW__") and "HOST" in name}
    hosts.pop("AIRFLOW__CORE__HOSTNAME_CALLABLE")
    assert set(hosts.values()) == {"127.0.0.1"}
    addresses = [value for name, value in environment.items() if name.startswith("AIRFLOW__") and "URL" in name]
    assert addresses
    assert all(address.startswith("http://127.0.0.1:8081") for address in addresses)


def test_what_airflow_is_set_to_elsewhere_does_not_leak_in(home: AirflowHome, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_HOME", "/elsewhere")
    monkeypatch.setenv("AIRFLOW__CORE__LOAD_EXAMPLES", "True")
    monkeypatch.setenv("AIRFLOW__SMTP__SMTP_HOST", "mail.example.org")
    monkeypatch.setenv("AIRFLOW__METRICS__STATSD_ON", "True")
    monkeypatch.setenv("AIRFLOW__METRICS__LEGACY_NAMES_ON", "True")
    environment = home.environment(8081, schedules=False)
    assert environment["AIRFLOW_HOME"] == str(home.folder)
    assert environment["AIRFLOW__CORE__LOAD_EXAMPLES"] == "False"
    assert "AIRFLOW__SMTP__SMTP_HOST" not in environment
    metrics = {name: value for name, value in environment.items() if name.startswith("AIRFLOW__METRICS__")}
    assert metrics == {"AIRFLOW__METRICS__STATSD_ON": "True", "AIRFLOW__METRICS__LEGACY_NAMES_ON": "True"}, (
        "where its metrics go is for the operator to say"
    )


def test_proxies_are_for_fetching_alone(home: AirflowHome, monkeypatch: pytest.MonkeyPatch) -> None:
    proxies = {
        "ALL_PROXY": "socks5://192.0.2.1:1080",
        "https_proxy": "http://192.0.2.1:3128",
        "NO_PROXY": "example.org",
    }
    for name, value in proxies.items():
        monkeypatch.setenv(name, value)

    environment = home.environment(8081, schedules=False)

    assert {name: value for name, value in environment.items() if name.lower().endswith("_proxy")} == {
        "NO_PROXY": "127.0.0.1,localhost",
        "no_proxy": "127.0.0.1,localhost",
    }
    for name in proxies:
        monkeypatch.delenv(name)
    monkeypatch.setenv(FOR_FETCHING, environment[FOR_FETCHING])
    with put_back():
        assert {name: os.environ[name] for name in proxies} == proxies
    assert not proxies.keys() & os.environ.keys()


def test_packages_of_other_pythons_do_not_leak_in(home: AirflowHome, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    monkeypatch.setenv("PYTHONHOME", "/elsewhere")
    assert not {"PYTHONPATH", "PYTHONHOME"} & home.environment(8081, schedules=False).keys()


def test_a_person_waits_for_a_run_and_nobody_for_a_schedule(home: AirflowHome) -> None:
    run, schedule = (home.environment(8081, schedules=flag) for flag in (False, True))
    assert float(run["ILMS_RETRY_SECONDS"]) < 10 < float(schedule["ILMS_RETRY_SECONDS"])
    assert 0 < int(run["ILMS_RETRIES"]) < int(schedule["ILMS_RETRIES"])
    assert (run["ILMS_SCHEDULES"], schedule["ILMS_SCHEDULES"]) == ("", "1")
    assert run["ILMS_MIRROR"] == str(home.access.mirror)


def test_the_preferred_port_is_taken_when_it_is_free_and_another_when_not() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert free_port(port) not in (0, port)
    assert free_port(port) == port


def test_two_homes_that_start_at_the_same_time_have_ports_of_their_own() -> None:
    """Neither holds the port yet: servers need seconds before they do."""
    port = free_port()
    with reserved_port(port) as first, reserved_port(port) as second:
        assert first == port
        assert second not in (0, port)
    with reserved_port(port) as again:
        assert again == port
