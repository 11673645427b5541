"""What is proposed of the producers' own files, compared with what was declared by hand: nothing sure is wrong."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ilms.authoring.propose import propose_source
from schemas.loader import load_survey
from schemas.survey import Survey
from transforms.codes import CodeMap
from transforms.describe.proposals import Proposal

pytestmark = [pytest.mark.mirror, pytest.mark.slow]

FILES = {
    "ARG.eph|2016-Q3": ("arg_eph/2016-Q3/usu_individual_T316.txt",),
    "AUT.eusilc|2006": ("aut_eusilc_synthetic/2006/eusilc.csv",),
    "BRA.pnadc|2017-Q4": (
        "bra_pnadc/2017-Q4/PNADC_042017.txt",
        "bra_pnadc/2017-Q4/input_PNADC_trimestral.txt",
        "bra_pnadc/2017-Q4/dicionario_PNADC_microdados_trimestral.xls",
    ),
    "CHL.ene|2020-Q1": ("chl_ene/2020-EFM/ene.csv",),
    "GHA.glss|2005": ("gha_glss_synthetic/2005/ghanaS.dta",),
    "URY.ech|2018": ("ury_ech/2018/ECH_2018.sav",),
    "USA.lis|2016": ("usa_lis_sample/2016/us16ip.dta",),
}
SURE = {
    "ARG.eph|2016-Q3": {"weight"},
    "AUT.eusilc|2006": {"weight", "sex", "person_id"},
    "BRA.pnadc|2017-Q4": {"stratum", "sex", "age", "in_education"},
    "CHL.ene|2020-Q1": {"weight", "stratum", "psu"},
    "GHA.glss|2005": {"psu", "sex", "age"},
    "URY.ech|2018": {"stratum", "psu"},
    "USA.lis|2016": {"sex", "age", "person_id"},
}


@pytest.mark.parametrize("partition", FILES)
def test_nothing_that_is_sure_is_other_than_declared(partition: str, mirror: Path, tmp_path: Path) -> None:
    source_id, _, wave = partition.partition("|")
    files = [mirror / "microdata" / name for name in FILES[partition]]
    found = propose_source(source_id, wave, files, tmp_path, mirror=mirror).proposals
    design = {name: each for name, each in found.roles.items() if name in ("weight", "stratum", "psu")}
    sure = {name: each for name, each in {**design, **found.variables}.items() if each.sure}
    survey = load_survey(source_id).of_wave(wave)
    assert sure.keys() == SURE[partition]
    for name, each in sure.items():
        assert set(each.columns) <= declared(survey, wave, name), name
        assert not contradicted(survey, name, each), name


def declared(survey: Survey, wave: str, name: str) -> set[str]:
    """The producer's columns that the declaration takes a variable or a part of the design from."""
    columns = survey.wave_columns(wave)
    if name in ("stratum", "psu"):
        return {columns[getattr(survey.design, name)]}
    if name == "weight":
        return {columns[survey.design.weight.column or ""]}
    variable = survey.variables[name]
    used = {variable.column, *(variable.columns or ()), *re.findall(r"raw\.(\w+)", variable.expression or "")}
    return {columns[each] for each in used if each}


def contradicted(survey: Survey, name: str, proposal: Proposal) -> list[str]:
    """Codes that the proposal is sure of, and that mean something else in the declaration."""
    variable = survey.variables.get(name)
    if variable is None or not variable.map:
        return []
    known = CodeMap(survey.code_maps[variable.map], fold=variable.fold, zeros_kept=variable.zeros_kept)
    meant = known.resolve([row.code for row in proposal.rows]).values
    return [row.code for row in proposal.rows if row.sure and meant.get(row.code, row.value) != row.value]
