"""The code lists: ILOSTAT's codes in a hierarchy, with labels in three languages, and errors that name the line."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import pytest

from schemas.classifications import load_classifications
from schemas.codelists import CODELISTS_FOLDER, all_codelists, codelist_ids, load_codelist
from schemas.concepts import load_concepts
from schemas.errors import DeclarationError
from schemas.indicators import load_catalogue

HEADER = "code,parent,label_en,label_fr,label_es,is_total,sort\n"


def test_classification_versions_are_the_parents_of_their_codes() -> None:
    ages = load_codelist("CL_AGE")
    assert ages.by_code["AGE_YTHADULT"].parent is None
    assert [code.code for code in ages.members("AGE_YTHADULT")] == [
        "AGE_YTHADULT_YGE15",
        "AGE_YTHADULT_Y15-64",
        "AGE_YTHADULT_Y15-24",
        "AGE_YTHADULT_YGE25",
    ]
    assert [code.code for code in ages.members("AGE_YTHADULT") if code.is_total] == ["AGE_YTHADULT_YGE15"]


def test_levels_below_the_version_belong_to_their_own_group() -> None:
    occupations = load_codelist("CL_OCU").by_code
    assert occupations["OCU_ISCO08_2_22"].parent == "OCU_ISCO08_2"
    assert occupations["OCU_ISCO08_2"].parent == "OCU_ISCO08"
    areas = load_codelist("CL_AREA").by_code
    chain = [areas["KEN"]]
    while parent := chain[-1].parent:
        chain.append(areas[parent])
    assert [area.label_en for area in chain] == ["Kenya", "Eastern Africa", "Sub-Saharan Africa", "Africa", "World"]


@pytest.mark.parametrize(
    ("codelist", "code", "english", "french", "spanish"),
    [
        ("CL_AREA", "USA", "United States", "États-Unis", "Estados Unidos"),
        ("CL_AREA", "CIV", "Côte d'Ivoire", "Côte d'Ivoire", "Côte d'Ivoire"),
        ("CL_AREA", "ESP", "Spain", "Espagne", "España"),
        ("CL_CBR", "CBR_BRT_DOM", "Dominican Republic", "République dominicaine", "República Dominicana"),
        ("CL_CCT", "CCT_CTZ_SSD", "South Sudan", "Soudan du Sud", "Sudán del Sur"),
        ("CL_CDS", "CDS_DES_DZA", "Algeria", "Algérie", "Argelia"),
        ("CL_CBR", "CBR_BIR_FOREIGN", "Foreign-born", "Né à l'étranger", "Nacido en el extranjero"),
        ("CL_STE", "STE_ICSE93_1", "1. Employees", "1. Salariés", "1. Asalariados"),
        ("CL_ECO", "ECO_ISIC4_P", "P. Education", "P. Éducation", "P. Enseñanza"),
        ("CL_EDU", "EDU_AGGREGATE_ADV", "Advanced", "Avancé", "Avanzado"),
        ("CL_LMS", "LMS_STATUS_EAP", "Labour force", "Main-d'œuvre", "Fuerza de trabajo"),
        ("CL_OBS_STATUS", "U", "Unreliable", "Peu fiable", "Poco fiable"),
    ],
)  # fmt: skip
def test_labels_are_right_in_three_languages(codelist: str, code: str, english: str, french: str, spanish: str) -> None:
    found = load_codelist(codelist).by_code[code]
    assert (found.label_en, found.label_fr, found.label_es) == (english, french, spanish)


UNACCENTED = {
    "label_fr": """etats etat republique etranger nee nees agees age activites activite peche detail vehicules defense
        sante securite education elementaires metiers employes salaries qualifies armees batiment societe iles ile coree
        perou bresil suede norvege grece equateur egypte algerie amerique federation democratique zelande guinee chomage
        superieur superieurs cooperatives independants oeuvre marche menages prive classe classes eleves competence
        financieres immobilieres hebergement hotels electricite dechets inferieur intermediaire intermediaires deuxieme
        scolarise theorie periode donnees geographique reelle serie""",
    "label_es": """republica espana ensenanza poblacion ocupacion educacion construccion fabricacion explotacion
        informacion administracion publica publico reparacion vehiculos tecnicos cientificos basico basica agricola
        ganaderia mineria segun situacion canada mexico peru panama haiti japon pakistan libano monaco africa america
        pais paises arabe sudan turquia minima maxima geografica distribucion elaboracion economica region""",
}


@pytest.mark.parametrize("language", sorted(UNACCENTED))
def test_no_word_lacks_its_accent(language: str) -> None:
    stripped = set(UNACCENTED[language].split())
    wrong = [
        f"{codelist.id} {code.code}: {label}"
        for codelist in all_codelists()
        for code in codelist.codes
        for label in [getattr(code, language)]
        if stripped & set(re.findall(r"\w+", label.lower())) or "?" in label
    ]
    assert wrong == []


def test_every_label_is_there_once_and_clean() -> None:
    for codelist in all_codelists():
        assert codelist.name.fr
        assert codelist.name.es
        for code in codelist.codes:
            for label in (code.label_en, code.label_fr, code.label_es):
                assert label, f"{codelist.id} {code.code} has a language without label"
                assert label == " ".join(label.split()), f"{codelist.id} {code.code}: stray white space"
                assert label == unicodedata.normalize("NFC", label)


def test_a_country_has_one_name_in_all_lists() -> None:
    areas = load_codelist("CL_AREA").by_code
    for codelist, version in [
        ("CL_CBR", "CBR_BRT"),
        ("CL_CCT", "CCT_CTZ"),
        ("CL_CDS", "CDS_DES"),
        ("CL_CRS", "CRS_RES"),
    ]:
        for code in load_codelist(codelist).members(version):
            area = areas.get(code.code.removeprefix(f"{version}_"))
            if area:
                assert (code.label_en, code.label_fr, code.label_es) == (area.label_en, area.label_fr, area.label_es)


def test_codes_of_our_own_come_from_their_own_file() -> None:
    assert load_codelist("CL_AREA").by_code["ZZZ"].label_en == "Synthetic country"
    assert not re.search("ZZZ", (CODELISTS_FOLDER / "CL_AREA.csv").read_text(encoding="utf-8"))


def test_every_code_the_pipeline_publishes_is_in_its_list() -> None:
    for classification, declared in load_classifications().items():
        codes = load_codelist(f"CL_{declared.dimension or classification}").by_code
        for version, members in declared.versions.items():
            for code in members:
                assert codes[code].parent in (version, None), code
    for indicator in load_catalogue().indicators.values():
        assert indicator.unit_measure in load_codelist("CL_UNIT_MEASURE").by_code
        assert str(indicator.unit_mult) in load_codelist("CL_UNIT_MULT").by_code
        assert str(indicator.decimals) in load_codelist("CL_DECIMALS").by_code
    wanted = {concept.codelist for concept in load_concepts().values() if concept.codelist}
    assert wanted <= set(codelist_ids())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "names.csv").write_text(
        "codelist,name_en,name_fr,name_es\nCL_TOY,Toy,Jouet,Juguete\n", encoding="utf-8"
    )
    return tmp_path


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("A,,a,,,N,1\nB,,b,,,N,2\nA,,again,,,N,3\n", r"line 4: the code 'A' is already in CL_TOY\.csv, line 2"),
        ("A,,a,,,N,1\nB,AA,b,,,N,2\n", r"CL_TOY\.csv, line 3: the parent 'AA' of 'B' is not in the list"),
        ("A,B,a,,,N,1\nB,A,b,,,N,2\n", r"line 2: the parents of 'A' lead back to itself"),
        ("A,,,un,uno,N,1\n", r"CL_TOY\.csv, line 2: 'A' has no English label"),
        ("A,,one,,uno,N,1\n", r"CL_TOY\.csv, line 2: 'A' has no French label"),
        ("A,,one,un,,N,1\n", r"CL_TOY\.csv, line 2: 'A' has no Spanish label"),
        ("A B,,a,,,N,1\n", r"line 2: 'A B' is not a code"),
        ("A,,a,,,perhaps,1\n", r"line 2: is_total is 'perhaps', not Y or N"),
        ("A,,a,,,N,first\n", r"line 2: sort is 'first', not a whole number"),
        ("A,,a, b,,N,1,2\n", r"1 line\(s\) do not have 7 fields: CL_TOY\.csv, line 2"),
    ],
)  # fmt: skip
def test_a_fault_is_named_with_file_and_line(folder: Path, lines: str, message: str) -> None:
    (folder / "CL_TOY.csv").write_text(HEADER + lines, encoding="utf-8")
    with pytest.raises(DeclarationError, match=message):
        load_codelist("CL_TOY", folder)


def test_a_list_needs_its_columns_a_name_and_utf8(folder: Path) -> None:
    (folder / "CL_TOY.csv").write_text("code;label\nA;a\n", encoding="utf-8")
    with pytest.raises(DeclarationError, match=r"the columns are code;label.*CL_TOY\.csv, line 1"):
        load_codelist("CL_TOY", folder)
    (folder / "CL_TOY.csv").write_bytes((HEADER + "A,,Côte,,,N,1\n").encode("latin-1"))
    with pytest.raises(DeclarationError, match="CSV file in UTF-8"):
        load_codelist("CL_TOY", folder)
    (folder / "CL_TOY.csv").write_text(HEADER + "A,,a,a,a,N,1\n", encoding="utf-8")
    (folder / "CL_OTHER.csv").write_text(HEADER + "A,,a,a,a,N,1\n", encoding="utf-8")
    with pytest.raises(DeclarationError, match="CL_OTHER has no name"):
        load_codelist("CL_TOY", folder)
    (folder / "CL_OTHER.csv").unlink()
    (folder / "names.csv").write_text("codelist,name_en,name_fr,name_es\nCL_TOY,Toy,,Juguete\n", encoding="utf-8")
    with pytest.raises(DeclarationError, match="line 2: 'CL_TOY' has no French name"):
        load_codelist("CL_TOY", folder)


def test_an_unknown_list_is_answered_with_the_known_ones(folder: Path) -> None:
    (folder / "CL_TOY.csv").write_text(HEADER + "A,,a,,,N,1\n", encoding="utf-8")
    with pytest.raises(DeclarationError, match=r"no code list 'CL_TOYS'.*write one of CL_TOY"):
        load_codelist("CL_TOYS", folder)
