"""Indicators of the Sustainable Development Goals in the global data structure of the IAEG-SDGs."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sdmx
from sdmx_tables import Row, observation, warehouse_of

from schemas.sdg import DIMENSIONS, load_sdg_form
from warehouse.sdmx.formats.csv import Csv20
from warehouse.sdmx.formats.data_ml import StructureSpecificMl21
from warehouse.sdmx.sdg import GoalsFlow, sdg_rows
from warehouse.sdmx.write import SDG, write_sdmx

PREPARED = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
FATAL, COST = "SDG_F881_SEX_MIG_RT", "SDG_M171_SEX_NB"
REGISTRY = "reference/sdmx/IAEG-SDGs_SDG_dsd.xml"


def injuries(**changes: Any) -> Row:
    """Fatal injuries of migrant women, of a country and year."""
    return observation(
        **{"indicator": FATAL, "sex": "SEX_F", "classif1": "MIG_STATUS_MIGRANT", "time": "2022"} | changes
    )


def cost(**changes: Any) -> Row:
    return observation(**{"indicator": COST, "classif1": None, "classif2": None, "time": "2024"} | changes)


def published(rows: list[Row]) -> list[dict[str, Any]]:
    """The rows in the global structure, by its components."""
    data = sdg_rows(warehouse_of(rows)).rows
    return [dict(zip(data.columns, row, strict=True)) for row in data.fetchall()]


def test_an_observation_in_the_codes_of_the_global_structure() -> None:
    (row,) = published([injuries(obs_status="S", note_classif="status unknown: 2 cases")])
    assert (
        row.items()
        >= {
            "SERIES": "SL_EMP_FTLINJUR",
            "REF_AREA": "32",
            "SEX": "F",
            "COMPOSITE_BREAKDOWN": "MS_MIGRANT",
            "FREQ": "A",
            "TIME_PERIOD": "2022",
        }.items()
    )
    assert (row["OBS_STATUS"], row["UNIT_MEASURE"], row["UNIT_MULT"]) == ("N", "PER_100000_EMP", "0")
    assert row["SOURCE_DETAIL"] == "BA:ARG.eph | Geographical coverage: 31 urban areas"
    assert row["COMMENT_OBS"] == "Labour force concept: 13th ICLS | status unknown: 2 cases"


def test_a_normal_value_has_sdmxs_status_and_an_average_says_which() -> None:
    (row,) = published([cost()])
    assert (row["OBS_STATUS"], row["SERIES"], row["COMPOSITE_BREAKDOWN"]) == ("A", "SL_EMP_RCOST", "_T")
    assert row["COMMENT_OBS"].startswith("Months of earnings, mean of the ratios")


@pytest.mark.parametrize("left_out", [{"ref_area": "ZZZ"}, {"ref_area": "X01"}, {"classif1": "MIG_STATUS_X"}])
def test_what_the_structure_has_no_code_for_is_left_out(left_out: Row) -> None:
    assert published([injuries(**left_out)]) == []


def test_other_averages_of_the_same_indicator_are_left_out() -> None:
    assert published([cost(indicator="SDG_D171_SEX_NB")]) == []


def test_they_stand_in_files_of_their_own(tmp_path: Path) -> None:
    formats = [Csv20.id, StructureSpecificMl21.id]
    write_sdmx(warehouse_of([cost()]), tmp_path, prepared=PREPARED, formats=formats, compressed=False)
    with (tmp_path / f"{SDG}.v2.csv").open(encoding="utf-8", newline="") as stream:
        (row,) = csv.DictReader(stream)
    assert (row["STRUCTURE"], row["STRUCTURE_ID"]) == ("datastructure", "IAEG-SDGs:SDG(1.5)")
    assert list(row)[3:19] == list(DIMENSIONS)
    text = (tmp_path / f"{SDG}.xml").read_text(encoding="utf-8")
    assert '<Ref id="SDG" agencyID="IAEG-SDGs" version="1.5" package="datastructure" class="DataStructure"/>' in text


def test_where_there_is_nothing_there_is_no_file(tmp_path: Path) -> None:
    write_sdmx(warehouse_of([cost(ref_area="ZZZ")]), tmp_path, prepared=PREPARED, formats=[Csv20.id])
    assert not list(tmp_path.glob(f"{SDG}*"))


@pytest.mark.mirror
def test_every_code_is_one_of_the_global_structure(mirror: Path, tmp_path: Path) -> None:
    structures: Any = sdmx.read_sdmx(mirror / REGISTRY)
    structure = structures.structure["SDG"]
    assert tuple(each.id for each in structure.dimensions) == DIMENSIONS
    lists = {
        each.id: set(each.local_representation.enumerated.items)
        for each in [*structure.dimensions, *structure.attributes]
        if each.local_representation is not None and each.local_representation.enumerated is not None
    }
    form = load_sdg_form()
    for name, ours in form.codelists.items():
        component = next(each for each in [*structure.dimensions, *structure.attributes] if each.id == name)
        official = component.local_representation.enumerated
        assert (official.maintainer.id, official.id, official.version) == (ours.agency, ours.id, ours.version)
        named = {code: str(official.items[code].name) for code in ours.codes}
        assert named == ours.codes, name
    assert {(e.id, str(e.usage_status).rpartition(".")[2].lower() == "mandatory") for e in structure.attributes} >= {
        (each.id, each.is_mandatory) for each in GoalsFlow(form).components.attributes
    }
    sexes = list(form.sex)
    rows = [injuries(sex=sex, classif1=code) for sex in sexes for code in form.indicators[FATAL].breakdown]
    for row in published([*rows, *(cost(ref_area=area) for area in ("KEN", "LKA", "USA"))]):
        assert {name for name, codes in lists.items() if name in row and row[name] not in codes} == set()
    required = {e.id for e in structure.attributes if str(e.usage_status).lower().endswith("mandatory")}
    assert required <= set(row)
    write_sdmx(
        warehouse_of([cost()]), tmp_path, prepared=PREPARED, formats=[StructureSpecificMl21.id], compressed=False
    )
    message: Any = sdmx.read_sdmx(tmp_path / f"{SDG}.xml", structure=structure)
    assert float(message.data[0].obs[0].value) == 22.717
