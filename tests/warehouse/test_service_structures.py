"""Structure queries: which structures, with which others, and how much of each."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
from lxml import etree
from served import EARNINGS, EMPLOYED, RATE, SHAPES, Service, a_service

from warehouse.sdmx.formats import STRUCTURE_FORMATS
from warehouse.sdmx.formats.base import StructureFormat
from warehouse.sdmx.formats.schema_faults import MlVersion, data_faults, schema_faults

FLOW, DSD = f"DF_{EMPLOYED}", EMPLOYED
LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
ML_2_1 = "application/vnd.sdmx.structure+xml;version=2.1"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    yield from a_service(tmp_path_factory.mktemp("home"))


def structures(service: Service, path: str, **headers: str) -> list[Any]:
    """The structures of an answer, which is valid SDMX-ML 2.1."""
    answer = service.get(path, **{"accept": ML_2_1} | headers)
    assert answer.status_code == 200, answer.text
    assert not list(schema_faults(BytesIO(answer.content)))
    (content,) = etree.fromstring(answer.content).findall("{*}Structures")
    return [each for group in content for each in group]


def named(found: list[Any]) -> set[str]:
    return {f"{etree.QName(each).localname} {each.get('id')}" for each in found}


def children(element: Any) -> list[str]:
    return [etree.QName(each).localname for each in element]


@pytest.mark.parametrize(
    "path",
    [
        f"/dataflow/ILMS/{FLOW}/1.0",
        f"/dataflow/ILMS/{FLOW}/latest",
        f"/dataflow/ALL/{FLOW}/",
        f"/dataflow/all/{FLOW}+DF_NONE",
        f"/structure/dataflow/*/{FLOW}/~",
        f"/structure/dataflow/ILMS/{FLOW}/1.0+",
        f"/structure/ILMS/{FLOW}/1.0",
    ],
)
def test_one_dataflow_by_every_address(service: Service, path: str) -> None:
    assert named(structures(service, path)) == {f"Dataflow {FLOW}"}


def test_all_of_a_type_are_those_with_data(service: Service) -> None:
    assert named(structures(service, "/dataflow")) == {f"Dataflow DF_{each}" for each in SHAPES}
    assert named(structures(service, "/datastructure/all/all/latest")) == {f"DataStructure {each}" for each in SHAPES}
    everything = named(structures(service, "/structure/all/all/all?detail=allstubs"))
    assert {f"Dataflow {FLOW}", f"DataStructure {DSD}", "Codelist CL_SEX", "ConceptScheme CS_ILOSTAT"} <= everything


def test_which_structures_come_with_one(service: Service) -> None:
    own, flow = f"DataStructure {DSD}", f"Dataflow {FLOW}"
    assert named(structures(service, f"/datastructure/ILMS/{DSD}?references=none")) == {own}
    children = named(structures(service, f"/datastructure/ILMS/{DSD}?references=children"))
    assert {own, "Codelist CL_AGE", "Codelist CL_CBR", "ConceptScheme CS_CLASSIF_TYPE"} <= children
    assert not {flow, "Codelist CL_CCT"} & children
    assert named(structures(service, f"/datastructure/ILMS/{DSD}?references=parents")) == {own, flow}
    assert named(structures(service, f"/dataflow/ILMS/{FLOW}?references=children")) == {own, flow}
    descendants = named(structures(service, f"/dataflow/ILMS/{FLOW}?references=descendants"))
    assert descendants >= children | {flow}
    assert named(structures(service, f"/dataflow/ILMS/{FLOW}?references=all")) >= descendants
    assert named(structures(service, f"/dataflow/ILMS/{FLOW}?references=datastructure")) == {own, flow}
    using = named(structures(service, "/codelist/ILMS/CL_CUR?references=parents"))
    assert {"Codelist CL_CUR", f"DataStructure {EARNINGS}", "ConceptScheme CS_CLASSIF_TYPE"} <= using
    assert f"DataStructure {RATE}" not in using
    ancestors = named(structures(service, "/structure/codelist/ILMS/CL_CUR/1.0?references=ancestors"))
    assert ancestors >= using | {f"Dataflow DF_{EARNINGS}"}


def test_stubs(service: Service) -> None:
    (flow,) = structures(service, f"/dataflow/ILMS/{FLOW}?detail=allstubs")
    assert flow.get("isExternalReference") == "true" and set(children(flow)) == {"Name"}
    found = structures(service, f"/dataflow/ILMS/{FLOW}?detail=referencestubs&references=descendants")
    stubs = {each.get("id") for each in found if each.get("isExternalReference") == "true"}
    assert FLOW not in stubs and {DSD, "CL_SEX"} <= stubs


def test_codes_of_a_list(service: Service) -> None:
    (sex,) = structures(service, "/codelist/ILMS/CL_SEX/1.0/SEX_T+SEX_M")
    assert [each.get("id") for each in sex.findall("{*}Code")] == ["SEX_T", "SEX_M"]
    assert sex.get("isPartial") == "true"
    assert service.get("/codelist/ILMS/CL_SEX/1.0/SEX_Q").status_code == 404
    assert service.get(f"/dataflow/ILMS/{FLOW}/1.0/A").status_code == 400


def test_only_the_codes_that_have_data(service: Service) -> None:
    found = structures(service, f"/dataflow/ILMS/{FLOW}?references=descendants&detail=referencepartial")
    lists = {each.get("id"): each for each in found}
    areas = [each.get("id") for each in lists["CL_AREA"].findall("{*}Code")]
    assert {"ARG", "URY"} <= set(areas) and len(areas) < 10, "those above them stay"
    assert [each.get("id") for each in lists["CL_FREQ"].findall("{*}Code")] == ["A", "Q"]


def test_one_language(service: Service) -> None:
    (sex,) = structures(service, "/codelist/ILMS/CL_SEX", accept_language="es-AR, fr;q=0.5")
    names = [(each.get(LANGUAGE), each.text) for each in sex.iter("{*}Name")]
    assert ("es", "Hombres") in names and {language for language, _ in names} == {"es"}
    (every,) = structures(service, "/codelist/ILMS/CL_SEX")
    assert {each.get(LANGUAGE) for each in every.iter("{*}Name")} == {"en", "fr", "es"}


@pytest.mark.parametrize("form", STRUCTURE_FORMATS, ids=lambda form: form.id)
@pytest.mark.parametrize(
    "path",
    [
        "/structure/all/all/all?detail=allstubs",
        "/structure/all/all/all?detail=allcompletestubs",
        f"/dataflow/ILMS/{FLOW}?references=all",
        f"/dataflow/ILMS/{FLOW}?references=all&detail=referencepartial",
        "/codelist/ILMS/CL_SEX/1.0/SEX_T",
        f"/availableconstraint/{FLOW}/ARG.....?references=all",
        f"/availableconstraint/{FLOW}/ARG...../all/SEX",
    ],
)
def test_every_format_is_valid(service: Service, form: StructureFormat, path: str) -> None:
    for language in ("*", "fr"):
        answer = service.get(path, accept=form.content_type, accept_language=language)
        assert answer.headers["content-type"] == form.content_type
        assert not list(form.faults(BytesIO(answer.content)))


def test_sdmx_3_answers_in_json_unless_told_otherwise(service: Service) -> None:
    (flow,) = service.get(f"/structure/dataflow/ILMS/{FLOW}").json()["data"]["dataflows"]
    assert (flow["id"], set(flow["names"])) == (FLOW, {"en", "fr", "es"})
    (flow,) = service.get(f"/structure/dataflow/ILMS/{FLOW}", accept_language="es").json()["data"]["dataflows"]
    assert flow["name"] == flow["names"]["es"] and set(flow["names"]) == {"es"}


def test_topics_providers_and_what_has_data(service: Service) -> None:
    assert "CategoryScheme CAS_TOPIC" in named(structures(service, "/categoryscheme"))
    using = named(structures(service, f"/dataflow/ILMS/{FLOW}?references=parents"))
    assert {f"Categorisation CAT_{FLOW}", f"ProvisionAgreement PA_{FLOW}", f"ContentConstraint CCA_{FLOW}"} < using
    assert named(structures(service, "/organisationscheme/all/all/all")) == {
        "AgencyScheme AGENCIES",
        "DataProviderScheme DATA_PROVIDERS",
    }
    for resource in ("actualconstraint", "contentconstraint", "structure/dataconstraint"):
        (found,) = structures(service, f"/{resource}/ILMS/CCA_{FLOW}")
        assert values(found, "REF_AREA") == ["ARG", "URY"]
    assert service.get("/allowedconstraint").status_code == 404


def test_what_is_not_there(service: Service) -> None:
    assert service.get("/dataflow/OTHER").status_code == 404
    assert service.get("/metadataflow").status_code == 404
    assert service.get("/structure/hierarchyassociation/*").status_code == 404
    assert service.get("/dataflow?references=some").status_code == 400
    assert service.get("/dataflow?detail=some").status_code == 400
    assert service.get("/dataflow/ILMS/a b").status_code == 400
    assert service.get("/cloud").status_code == 404
    assert service.get("/structure/cloud/ILMS/A/1.0/B").status_code == 400
    assert service.get("/metadata/metadataflow/ILMS").status_code == 501


def values(constraint: Any, dimension: str) -> list[str]:
    return [each.text for each in constraint.iterfind(f".//{{*}}KeyValue[@id='{dimension}']/{{*}}Value")]


def test_which_codes_have_data(service: Service) -> None:
    (found,) = structures(service, f"/availableconstraint/{FLOW}/ARG.Q..SEX_F..")
    assert values(found, "REF_AREA") == ["ARG"] and values(found, "SEX") == ["SEX_F"]
    assert values(found, "CBR") == ["CBR_BIR_FOREIGN", "CBR_BIR_NATIVE", "CBR_BIR_TOTAL"]
    periods = [each.text for each in found.iterfind(".//{*}TimeRange/*")]
    assert periods == ["2016-Q3", "2017-Q1"]
    counts = {each.get("id"): each.findtext("{*}AnnotationText") for each in found.iter("{*}Annotation")}
    assert counts == {"series_count": "6", "obs_count": "18"}


def test_which_codes_could_still_be_chosen(service: Service) -> None:
    (found,) = structures(service, f"/availability/dataflow/ILMS/{FLOW}/1.0/ARG.Q.*.SEX_F?mode=available")
    assert values(found, "SEX") == ["SEX_F", "SEX_T"] and values(found, "REF_AREA") == ["ARG", "URY"]


def test_the_codes_of_one_dimension_with_their_list(service: Service) -> None:
    found = structures(service, f"/availableconstraint/ILMS%2C{FLOW}/all/all/REF_AREA?references=codelist")
    constraint = next(each for each in found if children(each)[-1] == "CubeRegion")
    assert [each.get("id") for each in constraint.iter("{*}KeyValue")] == ["REF_AREA"]
    areas = next(each for each in found if each.get("id") == "CL_AREA")
    assert areas.get("isPartial") == "true"
    assert service.get(f"/availableconstraint/{FLOW}/all/all/MOON").status_code == 400
    assert service.get(f"/availableconstraint/{FLOW}/XXX.....").status_code == 404


@pytest.mark.parametrize("version", ["2.1", "3.0"])
def test_data_follow_the_schema_of_their_structure(service: Service, version: MlVersion) -> None:
    data = {
        "2.1": "application/vnd.sdmx.structurespecificdata+xml;version=2.1",
        "3.0": "application/vnd.sdmx.data+xml;version=3.0.0",
    }
    for at in ("TIME_PERIOD", "AllDimensions", "SEX"):
        query = f"dimensionAtObservation={at}"
        accept = f"application/vnd.sdmx.schema+xml;version={version}"
        schema = service.get(f"/schema/datastructure/ILMS/{DSD}/1.0?{query}", accept=accept)
        assert schema.headers["content-type"] == accept
        message = service.get(f"/data/{FLOW}/ARG.....?{query}", accept=data[version])
        assert not list(data_faults(BytesIO(message.content), schema.content, version))
    assert service.get(f"/schema/dataflow/ILMS/{FLOW}").status_code == 200
    assert service.get(f"/schema/dataflow/ILMS/{FLOW}?dimensionAtObservation=MOON").status_code == 400
    assert service.get(f"/schema/codelist/ILMS/{FLOW}").status_code == 400
    assert service.get(f"/schema/dataflow/ILMS/{FLOW}", accept="text/csv").status_code == 406
