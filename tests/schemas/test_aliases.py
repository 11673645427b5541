"""Older and newer ids of a series lead to each other; a wrong row is a fault that names its line."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from schemas import aliases
from schemas.aliases import load_aliases, other_names, plain_id
from schemas.errors import DeclarationError


def names(indicator: str, *, newer: bool) -> list[str]:
    return [each.indicator for each in other_names(indicator) if each.is_newer == newer]


def test_a_legacy_id_leads_to_the_ids_that_came_after_it() -> None:
    assert names("MST_EARA_SEX_CBR_NB", newer=True) == ["EAR_4MTH_SEX_CBR_CUR_NB", "EAR_EMTA_SEX_CBR_CUR_NB"]
    assert names("MST_TEMP_SEX_CBR_ECO_DT", newer=True) == ["MST_TEMP_SEX_ECO_CBR_NB", "EMP_TEMP_SEX_ECO_CBR_NB"]
    assert set(names("MFL_TEMP_ECO_NB", newer=True)) == {"MFL_FEMP_SEX_ECO_NB", "MFL_NEMP_SEX_ECO_NB"}
    assert names("MNA_OEMP_COU_NB", newer=True) == ["MNA_OEMP_SEX_CDS_NB"]


def test_an_id_of_today_leads_back_to_those_before_it() -> None:
    assert names("DF_UNE_DEAP_SEX_AGE_CCT_RT", newer=False) == ["MST_TUNE_SEX_AGE_CCT_RT"]
    found = names("EAR_EMTA_SEX_CBR_CUR_NB", newer=False)
    assert found[0] == "EAR_4MTH_SEX_CBR_CUR_NB"
    assert set(found[1:]) == {"MST_EARA_SEX_CBR_NB", "MST_EARB_SEX_CBR_NB", "MST_EARA_SEX_MIG_NB"}


def test_the_path_shows_how_near_the_other_series_is() -> None:
    (newer, *_) = other_names("MST_TPOP_SEX_MIG_NB")
    assert [row.relation for row in newer.path] == ["narrower"]
    median = [each for each in other_names("MST_EARB_SEX_CBR_NB") if each.indicator == "EAR_4MDN_SEX_CBR_CUR_NB"]
    assert [row.relation for row in median[0].path] == ["exact"]


@pytest.mark.parametrize("text", ["DF_MST_TEAP_SEX_AGE_CBR_RT", "MST_TEAP_SEX_AGE_CBR_RT_A", "mst_teap_sex_age_cbr_rt"])
def test_an_id_is_understood_as_a_dataflow_or_with_its_frequency(text: str) -> None:
    assert plain_id(text) == "MST_TEAP_SEX_AGE_CBR_RT"


@pytest.mark.mirror
def test_every_series_of_2019_that_is_no_longer_disseminated_leads_to_one_that_is(mirror: Path) -> None:
    with (mirror / "reference" / "ilostat" / "ilms_indicators.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    gone = {row["indicator"] for row in rows if not row["toc_2024_n_records"]}
    assert gone and gone == {row.older for row in load_aliases()} & gone


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("MST_EARA_SEX_CBR_NB,EAR_4MTH_SEX_CBR_CUR_NB,exact,read,,here", "line 3.*occur twice"),
        ("EAR_4MTH_SEX_CBR_CUR_NB,MST_EARA_SEX_CBR_NB,exact,read,,here", "line 3.*newer than itself"),
        ("ABC_ONE_NB,ABC_TWO_NB,exact,read,,here", "line 3.*neither"),
        ("MST_EARB_SEX_CBR_NB,EAR_4MTH_SEX_CBR_CUR_NB,alike,read,,here", "line 3: relation"),
        ("MST_EARB_SEX_CBR_NB,EAR_4MTH_SEX_CBR_CUR_NB,exact,read,,", "line 3: reference"),
    ],
)
def test_a_wrong_row_is_a_fault_with_its_line(
    row: str, fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = "MST_EARA_SEX_CBR_NB,EAR_4MTH_SEX_CBR_CUR_NB,exact,read,,here"
    file = tmp_path / "aliases.csv"
    file.write_text(f"older,newer,relation,basis,note,reference\n{first}\n{row}\n", encoding="utf-8")
    monkeypatch.setattr(aliases, "INDICATOR_ALIASES_FILE", file)
    with pytest.raises(DeclarationError, match=fault):
        load_aliases.__wrapped__()
