"""Indicators of the Sustainable Development Goals as a dataflow of the service, in the global data structure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sdmx
from lxml import etree
from sdmx_tables import observation
from served import Row, Service, rows, serving, write_release

from warehouse.sdmx.formats import DATA_FORMATS, STRUCTURE_FORMATS
from warehouse.sdmx.formats.base import DataFormat, StructureFormat
from warehouse.sdmx.formats.schema_faults import data_faults

CSV = "application/vnd.sdmx.data+csv;version=1.0.0"
FATAL, COST = "SDG_F881_SEX_MIG_RT", "SDG_M171_SEX_NB"
NAMESPACES = {"str": "http://www.sdmx.org/resources/sdmxml/schemas/v2_1/structure"}


def goals() -> list[Row]:
    """Recruitment costs in two countries and two years, fatal injuries of migrants and others in one."""
    found = [
        observation(indicator=COST, ref_area=area, sex=sex, classif1=None, classif2=None, time=year)
        for area in ("KEN", "LKA")
        for sex in ("SEX_T", "SEX_F")
        for year in ("2023", "2024")
    ]
    found += [
        observation(indicator=FATAL, sex="SEX_F", classif1=status, classif2=None, time="2022", obs_status="S")
        for status in ("MIG_STATUS_MIGRANT", "MIG_STATUS_NONMIG", "MIG_STATUS_X")
    ]
    return found


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    home = tmp_path_factory.mktemp("home")
    write_release(home, [*rows(), *goals()], datetime(2026, 11, 1, 12, 0, tzinfo=UTC))
    with serving(home) as running:
        yield running


def lines(service: Service, path: str) -> list[dict[str, str]]:
    answer = service.get(path, accept=CSV)
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.text)))


@pytest.mark.parametrize(
    ("path", "count"),
    [
        ("/data/DF_SDG", 10),
        ("/data/ILMS,DF_SDG,1.0/all/ILMS", 10),
        ("/data/dataflow/ILMS/DF_SDG/1.0", 10),
        ("/data/datastructure/IAEG-SDGs/SDG/1.5", 10),
        ("/data/DF_SDG/A.G.SL_EMP_RCOST.404+144...........", 8),
        ("/data/DF_SDG/...404._T..........?startPeriod=2024", 1),
        ("/data/DF_SDG/Q..............", 0),
        ("/data/DF_SDG/.N.............", 0),
        ("/data/DF_SDG?lastNObservations=1", 6),
        ("/data/dataflow/ILMS/DF_SDG/1.0/*?c[COMPOSITE_BREAKDOWN]=MS_MIGRANT", 1),
        ("/data/dataflow/ILMS/DF_SDG/1.0/*?c[OBS_VALUE]=gt:22", 10),
        ("/data/dataflow/ILMS/DF_SDG/1.0/*?c[OBS_STATUS]=N", 2),
    ],
)
def test_it_is_asked_for_like_any_other(service: Service, path: str, count: int) -> None:
    if count:
        assert len(lines(service, path)) == count
    else:
        assert service.get(path, accept=CSV).status_code == 404


def test_an_observation_has_the_codes_of_the_global_structure(service: Service) -> None:
    (line,) = lines(service, "/data/DF_SDG/A.G.SL_EMP_FTLINJUR.........MS_MIGRANT...")
    assert line["DATAFLOW"] == "ILMS:DF_SDG(1.0)"
    assert (line["REF_AREA"], line["SEX"], line["OBS_STATUS"], line["OBS_VALUE"]) == ("32", "F", "N", "22.717")
    assert line["SOURCE_DETAIL"] == "BA:ARG.eph | Geographical coverage: 31 urban areas"


def test_names_of_its_codes_are_those_of_its_own_lists(service: Service) -> None:
    text = service.get("/data/DF_SDG/...404._T..........", accept=f"{CSV};labels=both").text
    (line, *_) = csv.DictReader(io.StringIO(text))
    assert line["SEX: Sex"] == "_T: Both sexes or no breakdown by sex"
    assert line["REF_AREA: Reference area"] == "404: Kenya"


@pytest.mark.parametrize("form", DATA_FORMATS, ids=lambda each: each.id)
def test_every_format_of_data_has_it(service: Service, form: DataFormat) -> None:
    answer = service.get("/data/DF_SDG", accept=form.content_type)
    assert (answer.status_code, answer.headers["content-type"].split("; ")[0]) == (200, form.content_type)
    assert "SL_EMP_RCOST" in answer.text
    if form.id in ("ml-2.1", "ml-3.0"):
        version: Any = form.id.removeprefix("ml-")
        schema = service.get(
            "/schema/dataflow/ILMS/DF_SDG/1.0", accept=f"application/vnd.sdmx.schema+xml;version={version}"
        )
        assert not list(data_faults(io.BytesIO(answer.content), schema.content, version))


@pytest.mark.parametrize("form", STRUCTURE_FORMATS, ids=lambda each: each.id)
def test_its_structures_are_valid_in_every_format(service: Service, form: StructureFormat) -> None:
    for path in ("/dataflow/ILMS/DF_SDG/1.0?references=all", "/datastructure/IAEG-SDGs/SDG/1.5?references=children"):
        answer = service.get(path, accept=form.content_type)
        assert answer.status_code == 200
        assert not list(form.faults(io.BytesIO(answer.content)))


def test_its_structure_refers_to_lists_of_others_and_says_that_they_are_parts(service: Service) -> None:
    answer = service.get("/dataflow/ILMS/DF_SDG/1.0?references=descendants")
    content = etree.fromstring(answer.content)
    lists = content.findall(".//str:Codelist", NAMESPACES)
    assert {f"{each.get('agencyID')}:{each.get('id')}({each.get('version')})" for each in lists} >= {
        "SDMX:CL_FREQ(2.0)",
        "SDMX:CL_OBS_STATUS(2.1)",
        "IAEG-SDGs:CL_SERIES(1.5)",
        "IAEG-SDGs:CL_AREA(1.4)",
    }
    assert {each.get("isPartial") for each in lists} == {"true"}
    usage = content.xpath("//str:Attribute[@id='UNIT_MEASURE']/@assignmentStatus", namespaces=NAMESPACES)
    assert usage == ["Mandatory"]


def test_what_it_has_data_for_is_told_as_of_any_other(service: Service) -> None:
    for path in ("/availableconstraint/DF_SDG", "/contentconstraint/ILMS/CCA_DF_SDG/1.0"):
        found = etree.fromstring(service.get(path).content)
        values = {each.get("id"): [v.text for v in each if v.text] for each in found.iter("{*}KeyValue")}
        assert values["SERIES"] == ["SL_EMP_FTLINJUR", "SL_EMP_RCOST"]
        assert values["REF_AREA"] == ["144", "32", "404"]
        assert values["COMPOSITE_BREAKDOWN"] == ["MS_MIGRANT", "MS_NOMIGRANT", "_T"]


def test_lists_of_the_same_id_are_not_taken_for_each_other(service: Service) -> None:
    answer = service.get("/dataflow/ILMS/DF_MST_TEMP_SEX_AGE_CBR_NB/1.0?references=all&detail=referencepartial")
    codes = etree.fromstring(answer.content).xpath("//str:Codelist[@id='CL_SEX']/str:Code/@id", namespaces=NAMESPACES)
    assert codes == ["SEX_T", "SEX_F"]
    answer = service.get("/dataflow/ILMS/DF_SDG/1.0?references=descendants&detail=referencepartial")
    codes = etree.fromstring(answer.content).xpath("//str:Codelist[@id='CL_SEX']/str:Code/@id", namespaces=NAMESPACES)
    assert codes == ["_T", "F"]


def test_sdmx1_reads_it_with_its_structure(service: Service, tmp_path: Path) -> None:
    for name, path in (("flow", "/dataflow/ILMS/DF_SDG/1.0?references=all"), ("data", "/data/DF_SDG")):
        accept = "application/vnd.sdmx.structurespecificdata+xml;version=2.1" if name == "data" else "*/*"
        (tmp_path / f"{name}.xml").write_bytes(service.get(path, accept=accept).content)
    structures: Any = sdmx.read_sdmx(tmp_path / "flow.xml")
    message: Any = sdmx.read_sdmx(tmp_path / "data.xml", structure=structures.structure["SDG"])
    assert len(sdmx.to_pandas(message.data[0])) == 10
