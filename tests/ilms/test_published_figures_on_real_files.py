"""Spain's household budget survey beside Eurostat's figures from the labour force survey, on the producers' files."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from quick_release import leave_out_structures

from ilms.run import run_all
from ilms.settings import Settings

pytestmark = [pytest.mark.mirror, pytest.mark.slow]


def test_a_fifth_of_the_employed_foreigners_are_missing_and_the_release_says_so(mirror: Path, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, mirror=mirror)
    with pytest.MonkeyPatch.context() as patch:
        leave_out_structures(patch)
        assert not run_all(settings, sources=["ESP.epf", "X01.eurostat_lfs"], waves=["2022"], say=print).failed
    with duckdb.connect(str(settings.layout.current() / "warehouse.duckdb"), read_only=True) as release:
        found = release.execute("""
            select indicator, sex, classif2, round(obs_value), round(published_value), verdict
            from agreement_with_published_figures where published_in = 'X01.eurostat_lfs' order by all
        """).fetchall()
        noted = release.execute("""
            select count(*) filter (contains(note_classif, 'Eurostat publishes 2,677.8 where 2,082.0 stands here')),
                count(*) filter (classif2 <> 'CCT_CIT_NONCIT' and contains(note_classif, 'Eurostat publishes'))
            from observation where source = 'BX:ESP.epf' and indicator = 'MST_TEMP_SEX_AGE_CCT_NB'
        """).fetchall()[0]
    assert found == [
        ("MST_TEIP_SEX_AGE_CCT_NB", "SEX_T", "CCT_CIT_NONCIT", 656, 1127, "differs"),
        ("MST_TEMP_SEX_AGE_CCT_NB", "SEX_F", "CCT_CIT_NONCIT", 929, 1201, "differs"),
        ("MST_TEMP_SEX_AGE_CCT_NB", "SEX_F", "CCT_CIT_TOTAL", 9461, 9295, "agrees"),
        ("MST_TEMP_SEX_AGE_CCT_NB", "SEX_M", "CCT_CIT_NONCIT", 1153, 1477, "differs"),
        ("MST_TEMP_SEX_AGE_CCT_NB", "SEX_M", "CCT_CIT_TOTAL", 10886, 10940, "agrees"),
        ("MST_TEMP_SEX_AGE_CCT_NB", "SEX_T", "CCT_CIT_NONCIT", 2082, 2678, "differs"),
        ("MST_TEMP_SEX_AGE_CCT_NB", "SEX_T", "CCT_CIT_TOTAL", 20347, 20235, "agrees"),
        ("MST_TUNE_SEX_AGE_CCT_NB", "SEX_T", "CCT_CIT_NONCIT", 649, 647, "agrees"),
    ]
    assert noted[0] > 30 and noted[1] == 0, "all numbers of employed foreigners say it, and no others"
