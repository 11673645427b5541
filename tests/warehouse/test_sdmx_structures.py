"""The structure message: valid against the official schemas, and read alike by XML parser, pysdmx and sdmx1."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import duckdb
import pysdmx.io
import pytest
import sdmx
from lxml import etree
from pysdmx.model import Codelist as ReadByPysdmx
from sdmx.message import StructureMessage as ReadBySdmx1
from sdmx.model.common import Code
from sdmx_tables import EMPLOYMENT, observation, one_of_each_indicator, warehouse_of

from schemas.catalogue import all_indicators
from schemas.codelists import load_codelist
from schemas.declaration import Text
from schemas.errors import DeclarationError, PublishError
from schemas.indicators import load_catalogue
from schemas.sdmx import load_shape
from warehouse.sdmx.agency import Agency
from warehouse.sdmx.artefacts import (
    CATEGORISATION,
    CATEGORY_SCHEME,
    CODELIST,
    CONCEPT_SCHEME,
    CONSTRAINT,
    DATA_STRUCTURE,
    Artefact,
    Categorisation,
    CategoryScheme,
    Codelist,
    Constraint,
    ItemScheme,
    StructureMessage,
)
from warehouse.sdmx.flows import Flow, read_flows
from warehouse.sdmx.formats import STRUCTURE_FORMATS
from warehouse.sdmx.formats.base import StructureFormat
from warehouse.sdmx.formats.csv import Csv10
from warehouse.sdmx.formats.schema_faults import Fault, schema_faults
from warehouse.sdmx.formats.structure_ml import StructureMl21
from warehouse.sdmx.structures import build_structures
from warehouse.sdmx.write import write_sdmx

PLAIN = (StructureMl21.id, Csv10.id)
PREPARED = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
NAMESPACES = {
    "str": "http://www.sdmx.org/resources/sdmxml/schemas/v2_1/structure",
    "com": "http://www.sdmx.org/resources/sdmxml/schemas/v2_1/common",
}
LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
CODELISTS = {
    *("CL_AREA", "CL_FREQ", "CL_MEASURE", "CL_SEX", "CL_AGE", "CL_CBR", "CL_CCT", "CL_OBS_STATUS", "CL_DECIMALS"),
    *("CL_EDU", "CL_ECO", "CL_OCU", "CL_STE", "CL_CRS", "CL_CUR"),
    *("CL_UNIT_MEASURE_TYPE", "CL_UNIT_MEASURE", "CL_UNIT_MULT"),
    *("CL_CPR", "CL_LMS", "CL_DOS", "CL_PER", "CL_RSD", "CL_GEO", "CL_DSB", "CL_PAR"),
}


@pytest.fixture(scope="module")
def connection() -> duckdb.DuckDBPyConnection:
    return warehouse_of(one_of_each_indicator())


@pytest.fixture(scope="module")
def structures(connection: duckdb.DuckDBPyConnection, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sdmx")
    write_sdmx(connection, folder, prepared=PREPARED, formats=[StructureMl21.id], compressed=False)
    return folder / StructureMl21.file


@pytest.fixture(scope="module")
def tree(structures: Path) -> Any:
    return etree.parse(structures)


def names(element: Any) -> dict[str, str]:
    return {name.get(LANGUAGE): name.text for name in element.findall("com:Name", NAMESPACES)}


def test_the_message_is_valid_against_the_official_schemas(structures: Path) -> None:
    assert not list(schema_faults(BytesIO(structures.read_bytes())))


def test_nothing_is_final_because_codes_and_attributes_are_added_under_the_same_address(
    structures: Path, tree: Any
) -> None:
    final = tree.xpath("//*[@version]/@isFinal")
    assert len(final) > 100
    assert set(final) == {"false"}
    read_by_sdmx1 = sdmx.read_sdmx(structures)
    assert isinstance(read_by_sdmx1, ReadBySdmx1)
    assert not any(each.is_final for each in [*read_by_sdmx1.codelist.values(), *read_by_sdmx1.dataflow.values()])
    assert not any(each.is_final for each in pysdmx.io.read_sdmx(structures).get_codelists())


def test_a_dataflow_lists_its_older_and_newer_ids(tree: Any) -> None:
    query = "//str:Dataflow[@id=$id]//com:AnnotationText/text()"
    (reported,) = tree.xpath(query, id="DF_MST_TUNE_SEX_AGE_CCT_RT", namespaces=NAMESPACES)
    assert reported == "UNE_DEAP_SEX_AGE_CCT_RT (newer: exact)"
    assert tree.xpath(query, id="DF_MST_XWAP_SEX_EDU_CCT_NB", namespaces=NAMESPACES) != [reported]


@pytest.mark.parametrize(
    ("right", "wrong", "fault"),
    [
        (b'<str:Code id="SEX_M">', b'<str:Code id="SEX M">', "not accepted by the pattern"),
        (b'textType="Double"', b'textType="Real"', "enumeration"),
        (b"<mes:Test>false</mes:Test>", b"", "This element is not expected"),
        (b'isFinal="false"', b'isFinal="none"', "not a valid value"),
    ],
)
def test_a_broken_message_is_rejected(structures: Path, right: bytes, wrong: bytes, fault: str) -> None:
    content = structures.read_bytes()
    assert right in content
    faults = schema_faults(BytesIO(content.replace(right, wrong, 1)))
    assert any(fault in each.what for each in faults)


def test_an_invalid_message_is_never_written(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "warehouse.sdmx.formats.structure_ml.schema_faults", lambda *_: [Fault("line 7", "not allowed")]
    )
    with pytest.raises(PublishError, match="is not valid SDMX-ML .*: line 7: not allowed"):
        write_sdmx(connection, tmp_path, prepared=PREPARED)
    assert list(tmp_path.iterdir()) == []


def test_every_label_reads_back_exactly_in_three_languages(tree: Any) -> None:
    found = {element.get("id"): element for element in tree.iterfind(".//str:Codelist", NAMESPACES)}
    assert set(found) == CODELISTS
    for codelist, element in found.items():
        declared = load_codelist(codelist)
        assert names(element) == dict(declared.name)
        codes = {code.get("id"): names(code) for code in element.findall("str:Code", NAMESPACES)}
        assert codes == {
            code.code: {"en": code.label_en, "fr": code.label_fr, "es": code.label_es} for code in declared.codes
        }


def test_codes_keep_their_parents_order_and_totals(tree: Any) -> None:
    ages = tree.find(".//str:Codelist[@id='CL_AGE']", NAMESPACES)
    code = ages.find("str:Code[@id='AGE_YTHADULT_YGE15']", NAMESPACES)
    assert code.find("str:Parent/Ref", NAMESPACES).get("id") == "AGE_YTHADULT"
    annotations = {
        annotation.get("id"): annotation.findtext("com:AnnotationText", namespaces=NAMESPACES)
        for annotation in code.iterfind("com:Annotations/com:Annotation", NAMESPACES)
    }
    declared = load_codelist("CL_AGE").by_code["AGE_YTHADULT_YGE15"]
    assert annotations == {"IS_TOTAL": "Y", "ORDER": str(declared.sort)}
    order = [each.get("id") for each in ages.findall("str:Code", NAMESPACES)]
    assert order == [each.code for each in load_codelist("CL_AGE").codes]


def test_every_indicator_has_a_structure_and_a_dataflow_named_in_three_languages(tree: Any) -> None:
    catalogue = load_catalogue().indicators
    for prefix, kind in (("", "DataStructure"), ("DF_", "Dataflow")):
        found = {element.get("id"): element for element in tree.iterfind(f".//str:{kind}[@id]", NAMESPACES)}
        assert set(found) == {f"{prefix}{indicator}" for indicator in catalogue}
        for indicator, declared in catalogue.items():
            element = found[f"{prefix}{indicator}"]
            assert names(element) == dict(declared.title)
            assert element.get("urn").endswith(f".{kind}=ILMS:{prefix}{indicator}(1.0)")


def test_pysdmx_reads_structures_in_ilostats_shape(structures: Path) -> None:
    message = pysdmx.io.read_sdmx(structures, validate=True)
    definition = next(each for each in message.get_data_structure_definitions() if each.id == EMPLOYMENT)
    components = {component.id: component for component in definition.components}
    dimensions = [name for name, component in components.items() if component.role.name == "DIMENSION"]
    assert dimensions == ["REF_AREA", "FREQ", "MEASURE", "SEX", "AGE", "CBR", "TIME_PERIOD"]
    attached = {name: component.attachment_level for name, component in components.items()}
    assert {name for name, level in attached.items() if level == "MEASURE"} == {
        *("UNIT_MEASURE", "UNIT_MEASURE_TYPE", "UNIT_MULT")
    }
    assert {name for name, level in attached.items() if level == "REF_AREA,MEASURE,TIME_PERIOD"} == {
        *("SOURCE", "NOTE_SOURCE", "NOTE_INDICATOR")
    }
    assert {name for name, level in attached.items() if level == "O"} == {
        *("OBS_STATUS", "NOTE_CLASSIF", "DECIMALS", "UPPER_BOUND", "LOWER_BOUND"),
        *("SAMPLE_SIZE", "DISTINCT_PERSONS", "STANDARD_ERROR", "COEFFICIENT_OF_VARIATION", "DEGREES_OF_FREEDOM"),
        *("WAVE", "VINTAGE"),
    }
    places = components["CBR"].enumeration
    assert isinstance(places, ReadByPysdmx)
    assert {"CBR_BIR_TOTAL", "CBR_BIR_NATIVE", "CBR_BIR_FOREIGN", "CBR_BIR_X"} <= {code.id for code in places.codes}


def test_sdmx1_reads_names_in_every_language_and_the_hierarchy(structures: Path) -> None:
    message = sdmx.read_sdmx(structures)
    assert isinstance(message, ReadBySdmx1)
    foreign_born = message.codelist["CL_CBR"]["CBR_BIR_FOREIGN"]
    assert isinstance(foreign_born.parent, Code)
    assert foreign_born.parent.id == "CBR_BIR"
    assert foreign_born.name.localizations == {
        "en": "Foreign-born",
        "fr": "Né à l'étranger",
        "es": "Nacido en el extranjero",
    }
    schemes = {scheme.id: set(scheme.items) for scheme in message.concept_scheme.values()}
    assert schemes["CS_CLASSIF_TYPE"] == {
        *("SEX", "AGE", "EDU", "ECO", "OCU", "STE", "CBR", "CCT", "CRS", "CUR"),
        *("CPR", "LMS", "DOS", "PER", "RSD", "GEO", "DSB", "PAR"),
    }
    assert schemes["CS_ILOSTAT"] | schemes["CS_NOTE_TYPE"] == set(load_shape().components)
    assert message.dataflow[f"DF_{EMPLOYMENT}"].structure.id == EMPLOYMENT


def test_tables_by_country_share_the_dimension_of_place_of_birth(tree: Any) -> None:
    """Their codes are of another version of one code list: CBR_BRT_COL beside CBR_BIR_FOREIGN."""
    for indicator, wanted in {
        "MST_FORP_SEX_CBR_NB": ["SEX", "CBR"],
        "MST_NCTE_SEX_CCT_NB": ["SEX", "CCT"],
        "EAR_4MTH_SEX_CBR_CUR_NB": ["SEX", "CBR", "CUR"],
    }.items():
        structure = tree.find(f".//str:DataStructure[@id='{indicator}']", NAMESPACES)
        dimensions = [each.get("id") for each in structure.iterfind(".//str:DimensionList/str:Dimension", NAMESPACES)]
        assert dimensions == ["REF_AREA", "FREQ", "MEASURE", *wanted]


def test_the_agency_is_a_setting_and_names_may_hold_any_character(tmp_path: Path) -> None:
    name = Text(en='The "National" Office & <Partners>', fr="L'Institut\nnational\x0b", es="El «Instituto»")
    one = warehouse_of([observation()])
    written = write_sdmx(
        one, tmp_path, agency=Agency("XYZ_STAT", name, "2.1"), prepared=PREPARED, formats=PLAIN, compressed=False
    )
    tree = etree.parse(tmp_path / StructureMl21.file)
    allowed = dict(name) | {"fr": "L'Institut\nnational\N{REPLACEMENT CHARACTER}"}
    assert names(tree.find(".//str:Agency", NAMESPACES)) == allowed
    flow: Any = tree.find(".//str:Dataflow", NAMESPACES)
    assert (flow.get("agencyID"), flow.get("version")) == ("XYZ_STAT", "2.1")
    first_row = written[0].files[Csv10.name].read_text(encoding="utf-8").splitlines()[1]
    assert first_row.startswith(f"XYZ_STAT:DF_{EMPLOYMENT}(2.1),ARG,Q,MST_TEMP_NB,")


@pytest.fixture(scope="module")
def message() -> StructureMessage:
    """The structures of one indicator that has data for two codes and two periods."""
    connection = warehouse_of([observation(), observation(time="2018", sex="SEX_F", obs_status="S")])
    flows = [flow for flow in read_flows(connection) if flow.indicator == EMPLOYMENT]
    return build_structures(connection, flows, agency=Agency(), prepared=PREPARED)


@pytest.mark.parametrize("structure_format", STRUCTURE_FORMATS, ids=lambda each: each.name)
def test_every_format_is_valid_against_its_official_schema(
    message: StructureMessage, structure_format: StructureFormat
) -> None:
    content = b"".join(structure_format.chunks(message))
    assert not list(structure_format.faults(BytesIO(content)))
    broken = content.replace(b"IS_TOTAL", b"IS TOTAL").replace(b"SEX_F", b"SEX F")
    assert list(structure_format.faults(BytesIO(broken)))


@pytest.mark.parametrize("structure_format", STRUCTURE_FORMATS, ids=lambda each: each.name)
def test_pysdmx_reads_the_same_structures_in_every_format(
    message: StructureMessage, structure_format: StructureFormat, tmp_path: Path
) -> None:
    file = tmp_path / structure_format.file
    structure_format.write(message, file)
    read = pysdmx.io.read_sdmx(file, validate=True)
    (definition,) = read.get_data_structure_definitions()
    assert [each.id for each in definition.components.dimensions] == list(flow_of(EMPLOYMENT).keys)
    assert {each.id: each.attachment_level for each in definition.components.attributes}.items() >= {
        "UNIT_MEASURE": "MEASURE",
        "OBS_STATUS": "O",
    }.items()
    codes = {each.id: [code.id for code in each] for each in read.get_codelists()}
    assert codes["CL_SEX"] == [code.code for code in load_codelist("CL_SEX").codes]
    (flow,) = read.get_dataflows()
    assert (flow.id, flow.name) == (f"DF_{EMPLOYMENT}", flow_of(EMPLOYMENT).title.en)
    assert str(flow.description).startswith("Usual residents of working age in employment")


def test_a_dataflow_is_found_by_its_topic_and_says_which_codes_and_years_it_has(message: StructureMessage) -> None:
    (constraint,) = message.of(CONSTRAINT)
    assert isinstance(constraint, Constraint)
    assert dict(constraint.values)["SEX"] == ("SEX_F", "SEX_T")
    assert (constraint.first_period, constraint.last_period) == ("2016", "2018")
    (found,) = message.of(CATEGORISATION)
    assert isinstance(found, Categorisation)
    (topics,) = message.of(CATEGORY_SCHEME)
    assert isinstance(topics, CategoryScheme)
    assert [(each.id, each.name.en) for each in topics.items] == [(found.category, "Stock of migrants")]


DEFINED = {
    "en": "Usual residents of working age in employment, armed forces included",
    "fr": "Résidents habituels en âge de travailler en emploi, forces armées comprises",
    "es": "Residentes habituales en edad de trabajar con empleo, incluidas las fuerzas armadas",
}
COMPUTED = {
    "en": "ILOSTAT's meaning; E in SDMX's own list. SDMX L means a missing value",
    "fr": "Sens d'ILOSTAT ; E dans la liste de SDMX. L signifie dans SDMX une valeur manquante",
    "es": "Significado de ILOSTAT; E en la lista de SDMX. L significa en SDMX un valor que falta",
}


@pytest.mark.parametrize("structure_format", STRUCTURE_FORMATS, ids=lambda each: each.name)
def test_names_and_descriptions_leave_in_three_languages_in_every_format(
    message: StructureMessage, structure_format: StructureFormat
) -> None:
    content = b"".join(structure_format.chunks(message))
    dataflow = said_of(content, "Dataflow", f"DF_{EMPLOYMENT}")
    assert dataflow["names"] == dict(load_catalogue().indicators[EMPLOYMENT].title)
    assert {language: text.split(". ")[0] for language, text in dataflow["descriptions"].items()} == DEFINED
    structure = said_of(content, "DataStructure", EMPLOYMENT)
    assert {language: text.split(". ")[0] for language, text in structure["descriptions"].items()} == DEFINED
    assert said_of(content, "Codelist", "CL_SEX")["names"] == {"en": "Sex", "fr": "Sexe", "es": "Sexo"}
    assert said_of(content, "Concept", "CBR")["names"] == dict(load_codelist("CL_CBR").name)
    status = said_of(content, "Code", "L")
    assert status["names"]["fr"] == load_codelist("CL_OBS_STATUS").by_code["L"].label_fr
    assert status["descriptions"] == COMPUTED


def test_no_text_of_the_structures_lacks_a_language(message: StructureMessage) -> None:
    texts = {text for each in message.artefacts for text in texts_in(each)}
    assert len(texts) > 500
    assert [text.en for text in texts if not (text.fr and text.es)] == []


def test_a_release_made_before_definitions_were_translated_gives_them_in_english() -> None:
    connection = warehouse_of([])
    for column in ("definition_fr", "definition_es", "reference_fr", "reference_es"):
        connection.execute(f"alter table indicator drop {column}")
    (flow,) = (each for each in read_flows(connection) if each.indicator == EMPLOYMENT)
    assert (flow.title.fr, flow.definition) == (
        "Emploi par sexe, âge et lieu de naissance (milliers)",
        Text(en=DEFINED["en"]),
    )
    assert dict(flow.description) == {"en": f"{DEFINED['en']}. {flow.reference.en}", "fr": None, "es": None}


def said_of(content: bytes, kind: str, identity: str) -> dict[str, dict[str, str]]:
    """The names and descriptions of an artefact or item of a message, by language."""
    if content.lstrip().startswith(b"{"):
        found = next(each for each in objects_in(json.loads(content)) if each.get("id") == identity and "names" in each)
        return {"names": found["names"], "descriptions": found.get("descriptions", {})}
    tree: Any = etree.fromstring(content)
    (element,) = tree.xpath(f"//*[local-name()='{kind}'][@id='{identity}'][*[local-name()='Name']]")
    tags = {"names": "{*}Name", "descriptions": "{*}Description"}
    return {
        said: {str(each.get(LANGUAGE)): str(each.text) for each in element.findall(tag)} for said, tag in tags.items()
    }


def objects_in(value: Any) -> Iterator[dict[str, Any]]:
    """Every object of a JSON message, however deep, the outer ones first."""
    if isinstance(value, dict):
        yield value
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from objects_in(each)


def texts_in(artefact: Artefact) -> Iterator[Text]:
    """The names and descriptions of an artefact and of its items."""
    items = artefact.items if isinstance(artefact, ItemScheme) else ()
    named = [(artefact.name, artefact.description), *((each.name, each.description) for each in items)]
    yield from (text for texts in named for text in texts if text)


def test_every_indicator_has_a_topic_with_a_name() -> None:
    topics = load_shape().topics
    assert {indicator.split("_")[0] for indicator in all_indicators()} <= topics.keys()


def test_observation_statuses_say_what_they_are_in_sdmxs_own_list(message: StructureMessage) -> None:
    statuses = next(each for each in message.of(CODELIST) if each.id == "CL_OBS_STATUS")
    assert isinstance(statuses, Codelist)
    said = {each.id: each.description.en for each in statuses.items if each.description}
    assert len(said) == len(statuses.items)
    assert said["S"] == ("ILOSTAT's meaning; N in SDMX's own list. SDMX S means a strike or another special event")
    assert said["M"] == "ILOSTAT's meaning; E in SDMX's own list. SDMX M means a missing value"


def test_an_artefact_knows_what_it_refers_to(message: StructureMessage) -> None:
    (structure,) = message.of(DATA_STRUCTURE)
    lists = {reference.id for kind, reference in structure.refers_to() if kind is CODELIST}
    assert lists == {each.id for each in message.of(CODELIST)}
    assert {reference.id for kind, reference in structure.refers_to() if kind is CONCEPT_SCHEME} == {
        each.id for each in message.of(CONCEPT_SCHEME)
    }


def flow_of(indicator: str) -> Flow:
    return next(each for each in read_flows(warehouse_of([])) if each.indicator == indicator)


@pytest.mark.parametrize(("agency", "version"), [("1LO", "1.0"), ("XYZ.STAT", "1.0"), ("ILMS", "one")])
def test_ids_that_sdmx_forbids_are_refused(agency: str, version: str) -> None:
    with pytest.raises(DeclarationError, match="is not an SDMX"):
        Agency(agency, version=version)


def test_the_same_tables_give_the_same_bytes(
    connection: duckdb.DuckDBPyConnection, structures: Path, tmp_path: Path
) -> None:
    write_sdmx(connection, tmp_path, prepared=PREPARED, formats=[StructureMl21.id], compressed=False)
    assert (tmp_path / StructureMl21.file).read_bytes() == structures.read_bytes()
