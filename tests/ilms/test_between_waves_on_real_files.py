"""Real quarters beside each other: one that stands out says so, ordinary ones and a declared break do not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from quick_release import leave_out_structures

from ilms.run import run_all
from ilms.settings import Settings

pytestmark = [pytest.mark.mirror, pytest.mark.slow]

WAVES = {
    "ARG.eph": ("2024-Q2", "2024-Q3", "2024-Q4", "2025-Q1"),
    "ZAF.qlfs": ("2014-Q3", "2014-Q4", "2015-Q1"),
}


@pytest.fixture(scope="module")
def release(mirror: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    settings = Settings(home=tmp_path_factory.mktemp("quarters"), mirror=mirror)
    with pytest.MonkeyPatch.context() as patch:
        leave_out_structures(patch)
        waves = [wave for each in WAVES.values() for wave in each]
        assert not run_all(settings, sources=[*WAVES], waves=waves, say=print).failed
    with duckdb.connect(str(settings.layout.current() / "warehouse.duckdb"), read_only=True) as connection:
        yield connection


def test_the_fourth_quarter_of_2024_stands_out_and_ordinary_quarters_do_not(
    release: duckdb.DuckDBPyConnection,
) -> None:
    """INDEC's own file has 13 unemployed persons born abroad in that quarter, between 46 and 27 around it."""
    found = release.execute("""
        select source, wave, bool_and(success), sum(unexpected) from quality_result
        where stage = 'waves' group by all order by all
    """).fetchall()
    assert found == [
        ("ARG.eph", "2024-Q3", True, 0),
        ("ARG.eph", "2024-Q4", False, 4),
        ("ARG.eph", "2025-Q1", True, 0),
        ("ZAF.qlfs", "2014-Q4", True, 0),
        ("ZAF.qlfs", "2015-Q1", None, 0),
    ]


def test_the_note_stands_at_the_unemployed_born_abroad_and_nowhere_else(release: duckdb.DuckDBPyConnection) -> None:
    noted = release.execute("""
        select wave, indicator, sex, classif2 from observation
        where contains(note_classif, 'no break declared') order by all
    """).fetchall()
    assert noted == [
        ("2024-Q4", f"MST_TUNE_SEX_AGE_CBR_{unit}", sex, "CBR_BIR_FOREIGN")
        for unit in ("NB", "RT")
        for sex in ("SEX_F", "SEX_T")
    ]
    rate = release.execute("""
        select note_classif from observation
        where wave = '2024-Q4' and indicator = 'MST_TUNE_SEX_AGE_CBR_RT' and sex = 'SEX_T'
            and classif1 = 'AGE_YTHADULT_YGE15' and classif2 = 'CBR_BIR_FOREIGN'
    """).fetchall()[0][0]
    assert rate.startswith(
        "Quality: was 7.0 in 2024-Q3 with 46 cases and is 1.3 with 13: a change by 3.5 standard errors, no break"
    )


def test_a_new_master_sample_is_a_declared_break_with_status_and_reason(release: duckdb.DuckDBPyConnection) -> None:
    numbers = release.execute("""
        select distinct obs_status = 'B' or obs_status in ('U', 'S'), contains(note_source, 'Break in series')
        from observation where source = 'BA:ZAF.qlfs' and wave = '2015-Q1'
    """).fetchall()
    assert numbers == [(True, True)]
    said = release.execute("select distinct observed from quality_result where stage = 'waves' and wave = '2015-Q1'")
    assert said.fetchall() == [("not compared with 2014-Q4: a break in series is declared between them",)]


def test_the_change_is_a_number_of_its_own_and_none_stands_across_a_break(release: duckdb.DuckDBPyConnection) -> None:
    """From 7.0 to 1.3 per cent; 7,441 dwellings are in both samples. Of independent samples the error would be 1.63."""
    ((value, error, status, notes),) = release.execute("""
        select obs_value, se, obs_status, note_classif from observation
        where wave = '2024-Q4' and indicator = 'CHP_TUNE_SEX_AGE_CBR_RT' and sex = 'SEX_T'
            and classif2 = 'CBR_BIR_FOREIGN'
    """).fetchall()
    assert (value, error, status) == (pytest.approx(-5.6727, abs=1e-4), pytest.approx(1.6227, abs=1e-4), "U")
    assert "Significance: significant at 95 %" in notes
    broken = release.execute("""
        select distinct state, reason_code, cells from availability
        where source = 'ZAF.qlfs' and wave = '2015-Q1' and indicator[:4] in ('CHP_', 'GRP_') and indicator like '%CBR%'
    """)
    assert broken.fetchall() == [("not_produced", "break_between", 0)]
