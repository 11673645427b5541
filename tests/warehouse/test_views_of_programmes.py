"""One series for each programme, whatever type it has in a wave, and permits extended beside first ones."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest
from release_example import example

from warehouse.layout import Layout
from warehouse.release.build import publish

POSITIONS, FIRST, EXTENDED = "REG_POSC_SEX_PRG_NB", "REG_PERF_OCU_NB", "REG_PERX_OCU_NB"
NUMBERS = [
    # H-2A alone in 2007; both programmes side by side in 2011; H-2B alone in 2019, by the need that employers declare.
    ("FA:USA.dol_h2", POSITIONS, "PRG_TYPE_TOTAL", "2007", 76_818),
    ("FA:USA.dol_h2", POSITIONS, "PRG_TYPE_SEASONAL", "2007", 76_818),
    ("FA:USA.oflc", POSITIONS, "PRG_TYPE_SEASONAL", "2011", 77_164),
    ("FA:USA.oflc", POSITIONS, "PRG_TYPE_GUEST", "2011", 83_152),
    ("FA:USA.oflc", POSITIONS, "PRG_TYPE_TOTAL", "2011", 160_316),
    ("FA:USA.dol_h2", POSITIONS, "PRG_TYPE_TOTAL", "2019", 150_465),
    ("FA:USA.dol_h2", POSITIONS, "PRG_TYPE_SEASONAL", "2019", 80_178),
    ("FA:SWE.work_permits", FIRST, "OCU_ISCO08_TOTAL", "2022", 24_117),
    ("FA:SWE.work_permits", EXTENDED, "OCU_ISCO08_TOTAL", "2022", 12_849),
    ("FA:SWE.work_permits", FIRST, "OCU_ISCO08_TOTAL", "2021", 15_000),
]


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    folder = tmp_path_factory.mktemp("programmes")
    warehouse = publish(Layout(folder / "home"), example(folder / "inputs")).folder / "warehouse.duckdb"
    copy = folder / "changed.duckdb"
    copy.write_bytes(warehouse.read_bytes())
    with duckdb.connect(str(copy)) as changed:
        changed.executemany(
            """insert into observation by name select source[4:6] as ref_area, source, indicator, 'SEX_T' as sex,
            classif1, '' as classif2, time, value as obs_value, '' as obs_status, '' as note_classif,
            '' as note_indicator, '' as note_source, time as wave, 'v' as vintage
            from (select ? as source, ? as indicator, ? as classif1, ? as time, ? as value)""",
            NUMBERS,
        )
        sources = sorted({row[0] for row in NUMBERS})
        changed.execute("insert into source (source) select unnest(?)", [sources])
        changed.execute("insert into indicator (indicator) select distinct unnest(?)", [[row[1] for row in NUMBERS]])
        yield changed


def test_two_programmes_are_two_series_whatever_their_type(release: duckdb.DuckDBPyConnection) -> None:
    """Seasonal work of 2019 is H-2B, and that of 2011 H-2A: the type is no programme."""
    found = release.execute(
        "select programme_name, time, obs_value, employer from programme_numbers where ref_area = 'USA'"
    ).fetchall()
    assert found == [
        ("H-2A", "2007", 76_818, "one"),
        ("H-2A", "2011", 77_164, "one"),
        ("H-2B", "2011", 83_152, "one"),
        ("H-2B", "2019", 150_465, "one"),
    ]


def test_permits_extended_stand_beside_first_ones_of_the_year(release: duckdb.DuckDBPyConnection) -> None:
    """12,849 for 24,117; of 2021 no extensions are counted."""
    query = "select time, permits_first, permits_extended, extended_per_first from permits_extended_per_first"
    assert release.execute(query).fetchall() == [("2022", 24_117, 12_849, pytest.approx(0.53277771))]


def test_a_swedish_permit_is_for_one_employer_at_first(release: duckdb.DuckDBPyConnection) -> None:
    query = "select distinct employer from programme_numbers where ref_area = 'SWE'"
    assert release.execute(query).fetchall() == [("one_at_first",)]
