"""The views in plain words: what an analyst reads, with flags, notes and synthetic marking beside every number."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from release_example import availability_rows, candidate, cell, example, inputs

from ilms.release.catalogue_rows import indicator_rows
from schemas.partition import Partition
from warehouse.layout import Layout
from warehouse.release.build import publish
from warehouse.release.database import open_release


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("views")
    return publish(Layout(folder / "home"), example(folder / "inputs")).folder


@pytest.fixture(scope="module")
def release(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with open_release(folder) as connection:
        yield connection


def rows(release: duckdb.DuckDBPyConnection, query: str) -> list[tuple[object, ...]]:
    return release.execute(query).fetchall()


def test_participation_of_migrants_stands_beside_that_of_others(release: duckdb.DuckDBPyConnection) -> None:
    found = rows(
        release,
        """select country, time, sex, migrants_by, non_migrants, migrants, gap, everyone, migrants_status, synthetic
        from participation_of_migrants_and_non_migrants""",
    )
    assert found == [
        ("Brazil", "2017Q4", "Total", "place of birth", None, None, None, 61.5, None, False),
        ("Uruguay", "2018", "Total", "place of birth", 62.25, 71.5, 9.25, 62.4, "Unreliable", False),
        ("Synthetic country", "2024Q1", "Total", "citizenship", 60.0, 70.1, 70.1 - 60.0, None, "Normal value", True),
    ]


def test_a_country_that_does_not_ask_shows_totals_and_says_why(release: duckdb.DuckDBPyConnection) -> None:
    query = "select note_classif from participation_of_migrants_and_non_migrants where ref_area = 'BRA'"
    assert rows(release, query) == [("Place of birth: not asked by the source; only totals can be given",)]


def test_unemployment_of_migrants_stands_beside_that_of_others(release: duckdb.DuckDBPyConnection) -> None:
    found = rows(
        release,
        """select ref_area, non_migrants, migrants, gap, non_migrants_n, migrants_n, migrants_status, note_source
        from unemployment_of_migrants_and_non_migrants""",
    )
    coverage = "Geographical coverage: a sample of 1,294 records"
    assert found == [("URY", 8.5, 6.0, -2.5, 61, 2, "Not significant", coverage)]


def test_employment_by_place_of_birth_in_thousands(release: duckdb.DuckDBPyConnection) -> None:
    found = rows(
        release,
        """select ref_area, native_born, foreign_born, birthplace_unknown, everyone, foreign_born_share,
            native_born_status, foreign_born_status, birthplace_unknown_status
        from employment_by_place_of_birth""",
    )
    assert found == [
        ("BRA", None, None, None, 225.531768, None, None, None, None),
        ("URY", 15.0, 5.0, 1.0, 21.0, 25.0, "Normal value", "Unreliable", "Not significant"),
    ]


def test_a_change_is_significant_only_where_no_correlation_could_make_it_chance(tmp_path: Path) -> None:
    """The upper limit of its error is the sum of both: 7 points exceed 1.96 x 3.5 barely, 6 points do not."""
    of_waves = []
    for wave, native, foreign in (("2023", 60.0, 50.0), ("2024", 67.0, 56.0)):
        lfs = Partition("ZZZ.synthetic", wave)
        of_waves.append([
            cell(lfs, "MST_TEAP_SEX_AGE_CBR_RT", "CBR_BIR_NATIVE", native, 900, se=1.75),
            cell(lfs, "MST_TEAP_SEX_AGE_CBR_RT", "CBR_BIR_FOREIGN", foreign, 90, se=1.75),
        ])  # fmt: skip
    partitions = [candidate(tmp_path / str(place), each) for place, each in enumerate(of_waves)]
    with open_release(publish(Layout(tmp_path / "home"), inputs(partitions)).folder) as connection:
        found = rows(
            connection,
            """select time, previous_time, change, change_se_at_most, change_is_significant
            from change_since_the_previous_period order by change desc""",
        )
        gaps = rows(connection, "select time, gap, gap_is_significant from rates_side_by_side order by time")
    assert found == [("2024", "2023", 7.0, 3.5, True), ("2024", "2023", 6.0, 3.5, False)]
    assert gaps == [("2023", -10.0, True), ("2024", -11.0, True)]


def test_migrant_workers_by_each_definition_say_which_and_how_far_it_is(tmp_path: Path) -> None:
    """200 thousand foreign-born residents in the labour force, of whom 5 embassy staff; 15 thousand live elsewhere."""
    lfs = Partition("ZZZ.synthetic", "2024")
    numbers = [
        cell(lfs, "MST_TEAP_SEX_AGE_CBR_NB", "CBR_BIR_TOTAL", 1000.0, 900),
        cell(lfs, "MST_TEAP_SEX_AGE_CBR_NB", "CBR_BIR_FOREIGN", 200.0, 180),
        cell(lfs, "MST_IMWB_SEX_AGE_RSD_NB", "RSD_P14_TOTAL", 210.0, 190),
        cell(lfs, "MST_IMWB_SEX_AGE_RSD_NB", "RSD_P14_A", 195.0, 175),
        cell(lfs, "MST_IMWB_SEX_AGE_RSD_NB", "RSD_P14_B", 15.0, 15),
        cell(lfs, "MST_FWIM_SEX_AGE_NB", "", 130.0, 120),
    ]
    named = {str(each["indicator"]) for each in numbers}
    declared = [each for each in indicator_rows() if each["indicator"] in named]
    partitions = [candidate(tmp_path / "inputs", numbers)]
    decided = availability_rows(partitions, sorted(named))
    made = publish(Layout(tmp_path / "home"), inputs(partitions, indicators=declared, availability=decided)).folder
    with open_release(made) as connection:
        found = rows(
            connection,
            """select migrants_by, follows, obs_value, more_than_residents, more_than_residents_percent
            from migrant_workers_by_definition""",
        )
    assert found == [
        ("place of birth", "usual residents in the labour force", 200.0, 0.0, 0.0),
        ("place of birth", "paragraph 14: (a) and (b)", 210.0, 10.0, pytest.approx(5)),
        ("place of birth", "paragraph 14 (b): non-resident foreign workers", 15.0, -185.0, pytest.approx(-92.5)),
        ("place of birth", "paragraph 14 (a): usual residents", 195.0, -5.0, pytest.approx(-2.5)),
        ("place of birth or citizenship", "for-work international migrants", 130.0, None, None),
    ]


def test_every_observation_is_labelled_once(release: duckdb.DuckDBPyConnection) -> None:
    labels = "country, source_title, indicator_title, sex, classif1_label, classif2_label, unit, status, synthetic"
    unlabelled = " or ".join(f"{label} is null" for label in labels.split(", "))
    assert rows(release, "select count(*) from labelled_observation") == rows(
        release, "select count(*) from observation"
    )
    assert rows(release, f"select * from labelled_observation where {unlabelled}") == []
    query = f"select {labels} from labelled_observation where ref_area = 'ZZZ' and classif2 = 'CCT_CIT_NONCIT'"
    age, citizenship = "Age (youth, adults): 15+", "Citizenship (citizens, non-citizens): Non-citizens"
    country = ("Synthetic country", "Labour force survey ZZZ.synthetic", "TEAP by sex, AGE and CCT")
    assert rows(release, query) == [(*country, "Total", age, citizenship, "per cent", "Normal value", True)]


def test_flagged_numbers_say_why(release: duckdb.DuckDBPyConnection) -> None:
    found = rows(release, "select indicator, split_part(classif2_label, ': ', 2), status, why from what_is_flagged")
    error = "coefficient of variation 10.0 per cent"
    assert found == [
        (
            "MST_TEAP_SEX_AGE_CBR_RT",
            "Foreign-born",
            "Unreliable",
            f"14 sample cases stand in its numerator; {error}",
        ),
        ("MST_TEMP_SEX_AGE_CBR_NB", "Foreign-born", "Unreliable", f"14 sample cases stand behind it; {error}"),
        ("MST_TEMP_SEX_AGE_CBR_NB", "Status unknown", "Not significant", f"1 sample case stands behind it; {error}"),
        (
            "MST_TUNE_SEX_AGE_CBR_RT",
            "Foreign-born",
            "Not significant",
            f"2 sample cases stand in its numerator; {error}",
        ),
    ]


def test_what_was_published_names_what_was_not(release: duckdb.DuckDBPyConnection) -> None:
    found = rows(release, "select country, wave, state, reason, cells, synthetic from what_was_published")
    assert found == [
        ("Argentina", "2016-Q3", "failed", "7 weights are not positive", 0, False),
        ("Brazil", "2017-Q4", "published", "", 2, False),
        ("Uruguay", "2018", "published", "", 9, False),
        ("Synthetic country", "2024-Q1", "published", "", 2, True),
    ]


def test_checks_that_were_not_met(release: duckdb.DuckDBPyConnection) -> None:
    found = rows(release, "select source_id, wave, severity, unexpected from checks_not_met")
    assert found == [("ARG.eph", "2016-Q3", "critical", 7)]


def test_every_view_and_each_of_its_columns_has_a_comment(release: duckdb.DuckDBPyConnection) -> None:
    assert rows(release, "select view_name from duckdb_views() where not internal and comment is null") == []
    assert rows(release, "select * from duckdb_columns() where not internal and comment is null") == []


def test_every_view_of_numbers_carries_status_notes_and_synthetic_marking(release: duckdb.DuckDBPyConnection) -> None:
    carried = rows(
        release,
        """select table_name from duckdb_columns() inner join duckdb_views() on view_name = table_name
        where not duckdb_columns.internal
        group by all
        having count(*) filter (column_name = 'synthetic') = 1
            and count(*) filter (column_name = 'note_source') = 1
            and not regexp_matches(table_name, '_in_(french|spanish)$')
            and count(*) filter (column_name = 'status' or column_name like '%\\_status' escape '\\') > 0
        order by 1""",
    )
    assert [name for (name,) in carried] == [
        "change_between_periods",
        "change_since_the_previous_period",
        "employment_by_place_of_birth",
        "five_largest_countries",
        "labelled_observation",
        "migrant_workers_by_definition",
        "migrants_side_by_side",
        "nationals_abroad_mirror",
        "observation_in_english",
        "participation_of_migrants_and_non_migrants",
        "programme_numbers",
        "rates_side_by_side",
        "remittance_cost_by_corridor",
        "unemployment_of_migrants_and_non_migrants",
        "what_is_estimated",
        "what_is_flagged",
        "women_and_men_side_by_side",
    ]


PRECISION = ("status", "n", "se", "cv", "lower_bound", "upper_bound")


@pytest.mark.parametrize(
    ("view", "values"),
    [
        ("labelled_observation", [""]),
        ("what_is_flagged", [""]),
        ("five_largest_countries", [""]),
        ("migrant_workers_by_definition", [""]),
        ("change_between_periods", [""]),
        ("change_since_the_previous_period", [""]),
        ("nationals_abroad_mirror", [""]),
        ("programme_numbers", [""]),
        ("remittance_cost_by_corridor", [""]),
        ("migrants_side_by_side", ["non_migrants_", "migrants_", "unknown_", "everyone_"]),
        ("rates_side_by_side", ["non_migrants_", "migrants_", "everyone_"]),
        ("participation_of_migrants_and_non_migrants", ["non_migrants_", "migrants_", "everyone_"]),
        ("unemployment_of_migrants_and_non_migrants", ["non_migrants_", "migrants_", "everyone_"]),
        ("employment_by_place_of_birth", ["native_born_", "foreign_born_", "birthplace_unknown_", "everyone_"]),
    ],
)
def test_status_cases_errors_and_bounds_stand_beside_every_value(
    release: duckdb.DuckDBPyConnection, view: str, values: list[str]
) -> None:
    columns = {
        name for (name,) in rows(release, f"select column_name from duckdb_columns() where table_name = '{view}'")
    }
    assert {f"{value}{each}" for value in values for each in PRECISION} <= columns


def test_bounds_and_errors_are_those_of_their_own_value(release: duckdb.DuckDBPyConnection) -> None:
    query = """select migrants, migrants_lower_bound, migrants_upper_bound, migrants_n, everyone_n, everyone_se,
        gap_se_at_most from participation_of_migrants_and_non_migrants where ref_area = 'URY'"""
    ((migrants, low, high, n, everyone_n, error, gap_error),) = rows(release, query)
    assert (migrants, low, high, n) == (71.5, 0.5, 1.5, 14)
    assert error == pytest.approx(6.24)
    assert gap_error == pytest.approx(7.15 + 6.225)
    assert everyone_n is not None


def test_a_number_without_a_standard_error_is_flagged_with_its_reason(folder: Path, tmp_path: Path) -> None:
    copy = shutil.copy(folder / "warehouse.duckdb", tmp_path / "changed.duckdb")
    with duckdb.connect(str(copy)) as changed:
        changed.execute("""update observation set se = null, cv = null, obs_status = 'U', n = 25,
            note_classif = 'Place of birth: a | Standard error: not given: no stratum has cases in two sampling units'
            where ref_area = 'URY' and indicator = 'MST_TEAP_SEX_AGE_CBR_RT' and classif2 = 'CBR_BIR_FOREIGN'""")
        why = changed.execute("select why from what_is_flagged where n = 25").fetchall()
    reason = "no standard error: no stratum has cases in two sampling units"
    assert why == [(f"25 sample cases stand in its numerator; {reason}",)]


def test_people_abroad_stand_beside_the_estimate_of_the_nearest_year(folder: Path, tmp_path: Path) -> None:
    """Bolivians in Argentina's register on 1 January 2023, and what Bolivia counts there, beside the estimates."""
    by_birth = "Definition of migrants: foreign-born | Quality: a"
    stocks = [
        ("ARG", "REG_RESF_SEX_CCT_NB", "CCT_CTZ_BOL", "2023", 330.0, ""),
        ("ARG", "REG_RESF_SEX_CCT_NB", "CCT_CTZ_TOTAL", "2023", 900.0, ""),
        ("ARG", "MST_FORP_SEX_CBR_NB", "CBR_BRT_BOL", "2023", 7.0, ""),
        ("BOL", "MNA_TPOP_SEX_CRS_NB", "CRS_RES_ARG", "2019", 300.0, ""),
        ("BOL", "MNA_TPOP_SEX_CRS_NB", "CRS_RES_TOTAL", "2019", 600.0, ""),
        ("BOL", "COR_NPOP_SEX_CRS_NB", "CRS_RES_ARG", "2020", 400.0, by_birth),
        ("BOL", "COR_NPOP_SEX_CRS_NB", "CRS_RES_ARG", "2024", 375.0, by_birth),
        ("BOL", "COR_NPOP_SEX_CRS_NB", "CRS_RES_TOTAL", "2020", 500.0, "Definition of migrants: as each"),
    ]
    copy = shutil.copy(folder / "warehouse.duckdb", tmp_path / "changed.duckdb")
    with duckdb.connect(str(copy)) as changed:
        changed.executemany(
            """insert into observation by name select ? as ref_area, 'BA:URY.ech' as source, ? as indicator,
            'SEX_T' as sex, ? as classif1, '' as classif2, ? as time, ? as obs_value, '' as obs_status,
            ? as note_classif, '' as note_indicator, '' as note_source, '2018' as wave, 'v' as vintage""",
            stocks,
        )
        changed.execute("insert into indicator (indicator) select distinct unnest(?)", [[row[1] for row in stocks]])
        found = changed.execute(
            """select origin, residence_code, counted_by, time, obs_value, estimate_time, estimate,
            gap_to_estimate, round(gap_to_estimate_percent, 9), estimate_counts from nationals_abroad_mirror"""
        ).fetchall()
    assert found == [
        ("BOL", "CRS_RES_ARG", "country of origin", "2019", 300, "2020", 400, -100, -25, "foreign-born"),
        ("BOL", "CRS_RES_ARG", "country of residence", "2023", 330, "2024", 375, -45, -12, "foreign-born"),
        ("BOL", "CRS_RES_TOTAL", "country of origin", "2019", 600, "2020", 500, 100, 20, "as each"),
    ]


def test_no_view_has_a_function_that_the_oldest_duckdb_promised_lacks(release: duckdb.DuckDBPyConnection) -> None:
    views = release.execute("select view_name, sql from duckdb_views() where not internal").fetchall()
    assert views
    assert [name for name, text in views if re.search(r"\bif\"?\(", text)] == []


def test_the_views_work_under_any_name_that_a_reader_attaches(folder: Path, tmp_path: Path) -> None:
    copy = shutil.copy(folder / "warehouse.duckdb", tmp_path)
    with duckdb.connect() as reader:
        reader.execute(f"attach '{copy}' as ilo (read_only)")
        found = reader.execute("select count(*) from ilo.participation_of_migrants_and_non_migrants").fetchall()
    assert found == [(3,)]
