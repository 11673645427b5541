"""The service while releases come and go: no failed request, no mixed answer, earlier releases on demand."""

from __future__ import annotations

import csv
import io
import re
import shutil
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import sdmx
from lxml import etree
from served import AGES, BIRTHPLACES, EMPLOYED, GAP, SHAPES, Service, rows, serving, write_draft, write_release

from warehouse.layout import Layout
from warehouse.release.life import approve, point_to, reject, withdraw
from warehouse.release.pointer import move_pointer
from warehouse.service.limits import Limits
from warehouse.service.shelf import Shelf

CSV = "application/vnd.sdmx.data+csv;version=1.0.0"
FLOW = f"/data/DF_{EMPLOYED}"
FIRST, SECOND = datetime(2026, 11, 1, 12, tzinfo=UTC), datetime(2026, 11, 2, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def service(home: Path) -> Iterator[Service]:
    """Two releases: in the second all numbers are 1,000 more, but those of one dataflow."""
    write_release(home, rows(), FIRST)
    later = [row if row["indicator"] == GAP else row | {"obs_value": value(row, 1000)} for row in rows()]
    write_release(home, later, SECOND)
    with serving(home) as running:
        yield running


def value(row: dict[str, Any], more: float) -> float | None:
    return None if row["obs_value"] is None else row["obs_value"] + more


def values(service: Service, path: str) -> list[float]:
    answer = service.get(path, accept=CSV)
    assert answer.status_code == 200, answer.text
    return [float(line["OBS_VALUE"]) for line in csv.DictReader(io.StringIO(answer.text))]


@pytest.fixture(scope="module")
def changing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Two releases: of one country's quarter, the second has no number of women, another of men and women, and all else
    as it was."""
    home = tmp_path_factory.mktemp("changing")
    write_release(home, rows(), FIRST)
    cell = {"indicator": EMPLOYED, "ref_area": "ARG", "time": "2017Q1", "classif1": AGES[0], "classif2": BIRTHPLACES[0]}
    concerned = [row["sex"] if cell.items() <= row.items() else "" for row in rows()]
    later = [
        row | ({"obs_value": 5.0} if sex == "SEX_T" else {})
        for row, sex in zip(rows(), concerned, strict=True)
        if sex != "SEX_F"
    ]
    write_release(home, later, SECOND)
    with serving(home) as running:
        yield running


SINCE_THEN = f"{FLOW}/ARG.....?updatedAfter=2026-11-01T13:00:00Z"


def test_what_is_gone_is_told_to_who_keeps_a_copy(changing: Service) -> None:
    answer = changing.get(SINCE_THEN, accept="application/vnd.sdmx.data+csv;version=2.0.0")
    lines = list(csv.DictReader(io.StringIO(answer.text)))
    assert [(line["ACTION"], line["SEX"], line["TIME_PERIOD"], line["OBS_VALUE"]) for line in lines] == [
        ("R", "SEX_T", "2017-Q1", "5"),
        ("D", "SEX_F", "2017-Q1", ""),
    ]
    # SDMX-CSV 1.0 cannot say what is to be done with a line.
    assert values(changing, SINCE_THEN) == [5.0]


@pytest.mark.parametrize(
    ("accept", "action"),
    [
        ("application/vnd.sdmx.structurespecificdata+xml;version=2.1", "ss:action"),
        ("application/vnd.sdmx.genericdata+xml;version=2.1", "action"),
        ("application/vnd.sdmx.data+xml;version=3.0.0", "ss:action"),
    ],
)
def test_in_sdmx_ml_what_is_gone_is_a_set_of_data_of_its_own(changing: Service, accept: str, action: str) -> None:
    text = changing.get(SINCE_THEN, accept=accept).text
    changed, gone = re.split("(?=<mes:DataSet )", text)[1:]
    assert (f'{action}="Replace"' in changed, "SEX_T" in changed, "SEX_F" in changed) == (True, True, False)
    assert (f'{action}="Delete"' in gone, "SEX_F" in gone, "OBS_VALUE" in gone) == (True, True, False)


def test_sdmx1_and_sdmx_json_have_both_sets(changing: Service, tmp_path: Path) -> None:
    answer = changing.get(SINCE_THEN, accept="application/vnd.sdmx.data+json;version=2.0.0").json()
    assert [each["action"] for each in answer["data"]["dataSets"]] == ["Replace", "Delete"]
    file = tmp_path / "changes.xml"
    file.write_bytes(changing.get(SINCE_THEN, accept="application/vnd.sdmx.genericdata+xml;version=2.1").content)
    message: Any = sdmx.read_sdmx(file)
    assert [[each.value for each in dataset.obs] for dataset in message.data] == [["5"], [None]]


def test_what_no_longer_meets_a_condition_is_not_gone(changing: Service) -> None:
    high = "/data/dataflow/ILMS/DF_MST_TEMP_SEX_AGE_CBR_NB/1.0/ARG?c[OBS_VALUE]={}&updatedAfter=2026-11-01T13:00:00Z"
    csv_2 = "application/vnd.sdmx.data+csv;version=2.0.0"
    lines = list(csv.DictReader(io.StringIO(changing.get(high.format("ne:5"), accept=csv_2).text)))
    assert [(line["ACTION"], line["SEX"]) for line in lines] == [("D", "SEX_F")]


def test_as_of_gives_what_was_current_then(service: Service, home: Path) -> None:
    first, second = (each.name for each in sorted(Layout(home).releases().iterdir()))
    assert min(values(service, FLOW)) >= 1000
    assert max(values(service, f"{FLOW}?asOf=2026-11-02T11:59:59Z")) < 1000
    assert max(values(service, f"{FLOW}?asOf={first}")) < 1000
    assert min(values(service, f"{FLOW}?asOf=2026-11-02T13:00:00%2B01:00")) >= 1000
    assert service.get(f"{FLOW}?asOf={first}").headers["ilms-release"] == first
    assert service.get(f"{FLOW}?asOf={second}").headers["etag"] != service.get(f"{FLOW}?asOf={first}").headers["etag"]
    assert service.get(f"{FLOW}?asOf=2026-10-01").status_code == 404
    assert service.get(f"{FLOW}?asOf=20250101T000000Z-00000000").status_code == 404
    assert service.get("/dataflow?asOf=2026-11-01T13:00:00Z").headers["ilms-release"] == first


def test_no_door_to_a_draft_or_to_what_was_withdrawn(tmp_path: Path) -> None:
    first = write_release(tmp_path, rows(), FIRST)
    layout = Layout(tmp_path)
    draft = write_draft(tmp_path, rows(1000.0), SECOND)
    with serving(tmp_path) as service:
        assert service.get(f"{FLOW}?asOf={draft}").status_code == 404
        assert service.get(f"{FLOW}?asOf=2026-11-03").headers["ilms-release"] == first
        reject(layout, draft, by="Ana", why="doubled weights")
        assert service.get(f"{FLOW}?asOf={draft}").status_code == 404
        later = write_draft(tmp_path, rows(2000.0), SECOND + timedelta(days=1))
        approve(layout, later, by="Ana", why="as expected", until=datetime.now(UTC) + timedelta(days=1))
        assert service.get(f"{FLOW}?asOf={later}").status_code == 404, "it is under embargo"
        assert service.get(FLOW).headers["ilms-release"] == first
        last = write_draft(tmp_path, rows(3000.0), SECOND + timedelta(days=2))
        approve(layout, last, by="Ana", why="as expected")
        assert service.get(FLOW).headers["ilms-release"] == last
        assert service.get(f"{FLOW}?asOf={first}").headers["ilms-release"] == first
        withdraw(layout, None, by="Ana", why="a wrong file")
        assert service.get(FLOW).headers["ilms-release"] == first
        assert service.get(f"{FLOW}?asOf={last}").status_code == 404


def test_what_is_new_or_revised_since(service: Service) -> None:
    assert len(values(service, f"{FLOW}?updatedAfter=2026-11-01T13:00:00Z")) == 96
    assert len(values(service, f"{FLOW}/ARG.A....?updatedAfter=2026-11-01T13:00:00Z")) == 12
    assert service.get(f"/data/DF_{GAP}?updatedAfter=2026-11-01T13:00:00Z").status_code == 404, "nothing is revised"
    assert service.get(f"{FLOW}?updatedAfter=2026-11-03").status_code == 404
    assert len(values(service, f"/data/DF_{GAP}?updatedAfter=2026-10-01")) == 2, "before the first release"


def test_history_tells_what_each_release_brought(service: Service) -> None:
    query = f"{FLOW}/ARG.A..SEX_T.AGE_YTHADULT_YGE15.CBR_BIR_TOTAL?includeHistory=true"
    answer = service.get(query, accept="application/vnd.sdmx.structurespecificdata+xml;version=2.1")
    sets = etree.fromstring(answer.content).findall("{*}DataSet")
    values_of = [[float(str(each.get("OBS_VALUE"))) for each in data.iter("{*}Obs")] for data in sets]
    assert [len(each) for each in values_of] == [1, 1] and values_of[1][0] == values_of[0][0] + 1000
    since = [value for data in sets for name, value in data.attrib.items() if str(name).endswith("validFromDate")]
    assert [str(each)[:10] for each in since] == ["2026-11-01", "2026-11-02"]
    (only,) = etree.fromstring(service.get(f"/data/DF_{GAP}?includeHistory=true").content).findall("{*}DataSet")
    assert len(only.findall(".//{*}Obs")) == 2, "it was not revised"


def test_a_new_release_is_answered_at_once_and_going_back_too(home: Path, service: Service) -> None:
    first, second = (each.name for each in sorted(Layout(home).releases().iterdir()) if each.name[0] == "2")
    before = service.get(FLOW)
    move_pointer(Layout(home), first)
    after = service.get(FLOW, if_none_match=before.headers["etag"])
    assert (after.status_code, after.headers["ilms-release"]) == (200, first)
    move_pointer(Layout(home), second)
    again = service.get(FLOW, if_none_match=before.headers["etag"])
    assert (again.status_code, again.headers["ilms-release"]) == (304, second)


@pytest.mark.usefixtures("service")
def test_two_services_of_one_process_read_the_same_release(home: Path) -> None:
    one, other = Shelf(Layout(home), Limits()), Shelf(Layout(home), Limits())
    with one.hold() as first, other.hold() as second:
        assert first.release.flows.keys() == second.release.flows.keys() != set()
        one.close()
        assert second.release.database.execute("select count(*) from observation").fetchall() != [(0,)]
    other.close()


def test_without_a_release_the_client_is_told_to_come_again(tmp_path: Path) -> None:
    with serving(tmp_path) as service:
        answer = service.get(FLOW)
        assert answer.status_code == 503 and answer.headers["retry-after"]
        write_release(tmp_path, rows(), FIRST)
        assert service.get(FLOW).status_code == 200


def test_too_much_is_refused_and_too_long_is_ended(tmp_path: Path) -> None:
    write_release(tmp_path, rows(), FIRST)
    with serving(tmp_path, Limits(observations=50)) as small:
        assert small.get(FLOW).status_code == 413
        assert small.get(f"{FLOW}/ARG.A....").status_code == 200
    with serving(tmp_path, Limits(query_seconds=0.0001)) as hasty:
        answer = hasty.get(FLOW)
        assert answer.status_code == 413 and "seconds" in answer.text


class Reader(threading.Thread):
    """A client that reads until it is told to stop, and keeps what it got."""

    def __init__(self, service: Service, number: int, done: threading.Event) -> None:
        super().__init__(daemon=True)
        self.path = "/dataflow?detail=allstubs" if number % 10 == 9 else f"/data/DF_{SHAPES[number % len(SHAPES)]}"
        self.service, self.done = service, done
        self.faults: list[str] = []
        self.seen: set[tuple[str, float]] = set()
        self.count = 0

    def run(self) -> None:
        with httpx.Client(trust_env=False, timeout=60) as client:
            while not self.done.is_set():
                self.read(client)

    def read(self, client: httpx.Client) -> None:
        try:
            answer = client.get(f"{self.service.address}{self.path}", headers={"Accept": f"{CSV}, */*;q=0.1"})
        except httpx.HTTPError as error:
            self.faults.append(repr(error))
            return
        self.count += 1
        if answer.status_code != 200:
            self.faults.append(f"{answer.status_code} {answer.text[:200]}")
        elif self.path.startswith("/data/"):
            lines = csv.DictReader(io.StringIO(answer.text))
            for line in lines:
                if line["OBS_VALUE"]:
                    self.seen.add((answer.headers["ilms-release"], float(line["OBS_VALUE"]) // 1000))


def read_on(readers: list[Reader], answers: int) -> None:
    """Wait until the clients have read so many more answers."""
    enough, patience = sum(each.count for each in readers) + answers, time.monotonic() + 120
    while sum(each.count for each in readers) < enough and time.monotonic() < patience:
        time.sleep(0.05)


@pytest.mark.slow
def test_fifty_readers_while_releases_are_published_taken_back_and_removed(tmp_path: Path) -> None:
    """The n-th release has numbers between n thousand and n + 1 thousand: each answer has those of one alone."""
    layout, done = Layout(tmp_path), threading.Event()
    releases = [write_release(tmp_path, rows(), FIRST)]
    releases += [write_draft(tmp_path, rows(1000.0 * n), FIRST + timedelta(days=n)) for n in range(1, 6)]
    with serving(tmp_path) as service:
        readers = [Reader(service, number, done) for number in range(50)]
        for reader in readers:
            reader.start()
        for step in (
            lambda: approve(layout, releases[1], by="Ana", why="published"),
            lambda: reject(layout, releases[2], by="Ana", why="doubled weights"),
            lambda: point_to(layout, releases[0], by="Ana", why="rolled back"),
            lambda: approve(layout, releases[3], by="Ana", why="published again"),
            lambda: shutil.rmtree(layout.releases() / releases[1]),  # removed while it may still be read
            lambda: approve(layout, releases[4], by="Ana", why="published"),
            lambda: withdraw(layout, releases[4], by="Ana", why="a wrong file"),
            lambda: approve(layout, releases[5], by="Ana", why="the last one"),
        ):
            read_on(readers, 60)
            step()
        read_on(readers, 60)
        done.set()
        for reader in readers:
            reader.join(timeout=60)
    assert [fault for reader in readers for fault in reader.faults] == []
    assert all(reader.count > 1 for reader in readers)
    seen = {pair for reader in readers for pair in reader.seen}
    assert {releases[0], releases[3], releases[5]} <= {release for release, _ in seen}
    assert releases[2] not in {release for release, _ in seen}
    assert {(releases.index(release), int(thousand)) for release, thousand in seen} <= {(n, n) for n in range(6)}
