"""Rates that are made of two sources: which workers stand beside which cases, and what a wrong declaration is told."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from schemas import rates
from schemas.errors import DeclarationError
from schemas.kinds import KINDS
from schemas.loader import load_folder, load_runnable, source_folder
from schemas.rates import load_rates

INJURIES = "ZZZ.injuries"


def test_migrants_hurt_at_work_stand_beside_employed_foreigners_of_all_ages() -> None:
    rate = load_rates()["SDG_F881_SEX_MIG_RT"]
    keys = {"sex": "SEX_F", "classif1": "MIG_STATUS_MIGRANT", "classif2": ""}
    assert rate.workers["citizenship"].group(keys) == ("SEX_F", "AGE_YTHADULT_YGE15", "CCT_CIT_NONCIT")
    assert rate.workers["country_of_birth"].group(keys) == ("SEX_F", "AGE_YTHADULT_YGE15", "CBR_BIR_FOREIGN")
    assert rate.workers["citizenship"].group(keys | {"classif1": "MIG_STATUS_X"}) is None


def test_by_occupation_workers_are_of_both_sexes() -> None:
    rate = load_rates()["REG_INJC_OCU_MIG_RT"]
    keys = {"sex": "", "classif1": "OCU_ISCO08_7", "classif2": "MIG_STATUS_NONMIG"}
    assert rate.workers["citizenship"].group(keys) == ("SEX_T", "OCU_ISCO08_7", "CCT_CIT_CITIZEN")


def test_workers_are_published_in_thousands_and_a_rate_is_for_a_hundred_thousand() -> None:
    """90 cases among 45 thousand workers: 2 a thousand, 200 of 100,000."""
    assert 90 / 45 * load_rates()["INJ_FATL_SEX_MIG_RT"].factor("citizenship") == 200


def test_a_source_of_cases_gives_their_rates() -> None:
    source = load_runnable(INJURIES)
    assert {"INJ_FATL_SEX_MIG_NB", "INJ_FATL_SEX_MIG_RT", "SDG_F881_SEX_MIG_RT"} <= KINDS["events"].may_give(source)
    assert not {"INJ_FATL_SEX_MIG_RT"} & KINDS["events"].may_give(load_runnable("LKA.complaints"))


def test_whoever_counts_migrants_says_whom(tmp_path: Path) -> None:
    place = tmp_path / "ZZZ" / "injuries"
    place.mkdir(parents=True)
    for name in ("source.yaml", "columns.csv", "code_maps.csv"):
        text = (source_folder(INJURIES) / name).read_text(encoding="utf-8")
        (place / name).write_text(text.replace("migrants_by: citizenship\n", ""), encoding="utf-8")
    with pytest.raises(DeclarationError, match=r"table 'cases' has `migrant_status`; say in `migrants_by`"):
        load_folder(place)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"numerator": "INJ_FATAL"}, "nothing counts 'INJ_FATAL'"),
        ({"unit_measure": "PT"}, "its unit is PT"),
        ({"workers": {"citizenship": {"indicator": "MST_TUNE_SEX_AGE_CCT_RT"}}}, "is no count of surveys"),
        ({"workers": {"citizenship": {"classif1": {"code": "AGE_ADULTS"}}}}, "no list has the code 'AGE_ADULTS'"),
        ({"workers": {"citizenship": {"classif1": {"like": "sex", "code": "SEX_T"}}}}, "give either `code`, or `like`"),
    ],
)
def test_a_wrong_rate_is_refused(
    change: dict[str, object], fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    declared = yaml.safe_load(rates.RATES_FILE.read_text(encoding="utf-8"))
    rate = declared["indicators"]["INJ_FATL_SEX_MIG_RT"]
    workers = change.pop("workers", None)
    if isinstance(workers, dict):
        rate["workers"]["citizenship"] = rate["workers"]["citizenship"] | workers["citizenship"]
    file = tmp_path / "rates.yaml"
    file.write_text(yaml.safe_dump({"indicators": {"INJ_FATL_SEX_MIG_RT": rate | change}}), encoding="utf-8")
    monkeypatch.setattr(rates, "RATES_FILE", file)
    with pytest.raises(DeclarationError, match=fault):
        load_rates.__wrapped__()
