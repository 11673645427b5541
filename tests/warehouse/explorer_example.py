"""A small release that the pages of the explorer are made from: what is sound, unreliable, withheld, zero, imputed."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from quick_release import leave_out_structures
from release_example import ADULTS, Row, candidate, cell, inputs

from ilms.release.catalogue_rows import code_rows, indicator_rows
from schemas.partition import Partition
from warehouse.layout import Layout
from warehouse.release.build import publish

RATE, WORKERS, PERMITS = "MST_TEAP_SEX_AGE_CBR_RT", "MST_TEMP_SEX_AGE_CBR_NB", "REG_PERF_CCT_NB"
GAP = "GAP_TEAP_SEX_AGE_CBR_RT"
YOUNG, OLDER = "AGE_YTHADULT_Y15-24", "AGE_YTHADULT_YGE25"
WOMEN, MEN = "SEX_F", "SEX_M"
ABROAD, HERE, ALL = "CBR_BIR_FOREIGN", "CBR_BIR_NATIVE", "CBR_BIR_TOTAL"
SURVEY = "URY.ech"
TAGS = re.compile(r"<[^>]+>")
BROWSER = {"Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"}


def number(wave: str, sex: str, age: str, birth: str, value: float | None, se: float | None, **other: Any) -> Row:
    """A participation rate of Uruguay, with an interval of twice its standard error."""
    ends: Row = {"lower_bound": None, "upper_bound": None}
    if value is not None and se is not None:
        ends = {"lower_bound": value - 2 * se, "upper_bound": value + 2 * se}
    made = cell(Partition(SURVEY, wave), RATE, birth, 0.0, 500)
    return made | {"sex": sex, "classif1": age, "obs_value": value, "se": se, **ends, **other}


def survey(wave: str) -> list[Row]:
    """Women born abroad take part more often, men hardly differ; in 2017 the series is broken. How both groups vary
    together is measured among men alone."""
    is_break = {"obs_status": "B", "note_classif": "Break in series: other coverage"} if wave == "2017" else {}
    shift = (int(wave) - 2018) / 2
    rows = [
        number(wave, WOMEN, ADULTS, ABROAD, 62.5 + shift, 1.5, **is_break),
        number(wave, WOMEN, ADULTS, HERE, 50.25 + shift, 0.5, **is_break),
        number(wave, MEN, ADULTS, ABROAD, 71.0 + shift, 2.0, **is_break),
        number(wave, MEN, ADULTS, HERE, 70.5 + shift, 0.5, **is_break),
        number(wave, WOMEN, YOUNG, ABROAD, 40.0, 9.0, obs_status="U", n=9),
        number(wave, WOMEN, YOUNG, HERE, 0.0, 0.0, n=0),
        number(wave, MEN, YOUNG, ABROAD, None, None, obs_status="C", n=None, cv=None),
        number(wave, MEN, YOUNG, HERE, 44.0, 1.0),
        number(wave, WOMEN, OLDER, ABROAD, 66.0, 1.5),
        number(wave, WOMEN, OLDER, HERE, 55.0, 0.5),
        number(wave, MEN, OLDER, ABROAD, 78.0, 2.0),
    ]
    rows.append(number(wave, MEN, ADULTS, ABROAD, 0.5, 1.75) | {"indicator": GAP})
    for origin, permits in (("ARG", 120.0), ("BRA", 80.0)):
        made = cell(Partition(SURVEY, wave), PERMITS, "", permits, 100, sex="", classif1=f"CCT_CTZ_{origin}")
        rows.append(made | is_break)
    for sex in (WOMEN, MEN):
        for birth, value in ((ABROAD, 25.0), (HERE, 310.5)):
            for age, share in ((ADULTS, 1.0), (YOUNG, 0.25), (OLDER, 0.75)):
                part = cell(Partition(SURVEY, wave), WORKERS, birth, value * share, 400, sex=sex, classif1=age)
                rows.append(part | {"lower_bound": value * share * 0.9, "upper_bound": value * share * 1.1})
    return rows


def made_up() -> list[Row]:
    """The synthetic country."""
    wave = Partition("ZZZ.synthetic", "2024")
    says_so = {"note_source": "Synthetic data: generated records"}
    return [
        cell(wave, RATE, birth, value, 3000, sex=sex, lower_bound=value - 2, upper_bound=value + 2, **says_so)
        for sex in (WOMEN, MEN)
        for birth, value in ((ABROAD, 61.0), (HERE, 48.5))
    ]


def not_asking() -> list[Row]:
    """A survey that asks no birthplace: totals only."""
    wave = Partition("BRA.pnadc", "2017-Q4")
    not_asked = {"note_classif": "Place of birth: not asked by the source; only totals can be given"}
    return [cell(wave, RATE, ALL, 61.5, 800, sex=sex, **not_asked) for sex in (WOMEN, MEN)]


def released(home: Path) -> Layout:
    """The release in a home, without files of SDMX structures."""
    layout = Layout(home)
    listed = [made_up(), not_asking(), *(survey(wave) for wave in ("2016", "2017", "2018"))]
    partitions = [candidate(home / "inputs" / str(place), rows) for place, rows in enumerate(listed)]
    with pytest.MonkeyPatch.context() as patch:
        leave_out_structures(patch)
        publish(layout, inputs(partitions, indicators=indicator_rows(), codes=code_rows(), availability=[]))
    return layout


def read(reader: TestClient, address: str) -> str:
    """The words of a page."""
    answer = reader.get(address, headers=BROWSER)
    assert answer.status_code == 200, answer.text
    return " ".join(unescape(TAGS.sub(" ", answer.text)).split())


def charts(reader: TestClient, page: str) -> list[str]:
    """The charts that a page shows, as SVG."""
    return [reader.get(unescape(address)).text for address in re.findall('<img src="([^"]*)"', page)]
