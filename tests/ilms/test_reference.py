"""The parts of the documents that are made from the declarations: complete, linked, in three languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from expectations.suites import list_suites, load_suite
from ilms.authoring.imports import PROJECT
from ilms.authoring.reference.code_lists import code_list_pages
from ilms.authoring.reference.markdown import anchor, cell
from ilms.authoring.reference.pages import PARTS, write_parts
from schemas.catalogue import all_indicators
from schemas.codelists import codelist_ids
from schemas.concepts import load_concepts
from schemas.loader import list_sources
from schemas.standards import load_standards

HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)
MARK = re.compile(r"^<!-- made: ([\w.]+) -->$", re.MULTILINE)


@pytest.fixture(scope="module")
def parts() -> dict[str, str]:
    return {name: made() for name, made in PARTS.items()}


def section(part: str, heading: str) -> str:
    """The lines below a heading, up to the next one."""
    after = part.split(f" {heading}\n", 1)[1]
    return after.split("\n#", 1)[0]


def test_each_part_stands_in_one_page() -> None:
    pages = sorted((PROJECT / "docs").rglob("*.md"))
    assert sorted(name for page in pages for name in MARK.findall(page.read_text("utf-8"))) == sorted(PARTS)


def test_nothing_that_is_declared_is_left_out(parts: dict[str, str]) -> None:
    headings = {name: set(HEADING.findall(part)) for name, part in parts.items()}
    assert {f"`{name}`" for name in all_indicators()} < headings["indicators"]
    assert {f"`{name}`" for name in load_concepts()} == headings["variables"]
    assert set(list_sources()) < headings["sources"]
    checks = {f"`{suite}.{each.id}`" for suite in list_suites() for each in load_suite(suite).expectations}
    assert checks < headings["checks"]
    assert {each.removeprefix("codes/").removesuffix(".md") for each, _ in code_list_pages()} == set(codelist_ids())
    for language in ("en", "fr", "es"):
        assert len(headings[f"definitions.{language}"]) == len(load_standards().definitions)


def test_an_indicator_says_what_it_measures_of_whom_and_who_may_give_it(parts: dict[str, str]) -> None:
    found = section(parts["indicators"], "`MST_TEAP_SEX_AGE_CBR_RT`")
    assert "rate: labour force per hundred of working-age population" in found
    assert "[`CBR`](codes/CL_CBR.md)" in found
    assert "[Labour force](definitions.md#labour-force)" in found
    assert "[ZZZ.synthetic](sources.md#zzzsynthetic)" in found
    assert "ZAF.qlfs" not in found, "it asks no birthplace"
    gap = section(parts["indicators"], "`GAP_TUNE_SEX_AGE_CBR_RT`")
    assert "gap of [`MST_TUNE_SEX_AGE_CBR_RT`](#mst_tune_sex_age_cbr_rt)" in gap


def test_a_variable_names_the_surveys_that_ask_it(parts: dict[str, str]) -> None:
    found = section(parts["variables"], "`country_of_birth`")
    assert "Pays de naissance" in found
    assert "[ZZZ.synthetic](sources.md#zzzsynthetic)" in found
    assert "BRA.pnadc" not in found, "it asks no birthplace"


def test_a_source_says_whom_it_covers_and_where_its_variables_come_from(parts: dict[str, str]) -> None:
    found = section(parts["sources"], "ARG.eph")
    assert "31 urban agglomerations" in found
    assert "from 2021-Q2 on" in found and "2016-Q3, 2016-Q4" in found
    assert "| [`sex`](variables.md#sex) | column `sex`, map `sex` |" in found
    register = section(parts["sources"], "ARG.dnm")
    assert "Resident foreigners by province, country, sex and age" in register
    assert "[`REG_RESF_SEX_CCT_NB`](indicators.md#reg_resf_sex_cct_nb)" in register


def test_a_check_says_what_becomes_of_the_partition(parts: dict[str, str]) -> None:
    assert "the partition stops" in section(parts["checks"], "`core.person_once`")
    warning = next(
        f"`core.{each.id}`" for each in load_suite("core").expectations if each.severity == "warning" and each.note
    )
    assert "a note to the numbers" in section(parts["checks"], warning)


def test_definitions_are_in_the_language_of_the_page_and_what_is_not_says_so(parts: dict[str, str]) -> None:
    french = section(parts["definitions.fr"], "Travailleurs migrants internationaux")
    assert french.startswith("\nPersonnes en âge de travailler présentes dans le pays de mesure")
    assert "Lu dans un texte qui le cite" in french
    assert 'Non vérifié : <span lang="en">The public copies of the guidelines' in french
    assert "12 indicateurs" in french
    assert "<span" not in parts["definitions.en"]


def test_parts_are_written_anew(tmp_path: Path) -> None:
    gone = tmp_path / "made" / "pages" / "codes" / "CL_GONE.md"
    gone.parent.mkdir(parents=True)
    gone.touch()
    write_parts(tmp_path / "made")
    assert not gone.exists()
    ages = (tmp_path / "made" / "pages" / "codes" / "CL_AGE.md").read_text("utf-8")
    assert "| `AGE_YTHADULT_YGE15` | " in ages
    assert "search:\n  exclude: true" not in ages
    countries = (tmp_path / "made" / "pages" / "codes" / "CL_CBR.md").read_text("utf-8")
    assert countries.startswith("---\nsearch:\n  exclude: true\n---\n# `CL_CBR`")


@pytest.mark.parametrize(
    ("heading", "found"),
    [("`core`: `has_records`", "core-has_records"), ("ARG.dnm", "argdnm"), ("Main-d'œuvre", "main-dœuvre")],
)
def test_anchors_are_those_that_the_site_gives_headings(heading: str, found: str) -> None:
    assert anchor(heading) == found


def test_signs_in_a_text_stand_for_themselves_in_a_table() -> None:
    assert cell("a < b, *not* | `x | y*`") == r"a &lt; b, \*not\* \| `x \| y*`"
