"""What single keys of a survey's declaration say, on the producers' own files: joins, groups of values, selections."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest
from small_source import Declare

from schemas.partition import Partition
from schemas.survey import Survey
from transforms.availability import read_decisions
from transforms.estimate import estimate
from transforms.harmonise import harmonise
from transforms.joins import join_files, record_files
from transforms.read import RawInput, read_wave

pytestmark = pytest.mark.mirror
PERSONS = {"kind": "persons", "reason": "no design variables in the file"}


def rows(query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect() as connection:
        return connection.execute(query).fetchall()


def read(source: Survey, wave: str, file: Path, folder: Path) -> Path:
    """The raw table of a wave's file, with what is joined."""
    partition, files, raw = Partition(source.id, wave), [RawInput(file, "data")], folder / "raw.parquet"
    columns, own = source.record_columns(wave), record_files(source, partition, files)
    table = read_wave(source.wave_read(wave), own, columns, raw, where=partition.key, workdir=folder / "work")
    return join_files(source, partition, files, raw, table).file


def test_persons_of_the_argentine_survey_get_the_income_of_their_household(
    mirror: Path, declare: Declare, tmp_path: Path
) -> None:
    """Persons and households are two members of one zip; 50,447 persons live in 17,213 of them."""
    zipped = mirror / "microdata/arg_eph_complete/2021-Q2/EPH_usu_2_Trim_2021_txt.zip"
    names = {
        "dwelling": "CODUSU", "household": "NRO_HOGAR", "person": "COMPONENTE", "w": "PONDERA", "sexcode": "CH04",
        "years": "CH06", "born": "CH15", "act": "ESTADO", "own_income": "ITF", "hh_dwelling": "CODUSU",
        "hh_number": "NRO_HOGAR", "hh_income": "ITF",
    }  # fmt: skip
    columns = "column,2021-Q2\n" + "".join(f"{ours},{theirs}\n" for ours, theirs in names.items())
    variables = declare().model_dump(exclude_unset=True)["variables"]
    variables |= {"person_id": {"columns": ["dwelling", "household", "person"]}}
    source = declare(
        columns=columns,
        waves={"2021-Q2": {"files": [{"name": zipped.name}]}},
        read={"format": "delimited", "delimiter": ";", "encoding": "latin-1", "decimal": ",", "member": "*individual*"},
        design=PERSONS | {"weight": {"column": "w"}},
        joins={
            "household": {
                "file": zipped.name,
                "read": {"member": "*hogar*"},
                "keys": {"dwelling": "hh_dwelling", "household": "hh_number"},
                "columns": ["hh_income"],
                "records": "many",
                "rows_without": "households that were not interviewed are listed too",
            }
        },
        variables=variables,
    )
    joined = read(source, "2021-Q2", zipped, tmp_path)
    query = f"select count(*), count(distinct (dwelling, household)), count_if(own_income = hh_income) from '{joined}'"
    ((persons, households, alike),) = rows(query)
    assert persons == alike > 40_000, "the persons' file repeats the income of the household"
    assert households < persons / 2


EPF_CODES = """map,code,value,label
sex,Hombre,male,
sex,Mujer,female,
place,España,ESP,
place,Resto de la Unión Europea (27 países),EU27,
place,Resto de Europa,XEUR,
place,Resto del mundo,abroad,
level,Inferior a la primera etapa de Educación Secundaria.,X+0+1,
level,Primera etapa de Educación secundaria,2,
level,Segunda etapa de Educación secundaria,3+4,
level,Educación superior,EDU_AGGREGATE_ADV,
level,No consta,unknown,
level,,not_in_universe,
work,Trabajando al menos una hora,employed,
"""


@pytest.mark.slow
def test_birthplaces_and_levels_of_the_spanish_budget_survey_are_groups(
    mirror: Path, declare: Declare, tmp_path: Path
) -> None:
    """The rest of the EU and of Europe are classes; its lowest level of education is a class of no version here."""
    file = mirror / "microdata/esp_epf/2020_EPFmhogar_2020.parquet"
    answers = rows(f"select distinct SITUACT from '{file}'")
    work = "".join(
        f'work,"{answer or ""}",{"outside" if answer else "not_in_universe"},\n'
        for (answer,) in answers
        if answer != "Trabajando al menos una hora"
    )
    ages = "".join(f"age,{age},{age},\n" for age in range(85)) + "age,Persona de 85 o más años,85..,\n"
    names = {
        "w": "FACTOR", "sexcode": "SEXO", "years": "EDAD", "born": "PAISNACIM", "act": "SITUACT", "level": "ESTUDRED",
        "household": "NUMERO", "person": "NORDEN",
    }  # fmt: skip
    columns = "column,2020\n" + "".join(f"{ours},{theirs}\n" for ours, theirs in names.items())
    source = declare(
        "ESP.small",
        columns=columns,
        codes=EPF_CODES + work + ages,
        waves={"2020": {"files": [{"name": file.name}]}},
        read={"format": "parquet"},
        design=PERSONS | {"weight": {"column": "w"}},
        minimum_age=16,
        variables={
            "person_id": {"columns": ["household", "person"]},
            "sex": {"column": "sexcode", "map": "sex"},
            "age": {"column": "years", "map": "age"},
            "country_of_birth": {"column": "born", "map": "place"},
            "labour_force_status": {"column": "act", "map": "work"},
            "education_isced11": {"column": "level", "map": "level"},
        },
    )
    core, cells, decisions = (tmp_path / f"{each}.parquet" for each in ("core", "cells", "decisions"))
    partition = Partition(source.id, "2020")
    harmonise(source, partition, read(source, "2020", file, tmp_path), core)
    by_birth = "MST_FORP_SEX_CBR_NB"
    estimate(source, partition, core, cells, vintage="v", availability=decisions, indicators={by_birth})
    given = dict(rows(f"select classif1, n from '{cells}' where indicator = '{by_birth}' and sex = 'SEX_T'"))
    counted = dict(rows(f"select PAISNACIM, count(*) from '{file}' where SITUACT <> '' group by 1"))
    assert given["CBR_BRT_EU27"] == counted["Resto de la Unión Europea (27 países)"] > 500
    assert given["CBR_BRT_XEUR"] == counted["Resto de Europa"] > 100
    assert given["CBR_BRT_TOTAL"] == sum(counted.values()) - counted["España"]
    by_education = {each.indicator: each for each in read_decisions(decisions)}["MST_XWAP_SEX_EDU_CBR_NB"]
    assert (by_education.state, by_education.code) == ("totals_only", "classification_in_aggregates")
