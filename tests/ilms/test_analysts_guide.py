"""The analyst's guide: its code, taken from the page, answers every question, and alike in SQL, Python and R."""

from __future__ import annotations

import gzip
import re
import shutil
from pathlib import Path

import duckdb
import pytest
from guide import in_python, in_r, in_sql, questions, same_columns
from quick_release import leave_out_structures

from ilms.run import run_all
from ilms.settings import Settings
from schemas.catalogue import all_indicators

SURVEYED = {1, 2, 3, 4, 5, 7, 11, 12, 13}
"""Questions that a survey answers; the others need registers, corridors, prices or regional estimates."""
CHANGED = "MST_TEAP_SEX_AGE_CBR_RT"
REAL = ("USA.debarments", "USA.oflc", "USA.lis", "URY.ech", "ARG.dnm", "X01.remittance_prices")
CORRIDORS = "X01.labour_agreements"

ASKED = questions()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `data/current`, a release of the synthetic survey, and `data/earlier`, where a rate was another."""
    folder = tmp_path_factory.mktemp("guide")
    with pytest.MonkeyPatch.context() as patch:
        leave_out_structures(patch)
        settings = Settings(home=folder / "home")
        made = run_all(settings, sources=["ZZZ.synthetic"], waves=["2024"], say=print).publication.folder
    (folder / "data").mkdir()
    (folder / "data" / "current").symlink_to(made)
    _earlier(made, folder / "data" / "earlier")
    return folder


def _earlier(release: Path, folder: Path) -> None:
    """The files that the guide compares, as of a release in which women's rates were 1 per cent."""
    (folder / "sdmx").mkdir(parents=True)
    duckdb.execute(
        f"""copy (select * replace (case when sex = 'SEX_F' then 1 else obs_value end as obs_value)
        from '{release}/observation.parquet') to '{folder}/observation.parquet'"""
    )
    name = f"DF_{CHANGED}.v2.csv.gz"
    text = gzip.decompress((release / "sdmx" / name).read_bytes()).decode()
    changed = re.sub(r"(,SEX_F,[^,]*,[^,]*,[^,]*,)[^,]*", r"\g<1>1", text)
    (folder / "sdmx" / name).write_bytes(gzip.compress(changed.encode()))


def test_the_guide_has_fifteen_questions_each_in_three_languages_with_a_page() -> None:
    assert len(ASKED) == 15
    for question in ASKED:
        assert set(question.blocks) == {"sql", "python", "r"}, question.heading
        named = re.fullmatch(r"/en/(?:indicator/(\w+)|region/\w+)", question.page)
        assert named is not None
        assert named[1] is None or named[1] in all_indicators()


def test_sql_python_and_r_agree_on_the_synthetic_survey(folder: Path) -> None:
    assert differing(folder, {each for each in range(1, 16) if each in SURVEYED}) == []


def test_no_note_check_or_definition_of_the_synthetic_survey_lacks_french_or_spanish(folder: Path) -> None:
    with duckdb.connect(str(folder / "data" / "current" / "warehouse.duckdb"), read_only=True) as release:
        assert release.sql("select note from note where not translated").fetchall() == []
        untold = "select check_id from quality_result where description_fr is null or description_es is null"
        assert release.sql(untold).fetchall() == []
        same = "select indicator from indicator where definition in (definition_fr, definition_es)"
        assert release.sql(same).fetchall() == []
        assert release.sql("select count(*) > 100 from quality_result").fetchall() == [(True,)]


def test_the_unemployment_of_recent_arrivals_is_what_the_persons_say(folder: Path) -> None:
    """Added up from the harmonised persons, without the estimator: unemployed per hundred in the labour force."""
    core = next((folder / "home" / "core" / "ZZZ.synthetic").glob("2024.parquet"))
    ((expected,),) = duckdb.execute(
        f"""select 100 * sum(weight) filter (labour_force_status = 'unemployed') / sum(weight) from '{core}'
        where working_age = 'yes' and usual_resident not in ('no', 'absent_abroad') and birth_status = 'foreign'
            and labour_force_status in ('employed', 'unemployed') and years_since_arrival < 1"""
    ).fetchall()
    ((found,),) = (row for row in same_columns(_recent(folder), ["obs_value"]))
    assert found == pytest.approx(expected)


def _recent(folder: Path) -> list[dict[str, object]]:
    return [row for row in in_sql(ASKED[0], folder) if row["classif1"] == "DOS_BANDS_YLT1"]


def test_origins_are_named(folder: Path) -> None:
    origins = {str(row["classif1"]) for row in in_sql(ASKED[1], folder)}
    assert len(origins - {"CBR_BRT_X"}) == 5


@pytest.mark.mirror
@pytest.mark.slow
def test_sql_python_and_r_agree_on_real_files(tmp_path: Path, mirror: Path) -> None:
    settings = Settings(home=tmp_path / "home", mirror=mirror)
    made = run_all(settings, sources=[*REAL, CORRIDORS], say=print).publication.folder
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "current").symlink_to(made)
    _earlier(made, tmp_path / "data" / "earlier")
    assert differing(tmp_path, {*range(1, 16)} - {5, 8}) == []


def differing(folder: Path, answered: set[int]) -> list[str]:
    """The questions to which Python or R gives another answer than SQL, and those that should be `answered` and are
    not, or the other way round."""
    by_r = in_r(ASKED, folder) if shutil.which("Rscript") else None
    found = []
    for place, question in enumerate(ASKED):
        by_sql, by_python = in_sql(question, folder), in_python(question, folder)
        others = [by_python] if by_r is None else [by_python, by_r[place]]
        columns = [name for name in by_sql[0] if name in by_python[0]] if by_sql and by_python else []
        expected = same_columns(by_sql, columns)
        is_right = (
            bool(by_sql) == bool(by_python) == (place + 1 in answered)
            and (not by_sql or {"ref_area", "time"} <= set(columns))
            and all(same_columns(each, columns) == expected for each in others if by_sql)
        )
        if not is_right:
            found.append(question.heading)
    return found
