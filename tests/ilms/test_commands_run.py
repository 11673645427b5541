"""Every command that a document names is run: here, by following the tutorials, or by the test that is named; or it is
said why not."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from quick_release import leave_out_structures
from small_source import SMALL_CODES, SMALL_COLUMNS, SMALL_SOURCE
from starlette.testclient import TestClient
from test_commands_in_documents import PAGES, calls
from two_surveys import survey_file
from typer.testing import CliRunner

from ilms.authoring.imports import PROJECT
from ilms.cli import app
from ilms.run import run_all
from ilms.settings import Settings
from schemas.loader import _load
from warehouse.service.app import create_app

MODULE = re.compile(r"\bpython -m [a-z_.]+[a-z]")
TUTORIALS = ("tutorial.md", "tutorial-register.md", "tutorial-first-run.md", "tutorial-read.md")
"""Pages that test_tutorial.py follows; those in other languages have these names too."""


@dataclass(frozen=True)
class Step:
    """A command as a document writes it, what is run for it, and the exit codes it may end with.

    {folder}, {file}, {key} and {release} are filled in.
    """

    said: str
    run: str
    exits: tuple[int, ...] = (0,)


WALK = (
    Step("ilms example FOLDER", "example {folder}/made-up"),
    Step(
        "ilms describe FILE [LAYOUT]", "describe {folder}/made-up/lfs_2023.csv {folder}/made-up/lfs_2023_codebook.xml"
    ),
    Step("ilms run --source ABC.lfs", "run --source ZZZ.small"),
    Step("ilms sources", "sources"),
    Step("ilms sources --state failed", "sources --state failed"),
    Step("ilms sources --state overdue", "sources --state overdue"),
    Step("ilms availability", "availability --source ZZZ.small"),
    Step("ilms check ABC.lfs", "check ZZZ.small"),
    Step("ilms check ABC.lfs --file FILE [--wave 2024]", "check ZZZ.small --file {file} --wave 2024"),
    Step("ilms doctor", "doctor", (0, 1)),
    Step("ilms questionnaire ABC 2024", "questionnaire ZZZ 2024 --output {folder}/answer.xlsx"),
    Step("ilms release list", "release list"),
    Step("ilms release history [INDICATOR ...]", "release history MST_TEAP_SEX_AGE_CBR_RT"),
    Step(
        "ilms release history MST_TUNE_SEX_AGE_CBR_RT --area ZAF",
        "release history MST_TUNE_SEX_AGE_CBR_RT --area ZZZ",
    ),
    Step(
        "ilms release history --as-of 2026-12-01T09:00 --parquet as_of.parquet",
        "release history --as-of {release} --parquet {folder}/as_of.parquet",
    ),
    Step("ilms release verify [ID]", "release verify {release}"),
    Step("ilms release sign [ID] --key private.pem", "release sign {release} --key {key}"),
    Step("ilms release sign --key private.pem", "release sign --key {key}"),
    Step("ilms release verify --signature public.pem", "release verify --signature {key}.pub"),
    Step("ilms release workbook ARG --language es", "release workbook ZZZ --language es --to {folder}/ZZZ.xlsx"),
    Step("ilms release workbook ARG --language fr", "release workbook ZZZ --language fr --to {folder}/ZZZ.fr.xlsx"),
    Step('ilms withdraw ABC.lfs 2024 --why "..."', "withdraw ZZZ.small 2024 --why a-test"),
    Step("ilms restore", "restore ZZZ.small 2024 --why a-test"),
    Step("ilms release review [ID]", "release review", (0, 1)),
    Step('ilms release approve --why "..."', "release approve --why a-test", (0, 1)),
    Step('ilms release reject --why "..."', "release reject --why a-test", (0, 1)),
    Step("ilms release diff [EARLIER [LATER]]", "release diff {release}"),
    Step("ilms release diff BEFORE AFTER", "release diff {release} {release}"),
    Step("ilms release due", "release due"),
    Step("ilms release use ID", "release use {release}"),
    Step('ilms release withdraw [ID] --why "..."', "release withdraw {release} --why a-test", (0, 1)),
    Step("ilms release prune", "release prune"),
    Step("ilms release prune --really", "release prune --really"),
    Step(
        "ilms propose ABC.lfs 2024 FILE...",
        "propose ZZZ.proposed 2023 {folder}/made-up/lfs_2023.csv {folder}/made-up/lfs_2023_codebook.xml",
    ),
    Step(
        "ilms propose ABC.permits 2024 FILE... --kind register",
        "propose ZZZ.permits 2023 {folder}/made-up/permits_2023.csv --kind register",
    ),
    Step(
        "ilms new-source ABC.questionnaire 2024 --kind questionnaire",
        "new-source ZZZ.questionnaire 2024 --kind questionnaire",
    ),
)
"""In an order in which each finds what it needs. With exit 1, an error in words is right where nothing waits."""
ELSEWHERE = {
    "ilms check ZZZ.synthetic": "tests/ilms/test_command.py",
    "ilms check ABC.permits": "tests/ilms/test_propose_register.py",
    "ilms check ABC.questionnaire --file answer.xlsx": "tests/warehouse/test_questionnaire.py",
    "ilms regional --edition 2022": "tests/ilms/test_regional_stage.py",
    "ilms release pull": "tests/ilms/test_shared_store.py",
    "ilms release verify --schemas [ID or folder]": "tests/warehouse/test_valid_files.py",
    "ilms serve --curators": "tests/warehouse/test_explorer_room.py",
    "ilms serve --mcp": "tests/warehouse/test_assistants.py",
    "ilms serve --mcp-http": "tests/warehouse/test_assistants.py",
    "ilms cluster up --workers 4": "tests/ilms/test_cluster.py",
    "make cluster": "tests/ilms/test_cluster.py",
    'make cluster ARGS="down --forget"': "tests/ilms/test_cluster.py",
    "make docs": "tests/ilms/test_documents.py",
    "make environment": "tests/ilms/test_environment.py",
    "make run": "tests/ilms/test_airflow_run.py",
    "make test": ".ci/run",
    'make test ARGS="-m slow"': ".ci/run",
    "make check": ".ci/run",
    "python -m bench.disclosure": "tests/bench/test_disclosure.py",
    "python -m bench.regional_causes": "tests/bench/test_regional_causes.py",
}
"""Commands as documents write them -> the file of tests that runs them, or what they call."""
NOT_RUN = {
    "ilms serve": "it answers until it is stopped; the application it starts answers in the tests of warehouse/service",
    "ilms serve --host 0.0.0.0 --port 80": "it would answer others than this machine",
    "make serve": "it answers until it is stopped",
    "make bench": "it measures on the whole mirror, for an hour; tests/bench runs its parts",
    "python -m bench.disclosure.methods": "a part of `make bench`, which attacks real files for an hour",
    "python -m bench.explorer": "a part of `make bench`, which measures pages over millions of observations",
    "python -m bench.sdmx_formats": "it prints how quickly formats are written",
    "python -m http.server": "a server of Python's own, which answers until it is stopped",
    "make up": "it leaves Airflow running; tests start and stop it in homes of their own (test_airflow_run.py)",
    "make down": "it stops what `make up` started",
    "ilms cluster up --bucket": "it adds Ceph, which test_store.py starts, to what test_cluster.py starts",
    "ilms cluster env": "it prints variables, which tests/ilms/test_cluster_plan.py reads",
    "make cluster ARGS=status": "it prints which parts answer, which tests/ilms/test_cluster_plan.py reads",
    "make clean": "it removes the environment that the tests run in",
    "make lock": "it asks the package index for newer versions",
    "make help": "it lists the targets, which are compared with the page of commands",
    "make picture": "it writes pages again, which tests compare with what it would write",
    "make new-source SOURCE=ABC.lfs WAVE=2024": "it calls `ilms new-source`, which is run",
    "make new-source SOURCE=ABC.permits WAVE=2024 KIND=register": "it calls `ilms new-source`, which is run",
    "make source SOURCE=ABC.lfs": "it calls `ilms check` and `ilms run`, which are run",
    "make source SOURCE=ABC.permits": "it calls `ilms check` and `ilms run`, which are run",
}
"""Commands as documents write them -> why no test runs them."""


def named() -> set[str]:
    """Every command in the documents, but for those of the tutorials, which are followed to the letter."""
    texts = [page.read_text(encoding="utf-8") for page in PAGES if page.name not in TUTORIALS]
    modules = {found[0] for text in texts for found in MODULE.finditer(text)}
    return modules | {" ".join(f"{program} {rest}".split()) for text in texts for program, rest in calls(text)}


def test_every_command_of_the_documents_is_run_or_it_is_said_why_not() -> None:
    tutorials = [page.read_text("utf-8") for page in PAGES if page.name in TUTORIALS]
    followed = {" ".join(f"{program} {rest}".split()) for text in tutorials for program, rest in calls(text)}
    accounted = {step.said for step in WALK} | set(ELSEWHERE) | set(NOT_RUN) | followed
    words = [set(each.split()) for each in accounted]
    lacking = [each for each in sorted(named()) if not any(set(each.split()) <= known for known in words)]
    assert lacking == [], "name each in WALK, ELSEWHERE or NOT_RUN"


def test_nothing_is_listed_that_no_document_names() -> None:
    listed = {step.said for step in WALK} | set(ELSEWHERE) | set(NOT_RUN)
    text = "\n".join(page.read_text("utf-8") for page in PAGES)
    assert sorted(each for each in listed - named() if each not in text) == []


@pytest.mark.parametrize("file", sorted(set(ELSEWHERE.values())))
def test_the_tests_that_are_named_exist(file: str) -> None:
    assert (PROJECT / file).is_file()


@pytest.fixture(scope="module")
def house() -> Iterator[Path]:
    """A folder with a declared survey, its files in a mirror, and a home with their release."""
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as name:
        leave_out_structures(patch)
        folder = Path(name)
        place = folder / "sources" / "ZZZ" / "small"
        place.mkdir(parents=True)
        waves = {wave: {"files": [{"name": "lfs.csv", "mirror": f"lfs_{wave}.csv"}]} for wave in ("2023", "2024")}
        (place / "source.yaml").write_text(yaml.safe_dump({**SMALL_SOURCE, "waves": waves}, sort_keys=False))
        (place / "columns.csv").write_text(
            "\n".join(["column,every_wave", *(f"{each},{each}" for each in SMALL_COLUMNS)])
        )
        (place / "code_maps.csv").write_text(SMALL_CODES)
        (folder / "mirror").mkdir()
        for seed, wave in enumerate(waves):
            (folder / "mirror" / f"lfs_{wave}.csv").write_text(survey_file(seed))
        private = Ed25519PrivateKey.generate()
        key = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (folder / "key").write_bytes(key)
        (folder / "key.pub").write_bytes(
            private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        )
        for variable, value in (("SOURCES", "sources"), ("MIRROR", "mirror"), ("HOME", "home")):
            patch.setenv(f"ILMS_{variable}", str(folder / value))
        patch.chdir(folder)
        _load.cache_clear()
        run_all(Settings(home=folder / "home", mirror=folder / "mirror"), sources=["ZZZ.small"], say=print)
        yield folder
    _load.cache_clear()


def requests_of_the_service() -> Iterator[tuple[str, dict[str, str]]]:
    """What docs/service.md asks with curl, of a country and a year that are there."""
    for line in (PROJECT / "docs" / "service.md").read_text("utf-8").splitlines():
        if line.startswith("    curl "):
            address = line.split('"$u', 1)[1].rstrip('"').replace("ARG", "ZZZ").replace("2016-Q3", "2024")
            yield f"/rest{address}", {"Accept": "text/csv"} if "text/csv" in line else {}


@pytest.mark.slow
def test_the_service_answers_what_its_page_asks(house: Path) -> None:
    asked = list(requests_of_the_service())
    assert len(asked) == 3
    with TestClient(create_app(Settings(home=house / "home").layout)) as client:
        for address, header in asked:
            answer = client.get(address, headers=header)
            assert answer.status_code == 200, (address, answer.text)


@pytest.mark.slow
def test_commands_do_what_documents_say_of_them(house: Path) -> None:
    """All of them, one after the other in one home."""
    layout = Settings(home=house / "home").layout
    failed = []
    for step in WALK:
        filled = {"folder": house, "file": house / "mirror" / "lfs_2024.csv", "key": house / "key"}
        release = layout.current().resolve().name
        done = CliRunner().invoke(app, step.run.format(**filled, release=release).split())
        if done.exit_code not in step.exits:
            failed.append(f"{step.said}: exit {done.exit_code}, {done.exception!r}\n{done.output[-600:]}")
    assert failed == []
